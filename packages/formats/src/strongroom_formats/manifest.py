"""The signed daily list of a recipient's statements, entry by entry.

How several form a chain is in `manifest_chain`, signatures are in `sshsig`; making is the server's.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum

from strongroom_formats import canonical_json
from strongroom_formats.audit_record import AuditHead
from strongroom_formats.canonical_json import JsonValue, NotCanonical
from strongroom_formats.document_fields import (
    NO_SHA256,
    DocumentInvalid,
    Fields,
    day_text,
    moment_text,
)

SCHEMA = "strongroom-manifest-1"
NAMESPACE = "manifest@strongroom"
"""The signature namespace of manifests."""

LIMIT = 32 * 1024 * 1024
"""Bytes of the longest manifest; `MOST_ENTRIES` of the longest entries stay below it."""

MOST_ENTRIES = 20_000
"""Entries in one manifest: a recipient's statements of one day."""

MOST_EDITIONS = 9999

_FILE_NAME = re.compile(r"MANIFEST-(\d{4}-\d\d-\d\d)(?:\.([1-9]\d{0,3}))?\.json")


class ManifestInvalid(DocumentInvalid):
    """Not a manifest in the format `strongroom-manifest-1`."""


class FileDiffers(ValueError):
    """A delivered file is not the one in the manifest."""


class Encryption(Enum):
    """What a copy is encrypted with."""

    NONE = "none"
    OPENPGP = "openpgp"


@dataclass(frozen=True, slots=True)
class ManifestEntry:
    """One copy that was published to the recipient.

    `number` is its place in the recipient's gap-free sequence of copies, `replaces` the statement
    that this revision corrects. `size` (bytes) and `sha256` are of the file as it is delivered,
    `content_size` and `content_sha256` of the clear original; equal when nothing is encrypted.
    `removed_on` is the day from which the copy may no longer be there.
    """

    number: int
    statement_id: str
    account: str
    kind: str
    period_from: date
    period_to: date
    revision: int
    replaces: str | None
    name: str
    size: int
    sha256: str
    content_size: int
    content_sha256: str
    encryption: Encryption
    published_at: datetime
    removed_on: date


@dataclass(frozen=True, slots=True)
class Manifest:
    """A day's list for one recipient. A later edition of a day repeats the earlier one's entries.

    `number` counts a recipient's manifests, every edition of every day, from 1 without a gap;
    `previous_sha256` is of the bytes of the manifest before. `audit_head` anchors the firm's
    audit log with the recipient.
    """

    firm: str
    recipient: str
    date: date
    edition: int
    number: int
    previous_sha256: str
    made_at: datetime
    entries: tuple[ManifestEntry, ...]
    nothing_today: bool
    reason: str | None
    audit_head: AuditHead

    def to_bytes(self) -> bytes:
        """The canonical JSON to sign and deliver. Raises ManifestInvalid for a broken promise."""
        document: dict[str, JsonValue] = {
            "schema": SCHEMA,
            "firm": self.firm,
            "recipient": self.recipient,
            "date": day_text(self.date),
            "edition": self.edition,
            "number": self.number,
            "previous_sha256": self.previous_sha256,
            "made_at": moment_text(self.made_at),
            "entries": [_entry_json(entry) for entry in self.entries],
            "nothing_today": self.nothing_today,
            "reason": self.reason,
            "audit_head": {"seq": self.audit_head.seq, "hash": self.audit_head.hash},
        }
        _read_manifest(document)
        return canonical_json.dumps(document)

    @classmethod
    def from_bytes(cls, data: bytes) -> "Manifest":
        """Read a manifest strictly. Raises ManifestInvalid, which names the field."""
        try:
            document = canonical_json.loads(data, LIMIT)
        except NotCanonical as error:
            raise ManifestInvalid("", str(error)) from error
        return _read_manifest(document)


def file_name(day: date, edition: int) -> str:
    """The manifest's name in the repository: the day, and from the second edition on its number."""
    if not 1 <= edition <= MOST_EDITIONS:
        raise ValueError(f"not an edition from 1 to {MOST_EDITIONS}: {edition}")
    return f"MANIFEST-{day_text(day)}{'' if edition == 1 else f'.{edition}'}.json"


def signature_name(manifest_name: str) -> str:
    """The name of the signature that lies beside a manifest."""
    return f"{manifest_name}.sig"


def read_file_name(name: str) -> tuple[date, int]:
    """The day and the edition in a manifest's name. Raises ManifestInvalid for another name."""
    found = _FILE_NAME.fullmatch(name)
    if found is None or found[2] == "1":
        raise ManifestInvalid("", "not the name of a manifest")
    try:
        return date.fromisoformat(found[1]), int(found[2] or 1)
    except ValueError as error:
        raise ManifestInvalid("", "not the name of a manifest") from error


def check_entry(entry: ManifestEntry, size: int, file_sha256: str) -> None:
    """Check a file as it was delivered. Raises FileDiffers."""
    if size != entry.size:
        raise FileDiffers(f"{entry.name} has {size} bytes, the manifest says {entry.size}")
    if file_sha256 != entry.sha256:
        raise FileDiffers(f"{entry.name} has SHA-256 {file_sha256}, the manifest {entry.sha256}")


def _entry_json(entry: ManifestEntry) -> dict[str, JsonValue]:
    return {
        "number": entry.number,
        "statement_id": entry.statement_id,
        "account": entry.account,
        "kind": entry.kind,
        "period_from": day_text(entry.period_from),
        "period_to": day_text(entry.period_to),
        "revision": entry.revision,
        "replaces": entry.replaces,
        "name": entry.name,
        "size": entry.size,
        "sha256": entry.sha256,
        "content_size": entry.content_size,
        "content_sha256": entry.content_sha256,
        "encryption": entry.encryption.value,
        "published_at": moment_text(entry.published_at),
        "removed_on": day_text(entry.removed_on),
    }


def _read_manifest(found: object) -> Manifest:
    fields = Fields(found, ManifestInvalid)
    fields.constant("schema", SCHEMA)
    head = fields.inner("audit_head")
    manifest = Manifest(
        firm=fields.text("firm"),
        recipient=fields.text("recipient", most=64),
        date=fields.day("date"),
        edition=fields.whole("edition", least=1, most=MOST_EDITIONS),
        number=fields.whole("number", least=1),
        previous_sha256=fields.sha256("previous_sha256"),
        made_at=fields.moment("made_at"),
        entries=tuple(_read_entry(inner) for inner in fields.list_of("entries", most=MOST_ENTRIES)),
        nothing_today=fields.flag("nothing_today"),
        reason=fields.text_or_none("reason"),
        audit_head=AuditHead(seq=head.whole("seq"), hash=head.sha256("hash")),
    )
    head.close()
    fields.close()
    _check_whole(manifest)
    return manifest


def _check_whole(manifest: Manifest) -> None:
    """What the fields of a manifest promise together."""
    if (manifest.number == 1) != (manifest.previous_sha256 == NO_SHA256):
        raise ManifestInvalid("previous_sha256", "zeros stand in manifest 1 and nowhere else")
    if manifest.nothing_today == bool(manifest.entries):
        raise ManifestInvalid("nothing_today", "true without entries, false with entries")
    if manifest.reason is not None and not manifest.nothing_today:
        raise ManifestInvalid("reason", "stands only beside nothing_today")
    names: set[str] = set()
    statements: set[str] = set()
    last = 0
    for place, entry in enumerate(manifest.entries):
        if entry.number <= last:
            raise ManifestInvalid(f"entries[{place}].number", "not above the one before")
        if entry.name in names:
            raise ManifestInvalid(f"entries[{place}].name", "stands twice")
        if entry.statement_id in statements:
            raise ManifestInvalid(f"entries[{place}].statement_id", "stands twice")
        last = entry.number
        names.add(entry.name)
        statements.add(entry.statement_id)


def _read_entry(fields: Fields) -> ManifestEntry:
    entry = ManifestEntry(
        number=fields.whole("number", least=1),
        statement_id=fields.uuid("statement_id"),
        account=fields.text("account", most=40),
        kind=fields.text("kind", most=60),
        period_from=fields.day("period_from"),
        period_to=fields.day("period_to"),
        revision=fields.whole("revision", least=1, most=9999),
        replaces=fields.uuid_or_none("replaces"),
        name=fields.file_name("name"),
        size=fields.whole("size"),
        sha256=fields.sha256("sha256"),
        content_size=fields.whole("content_size"),
        content_sha256=fields.sha256("content_sha256"),
        encryption=_read_encryption(fields),
        published_at=fields.moment("published_at"),
        removed_on=fields.day("removed_on"),
    )
    fields.close()
    _check_entry_whole(fields, entry)
    return entry


def _read_encryption(fields: Fields) -> Encryption:
    name = fields.token("encryption")
    try:
        return Encryption(name)
    except ValueError:
        fields.refuse("encryption", "not none or openpgp")


def _check_entry_whole(fields: Fields, entry: ManifestEntry) -> None:
    if entry.period_to < entry.period_from:
        fields.refuse("period_to", "before period_from")
    if entry.replaces is not None and (entry.revision == 1 or entry.replaces == entry.statement_id):
        fields.refuse("replaces", "a first revision replaces nothing, and nothing replaces itself")
    is_same = (entry.size, entry.sha256) == (entry.content_size, entry.content_sha256)
    if entry.encryption is Encryption.NONE and not is_same:
        fields.refuse("content_sha256", "a file that is not encrypted is its own content")
    if entry.encryption is not Encryption.NONE and entry.sha256 == entry.content_sha256:
        fields.refuse("content_sha256", "an encrypted file cannot be its own content")
