"""The audit log's hash chain: one record, its hash, its line in an export, and the check of all.

Where records are stored and what the verbs mean is not known here.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import TypeAlias

from strongroom_formats import canonical_json
from strongroom_formats.canonical_json import JsonValue, NotCanonical
from strongroom_formats.document_fields import NO_SHA256, DocumentInvalid, Fields, moment_text
from strongroom_formats.one_line import clean_text, is_clean

NAMESPACE = "audit@strongroom"
"""The signature namespace of an exported log."""

LINE_LIMIT = 2 * 1024 * 1024
"""Bytes of the longest line of an export that is looked at; the fields' bounds keep below it."""

ACTOR_MOST = 100
SUBJECT_MOST = 200
TEXT_MOST = 1000
ITEM_MOST = 200
ITEMS_MOST = 50
DATA_MOST = 32

AuditScalar: TypeAlias = str | int | bool | None
AuditValue: TypeAlias = AuditScalar | Sequence[AuditScalar]
StoredRow: TypeAlias = tuple[Mapping[str, object], bytes]
"""A record's fields as they were stored, and the hash stored beside them."""

_PREFIX = b"strongroom-audit-1\0"
_DATA_NAME = re.compile(r"[a-z][a-z0-9_]{0,59}")


class AuditInvalid(DocumentInvalid):
    """A record that cannot stand in the log."""


class AuditFault(Enum):
    """What is wrong at the first bad record."""

    MISSING = "missing"
    OUT_OF_ORDER = "out of order"
    INSERTED = "inserted"
    ALTERED = "altered"
    UNREADABLE = "unreadable"
    TRUNCATED = "truncated"
    REWRITTEN = "rewritten"


class AuditBroken(Exception):
    """The log is not what was recorded. `seq` is the first number at which that shows."""

    def __init__(self, seq: int, what: AuditFault, detail: str) -> None:
        super().__init__(f"record {seq} {what.value}: {detail}")
        self.seq = seq
        self.what = what


@dataclass(frozen=True, slots=True)
class AuditHead:
    """The end of the log at some time: its last record's number and hash (lower-case hex).

    Whoever keeps one elsewhere can tell later that nothing up to it was changed or removed.
    """

    seq: int
    hash: str


GENESIS = AuditHead(0, NO_SHA256)
"""The head of a log without records."""


@dataclass(frozen=True, slots=True)
class AuditRecord:
    """One event. `seq` counts from 1 without a gap; texts from strangers went through `clean_text`.

    `actor` is who did it, `verb` a lower-case name such as `key.approved`, `subject` what it was
    done to; `data` holds what else is to be known, through `clean_data`.
    """

    seq: int
    at: datetime
    actor: str
    verb: str
    subject: str
    data: Mapping[str, AuditValue]

    def to_bytes(self) -> bytes:
        """The canonical JSON that the hash covers. Raises AuditInvalid for a field in disorder."""
        fields = self._fields()
        read_record(fields)
        return canonical_json.dumps(fields)

    def _fields(self) -> dict[str, JsonValue]:
        return {
            "seq": self.seq,
            "at": moment_text(self.at),
            "actor": self.actor,
            "verb": self.verb,
            "subject": self.subject,
            "data": {name: _json(value) for name, value in self.data.items()},
        }


def read_record(found: object) -> AuditRecord:
    """The record of such fields as `to_bytes` wrote. Raises AuditInvalid."""
    fields = Fields(found, AuditInvalid)
    record = AuditRecord(
        seq=fields.whole("seq", least=1),
        at=fields.moment("at"),
        actor=fields.text("actor", most=ACTOR_MOST),
        verb=fields.token("verb"),
        subject=fields.text("subject", most=SUBJECT_MOST),
        data=_read_data(fields.inner("data")),
    )
    fields.close()
    return record


def clean_data(data: Mapping[str, AuditValue]) -> dict[str, AuditValue]:
    """`data` from strangers within the bounds of a record (ATK-69); its names are the product's.

    Texts are cleaned and cut, a long list ends with how many items were left out, a number that
    JSON would not keep exact becomes text.
    """
    return {name: _clean_value(value) for name, value in data.items()}


def chain_hash(previous_hash: bytes, record: AuditRecord) -> bytes:
    """The record's hash: SHA-256 of a fixed prefix, the previous hash (32 bytes) and its JSON."""
    if len(previous_hash) != hashlib.sha256().digest_size:
        raise ValueError("not a SHA-256")
    return hashlib.sha256(_PREFIX + previous_hash + record.to_bytes()).digest()


def stored_row(record: bytes, hash_hex: str) -> StoredRow:
    """A row for `verify` from stored text; what cannot be read, `verify` names as unreadable."""
    try:
        found = canonical_json.loads(record, LINE_LIMIT)
        return (found, bytes.fromhex(hash_hex)) if isinstance(found, dict) else ({}, b"")
    except ValueError:  # NotCanonical is one.
        return {}, b""


def export_line(record: AuditRecord, record_hash: bytes) -> bytes:
    """The record's line in an export (JSON Lines), with its line end."""
    read: JsonValue = canonical_json.loads(record.to_bytes(), LINE_LIMIT)
    return canonical_json.dumps({"record": read, "hash": record_hash.hex()}) + b"\n"


def verify(
    rows: Iterable[StoredRow],
    *,
    after: AuditHead = GENESIS,
    expected_head: AuditHead | None = None,
    anchors: Iterable[AuditHead] = (),
) -> AuditHead:
    """Check that the rows, in their stored order, continue `after` without a change (ATK-68).

    `expected_head` is the newest head known from outside, which the rows have to reach; `anchors`
    are older ones, such as those in manifests: the more there are, the nearer a rewritten log's
    first bad record is found. Without any, removed last rows and a log rewritten from some record
    to its end cannot show. Returns the last row's head. Raises AuditBroken for the first bad row.
    """
    known = _known_heads(anchors if expected_head is None else (*anchors, expected_head))
    head = after
    _compare(head, known)
    walk = iter(rows)
    for fields, stored in walk:
        head = _next_head(head, fields, stored, walk)
        _compare(head, known)
    unreached = [seq for seq in known if seq > head.seq]
    if unreached:
        raise AuditBroken(
            head.seq + 1, AuditFault.TRUNCATED, f"the log once reached record {max(unreached)}"
        )
    return head


def verify_export(
    lines: Iterable[bytes],
    *,
    after: AuditHead = GENESIS,
    expected_head: AuditHead | None = None,
    anchors: Iterable[AuditHead] = (),
) -> AuditHead:
    """As `verify`, over the lines of an export."""
    rows = (_row_of_line(line) for line in lines)
    return verify(rows, after=after, expected_head=expected_head, anchors=anchors)


def _json(value: AuditValue) -> JsonValue:
    if value is None or isinstance(value, str | int):
        return value
    return [*_items(value)]


def _items(value: Sequence[AuditScalar]) -> Sequence[AuditScalar]:
    """The value as a list; bytes are a sequence of numbers to Python and no list to us."""
    if not isinstance(value, list | tuple):
        raise AuditInvalid("data", f"a value of type {type(value).__name__}")
    return value


def _read_data(fields: Fields) -> dict[str, AuditValue]:
    if len(fields.names) > DATA_MOST:
        raise AuditInvalid("data", f"more than {DATA_MOST} names")
    return {name: _read_value(fields, name) for name in fields.names}


def _read_value(fields: Fields, name: str) -> AuditValue:
    if not _DATA_NAME.fullmatch(name):
        raise AuditInvalid("data", "a name that is not lower-case letters, digits and _")
    value = fields.value(name)
    if not isinstance(value, list | tuple):
        return _read_scalar(fields, name, value=value, most=TEXT_MOST)
    if len(value) > ITEMS_MOST:
        fields.refuse(name, f"more than {ITEMS_MOST} items")
    return [_read_scalar(fields, name, value=item, most=ITEM_MOST) for item in value]


def _read_scalar(fields: Fields, name: str, *, value: object, most: int) -> AuditScalar:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int) and abs(value) <= canonical_json.MOST_INTEGER:
        return value
    if not isinstance(value, str) or len(value) > most or not is_clean(value):
        fields.refuse(name, f"not null, true, false, a whole number or clean text up to {most}")
    return value


def _clean_value(value: AuditValue) -> AuditValue:
    if value is None or isinstance(value, str | int):
        return _clean_scalar(value, TEXT_MOST)
    items = _items(value)
    if len(items) <= ITEMS_MOST:
        return [_clean_scalar(item, ITEM_MOST) for item in items]
    kept = [_clean_scalar(item, ITEM_MOST) for item in items[: ITEMS_MOST - 1]]
    return [*kept, f"…({len(items)} items)"]


def _clean_scalar(value: AuditScalar, most: int) -> AuditScalar:
    if isinstance(value, str):
        return clean_text(value, most)
    if isinstance(value, int) and abs(value) > canonical_json.MOST_INTEGER:
        return f"{value:#x}"[:most]  # Hexadecimal: decimal digits cost quadratic time.
    return value


def _known_heads(heads: Iterable[AuditHead]) -> dict[int, str]:
    known: dict[int, str] = {}
    for head in heads:
        if known.setdefault(head.seq, head.hash) != head.hash:
            raise AuditBroken(head.seq, AuditFault.REWRITTEN, "two heads from outside differ")
    return known


def _compare(head: AuditHead, known: Mapping[int, str]) -> None:
    if known.get(head.seq, head.hash) != head.hash:
        good = max((seq for seq in known if seq < head.seq), default=0)
        raise AuditBroken(
            head.seq,
            AuditFault.REWRITTEN,
            f"its hash is not the one kept outside; the change is after record {good}",
        )


def _next_head(
    head: AuditHead, fields: Mapping[str, object], stored: bytes, rest: Iterator[StoredRow]
) -> AuditHead:
    """The head after one more row. Reads on in `rest` only to say what is wrong."""
    expected = head.seq + 1
    seq = fields.get("seq")
    if not isinstance(seq, int) or isinstance(seq, bool):
        raise AuditBroken(expected, AuditFault.UNREADABLE, "the row or line cannot be read")
    if seq < expected:
        raise AuditBroken(seq, AuditFault.INSERTED, f"it stands again after record {head.seq}")
    if seq > expected:
        if any(later.get("seq") == expected for later, _ in rest):
            raise AuditBroken(expected, AuditFault.OUT_OF_ORDER, f"record {seq} stands before it")
        raise AuditBroken(expected, AuditFault.MISSING, f"record {seq} stands in its place")
    if _is_next(head, fields, stored):
        return AuditHead(seq, stored.hex())
    if any(later.get("seq") == seq and _is_next(head, later, kept) for later, kept in rest):
        raise AuditBroken(seq, AuditFault.INSERTED, "the true record of this number follows")
    raise AuditBroken(seq, AuditFault.ALTERED, "its hash is not that of its fields")


def _is_next(head: AuditHead, fields: Mapping[str, object], stored: bytes) -> bool:
    try:
        return chain_hash(bytes.fromhex(head.hash), read_record(fields)) == stored
    except AuditInvalid:
        return False


def _row_of_line(line: bytes) -> StoredRow:
    try:
        found = canonical_json.loads(line.removesuffix(b"\n"), LINE_LIMIT)
    except NotCanonical:
        return {}, b""
    match found:
        case {"record": dict(record), "hash": str(text), **other} if not other:
            with suppress(ValueError):
                return record, bytes.fromhex(text)
    return {}, b""
