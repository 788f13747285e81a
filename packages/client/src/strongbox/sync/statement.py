"""A statement as the fetching side knows it, and the states that it passes through.

Where these are kept is in `ledger`; how a manifest lists one is in strongroom_formats.manifest.
"""

import hashlib
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import IntEnum

from strongroom_formats.manifest import Encryption, ManifestEntry


class State(IntEnum):
    """How far a statement is; each is written down after its effect is on the disk.

    FETCHED: whole. VERIFIED: as the signed manifest says. DECRYPTED: opened, and under its final
    name. HANDED_OVER: the hook took it, or there is none.
    """

    LISTED = 1
    FETCHED = 2
    VERIFIED = 3
    DECRYPTED = 4
    HANDED_OVER = 5
    ACKNOWLEDGED = 6


@dataclass(frozen=True, slots=True)
class Statement:
    """One delivered file. `sha256` is "" until a file that no manifest lists has been read.

    `size` and `sha256` are of the file as it is delivered. `entry` is its manifest entry as
    canonical JSON, "" where the firm has no manifests. `modified` is the server's word,
    `listed_on` the day of the first manifest that lists it.
    """

    login: str
    statement_id: str
    revision: int
    sha256: str
    name: str
    size: int
    account: str
    kind: str
    day: date
    replaces: str | None = None
    is_encrypted: bool = False
    content_size: int = 0
    content_sha256: str = ""
    removed_on: date | None = None
    modified: datetime | None = None
    listed_on: date | None = None
    entry: str = ""

    key: str = field(init=False, repr=False, compare=False)
    """The idempotency key: the same for the same content under the same name, for ever."""

    def __post_init__(self) -> None:
        """Compute the key once; it names the statement's hidden files too."""
        parts = (self.login, self.statement_id, str(self.revision), self.sha256)
        key = hashlib.sha256("\n".join(("strongbox-1", *parts)).encode()).hexdigest()
        object.__setattr__(self, "key", key)

    @property
    def is_listed(self) -> bool:
        """Whether a signed manifest says what the file has to be."""
        return bool(self.entry)

    @property
    def is_reissue(self) -> bool:
        """Whether it corrects an earlier one, which stays."""
        return self.revision > 1


@dataclass(frozen=True, slots=True)
class Record:
    """A statement and how far it is.

    `folder` is below the landing folder, `file` the landed file's name in it; both "" before.
    `attempts` counts how often the hook was started for it.
    """

    row: int
    statement: Statement
    state: State
    folder: str = ""
    file: str = ""
    verdict: str = ""
    attempts: int = 0
    handed_over_at: datetime | None = None


def from_entry(login: str, entry: ManifestEntry, *, text: str, day: date) -> Statement:
    """The statement that the entry of a day's manifest lists; `text` is the entry as JSON."""
    return Statement(
        login=login,
        statement_id=entry.statement_id,
        revision=entry.revision,
        sha256=entry.sha256,
        name=entry.name,
        size=entry.size,
        account=entry.account,
        kind=entry.kind,
        day=entry.period_to,
        replaces=entry.replaces,
        is_encrypted=entry.encryption is not Encryption.NONE,
        content_size=entry.content_size,
        content_sha256=entry.content_sha256,
        removed_on=entry.removed_on,
        listed_on=day,
        entry=text,
    )
