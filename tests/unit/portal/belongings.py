"""What one person has of each kind of thing that an address of the portal can name."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from strongroom.audit.act import Act
from strongroom.directory.models import Account, PhoneNumber, Right, User
from strongroom.login.entry.kept_secrets import chance, factor_of, seal_secret, wish
from strongroom.login.models import CardOrder, Enrolment, Standing, TrustedBrowser, WebSession
from strongroom.rules.cards import OWN_SUITE
from strongroom.rules.secret import Secret

from tests.conftest import MORNING
from tests.unit.portal import statement_shelf as shelf
from tests.unit.portal.portal_house import HERE

SEED = Secret("31" * 32)


@dataclass(frozen=True)
class Belongings:
    """A user and, by the name of an address's part, everything that is theirs."""

    user: User
    named: dict[str, list[Any]] = field(default_factory=dict)

    def first(self, part: str) -> Any:
        """The first thing of that name."""
        return self.named[part][0]


def belongings(user: User, number: str, house: Any, storage: Any) -> Belongings:
    """Give a user one of each thing."""
    account, _ = Account.objects.get_or_create(
        number=number, defaults={"name": "A", "created_at": MORNING, "equity_usd": 900_000}
    )
    Right.objects.get_or_create(
        user=user, account=account, defaults={"role": "primary", "given_at": MORNING}
    )
    statement = shelf.statement(number, storage=storage)
    recipient = shelf.recipient(f"r{user.pk}", number, pgp="required")
    key = f"copies/{uuid4()}"
    storage.put(key, [b"sealed"])
    copy = shelf.copy(statement, recipient, encryption="openpgp", storage_key=key)
    receipt = shelf.receipt(copy)
    Standing.objects.get_or_create(user=user)
    factors = [_factor(user, kind, state, house) for kind, state in _FACTORS]
    trusted = TrustedBrowser.objects.create(
        user=user,
        series_sha256=f"{user.pk:064}",
        secret_sha256="0" * 64,
        rotated_at=MORNING,
        label="Firefox",
        address=HERE,
        created_at=MORNING,
        expires_at=MORNING + timedelta(days=30),
    )
    return Belongings(
        user,
        {
            "phone_id": [PhoneNumber.objects.get(user=user).pk],
            "enrolment": [one.pk for one in factors],
            "order": [_order(user, number).pk],
            "statement": [statement.pk],
            "copy": [copy.pk],
            "receipt": [receipt.pk],
            "user": [user.name],
            "session": [_session(user).pk],
            "browser": [trusted.pk],
            "factor": [f"{one.kind}:{one.pk}" for one in factors],
        },
    )


NOBODYS: dict[str, Any] = {
    "phone_id": 987654321,
    "copy": 987654321,
    "user": "nobod999",
    "factor": "totp:3f2b1c9e-54aa-4d0e-9a55-0d7f4f3c1a11",
    **dict.fromkeys(
        ("enrolment", "order", "statement", "receipt", "session", "browser"),
        UUID("3f2b1c9e-54aa-4d0e-9a55-0d7f4f3c1a11"),
    ),
}
"""A name of each kind that is nobody's."""

_FACTORS = (
    ("totp", "active"),
    ("totp", "pending"),
    ("card", "active"),
    ("code-card", "pending"),
)


def _factor(user: User, kind: str, state: str, house: Any) -> Enrolment:
    identity = uuid4()
    is_active = state == "active"
    secret, facts = SEED, {"suite": OWN_SUITE} if kind == "card" else {}
    if kind == "code-card":
        act = Act("test", MORNING)
        asked = wish(user, {}, house.login)
        kept = factor_of(kind, house.login).draft(asked, chance(house.login, act)).kept
        secret, facts = kept.secret, dict(kept.facts)
    return Enrolment.objects.create(
        id=identity,
        user=user,
        kind=kind,
        label=kind,
        state=state,
        sealed=seal_secret(identity, secret, house.login),
        facts=facts,
        created_at=MORNING,
        created_via="test",
        confirmed_at=MORNING if is_active else None,
        expires_at=MORNING + timedelta(days=21) if kind == "code-card" else None,
    )


def _order(user: User, number: str) -> CardOrder:
    return CardOrder.objects.create(
        user=user,
        account=number,
        ship_to="A",
        sealed="x",
        hold_usd=20,
        ordered_at=MORNING,
        ships_on=MORNING.date(),
    )


def _session(user: User) -> WebSession:
    return WebSession.objects.create(
        user=user,
        proofs=[],
        assurance=30,
        scope="full",
        address=HERE,
        browser="Firefox",
        opened_at=MORNING,
        seen_at=MORNING,
    )
