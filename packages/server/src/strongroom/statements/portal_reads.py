"""What a user of the portal may see: the statements of the user's accounts, and all about one.

Searching them is in `portal_search`, the overview in `portal_overview`; that somebody looked is
recorded in `readings`. A statement that was removed or is held is not there.
"""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Exists, F, OuterRef, QuerySet

from strongroom.directory.models import Account, PgpKey, PgpPolicy, Right, User
from strongroom.rules import login_refusals
from strongroom.rules.rights import Deed, Role, deeds_of
from strongroom.statements.models import Copy, CopyState, Reading, Receipt, Statement

_MOST_RECEIPTS = 50
_MOST_COPIES = 50


@dataclass(frozen=True, slots=True)
class Reader:
    """A user with the accounts that the user's rights open for reading (USR-1)."""

    user: User
    accounts: tuple[int, ...]


def reader_of(user: User) -> Reader:
    """Look up what a user may read; `rules.rights` says which roles may."""
    is_closed = user.closed_at is not None
    rights = Right.objects.filter(user=user).values_list("account_id", "role")
    return Reader(
        user,
        tuple(
            account
            for account, role in rights
            if Deed.READ in deeds_of(Role(role), is_closed=is_closed)
        ),
    )


def visible(reader: Reader) -> QuerySet[Statement]:
    """Return the statements that this reader may know of; every look-up begins here."""
    return Statement.objects.filter(
        account_id__in=reader.accounts, removed_at=None, is_held=False
    ).select_related("account")


def described(found: QuerySet[Statement], reader: Reader) -> QuerySet[Statement]:
    """Add `is_read` by this user, and `is_replaced` by a later revision."""
    later = Statement.objects.filter(
        account_id=OuterRef("account_id"),
        kind=OuterRef("kind"),
        period_from=OuterRef("period_from"),
        period_to=OuterRef("period_to"),
        extension=OuterRef("extension"),
        revision__gt=OuterRef("revision"),
        removed_at=None,
        is_held=False,
    )
    return found.annotate(is_read=_is_read(reader), is_replaced=Exists(later))


def unread(found: QuerySet[Statement], reader: Reader) -> QuerySet[Statement]:
    """Return those at which this user never looked."""
    return found.filter(~_is_read(reader))


def _is_read(reader: Reader) -> Exists:
    return Exists(Reading.objects.filter(statement=OuterRef("pk"), user=reader.user))


def find(reader: Reader, statement_id: UUID) -> Statement:
    """Return one statement. Raises Refused (STATEMENT-NOT-THERE), also for a stranger's."""
    found = described(visible(reader), reader).filter(pk=statement_id).first()
    if found is None:
        raise login_refusals.STATEMENT_NOT_THERE.because()
    return found


def find_all(reader: Reader, ids: list[UUID]) -> list[Statement]:
    """Return several, newest first. Raises Refused (STATEMENT-NOT-THERE) if one is not there."""
    wanted = set(ids)
    found = list(visible(reader).filter(pk__in=wanted).order_by("-arrived_at", "-pk"))
    if len(found) != len(wanted):
        raise login_refusals.STATEMENT_NOT_THERE.because()
    return found


def accounts_of(reader: Reader) -> list[Account]:
    """Return the reader's accounts by number."""
    return list(Account.objects.filter(pk__in=reader.accounts).order_by("number"))


def kinds_of(reader: Reader) -> list[str]:
    """Return the kinds of statements that there are for the reader, to choose from."""
    kinds = visible(reader).order_by("kind").values_list("kind", flat=True).distinct()
    return list(kinds[:100])


def revisions_of(statement: Statement, reader: Reader) -> list[Statement]:
    """Return every revision of a statement that the reader may see, newest first."""
    same = visible(reader).filter(
        account_id=statement.account_id,
        kind=statement.kind,
        period_from=statement.period_from,
        period_to=statement.period_to,
        extension=statement.extension,
    )
    return list(described(same, reader).order_by("-revision")[:100])


@dataclass(frozen=True, slots=True)
class CopyView:
    """A recipient's copy as the account's user sees it. `key` is the certificate it is for.

    `remove_on` is the day from which the copy may be removed; None until it is published.
    """

    id: int
    recipient: str
    state: CopyState
    name: str
    is_encrypted: bool
    needs_pgp: bool
    key: str
    key_name: str
    code: str
    size: int
    sha256: str
    published_at: datetime | None
    remove_on: date | None
    fetches: int
    receipts: tuple[Receipt, ...]
    acknowledged: str

    @property
    def can_be_taken(self) -> bool:
        """Whether its encrypted file is there to be downloaded."""
        shown = self.state in (CopyState.PUBLISHED, CopyState.HIDDEN)
        return self.is_encrypted and shown


def copies_of(statement: Statement) -> list[CopyView]:
    """Return the copies of a statement by recipient."""
    copies = (
        Copy.objects.filter(statement=statement)
        .select_related("recipient")
        .prefetch_related("receipts", "acknowledgements", "recipient__pgp_keys")
        .order_by("recipient__login")[:_MOST_COPIES]
    )
    return [_copy_view(copy) for copy in copies]


def _copy_view(copy: Copy) -> CopyView:
    key = _key_of(copy)
    said = {one.state for one in copy.acknowledgements.all()}
    receipts = sorted(copy.receipts.all(), key=lambda one: one.fetched_at)
    return CopyView(
        id=copy.pk,
        recipient=copy.recipient.login,
        state=CopyState(copy.state),
        name=copy.name,
        is_encrypted=copy.encryption == "openpgp",
        needs_pgp=copy.recipient.pgp == PgpPolicy.REQUIRED,
        key=key.fingerprint if key else "",
        key_name=str(key.user_ids[0]) if key and key.user_ids else "",
        code=copy.code if copy.state == CopyState.HELD else "",
        size=copy.size,
        sha256=copy.sha256,
        published_at=copy.published_at,
        remove_on=copy.remove_on,
        fetches=copy.fetch_count,
        receipts=tuple(receipts[:_MOST_RECEIPTS]),
        acknowledged=next((one for one in ("processed", "decrypted") if one in said), ""),
    )


def _key_of(copy: Copy) -> PgpKey | None:
    """The certificate that was in force when the copy was published: the last one approved."""
    if copy.encryption != "openpgp" or copy.published_at is None:
        return None
    approved = [
        (key.decided_at, key)
        for key in copy.recipient.pgp_keys.all()
        if key.decided_at is not None
        and key.decided_at <= copy.published_at
        and key.state not in ("pending", "rejected")
    ]
    return max(approved, key=lambda pair: pair[0])[1] if approved else None


def encrypted_copy(statement: Statement, copy_id: int) -> Copy:
    """Return a copy whose encrypted file can be taken. Raises Refused (STATEMENT-NOT-THERE)."""
    copy = (
        Copy.objects.filter(pk=copy_id, statement=statement, encryption="openpgp")
        .filter(state__in=(CopyState.PUBLISHED, CopyState.HIDDEN))
        .exclude(storage_key="")
        .exclude(storage_key=F("statement__storage_key"))
        .first()
    )
    if copy is None:
        raise login_refusals.STATEMENT_NOT_THERE.because()
    return copy


def receipt_of(statement: Statement, receipt_id: UUID) -> Receipt:
    """Return a receipt of one of the copies. Raises Refused (STATEMENT-NOT-THERE)."""
    found = Receipt.objects.filter(pk=receipt_id, copy__statement=statement).first()
    if found is None:
        raise login_refusals.STATEMENT_NOT_THERE.because()
    return found


def is_clear_withheld(statement: Statement) -> bool:
    """Whether all recipients of the account ask for PGP, so that a strict firm gives no clear file.

    An account without a recipient has nobody who asked for it.
    """
    policies = set(statement.account.recipients.values_list("pgp", flat=True))
    return policies == {PgpPolicy.REQUIRED.value}
