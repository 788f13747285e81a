"""A user of the firm with real factors, and a door that asks for them."""

import base64
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from strongroom.directory import second_factors
from strongroom.directory.models import Account, PhoneNumber, Right, User
from strongroom.login.entry.kept_secrets import seal_secret, wish
from strongroom.login.models import Enrolment, FactorKind
from strongroom.login.ports import Chance
from strongroom.rules.one_time_codes import hotp, step_of
from strongroom.rules.secret import Secret
from strongroom.visits.door import HouseDoor
from strongroom.visits.ports import Caller, PersonNeeded, Question, Visit

from tests.unit.portal.portal_house import make_house
from tests.unit.visits.house import Place, caller, offered

if TYPE_CHECKING:
    from tests.unit.directory.keys import PrivateKey


@dataclass
class Enrolled:
    """A factor of the user's, and what the person knows of it."""

    row: Enrolment
    shown: dict[str, Any]


@dataclass
class Someone:
    """A user whose code the recipient `fund` asks for."""

    place: Place
    user: User
    login: Any

    def enrol(self, kind: FactorKind, name: str = "", **given: object) -> Enrolled:
        """Give the user a factor as the product makes it."""
        now = self.place.firm.clock.now()
        draft = self.login.factors[kind].draft(
            wish(self.user, given, self.login), Chance(now, self.login.draw)
        )
        row = Enrolment(
            user=self.user, kind=kind, label=name or draft.label, state="active",
            facts=dict(draft.kept.facts), counter=draft.kept.counter,
            phone_id=given.get("phone"), created_at=now, created_via="test", confirmed_at=now,
            expires_at=draft.kept.expires_at,
        )  # fmt: skip
        row.sealed = seal_secret(row.pk, draft.kept.secret, self.login)
        row.save()
        return Enrolled(row, dict(draft.shown))

    def enrol_phone(self) -> Enrolled:
        """Give the user a verified number and its SMS factor."""
        now = self.place.firm.clock.now()
        phone = PhoneNumber.objects.create(
            user=self.user, number="+12025550143", country="US", kind="mobile", added_at=now,
            verified_at=now,
        )  # fmt: skip
        return self.enrol(FactorKind.SMS, "My phone", phone=phone.pk, label="My phone")

    def totp(self, enrolled: Enrolled) -> str:
        """The code that the authenticator shows now."""
        key = base64.b32decode(enrolled.shown["secret"])
        return hotp(key, step_of(self.place.firm.clock.now()), digits=6)

    def knock(self, pair: "PrivateKey", who: Caller | None = None) -> Any:
        """Enter with the right key; returns the step that a person has to do."""
        found = self.place.run(
            self.place.door.enter(who or caller(), "fund", offered(pair), "SSH-2.0-x")
        )
        assert isinstance(found, PersonNeeded)
        return found.step

    def ask(self, step: Any) -> Question:
        """Begin the step."""
        return self.place.run(step.ask())

    def answer(self, step: Any, text: str) -> Question | Visit:
        """Type an answer."""
        return self.place.run(step.answer([Secret(text)]))


def make_someone(place: Place) -> Someone:
    """Let the recipient `fund` ask for a code of a new user of its account."""
    clock = place.firm.clock
    login = make_house(clock.now).login
    house = replace(place.house, login=login)
    asking = Place(place.firm, house, HouseDoor(house))
    user = User.objects.create(name="anova123", full_name="A", created_at=clock.now())
    Right.objects.create(
        user=user, account=Account.objects.get(number="U1111111"), role="primary",
        given_at=clock.now(), given_by="test",
    )  # fmt: skip
    second_factors.require_person("fund", user.name, act=place.firm.act())
    return Someone(asking, user, login)
