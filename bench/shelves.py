"""The files that every server under test offers: the same names, sizes and bytes for all.

Making them on disk is here; giving them to a server is the server's own module.
"""

import datetime as dt
import os
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

KIBIBYTE, MEBIBYTE, GIBIBYTE = 1 << 10, 1 << 20, 1 << 30
_FIRST_DAY = dt.date(1999, 1, 1)


class Shelf(Enum):
    """One folder of files; the value is the account whose statements they are."""

    BULK = "U9000001"
    MANY = "U9000002"
    INBOX = "U9000003"
    LARGE_INBOX = "U9000004"
    LISTING = "U9000005"

    @property
    def slug(self) -> str:
        return self.name.lower().replace("_", "-")


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much work a run is: file counts, bytes per file, seconds per measure and round."""

    bulk_bytes: int
    many_files: int
    listing_entries: int
    idle_sessions: int
    publish_files: int
    session_seconds: float
    bulk_seconds: float
    rounds: int
    inbox_files: int = 30
    large_inbox_files: int = 1000
    document_bytes: int = 50 * KIBIBYTE

    def of(self, shelf: Shelf) -> tuple[int, int]:
        """(number of files, bytes each) of one shelf."""
        return {
            Shelf.BULK: (1, self.bulk_bytes),
            Shelf.MANY: (self.many_files, self.document_bytes),
            Shelf.INBOX: (self.inbox_files, self.document_bytes),
            Shelf.LARGE_INBOX: (self.large_inbox_files, KIBIBYTE),
            Shelf.LISTING: (self.listing_entries, KIBIBYTE),
        }[shelf]


FULL = Sizes(
    bulk_bytes=GIBIBYTE,
    many_files=1000,
    listing_entries=10_000,
    idle_sessions=500,
    publish_files=300,
    session_seconds=2.5,
    bulk_seconds=300.0,
    rounds=3,
)
QUICK = Sizes(
    bulk_bytes=256 * MEBIBYTE,
    many_files=200,
    listing_entries=2_000,
    idle_sessions=60,
    publish_files=60,
    session_seconds=1.2,
    bulk_seconds=40.0,
    rounds=1,
    large_inbox_files=300,
)


def names_of(account: str, count: int) -> Iterator[str]:
    """Statement names of the product's grammar, one for each day."""
    for number in range(count):
        day = _FIRST_DAY + dt.timedelta(days=number)
        yield f"{account}_Activity_{day:%Y%m%d}.csv"


def fill(folder: Path, shelf: Shelf, sizes: Sizes) -> None:
    """Write one shelf's files; each content differs, so no server can keep them as one."""
    count, size = sizes.of(shelf)
    folder.mkdir(parents=True)
    noise = os.urandom(min(size, MEBIBYTE) // 2).hex().encode() + b"\n"
    for number, name in enumerate(names_of(shelf.value, count)):
        with (folder / name).open("wb") as file:
            written = file.write(f"{name},{number},{os.urandom(8).hex()}\n".encode())
            while written < size:
                written += file.write(noise[: size - written])
