"""A door and visits that live in memory, for tests of the SFTP gateway alone.

They keep the promises of `strongroom.visits.ports` and remember what they were told.
"""

import os
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial

from strongroom.rules import refusals
from strongroom.rules.ranges import ByteRanges
from strongroom.rules.repository import place
from strongroom.rules.secret import Secret
from strongroom.visits.ports import (
    Admission,
    Caller,
    Entry,
    KeyVerdict,
    OfferedKey,
    PersonNeeded,
    Prompt,
    Question,
    Space,
)

MODIFIED = datetime(2026, 11, 21, 6, 30, tzinfo=UTC)
FOLDERS = ("incoming", "manifests", "outgoing", "test")


@dataclass
class Receipt:
    """What a reading was told at its end."""

    path: str
    sent: ByteRanges
    is_clean: bool

    @property
    def is_whole(self) -> bool:
        return self.is_clean and self.is_full

    is_full: bool = False


class MemoryReading:
    """A file on a descriptor of its own, or read by `read` where the store has none."""

    def __init__(self, store: "Store", path: str) -> None:
        self._store, self._path = store, path
        self.size = len(store.files[path])
        self._file = (
            tempfile.TemporaryFile() if store.has_descriptors else None  # noqa: SIM115
        )
        if self._file is not None:
            self._file.write(store.files[path])
            self._file.flush()

    @property
    def descriptor(self) -> int | None:
        return None if self._file is None else self._file.fileno()

    async def read(self, offset: int, size: int) -> bytes:
        return self._store.files[self._path][offset : offset + size]

    async def finish(self, sent: ByteRanges, *, is_clean: bool) -> None:
        if self._file is not None:
            self._file.close()
        self._store.receipts.append(Receipt(self._path, sent, is_clean, sent.covers(self.size)))


class MemoryWriting:
    """An upload that appears when it is complete."""

    def __init__(self, store: "Store", path: str, held: bytes) -> None:
        self._store, self._path = store, path
        self._data = bytearray(held)
        self._ranges = ByteRanges()
        self._ranges.add(0, len(held))

    @property
    def size(self) -> int:
        return len(self._data)

    def write(self, offset: int, data: memoryview) -> None:
        end = offset + len(data)
        if end > self._store.quota:
            raise refusals.REPO_TOO_LARGE.because(most=self._store.quota)
        if len(self._data) < end:
            self._data.extend(bytes(end - len(self._data)))
        self._data[offset:end] = data
        self._ranges.add(offset, end)
        self._store.writes += 1

    async def finish(self, *, is_clean: bool) -> None:
        if is_clean and self._ranges.is_gapless():
            self._store.parts.pop(self._path, None)
            self._store.files[self._path] = bytes(self._data)
        else:
            self._store.parts[self._path] = bytes(self._data)


@dataclass
class Store:
    """One recipient's repository."""

    files: dict[str, bytes] = field(default_factory=dict)
    parts: dict[str, bytes] = field(default_factory=dict)
    receipts: list[Receipt] = field(default_factory=list)
    has_descriptors: bool = True
    quota: int = 64 * 1024 * 1024
    writes: int = 0
    crash_on: str = ""


class MemoryVisit:
    """One recipient looking around."""

    def __init__(self, login: str, store: Store) -> None:
        self._login, self._store = login, store
        self.left_because: list[str] = []

    @property
    def login(self) -> str:
        return self._login

    async def look(self, path: str) -> Entry:
        self._check(path)
        spot = place(path)
        if spot.is_folder:
            name = path.rpartition("/")[2] or "/"
            return Entry(name, True, 0, MODIFIED, path in {"/incoming", "/outgoing"})
        held = self._store.files.get(path, self._store.parts.get(path))
        if held is None:
            raise refusals.REPO_NOT_FOUND.because(path=path)
        return Entry(spot.name or "", False, len(held), MODIFIED, path.startswith("/incoming/"))

    async def listing(self, path: str) -> Sequence[Entry]:
        self._check(path)
        if path == "/":
            return [await self.look(f"/{name}") for name in FOLDERS]
        names = [name for name in self._store.files if name.startswith(path + "/")]
        return [await self.look(name) for name in names]

    async def open_to_read(self, path: str) -> MemoryReading:
        self._check(path)
        if path not in self._store.files:
            raise refusals.REPO_NOT_FOUND.because(path=path)
        return MemoryReading(self._store, path)

    async def open_to_write(self, path: str, *, is_new: bool, is_emptied: bool) -> MemoryWriting:
        self._check(path)
        if is_new and path in self._store.files:
            raise refusals.REPO_EXISTS.because(path=path)
        held = self._store.parts.get(path, self._store.files.get(path, b""))
        return MemoryWriting(self._store, path, b"" if is_emptied else held)

    async def remove(self, path: str) -> None:
        self._check(path)
        if self._store.files.pop(path, None) is None:
            raise refusals.REPO_NOT_FOUND.because(path=path)

    async def rename(self, old: str, new: str, *, may_replace: bool) -> None:
        self._check(old)
        if old not in self._store.files:
            raise refusals.REPO_NOT_FOUND.because(path=old)
        if new in self._store.files and not may_replace:
            raise refusals.REPO_EXISTS.because(path=new)
        self._store.files[new] = self._store.files.pop(old)

    async def space(self) -> Space:
        return Space(1 << 30, 1 << 29)

    async def leave(self, reason: str) -> None:
        self.left_because.append(reason)

    def _check(self, path: str) -> None:
        if self._store.crash_on and self._store.crash_on in path:
            raise RuntimeError("a fault planted by the test")


@dataclass
class Person:
    """Somebody with a code or two: with several, the first question is which."""

    codes: tuple[str, ...] = ("492039",)
    is_locked: bool = False
    asked: int = 0
    answers: list[list[str]] = field(default_factory=list)


class MemoryStep:
    """A person's step, as the door's own does it but without rows."""

    def __init__(self, person: Person, opened: Callable[[], MemoryVisit]) -> None:
        self._person, self._opened = person, opened
        self._chosen: int | None = None

    async def ask(self) -> Question:
        person = self._person
        person.asked += 1
        if person.is_locked:
            raise refusals.REPO_NOT_FOUND.because(path="a factor")
        self._chosen = 0 if len(person.codes) == 1 else None
        return self._question()

    def _question(self) -> Question:
        if self._chosen is None:
            return Question("Strongroom", "1) card\n2) telephone", (Prompt("Which [1]: ", True),))
        return Question("Strongroom", "The card shows 004217.", (Prompt("Code: "),))

    async def answer(self, given: Sequence[Secret]) -> Question | MemoryVisit:
        texts = [secret.reveal() for secret in given]
        self._person.answers.append(texts)
        if self._chosen is None:
            self._chosen = int(texts[0] or "1") - 1
            return self._question()
        if texts != [self._person.codes[self._chosen]]:
            raise refusals.REPO_NOT_FOUND.because(path="a code")
        return self._opened()


class MemoryDoor:
    """A door for some logins, which remembers everything that came to it."""

    def __init__(self) -> None:
        self.keys: dict[str, set[bytes]] = {}
        self.stores: dict[str, Store] = {}
        self.persons: dict[str, Person] = {}
        self.visits: list[MemoryVisit] = []
        self.offers: list[tuple[str, OfferedKey]] = []
        self.entered: list[tuple[str, OfferedKey, str]] = []
        self.turned: list[tuple[str, str, str]] = []
        self.refusals: list[str] = []
        self.callers: list[Caller] = []
        self.is_silent = False
        self.is_full = False
        self.cut: set[str] = set()

    def add(self, login: str, key: bytes) -> Store:
        self.keys.setdefault(login, set()).add(key)
        return self.stores.setdefault(login, Store())

    async def admit(self, caller: Caller) -> Admission:
        self.callers.append(caller)
        return Admission.SILENCE if self.is_silent else Admission.WELCOME

    async def judge_key(self, caller: Caller, login: str, key: OfferedKey) -> KeyVerdict:
        self.offers.append((login, key))
        is_known = key.blob in self.keys.get(login, set())
        return KeyVerdict.OPENS if is_known else KeyVerdict.REFUSED

    async def enter(
        self, caller: Caller, login: str, key: OfferedKey, client: str
    ) -> MemoryVisit | PersonNeeded:
        if self.is_full:
            raise refusals.REPO_EXISTS.because(path="/")
        if login in self.persons:
            opened = partial(self._open, login, key, client)
            return PersonNeeded(MemoryStep(self.persons[login], opened))
        return self._open(login, key, client)

    def _open(self, login: str, key: OfferedKey, client: str) -> MemoryVisit:
        self.entered.append((login, key, client))
        self.visits.append(MemoryVisit(login, self.stores[login]))
        return self.visits[-1]

    async def turned_away(self, caller: Caller, login: str, client: str, cause: str) -> str:
        self.turned.append((login, client, cause))
        return "7F3K-22"

    def refused(self, caller: Caller, what: str) -> None:
        self.refusals.append(what)

    async def cut_off(self, visits: Sequence[str]) -> Sequence[str]:
        return [visit for visit in visits if visit in self.cut or "*" in self.cut]


def memory_file(size: int) -> bytes:
    """Bytes that differ everywhere and are the same each time."""
    block = bytes(range(256)) * 256
    count = -(-size // (len(block) + 8))
    return b"".join(number.to_bytes(8, "big") + block for number in range(count))[:size]


def open_descriptors() -> int:
    """How many file descriptors this process has open."""
    return len(os.listdir("/proc/self/fd"))
