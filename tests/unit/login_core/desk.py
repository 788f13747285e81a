"""A sign-in desk for tests: one user, one house, and the steps that a test does not look at."""

import os
from dataclasses import dataclass, field, replace
from datetime import timedelta
from uuid import UUID

from strongroom.audit.act import Act
from strongroom.directory.models import PhoneNumber, User
from strongroom.login.credentials import hashing
from strongroom.login.entry import signing_in
from strongroom.login.entry.challenges import ChallengeView
from strongroom.login.entry.entering import Entered
from strongroom.login.entry.signing_in import Reply
from strongroom.login.house import LoginHouse, LoginPolicy
from strongroom.login.models import Enrolment, EnrolmentState, FactorKind, Password
from strongroom.login.presence import web_sessions
from strongroom.login.presence.web_sessions import Person
from strongroom.login.sealing import Sealing
from strongroom.login.visitor import Visitor
from strongroom.rules.secret import Secret

from tests.conftest import StillClock
from tests.unit.login_core.fakes import RIGHT, FakeFactor, FakeHerald, fake_factors

PASSWORD = Secret("Sunflower 17 boats")
NAME = "marta417"
HOME = Visitor("198.51.100.7", "Firefox")
AWAY = Visitor("203.0.113.9", "Chrome")


@dataclass
class Desk:
    """What a test of the login core holds in its hands."""

    clock: StillClock
    factors: dict[FactorKind, FakeFactor] = field(default_factory=fake_factors)
    herald: FakeHerald = field(default_factory=FakeHerald)
    policy: LoginPolicy = field(default_factory=LoginPolicy)

    def __post_init__(self) -> None:
        self.house = LoginHouse(
            firm="Example Securities",
            support="+1 555 0100",
            site="https://portal.example.test",
            factors=dict(self.factors),
            herald=self.herald,
            sealing=Sealing(b"m" * 32),
            draw=os.urandom,
            policy=self.policy,
        )

    def with_policy(self, **changed: object) -> "Desk":
        """Return a desk of another policy, with the same herald and factors."""
        policy = replace(self.policy, **changed)  # type: ignore[arg-type]
        return Desk(self.clock, self.factors, self.herald, policy)

    @property
    def act(self) -> Act:
        """An act at the clock's time."""
        return Act("portal", self.clock.now())

    def add_user(self, name: str = NAME) -> User:
        """Add a user with PASSWORD."""
        now = self.clock.now()
        user = User.objects.create(
            name=name, full_name="Marta Ek", email=f"{name}@example.test", created_at=now
        )
        hashed = hashing.hash_password(PASSWORD)
        Password.objects.create(user=user, hash=hashed, changed_at=now)
        return user

    def add_phone(self, user: User, number: str = "+819012345678") -> PhoneNumber:
        """Add a verified number."""
        now = self.clock.now()
        return PhoneNumber.objects.create(
            user=user, number=number, country="JP", kind="mobile", added_at=now, verified_at=now
        )

    def add_factor(
        self, user: User, kind: FactorKind = FactorKind.TOTP, **changed: object
    ) -> Enrolment:
        """Add an active factor; SMS with a number."""
        now = self.clock.now()
        given: dict[str, object] = {
            "user": user,
            "kind": kind,
            "label": f"My {kind.value}",
            "state": EnrolmentState.ACTIVE,
            "facts": {"issued_at": now.isoformat()},
            "created_at": now,
            "created_via": "test",
            "confirmed_at": now,
        }
        if kind is FactorKind.SMS:
            given["phone"] = self.add_phone(user)
        return Enrolment.objects.create(**(given | changed))

    def begin(self, visitor: Visitor = HOME, password: Secret = PASSWORD, name: str = NAME) -> UUID:
        """Give name and password."""
        return signing_in.begin(name, password, visitor, self.house, self.act)

    def ask(
        self, sign_in: UUID, enrolment: Enrolment, kind: FactorKind | None = None
    ) -> ChallengeView:
        """Choose a factor."""
        return signing_in.choose(sign_in, enrolment.pk, self.house, self.act, kind=kind)

    def answer(
        self, sign_in: UUID, challenge: UUID, text: str = RIGHT, visitor: Visitor = HOME
    ) -> Entered:
        """Answer a factor."""
        reply = Reply(challenge, Secret(text))
        return signing_in.answer(sign_in, reply, visitor, self.house, self.act)

    def enter(
        self, enrolment: Enrolment, visitor: Visitor = HOME, *, trust: bool = False
    ) -> Entered:
        """Sign in whole."""
        sign_in = self.begin(visitor, name=enrolment.user.name)
        asked = self.ask(sign_in, enrolment)
        reply = Reply(asked.id, Secret(RIGHT), trust)
        return signing_in.answer(sign_in, reply, visitor, self.house, self.act)

    def person(self, entered: Entered, visitor: Visitor = HOME) -> Person:
        """Return who a session is."""
        return web_sessions.find(entered.session_id, visitor, self.house, self.act)

    def later(self, **duration: float) -> "Desk":
        """Let time pass."""
        self.clock.advance(**duration)
        return self


def trusting(visitor: Visitor, cookie: str | None) -> Visitor:
    """Return the visitor with the trusted browser's cookie."""
    assert cookie is not None
    return replace(visitor, trusted=cookie)


HOUR = timedelta(hours=1)
