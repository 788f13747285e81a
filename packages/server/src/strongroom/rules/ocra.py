"""The OATH challenge-response algorithm, whole (RFC 6287 with erratum 4115).

Suites are read and responses computed here; which suites a card may have, and which counter it
stands at, is the card's.
"""

import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from strongroom.rules import login_refusals
from strongroom.rules.one_time_codes import Hash, truncate
from strongroom.rules.refusals import Refused

_QUESTION_BYTES = 128
_COUNTER_BYTES = 8
_LONGEST_SUITE = 80
_SUITE = re.compile(
    r"OCRA-1:HOTP-(?P<hash>SHA1|SHA256|SHA512)-(?P<digits>0|[4-9]|10):"
    r"(?P<counter>C-)?"
    r"Q(?P<kind>[ANH])(?P<length>0[4-9]|[1-5][0-9]|6[0-4])"
    r"(?:-P(?P<pin>SHA1|SHA256|SHA512))?"
    r"(?:-S(?P<session>[0-9]{3})?(?P<has_session>))?"
    r"(?:-T(?P<step>(?:[1-9]|[1-5][0-9])[SM]|(?:[0-9]|[1-3][0-9]|4[0-8])H)?(?P<has_time>))?"
)
_SECONDS = {"S": 1, "M": 60, "H": 3600}


class QuestionKind(Enum):
    """What a challenge is made of (RFC 6287 section 6.3)."""

    ALPHANUMERIC = "A"
    NUMERIC = "N"
    HEXADECIMAL = "H"


_CHARACTERS = {
    QuestionKind.ALPHANUMERIC: re.compile(r"[\x20-\x7e]+"),
    QuestionKind.NUMERIC: re.compile(r"[0-9]+"),
    QuestionKind.HEXADECIMAL: re.compile(r"[0-9A-Fa-f]+"),
}


@dataclass(frozen=True, slots=True)
class Suite:
    """A suite such as `OCRA-1:HOTP-SHA256-8:C-QA06-PSHA256`, read.

    `digits` 0 is the whole MAC; `length` the longest challenge of one party; `session` a number
    of bytes; `step` a number of seconds.
    """

    text: str
    algorithm: Hash
    digits: int
    has_counter: bool
    kind: QuestionKind
    length: int
    pin: Hash | None
    session: int | None
    step: int | None


@dataclass(frozen=True, slots=True)
class Given:
    """What goes into a response besides the key; a suite takes just what it names.

    `questions` are one party's challenge, or both parties' in order (section 7.3); `pin` is the
    hash of the PIN; `steps` the number of time steps since 1970.
    """

    questions: tuple[str, ...]
    counter: int | None = None
    pin: bytes | None = None
    session: bytes | None = None
    steps: int | None = None


def read_suite(text: str) -> Suite:
    """Return a suite. Raises Refused (OCRA-SUITE) for one that section 6 does not know."""
    found = _SUITE.fullmatch(text) if len(text) <= _LONGEST_SUITE else None
    if found is None:
        raise _unknown(text)
    session = int(found["session"] or 64) if found["has_session"] is not None else None
    step = _seconds(found["step"] or "1M") if found["has_time"] is not None else None
    if session is not None and not 1 <= session <= 512:
        raise _unknown(text)
    if step == 0:
        raise _unknown(text)
    return Suite(
        text=text,
        algorithm=Hash[found["hash"]],
        digits=int(found["digits"]),
        has_counter=found["counter"] is not None,
        kind=QuestionKind(found["kind"]),
        length=int(found["length"]),
        pin=Hash[found["pin"]] if found["pin"] else None,
        session=session,
        step=step,
    )


def _unknown(text: str) -> Refused:
    return login_refusals.OCRA_SUITE.because(suite=text[:_LONGEST_SUITE])


def _seconds(step: str) -> int:
    return int(step[:-1]) * _SECONDS[step[-1]]


def hashed_pin(suite: Suite, pin: str) -> bytes:
    """Return the PIN as the suite takes it in (section 6.3); a suite without one takes nothing."""
    return b"" if suite.pin is None else _digest(suite.pin, pin.encode())


def _digest(algorithm: Hash, data: bytes) -> bytes:
    return hashlib.new(algorithm.value, data).digest()


def steps_of(suite: Suite, moment: datetime) -> int | None:
    """Return the number of the suite's time steps since 1970; None without time."""
    return None if suite.step is None else int(moment.timestamp()) // suite.step


def response(suite: Suite, key: bytes, given: Given) -> str:
    """Return the response: exactly `suite.digits` digits, or the MAC in hexadecimal for 0.

    Raises Refused (OCRA-INPUT) when what is given is not what the suite names.
    """
    mac = hmac.digest(key, _data_input(suite, given), suite.algorithm.value)
    return truncate(mac, suite.digits) if suite.digits else mac.hex()


def _data_input(suite: Suite, given: Given) -> bytes:
    """Put the parts in the order of section 6.3: C, Q, P, S, T."""
    _require_just_the_named(suite, given)
    parts = [suite.text.encode("ascii"), b"\0"]
    if given.counter is not None:
        parts.append(_number(suite, given.counter))
    parts.append(_question(suite, given.questions))
    if given.pin is not None:
        parts.append(given.pin)
    if given.session is not None and suite.session is not None:
        parts.append(given.session.rjust(suite.session, b"\0"))
    if given.steps is not None:
        parts.append(_number(suite, given.steps))
    return b"".join(parts)


def _require_just_the_named(suite: Suite, given: Given) -> None:
    pin_bytes = None if suite.pin is None else len(_digest(suite.pin, b""))
    fits = (
        (given.counter is not None) is suite.has_counter
        and (None if given.pin is None else len(given.pin)) == pin_bytes
        and (given.session is not None) is (suite.session is not None)
        and len(given.session or b"") <= (suite.session or 0)
        and (given.steps is not None) is (suite.step is not None)
    )
    if not fits:
        raise login_refusals.OCRA_INPUT.because(suite=suite.text)


def _number(suite: Suite, value: int) -> bytes:
    if not 0 <= value < 256**_COUNTER_BYTES:
        raise login_refusals.OCRA_INPUT.because(suite=suite.text)
    return value.to_bytes(_COUNTER_BYTES, "big")


def _question(suite: Suite, questions: tuple[str, ...]) -> bytes:
    form = _CHARACTERS[suite.kind]
    fits = all(len(one) <= suite.length and form.fullmatch(one) for one in questions)
    if not fits or not 1 <= len(questions) <= 2:
        raise login_refusals.OCRA_INPUT.because(suite=suite.text)
    return _encoded(suite.kind, "".join(questions)).ljust(_QUESTION_BYTES, b"\0")


def _encoded(kind: QuestionKind, question: str) -> bytes:
    """Return a challenge as bytes; an odd number of hexadecimal digits is padded on the right."""
    if kind is QuestionKind.ALPHANUMERIC:
        return question.encode("ascii")
    digits = f"{int(question):x}" if kind is QuestionKind.NUMERIC else question
    return bytes.fromhex(digits + "0" * (len(digits) % 2))
