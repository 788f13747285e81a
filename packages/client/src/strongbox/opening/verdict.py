"""What opening a file comes to, and what the engines that open files are given and answer.

How a file is opened is in `opener`.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

from strongbox.opening import refusals
from strongbox.opening.limits import Limits
from strongbox.opening.secret_keys import OpeningKey
from strongbox.opening.sender import Sender
from strongbox.refusal import Refused


class Verdict(Enum):
    """VERIFIED: signed by the firm. UNSIGNED: decrypted, but nothing shows who made it.

    CLEAR: it was not encrypted at all, and the profile has nothing that would make that wrong.
    """

    VERIFIED = "verified"
    UNSIGNED = "unsigned"
    CLEAR = "clear"


@dataclass(frozen=True, slots=True)
class Job:
    """One file for an engine: binary `source`, `target` that exists, empty and private.

    `keys` are the ones to try, in that order; `name` is for sentences. `sender` None decrypts
    without looking for signatures.
    """

    source: Path
    target: Path
    name: str
    keys: tuple[OpeningKey, ...]
    sender: Sender | None
    is_unsigned_accepted: bool
    is_hidden: bool
    limits: Limits


class Undecided(Exception):
    """This engine cannot open the file, another may; if none can, `refused` is what to say."""

    def __init__(self, refused: Refused) -> None:
        super().__init__(refused.code)
        self.refused = refused

    def or_then(self, later: "Undecided") -> "Undecided":
        """Which of two to go by: a passphrase that was wrong explains what failed later."""
        return self if self.refused.kind is refusals.OPEN_PASSPHRASE else later


@dataclass(slots=True)
class Passphrase:
    """The passphrase of the secret keys, asked for when a locked key is needed, and once only."""

    ask: Callable[[], bytes]
    _known: bytes | None = field(default=None, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def get(self) -> bytes:
        """Return it; what `ask` raises comes through."""
        with self._lock:
            if self._known is None:
                self._known = self.ask()
            return self._known
