"""A login house with SMS and calls, whose messages wait in the real outbox."""

import json
import secrets
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from strongroom.audit.act import Act
from strongroom.backends.factors.sms.factor import SmsFactor
from strongroom.backends.factors.totp.factor import TotpFactor
from strongroom.backends.factors.voice.factor import VoiceFactor
from strongroom.directory.models import PhoneNumber, User
from strongroom.login.contact.contact_guard import Changer
from strongroom.login.house import LoginHouse
from strongroom.login.models import Enrolment, FactorKind, WebSession
from strongroom.login.sealing import Sealing
from strongroom.login.visitor import Visitor
from strongroom.messages.herald import OutboxHerald
from strongroom.messages.letters import opened
from strongroom.messages.models import Letter
from strongroom.rules.sms_budgets import SmsBudgets

VISITOR = Visitor("198.51.100.7", "Firefox")
_SEALING = Sealing(bytes(range(32)))


def new_house() -> LoginHouse:
    """Return a house whose outbox has the product's own budgets."""
    return LoginHouse(
        firm="The firm",
        support="+44 20 7946 0018",
        site="https://portal.example",
        factors={
            FactorKind.SMS: SmsFactor(),
            FactorKind.VOICE: VoiceFactor(),
            FactorKind.TOTP: TotpFactor(),
        },
        herald=OutboxHerald(_SEALING, SmsBudgets(block_hour=1000)),
        sealing=_SEALING,
        draw=secrets.token_bytes,
    )


def secret_of(letter: Letter, name: str = "code") -> str:
    """Return what a letter keeps sealed until it leaves."""
    return opened(letter.id, letter.sealed, _SEALING)[name].reveal()


def code_for(phone: PhoneNumber) -> str:
    """Return the newest code that waits for a number."""
    return secret_of(Letter.objects.filter(phone=phone).order_by("-created_at")[0])


def signed_in(user: User, at: datetime, *, proved: str = "") -> Changer:
    """Return a person with a session; `proved` is the kind of a factor proved just now."""
    session = WebSession.objects.create(
        id=uuid.uuid4(),
        user=user,
        assurance=0,
        scope="full",
        address=VISITOR.address,
        browser=VISITOR.browser,
        opened_at=at,
        seen_at=at,
        stepped_up_at=at if proved else None,
        stepped_up_by=proved,
    )
    return Changer(user, VISITOR, session)


def with_factor(user: User, kind: FactorKind, act: Callable[..., Act]) -> Enrolment:
    """Give a user an active factor that has nothing to do with numbers."""
    return Enrolment.objects.create(
        user=user, kind=kind, label=kind.label, state="active", created_at=act().at,
        created_via="test",
    )  # fmt: skip


def facts_of_alerts(user: User) -> list[tuple[str, dict[str, str]]]:
    """Return the mails that wait for a user, by kind."""
    rows = Letter.objects.filter(user=user, channel="mail").order_by("created_at", "pk")
    return [(row.kind, json.loads(json.dumps(row.facts))) for row in rows]


def with_policy(house: LoginHouse, **changes: object) -> LoginHouse:
    """Return the house of a firm that chose otherwise."""
    return replace(house, policy=replace(house.policy, **changes))  # type: ignore[arg-type]
