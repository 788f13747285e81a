"""Secrets that leave by mail: made, found, used once; kept as SHA-256 alone.

What each is good for is decided by whoever makes it: `resets`, `disavowals`.
"""

import base64
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256

from strongroom.audit.act import Act
from strongroom.directory.models import User
from strongroom.login.house import LoginHouse
from strongroom.login.models import Token
from strongroom.rules.refusals import RefusalKind
from strongroom.rules.secret import Secret

NOT_ME = "not-me"
RESET = "reset"
NOT_ME_LIFETIME = timedelta(days=7)

_BYTES = 32
_LONGEST = 100


@dataclass(frozen=True, slots=True)
class Errand:
    """What a secret is for: whose (None: nobody's), its purpose, its life and its facts."""

    user: User | None
    purpose: str
    lifetime: timedelta
    facts: dict[str, str]
    address: str = ""


def make(errand: Errand, house: LoginHouse, act: Act) -> Secret:
    """Make a secret of 256 bits."""
    text = base64.urlsafe_b64encode(house.draw(_BYTES)).decode("ascii").rstrip("=")
    Token.objects.create(
        user=errand.user,
        purpose=errand.purpose,
        sha256=_digest(text),
        facts=errand.facts,
        address=errand.address,
        made_at=act.at,
        expires_at=act.at + errand.lifetime,
    )
    return Secret(text)


def not_me(user: User, house: LoginHouse, act: Act, **facts: str) -> dict[str, Secret]:
    """Return the secret of an alert: a link that says "this was not me", see `disavowals`."""
    token = make(Errand(user, NOT_ME, NOT_ME_LIFETIME, facts), house, act)
    return {"not_me": Secret(f"{house.site}/sign-in/not-me/{token.reveal()}")}


def find(secret: Secret, purpose: str, act: Act, *, otherwise: RefusalKind) -> tuple[Token, User]:
    """Return a secret's row and user while it is good. Raises Refused of the kind `otherwise`."""
    row = (
        Token.objects.select_related("user")
        .filter(sha256=_digest(secret.reveal()[:_LONGEST]), purpose=purpose)
        .filter(used_at=None, expires_at__gt=act.at)
        .first()
    )
    if row is None or row.user is None:
        raise otherwise.because()
    return row, row.user


def use(row: Token, act: Act, *, otherwise: RefusalKind) -> None:
    """Use a secret up, by one statement. Raises Refused of the kind `otherwise`."""
    fresh = Token.objects.filter(pk=row.pk, used_at=None, expires_at__gt=act.at)
    if not fresh.update(used_at=act.at):
        raise otherwise.because()


def _digest(text: str) -> str:
    return sha256(text.encode("utf-8", "replace")).hexdigest()
