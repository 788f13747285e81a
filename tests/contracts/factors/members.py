"""The members of the family of factors, each with the person who answers its challenges.

A new folder in `backends/factors` needs its line in `MEMBERS`; the contract says so.
"""

import base64
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from strongroom.backends.factors.card.factor import CardFactor
from strongroom.backends.factors.code_card.factor import CodeCardFactor
from strongroom.backends.factors.passkey.factor import PasskeyFactor
from strongroom.backends.factors.recovery.factor import RecoveryFactor
from strongroom.backends.factors.sms.factor import SmsFactor
from strongroom.backends.factors.temporary.factor import TemporaryFactor
from strongroom.backends.factors.totp.factor import TotpFactor
from strongroom.backends.factors.voice.factor import VoiceFactor
from strongroom.login.ports import Accepted, Asked, Chance, Draft, Factor, Kept, Wish
from strongroom.rules.cards import OWN_SUITE
from strongroom.rules.ocra import Given, hashed_pin, read_suite, response
from strongroom.rules.one_time_codes import hotp, step_of
from strongroom.rules.secret import Secret

from tests.conftest import MORNING
from tests.contracts.factors.authenticator import Authenticator

SITE = "https://portal.example.com"
WISH = Wish(
    user="abcde123",
    full_name="Ann Example",
    user_id=7,
    firm="Example Securities",
    site=SITE,
    party="portal.example.com",
)


def chance(**later: float) -> Chance:
    """Real chance, at the tests' morning or so much later."""
    return Chance(now=MORNING + timedelta(**later), draw=os.urandom)


def applied(kept: Kept, accepted: Accepted) -> Kept:
    """Return what an enrolment keeps after an accepted answer, as the login's update does it."""
    if accepted.counter is not None:
        assert accepted.counter > kept.counter
    return replace(
        kept,
        counter=kept.counter if accepted.counter is None else accepted.counter,
        secret=kept.secret if accepted.secret is None else accepted.secret,
        facts=kept.facts if accepted.facts is None else accepted.facts,
    )


class Person:
    """Who holds the factor. `draft` is what was begun with; `kept` is what the login keeps."""

    factor: Factor
    given: Mapping[str, Any] = {}
    wrong = "00000000"

    def enrol(self) -> Kept:
        """Go through the whole enrolment and return what is kept of it."""
        self.draft = self.factor.draft(replace(WISH, given=self.given), chance())
        if self.draft.asked is None:
            return self.draft.kept
        answer = self.answer(self.draft.kept, self.draft.asked, MORNING)
        accepted = self.factor.check(self.draft.kept, self.draft.asked, answer, chance())
        return applied(self.draft.kept, accepted)

    def answer(self, kept: Kept, asked: Asked, now: datetime) -> Secret:
        """Return the right answer to a challenge."""
        raise NotImplementedError

    def draft_of(self) -> Draft:
        """Begin an enrolment alone."""
        return self.factor.draft(replace(WISH, given=self.given), chance())


class WithProgram(Person):
    """An authenticator program on a telephone, whose clock is right."""

    factor = TotpFactor()
    wrong = "000000"

    def answer(self, kept: Kept, asked: Asked, now: datetime) -> Secret:
        key = base64.b32decode(kept.secret.reveal())
        return Secret(hotp(key, step_of(now)))


class WithCard(Person):
    """A card of the firm's own, with a PIN; its counter rises with every response."""

    factor = CardFactor()
    key = bytes(range(32))
    pin = "4912"

    def __init__(self, suite: str = OWN_SUITE, *, counter: int = 5) -> None:
        self.suite = read_suite(suite)
        self.counter = counter
        self.given = {
            "serial": "SN-1",
            "suite": suite,
            "key": self.key.hex(),
            "pin": self.pin,
            "counter": counter,
        }

    def answer(self, kept: Kept, asked: Asked, now: datetime) -> Secret:
        steps = None if self.suite.step is None else int(now.timestamp()) // self.suite.step
        pin = hashed_pin(self.suite, self.pin) if self.suite.pin else None
        counter = self.counter if self.suite.has_counter else None
        self.counter += 1
        given = Given((str(asked.shown["challenge"]),), counter=counter, pin=pin, steps=steps)
        return Secret(response(self.suite, self.key, given))


class WithPaper(Person):
    """A printed code card."""

    factor = CodeCardFactor()
    wrong = "A2A A2A"

    def answer(self, kept: Kept, asked: Asked, now: datetime) -> Secret:
        entries = json.loads(kept.secret.reveal())
        indexes = asked.shown["indexes"]
        assert isinstance(indexes, list)
        return Secret("".join(entries[int(str(index)) - 1] for index in indexes))


class OnTheTelephone(Person):
    """A temporary code, read out by the desk."""

    factor = TemporaryFactor()
    wrong = "2" * 15

    def answer(self, kept: Kept, asked: Asked, now: datetime) -> Secret:
        return Secret(str(self.draft.shown["code"]))


class WithCodesInTheDrawer(Person):
    """Recovery codes; each answer takes the next one."""

    factor = RecoveryFactor()
    wrong = "AAAA-AAAA-AAAA-AAAA"

    def __init__(self) -> None:
        self.used = 0

    def answer(self, kept: Kept, asked: Asked, now: datetime) -> Secret:
        codes = self.draft.shown["codes"]
        assert isinstance(codes, list)
        self.used += 1
        return Secret(str(codes[self.used - 1]))


@dataclass
class WithPasskey(Person):
    """A passkey of software that counts."""

    device: Authenticator = field(default_factory=lambda: Authenticator(SITE, "portal.example.com"))
    factor = PasskeyFactor()
    wrong = "{}"

    def answer(self, kept: Kept, asked: Asked, now: datetime) -> Secret:
        options: Any = asked.shown["options"]
        is_new = "credential" not in kept.facts
        return Secret(self.device.create(options) if is_new else self.device.get(options))


class WithTelephone(Person):
    """A number that gets codes by SMS."""

    factor: Factor = SmsFactor()
    wrong = "12345"

    def __init__(self) -> None:
        self.given = {"phone": 3, "label": "+41 79 ••• 12"}

    def answer(self, kept: Kept, asked: Asked, now: datetime) -> Secret:
        assert asked.delivery is not None
        return asked.delivery.code


class ByCall(WithTelephone):
    """The same number by call; it is enrolled for SMS."""

    factor = VoiceFactor()

    def enrol(self) -> Kept:
        return WithTelephone().enrol()


MEMBERS: dict[str, Callable[[], Person]] = {
    "card": WithCard,
    "code_card": WithPaper,
    "passkey": WithPasskey,
    "recovery": WithCodesInTheDrawer,
    "sms": WithTelephone,
    "temporary": OnTheTelephone,
    "totp": WithProgram,
    "voice": ByCall,
}
