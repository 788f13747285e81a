"""How strongbox says no: a stable code, a sentence, an exit status of sysexits.h.

The refusals themselves are in the `refusals.py` of each folder; who prints them is in `commands`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import IntEnum

from strongbox.words import say


class Exit(IntEnum):
    """Exit statuses, after sysexits.h; Python's os.EX_* exist on Unix only.

    66 also means that an expected statement is absent, 67 that the login is unknown.
    """

    OK = 0
    USAGE = 64
    DAMAGED = 65
    ABSENT = 66
    LOGIN_UNKNOWN = 67
    NO_HOST = 68
    UNAVAILABLE = 69
    CANNOT_WRITE = 73
    TRY_AGAIN = 75
    PROTOCOL = 76
    REFUSED = 77
    CONFIGURATION = 78


class Refused(Exception):
    """strongbox said no. `str()` is the sentence in the language of this run."""

    def __init__(self, kind: "RefusalKind", /, **facts: object) -> None:
        self.kind = kind
        self.facts = facts
        super().__init__(kind.code)

    def __str__(self) -> str:
        return say(self.kind.sentence, **self.facts)

    @property
    def code(self) -> str:
        """The stable code that support, tests and programs go by."""
        return self.kind.code


@contextmanager
def speaking_of(name: str) -> Iterator[None]:
    """Let refusals about a file that lies under a hidden name tell the name that people know."""
    try:
        yield
    except Refused as refused:
        if "name" not in refused.facts:
            raise
        raise Refused(refused.kind, **{**refused.facts, "name": name}) from refused


@dataclass(frozen=True, slots=True)
class RefusalKind:
    """One way to say no. `sentence` is English: what happened and what to do next, no blame."""

    code: str
    sentence: str
    exit: Exit

    def because(self, **facts: object) -> Refused:
        """Build the exception; `facts` fill the sentence's fields."""
        return Refused(self, **facts)
