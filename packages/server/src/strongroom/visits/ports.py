"""What a gateway may ask of a visit: the whole boundary between protocols and the product.

A gateway knows only these names; how rows, rules and storage answer them is written beside this
file, and no protocol word (SFTP, FTP, HTTP) may appear here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from ipaddress import IPv4Address, IPv6Address
from typing import Protocol

from strongroom.rules.ranges import ByteRanges
from strongroom.rules.secret import Secret

Address = IPv4Address | IPv6Address


class Admission(Enum):
    """What happens to a connection before a byte of it is read (SFTP-5, section 26)."""

    WELCOME = "welcome"
    SILENCE = "silence"


class KeyVerdict(Enum):
    """Whether an offered key opens a login; every "no" looks the same on the wire (ATK-21)."""

    OPENS = "opens"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who is at the other end of a connection, as far as the network tells.

    `address` is the real client address: behind a named proxy the one its PROXY header states,
    with an IPv4-mapped IPv6 address already unmapped. `visit` is the connection's id (UUID text)
    that every log line carries.
    """

    visit: str
    address: Address
    port: int
    gateway: str


@dataclass(frozen=True, slots=True)
class OfferedKey:
    """A public key that a client offered. `signature_algorithm` is the name on the wire."""

    blob: bytes
    signature_algorithm: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One name in a repository. `size` is in bytes, 0 for a folder."""

    name: str
    is_folder: bool
    size: int
    modified: datetime
    is_writable: bool


@dataclass(frozen=True, slots=True)
class Space:
    """Room for uploads in bytes: the recipient's quota and what is left of it."""

    total: int
    free: int


class Reading(Protocol):
    """An opened file. The bytes never change while it is open."""

    @property
    def size(self) -> int: ...

    @property
    def descriptor(self) -> int | None:
        """A file descriptor to `pread` from at no cost, where the storage has one."""
        ...

    async def read(self, offset: int, size: int) -> bytes:
        """At most `size` bytes from `offset`; only for storages without a descriptor."""
        ...

    async def finish(self, sent: ByteRanges, *, is_clean: bool) -> None:
        """Close. `sent` are the ranges whose replies went out; `is_clean` means the client closed.

        Only a full set and a clean close make a receipt (ATK-72).
        """
        ...


class Writing(Protocol):
    """An upload under way. Bytes go to a spool file and appear only when complete."""

    @property
    def size(self) -> int:
        """Bytes the spool file already held when it was opened: where a resumed upload goes on."""
        ...

    def write(self, offset: int, data: memoryview) -> None:
        """Write all of `data` at `offset`. Raises Refused over quota, size limit or disk."""
        ...

    async def finish(self, *, is_clean: bool) -> None:
        """Close. A clean close of a gap-free file completes it; anything else keeps the part."""
        ...


class Visit(Protocol):
    """One authenticated recipient looking around in the own repository.

    Paths are absolute text such as `/outgoing/name.csv`, already normalised by
    `strongroom.rules.repository.place`. Each method costs one look-up and raises `Refused`.
    """

    @property
    def login(self) -> str: ...

    async def look(self, path: str) -> Entry: ...

    async def listing(self, path: str) -> Sequence[Entry]:
        """The entries of a folder as they are now, by name.

        Where it is a tuple the same one may come again, so what is made of it is worth keeping.
        """
        ...

    async def open_to_read(self, path: str) -> Reading: ...

    async def open_to_write(self, path: str, *, is_new: bool, is_emptied: bool) -> Writing:
        """Open an upload; `is_new` refuses an existing name, `is_emptied` starts from nothing."""
        ...

    async def remove(self, path: str) -> None: ...

    async def rename(self, old: str, new: str, *, may_replace: bool) -> None: ...

    async def space(self) -> Space: ...

    async def leave(self, reason: str) -> None:
        """The visit ended; `reason` is a short English phrase for the record."""
        ...


@dataclass(frozen=True, slots=True)
class Prompt:
    """One line that a person answers; `is_shown` says that what is typed may be seen."""

    text: str
    is_shown: bool = False


@dataclass(frozen=True, slots=True)
class Question:
    """What a person is asked after the key: a title, a sentence, and lines to answer."""

    title: str
    instruction: str
    prompts: tuple[Prompt, ...]


class SecondStep(Protocol):
    """A login whose key is proved, and which a person has to confirm with a factor as well."""

    async def ask(self) -> Question:
        """Begin, or begin again after a wrong answer. Raises Refused when nobody can answer."""
        ...

    async def answer(self, given: Sequence[Secret]) -> "Question | Visit":
        """Judge what was typed, one text for each prompt; the next question, or the visit.

        Raises Refused when it was wrong, or when the login lost its right meanwhile.
        """
        ...


@dataclass(frozen=True, slots=True)
class PersonNeeded:
    """The key opens the login only together with a person's second factor."""

    step: SecondStep


class Door(Protocol):
    """What a gateway asks before there is a visit. Every method is safe to call for strangers."""

    async def admit(self, caller: Caller) -> Admission: ...

    async def judge_key(self, caller: Caller, login: str, key: OfferedKey) -> KeyVerdict:
        """Judge one offered key, in the same time for a login that does not exist (ATK-21).

        Called for queries and for signed requests alike; it records the offer for
        `strongroom attempts` and grants nothing by itself.
        """
        ...

    async def enter(
        self, caller: Caller, login: str, key: OfferedKey, client: str
    ) -> Visit | PersonNeeded:
        """Open the visit after the signature of exactly this key was verified (ATK-16).

        Where the recipient's policy asks for a person's factor, nothing is open until that step
        is done. Judges again; raises Refused when the answer has changed or a session limit is
        reached.
        """
        ...

    async def turned_away(self, caller: Caller, login: str, client: str, cause: str) -> str:
        """Record a refused connection; returns its short reference such as `7F3K-22`."""
        ...

    def refused(self, caller: Caller, what: str) -> None:
        """Note that a logged-in peer asked for what does not exist here: a shell, a forwarding
        (ATK-26). `what` is short and safe to log. Must return at once.
        """
        ...

    async def cut_off(self, visits: Sequence[str]) -> Sequence[str]:
        """Those of the visits that may not go on (ATK-34, ATK-41); asked each second, so cheap."""
        ...
