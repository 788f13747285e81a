"""What a call says: a greeting, then nothing until a key is pressed, then the code, once (LATK-3).

A voicemail presses no key, so it never hears a code. The form of a provider is its sender's.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import assert_never

from django.db.models import QuerySet

from strongroom.audit.act import Act
from strongroom.login.sealing import Sealing
from strongroom.messages import letters
from strongroom.messages.letter_kinds import purpose_of
from strongroom.messages.letter_texts import rendering
from strongroom.messages.letter_texts.words import Language
from strongroom.messages.models import Channel, Letter, LetterState
from strongroom.messages.ports import AwaitKey, CallEvent, CallMoment, HangUp, Say, Step
from strongroom.rules import login_refusals
from strongroom.rules.sms_failures import Failure

_KEY_SECONDS = 20


@dataclass(frozen=True, slots=True)
class Call:
    """A call by the sender that makes it and the handle of its letter."""

    sender: str
    handle: str


@dataclass(frozen=True, slots=True)
class Script:
    """What comes next in a call, in its language."""

    steps: Sequence[Step]
    language: str


@dataclass(frozen=True, slots=True)
class CallDesk:
    """What calls are answered with."""

    sealing: Sealing
    house: rendering.House


def go_on(call: Call, event: CallEvent, desk: CallDesk, act: Act) -> Script:
    """Return what comes next. Raises Refused (LETTER-UNKNOWN) for a call that is not ours."""
    letter = _letter(call)
    language = Language.of(letter.language)
    match event.moment:
        case CallMoment.ANSWERED:
            return Script(_greet(letter, language, desk, act), language)
        case CallMoment.KEY:
            if not event.key:
                _end(letter, Failure.NO_KEY, act)
                return Script((HangUp(),), language)
            return Script(_read_out(letter, language, desk, act), language)
        case CallMoment.ENDED:
            _end(letter, event.failure or Failure.NO_KEY, act)
            return Script((), language)
        case _:
            assert_never(event.moment)


def _letter(call: Call) -> Letter:
    # A call can be answered before the round that began it wrote down who carries it.
    rows = Letter.objects.filter(channel=Channel.VOICE, handle=call.handle)
    found = rows.filter(sender__in=(call.sender, "")).first() if call.handle else None
    if found is None:
        raise login_refusals.LETTER_UNKNOWN.because()
    return found


def _greet(letter: Letter, language: Language, desk: CallDesk, act: Act) -> Sequence[Step]:
    if not _open(letter, act).exists():
        return (HangUp(),)
    purpose = purpose_of(letter.kind)
    sentence = rendering.greeting(purpose, language=language, house=desk.house)
    return (Say(sentence), AwaitKey(_KEY_SECONDS))


def _read_out(letter: Letter, language: Language, desk: CallDesk, act: Act) -> Sequence[Step]:
    """Wipe the code, and only then say it: a key pressed twice hears it once."""
    wiped = _open(letter, act).update(
        sealed="", state=LetterState.DELIVERED, settled_at=act.at, failure=""
    )
    if not wiped:
        return (HangUp(),)
    code = letters.opened(letter.id, letter.sealed, desk.sealing)["code"]
    return (Say(rendering.reading(code, language=language), is_slow=True), HangUp())


def _end(letter: Letter, failure: Failure, act: Act) -> None:
    _open(letter, act).update(
        sealed="", state=LetterState.FAILED, settled_at=act.at, failure=failure
    )


def _open(letter: Letter, act: Act) -> "QuerySet[Letter]":
    states = (LetterState.WAITING, LetterState.SENT)
    rows = Letter.objects.filter(id=letter.id, state__in=states, expires_at__gt=act.at)
    return rows.exclude(sealed="")
