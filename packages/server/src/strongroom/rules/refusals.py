"""Every way in which the product says no: a stable code, a sentence, an exit status, an audience.

What happens after a refusal (an SSH failure, an exit code, a page) is decided by who catches it.
"""

from dataclasses import dataclass, field
from enum import Enum, IntEnum


class Exit(IntEnum):
    """Exit statuses of the commands, after sysexits.h; Python's os.EX_* exist on Unix only."""

    OK = 0
    USAGE = 64
    BAD_INPUT = 65
    NOT_FOUND = 66
    UNAVAILABLE = 69
    CANNOT_WRITE = 73
    TRY_AGAIN = 75
    REFUSED = 77
    CONFIGURATION = 78


class Audience(Enum):
    """Who may read the sentence: anyone at all, the recipient concerned, or the firm's staff."""

    ANYONE = "anyone"
    RECIPIENT = "recipient"
    OPERATOR = "operator"


class Refused(Exception):
    """The product said no. `str()` is the sentence for the kind's audience."""

    def __init__(self, kind: "RefusalKind", **facts: object) -> None:
        self.kind = kind
        self.facts = facts
        super().__init__(kind.sentence.format(**facts))

    @property
    def code(self) -> str:
        """The stable code that support, tests and programs go by."""
        return self.kind.code


_every_code: set[str] = set()


@dataclass(frozen=True, slots=True)
class RefusalKind:
    """One way to say no. `sentence` says what happened and what to do next, without blame."""

    code: str
    sentence: str
    exit: Exit = Exit.REFUSED
    audience: Audience = field(default=Audience.OPERATOR)

    def __post_init__(self) -> None:
        if self.code in _every_code:
            raise ValueError(f"two refusals share the code {self.code}")
        _every_code.add(self.code)

    def because(self, **facts: object) -> Refused:
        """Build the exception; `facts` fill the sentence's fields."""
        return Refused(self, **facts)


# Accounts and recipients

ACCOUNT_EXISTS = RefusalKind(
    "ACCOUNT-EXISTS",
    "Account {number} is already here. Use `strongroom account show {number}` to look at it.",
    Exit.BAD_INPUT,
)
ACCOUNT_NUMBER = RefusalKind(
    "ACCOUNT-NUMBER",
    "{number!r} is not an account number. It is a capital U and six to eight digits, "
    "for example U1234567.",
    Exit.USAGE,
)
ACCOUNT_UNKNOWN = RefusalKind(
    "ACCOUNT-UNKNOWN",
    "There is no account {number}. Add it with `strongroom account add {number} --name TEXT`.",
    Exit.NOT_FOUND,
)
RECIPIENT_EXISTS = RefusalKind(
    "RECIPIENT-EXISTS",
    "Recipient {login} is already here, and a login name is never given twice.",
    Exit.BAD_INPUT,
)
RECIPIENT_LOGIN = RefusalKind(
    "RECIPIENT-LOGIN",
    "{login!r} cannot be a login name. Use 3 to 32 lower-case letters, digits, '-' or '_', "
    "beginning with a letter.",
    Exit.USAGE,
)
RECIPIENT_UNKNOWN = RefusalKind(
    "RECIPIENT-UNKNOWN",
    "There is no recipient {login}. `strongroom recipient list` shows who there is.",
    Exit.NOT_FOUND,
)
