"""What a person whose code does not come is advised to do: section 14's four steps, in its order.

What became of the last message says which advice fits best, and whether another one can be asked
for. Reading that, and sending, are the outbox's.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from strongroom.rules.sms_failures import Failure

PAUSE = timedelta(seconds=120)
"""SMS2FA-3 and PHN-5: between two messages to a number."""
_USUAL = timedelta(seconds=60)
"""Most messages are there by then; a call within the same time (VOICE-2)."""


class Step(StrEnum):
    """The advice of section 14, in its order. It is shown whole, whatever fits best."""

    APP = "app"
    RESTART = "restart"
    VOICE = "voice"
    CARRIER = "carrier"


class Hint(StrEnum):
    """What fits best; the first four are steps of section 14."""

    APP = "app"
    RESTART = "restart"
    VOICE = "voice"
    CARRIER = "carrier"
    ASK = "ask"
    WAIT = "wait"
    LOOK = "look"
    OTHER_NUMBER = "other-number"


class Fate(StrEnum):
    """What became of a message, as the person is told."""

    NOT_SENT = "not-sent"
    ON_ITS_WAY = "on-its-way"
    NO_REPORT = "no-report"
    DELIVERED = "delivered"
    DO_NOT_CALL = "do-not-call"
    VIRTUAL = "virtual"
    CARRIER_HOURS = "carrier-hours"
    BLOCKED = "blocked"
    UNREACHABLE = "unreachable"
    UNKNOWN_NUMBER = "unknown-number"
    NOT_ANSWERED = "not-answered"
    NO_KEY = "no-key"
    HELD_BACK = "held-back"


@dataclass(frozen=True, slots=True)
class Message:
    """One to a number, as far as its carrier told. `age` is how long ago it was asked for."""

    is_call: bool
    is_delivered: bool
    failure: Failure | None
    age: timedelta


@dataclass(frozen=True, slots=True)
class Number:
    """What is known of a number whatever was sent. `can_be_called`: SMS is a factor there."""

    is_do_not_call: bool
    delivers_now: bool
    can_be_called: bool


@dataclass(frozen=True, slots=True)
class Advice:
    """`best` comes first on the page, and then every step of section 14 that is possible."""

    fate: Fate
    best: Hint
    steps: tuple[Step, ...]
    wait: timedelta
    """Until another SMS can be asked for; zero for now."""


_FATES = {
    Failure.DO_NOT_CALL: Fate.DO_NOT_CALL,
    Failure.VIRTUAL_NUMBER: Fate.VIRTUAL,
    Failure.CARRIER_HOURS: Fate.CARRIER_HOURS,
    Failure.BLOCKED_BY_CARRIER: Fate.BLOCKED,
    Failure.UNREACHABLE: Fate.UNREACHABLE,
    Failure.UNKNOWN_NUMBER: Fate.UNKNOWN_NUMBER,
    Failure.NOT_ANSWERED: Fate.NOT_ANSWERED,
    Failure.NO_KEY: Fate.NO_KEY,
}

_BEST = {
    Fate.NOT_SENT: Hint.ASK,
    Fate.ON_ITS_WAY: Hint.WAIT,
    Fate.NO_REPORT: Hint.RESTART,
    Fate.DELIVERED: Hint.LOOK,
    Fate.DO_NOT_CALL: Hint.APP,
    Fate.VIRTUAL: Hint.OTHER_NUMBER,
    Fate.CARRIER_HOURS: Hint.VOICE,
    Fate.BLOCKED: Hint.VOICE,
    Fate.UNREACHABLE: Hint.RESTART,
    Fate.UNKNOWN_NUMBER: Hint.OTHER_NUMBER,
    Fate.NOT_ANSWERED: Hint.VOICE,
    Fate.NO_KEY: Hint.VOICE,
    Fate.HELD_BACK: Hint.APP,
}


def advise(messages: Sequence[Message], number: Number) -> Advice:
    """Return what to tell, from the last messages (the newest first) and the number."""
    fate = _fate(messages[0] if messages else None, number)
    can_call = number.can_be_called and not number.is_do_not_call
    best = _BEST[fate]
    if best is Hint.VOICE and not can_call:
        best = Hint.CARRIER if fate is Fate.BLOCKED else Hint.APP
    steps = tuple(step for step in Step if step is not Step.VOICE or can_call)
    return Advice(fate, best, steps, _wait(messages))


def _fate(last: Message | None, number: Number) -> Fate:
    if number.is_do_not_call:
        return Fate.DO_NOT_CALL
    if last is None or last.failure is Failure.WITHDRAWN:
        return Fate.NOT_SENT if number.delivers_now else Fate.CARRIER_HOURS
    if last.failure is not None:
        return _FATES.get(last.failure, Fate.HELD_BACK)
    if last.is_delivered:
        return Fate.DELIVERED
    if not number.delivers_now and not last.is_call:
        return Fate.CARRIER_HOURS
    return Fate.ON_ITS_WAY if last.age < _USUAL else Fate.NO_REPORT


def _wait(messages: Sequence[Message]) -> timedelta:
    for message in messages:
        if not message.is_call:
            return max(PAUSE - message.age, timedelta(0))
    return timedelta(0)
