"""Verbs on the codes and tokens with which other systems read who signed in (RFC 6749).

All are kept as SHA-256 alone, and none outlives the person's session. The protocol around them is
the portal's.
"""

import base64
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256

from django.db import transaction

from strongroom.audit.act import Act
from strongroom.audit.record import record
from strongroom.directory import users
from strongroom.directory.models import User
from strongroom.login import standings
from strongroom.login.house import LoginHouse
from strongroom.login.models import RelyingParty, SsoCode, SsoToken, WebSession
from strongroom.login.presence.web_sessions import Person
from strongroom.rules import login_refusals
from strongroom.rules.scopes import Scope
from strongroom.rules.secret import Secret

CODE_LIFETIME = timedelta(seconds=60)
TOKEN_LIFETIME = timedelta(minutes=15)
_BYTES = 32
_LONGEST = 200
_KEEP = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class CodeWish:
    """What a code stands for; `challenge` is PKCE's S256 (RFC 7636)."""

    party: RelyingParty
    session: WebSession
    redirect_uri: str
    scope: str
    nonce: str
    challenge: str


def check_person(person: Person, party: RelyingParty) -> None:
    """Judge whether a person may go on to a system (LOGIN-8, TEMP-2).

    Raises Refused: SCOPE-CODE-CARD; SIGN-ON-ACCOUNT for a platform without an open account.
    """
    if person.scope is Scope.CODE_CARD_ONLY:
        raise login_refusals.SCOPE_CODE_CARD.because()
    if party.is_platform and not has_open_account(person.user):
        raise login_refusals.SIGN_ON_ACCOUNT.because(party=party.name)


def has_open_account(user: User) -> bool:
    """Whether a user can trade anywhere at all."""
    is_open = users.accounts_of(user).filter(closed_at=None).exists()
    return is_open and not users.is_read_only(user)


def issue_code(wish: CodeWish, house: LoginHouse, act: Act) -> Secret:
    """Make a code, good once and for a minute."""
    code = _drawn(house)
    with transaction.atomic():
        SsoCode.objects.create(
            code_sha256=_digest(code), party=wish.party, session=wish.session,
            redirect_uri=wish.redirect_uri, scope=wish.scope, nonce=wish.nonce,
            challenge=wish.challenge, made_at=act.at, expires_at=act.at + CODE_LIFETIME,
        )  # fmt: skip
        record(act, "sign-on.code", f"user:{wish.session.user.name}",
               party=wish.party.pk, session=str(wish.session.pk))  # fmt: skip
    return code


def find_code(code: Secret, party: RelyingParty, house: LoginHouse, act: Act) -> SsoCode:
    """Return a code that this party may redeem.

    One that comes again ends the tokens that came of it (RFC 6749, section 4.1.2). Raises Refused
    (SIGN-ON-CODE).
    """
    rows = SsoCode.objects.select_related("session__user", "party")
    row = rows.filter(code_sha256=_digest(code), party=party).first()
    if row is None:
        raise login_refusals.SIGN_ON_CODE.because()
    if row.used_at is not None:
        _end_tokens_of(row, act)
        raise login_refusals.SIGN_ON_CODE.because()
    if row.expires_at <= act.at or not _is_alive(row.session, house, act):
        raise login_refusals.SIGN_ON_CODE.because()
    return row


def use_code(row: SsoCode, act: Act) -> None:
    """Use a code up, by one statement. Raises Refused (SIGN-ON-CODE)."""
    fresh = SsoCode.objects.filter(pk=row.pk, used_at=None, expires_at__gt=act.at)
    if not fresh.update(used_at=act.at):
        _end_tokens_of(row, act)
        raise login_refusals.SIGN_ON_CODE.because()


def _end_tokens_of(row: SsoCode, act: Act) -> None:
    with transaction.atomic():
        tokens = SsoToken.objects.filter(code_sha256=row.pk, revoked_at=None)
        count = tokens.update(revoked_at=act.at)
        record(act, "sign-on.code-again", f"user:{row.session.user.name}",
               party=row.party_id, ended=count)  # fmt: skip


@dataclass(frozen=True, slots=True)
class TokenWish:
    """What a token is for: a person's session, or the party itself."""

    party: RelyingParty
    scope: str
    code: SsoCode | None = None


def issue_token(wish: TokenWish, token: Secret, act: Act) -> SsoToken:
    """Keep a token that was made."""
    code = wish.code
    with transaction.atomic():
        row = SsoToken.objects.create(
            token_sha256=_digest(token), party=wish.party, scope=wish.scope,
            session=code.session if code else None, code_sha256=code.pk if code else "",
            made_at=act.at, expires_at=act.at + TOKEN_LIFETIME,
        )  # fmt: skip
        subject = f"user:{code.session.user.name}" if code else f"party:{wish.party.pk}"
        record(act, "sign-on.token", subject, party=wish.party.pk)
    return row


def new_token(house: LoginHouse) -> Secret:
    """Draw a token of 256 bits."""
    return _drawn(house)


def find_token(token: Secret, house: LoginHouse, act: Act) -> SsoToken:
    """Return a token that is good now. Raises Refused (SIGN-ON-TOKEN)."""
    rows = SsoToken.objects.select_related("session__user", "party")
    row = rows.filter(token_sha256=_digest(token), revoked_at=None, expires_at__gt=act.at).first()
    if row is None or row.party.removed_at is not None:
        raise login_refusals.SIGN_ON_TOKEN.because()
    if row.session is not None and not _is_alive(row.session, house, act):
        raise login_refusals.SIGN_ON_TOKEN.because()
    return row


def revoke_token(row: SsoToken, act: Act) -> None:
    """End a token (RFC 7009). Safe to repeat."""
    with transaction.atomic():
        if SsoToken.objects.filter(pk=row.pk, revoked_at=None).update(revoked_at=act.at):
            record(act, "sign-on.token-revoked", f"party:{row.party_id}")


def forget_old(act: Act) -> int:
    """Remove codes and tokens that are over for two days; returns how many."""
    old = {"expires_at__lt": act.at - _KEEP}
    return SsoCode.objects.filter(**old).delete()[0] + SsoToken.objects.filter(**old).delete()[0]


def _is_alive(session: WebSession, house: LoginHouse, act: Act) -> bool:
    """Whether the session goes on. A token neither prolongs it nor outlives it."""
    policy = house.policy
    is_over = session.ended_at is not None or act.at - session.opened_at >= policy.absolute
    if is_over or act.at - session.seen_at >= policy.idle:
        return False
    return standings.of(session.user).locked_at is None


def _drawn(house: LoginHouse) -> Secret:
    return Secret(base64.urlsafe_b64encode(house.draw(_BYTES)).decode("ascii").rstrip("="))


def _digest(secret: Secret) -> str:
    return sha256(secret.reveal()[:_LONGEST].encode("utf-8", "replace")).hexdigest()
