"""Run as a program with a home's folder and a number: judges so many codes of each kind.

Below HTTP; it prints the seconds of each as JSON. What is timed is `login.challenges.judge` whole:
its counts, the comparison, using the code up, the audit line.
"""

import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from strongroom.runtime.configuration import read_settings
from strongroom.runtime.django_setup import start_django
from strongroom.runtime.home import Home, open_home
from strongroom.runtime.settings import Settings

_HOLDER = "bench"
_LETTERS = "codes"
_ACCOUNTS = {"totp": "U99999991", "sms": "U99999992", "card": "U99999993"}
_WRONG = "wrong"
_BETWEEN = timedelta(hours=3)
"""The person's clock goes on so far between two codes, so that no limit of an hour is met."""


@dataclass(slots=True)
class _Person:
    """A user with a device of this kind. `sent` is what was delivered last."""

    user: Any
    house: Any
    pockets: dict[str, Any]
    now: datetime
    sent: str = ""


def main(root: Path, count: int) -> None:
    """Verify and print."""
    home = open_home(root)
    settings = read_settings(home.settings, os.environ)
    start_django(settings, home.root)
    answers: dict[str, Callable[[_Person, Any], str]] = {
        "totp": lambda person, _: _totp(person),
        "sms": lambda person, _: person.sent,
        "card": _card,
    }
    times = {}
    for kind, answer in answers.items():
        person = _person(home, settings, kind)
        times[kind] = list(_times(person, kind, answer, count))
        if kind == "totp":
            times[_WRONG] = list(_times(person, kind, lambda *_: "", count))
    print(json.dumps(times))


def _times(
    person: _Person, kind: str, answer: Callable[[_Person, Any], str], count: int
) -> Iterator[float]:
    """Pose, then judge; only judging is timed. An empty answer is a wrong one."""
    from strongroom.audit.act import Act
    from strongroom.login.entry import challenges
    from strongroom.login.entry.challenges import Question
    from strongroom.login.models import Enrolment, Purpose
    from strongroom.rules.refusals import Refused
    from strongroom.rules.secret import Secret

    for _ in range(count):
        person.now += _BETWEEN
        act = Act("bench", person.now)
        row = Enrolment.objects.select_related("phone").get(user=person.user, kind=kind)
        view = challenges.pose(
            Question(person.user, Purpose.SIGN_IN, _HOLDER, row), person.house, act
        )
        given = Secret(answer(person, view))
        began = time.perf_counter()
        try:
            challenges.judge(view.id, _HOLDER, given, person.house, act)
        except Refused:
            if given.reveal():
                raise
            yield time.perf_counter() - began
            _forgive(row.pk)
        else:
            yield time.perf_counter() - began


def _person(home: Home, settings: Settings, kind: str) -> _Person:
    from strongroom.audit.act import Act
    from strongroom.directory.accounts import add_account
    from strongroom.directory.models import Role
    from strongroom.directory.users import find_user
    from strongroom.login.models import FactorKind
    from strongroom.runtime import clock
    from strongroom.runtime.demonstration_people import Wish, make_person
    from strongroom.runtime.login_house import build_login_house

    house, act = build_login_house(settings, home), Act("bench", clock.now())
    account = _ACCOUNTS[kind]
    add_account(account, name="Benchmark", act=act)
    kinds = (FactorKind(kind),)
    wish = Wish(_LETTERS, "Benchmark", "en", account, Role.PRIMARY, "07400 123456", "GB", kinds)
    made = make_person(wish, house, act)
    person = _Person(find_user(made.name), house, made.pockets, act.at)
    person.house = replace(house, herald=_Listening(house.herald, person))
    return person


class _Listening:
    """A herald that also tells the person's device, as the network would."""

    def __init__(self, herald: Any, person: _Person) -> None:
        self._herald, self._person = herald, person

    def __getattr__(self, name: str) -> Any:
        return getattr(self._herald, name)

    def code(self, delivery: Any, **how: Any) -> UUID:
        self._person.sent = delivery.code.reveal()
        letter: UUID = self._herald.code(delivery, **how)
        return letter


def _totp(person: _Person) -> str:
    from strongroom.runtime.demonstration_pockets import totp_now

    return totp_now(person.pockets["totp"], person.now)


def _card(person: _Person, view: Any) -> str:
    from strongroom.runtime.demonstration_pockets import CARD_PIN, card_response

    pocket = person.pockets["card"]
    shown = card_response(pocket, str(view.shown["challenge"]), CARD_PIN)
    pocket["counter"] += 1
    return shown


def _forgive(enrolment_id: UUID) -> None:
    """Take a wrong answer back, so that the limit on them does not end the measure."""
    from strongroom.login.models import Enrolment, EnrolmentState, Failures

    Enrolment.objects.filter(pk=enrolment_id).update(failures=0, state=EnrolmentState.ACTIVE)
    Failures.objects.update(recent=[], locked_until=None)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
