"""Rows for the portal's statement pages, made without the steps that make them in the product."""

import hashlib
import itertools
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

from strongroom.directory.models import Account, PgpKey, Recipient, Right, User
from strongroom.statements.models import Copy, CopyState, Receipt, Statement
from strongroom.statements.ports import Storage

from tests.conftest import MORNING

ACTIVITY = (
    b"Statement,Header,Field Name,Field Value\n"
    b"Statement,Data,Title,Activity Statement\n"
    b"Trades,Header,Symbol,Quantity,Proceeds\n"
    b"Trades,Data,ALDR,-120,5784.00\n"
)
_days = itertools.count()


def user(name: str = "alice123", *accounts: str, role: str = "primary") -> User:
    """A user of accounts, which are made where they are missing."""
    made = User.objects.create(
        name=name, full_name=f"{name} Person", email=f"{name}@example.com", created_at=MORNING
    )
    for number in accounts:
        Right.objects.create(
            user=made, account=account(number), role=role, given_at=MORNING, given_by="test"
        )
    return made


def account(number: str) -> Account:
    """An account."""
    name = f"Holder of {number}"
    made, _ = Account.objects.get_or_create(
        number=number, defaults={"name": name, "created_at": MORNING}
    )
    return made


def statement(
    number: str = "U1234567",
    kind: str = "Activity",
    *,
    storage: Storage | None = None,
    content: bytes = ACTIVITY,
    **fields: object,
) -> Statement:
    """A statement, each for another day unless `period_to` is given; stored where asked."""
    day = fields.pop("period_to", date(2026, 1, 1) + timedelta(days=next(_days)))
    extension = fields.setdefault("extension", "csv")
    key = f"statements/{uuid4()}"
    if storage is not None:
        storage.put(key, [content])
    values: dict[str, object] = {
        "account": account(number),
        "kind": kind,
        "period_from": day,
        "period_to": day,
        "revision": 1,
        "file_name": f"{number}_{kind}_{day:%Y%m%d}.{extension}",
        "size": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
        "storage_key": key,
        "arrived_at": MORNING,
    }
    return Statement.objects.create(**{**values, **fields})


def recipient(login: str, *accounts: str, pgp: str = "off") -> Recipient:
    """A delivery end point of accounts."""
    made = Recipient.objects.create(login=login, pgp=pgp, created_at=MORNING)
    made.accounts.set([account(number) for number in accounts])
    return made


def copy(
    of: Statement, to: Recipient, state: CopyState = CopyState.PUBLISHED, **more: object
) -> Copy:
    """A recipient's copy of a statement."""
    values: dict[str, object] = {"name": of.file_name, "size": of.size, "sha256": of.sha256}
    if state is CopyState.PUBLISHED:
        values |= {
            "published_at": MORNING,
            "remove_on": date(2027, 3, 3),
            "number": next(_days) + 1,
            "storage_key": of.storage_key,
        }
    return Copy.objects.create(recipient=to, statement=of, state=state, **{**values, **more})


def certificate(of: Recipient, fingerprint: str, decided_at: datetime, state: str) -> PgpKey:
    """A certificate that was decided on."""
    return PgpKey.objects.create(
        recipient=of,
        fingerprint=fingerprint,
        certificate="",
        user_ids=[f"{of.login} <{of.login}@example.com>"],
        state=state,
        submitted_at=decided_at,
        submitted_by="test",
        decided_at=decided_at,
    )


def receipt(of: Copy, body: bytes = b'{"receipt":true}') -> Receipt:
    """Evidence that a copy was fetched."""
    return Receipt.objects.create(
        copy=of,
        recipient=of.recipient,
        key_fingerprint="SHA256:" + "k" * 43,
        fetched_at=datetime(2026, 11, 23, 11, 0, tzinfo=UTC),
        body=body,
        signature=b"-----BEGIN SSH SIGNATURE-----\n",
    )
