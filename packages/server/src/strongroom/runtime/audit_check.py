"""Checks the whole audit log against every issued manifest, and exports it with a signature.

The chain itself is `strongroom_formats.audit_record`; the rows are read in `audit.reads`.
"""

import mmap
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import cast

from strongroom_formats import audit_record, canonical_json, sshsig
from strongroom_formats.audit_record import AuditBroken, AuditFault, AuditHead, StoredRow
from strongroom_formats.manifest import NAMESPACE as MANIFESTS

from strongroom.audit import reads
from strongroom.rules import refusals
from strongroom.runtime import secret_keys
from strongroom.runtime.home import Home
from strongroom.runtime.new_file import new_file
from strongroom.statements.models import Manifest

_LARGEST_MANIFEST = 1 << 30
_STEP = 1000


@dataclass(frozen=True, slots=True)
class Whole:
    """A log in order: its newest record's number and hash, and how many manifests agree."""

    seq: int
    hash: str
    anchors: int


def verify_everything(home: Home, *, told: Callable[[int], object]) -> Whole:
    """Check the chain, the stored head and all manifests' heads, in constant memory (ATK-68).

    `told` hears how many records were checked since it was last told. Raises Refused:
    AUDIT-BROKEN, which names the exact first bad row, or AUDIT-ANCHOR.
    """
    newest = AuditHead(*reads.head())
    with closing(_Anchors()) as anchors:
        anchors.add(_signed_heads(home))
        comparison = _Comparison(anchors)
        try:
            rows = _told(comparison.passing(reads.rows()), told)
            found = audit_record.verify(rows, expected_head=newest)
            reads.refuse_strays(found)
            comparison.refuse_difference(before=found.seq + 1)
            comparison.refuse_unreached(found.seq)
        except AuditBroken as broken:
            raise _first(broken, comparison) from broken
        return Whole(found.seq, found.hash, anchors.count)


def _first(broken: AuditBroken, comparison: "_Comparison") -> refusals.Refused:
    """A manifest may have disagreed with a row before the one at which the chain broke."""
    different = comparison.different
    if different is not None and different.seq < broken.seq:
        broken = different
    return refusals.AUDIT_BROKEN.because(what=broken, seq=broken.seq)


class _Anchors:
    """Heads in the order of their numbers; there may be millions, so they are sorted on disk."""

    def __init__(self) -> None:
        self._table = sqlite3.connect("")  # a temporary file that SQLite removes by itself
        self._table.execute("CREATE TABLE heads (seq INTEGER PRIMARY KEY, hash TEXT NOT NULL)")
        self.count = 0

    def add(self, heads: Iterable[AuditHead]) -> None:
        """Keep the heads. Raises AuditBroken when two of them differ."""
        for head in heads:
            self.count += 1
            self._table.execute("INSERT OR IGNORE INTO heads VALUES (?, ?)", (head.seq, head.hash))
            [kept] = self._table.execute("SELECT hash FROM heads WHERE seq = ?", (head.seq,))
            if kept[0] != head.hash:
                what = AuditBroken(head.seq, AuditFault.REWRITTEN, "two signed manifests differ")
                raise refusals.AUDIT_BROKEN.because(what=what, seq=head.seq)

    def __iter__(self) -> Iterator[tuple[int, str]]:
        yield from self._table.execute("SELECT seq, hash FROM heads ORDER BY seq")

    def close(self) -> None:
        self._table.close()


class _Comparison:
    """Compares rows with the heads that manifests kept, while the chain's check reads them.

    A difference is kept and not raised: that check reads on behind a bad row to say what is wrong
    with it, so only it can tell which rows count.
    """

    def __init__(self, anchors: _Anchors) -> None:
        self._waiting = (anchor for anchor in anchors if anchor[0] > 0)
        self._next = next(self._waiting, None)
        self._agreed = 0
        self.different: AuditBroken | None = None

    def passing(self, rows: Iterable[StoredRow]) -> Iterator[StoredRow]:
        """Pass the rows on, comparing each."""
        for fields, stored in rows:
            if self._next is not None and fields.get("seq") == self._next[0]:
                self._compare(stored.hex(), *self._next)
                self._next = next(self._waiting, None)
            yield fields, stored

    def _compare(self, stored: str, seq: int, expected: str) -> None:
        if stored == expected:
            self._agreed = seq
        elif self.different is None:
            detail = f"a signed manifest keeps another hash; the change is after {self._agreed}"
            self.different = AuditBroken(seq, AuditFault.REWRITTEN, detail)

    def refuse_difference(self, *, before: int) -> None:
        """Raise AuditBroken for the first row before that number that differs."""
        if self.different is not None and self.different.seq < before:
            raise self.different

    def refuse_unreached(self, last: int) -> None:
        """Raise AuditBroken when a manifest saw a record behind the last one."""
        if self._next is not None:
            furthest = max([self._next[0], *(seq for seq, _ in self._waiting)])
            detail = f"a signed manifest saw record {furthest}"
            raise AuditBroken(last + 1, AuditFault.TRUNCATED, detail)


def _told(rows: Iterable[StoredRow], told: Callable[[int], object]) -> Iterator[StoredRow]:
    walk = iter(rows)
    while page := list(islice(walk, _STEP)):
        yield from page
        told(len(page))


def _signed_heads(home: Home) -> Iterator[AuditHead]:
    """Yield the head in each issued manifest, after checking the manifest's signature."""
    trusted = (sshsig.public_blob(secret_keys.evidence_key(home).public_key()),)
    rows = Manifest.objects.order_by("pk").values_list(
        "body", "signature", "name", "recipient__login"
    )
    for body, signature, name, login in rows.iterator(chunk_size=50):
        try:
            sshsig.verify(bytes(body), bytes(signature), namespace=MANIFESTS, trusted=trusted)
            yield _head_in(bytes(body))
        except (sshsig.SignatureInvalid, ValueError, KeyError, TypeError) as error:
            raise refusals.AUDIT_ANCHOR.because(name=name, login=login, why=error) from error


def _head_in(body: bytes) -> AuditHead:
    match canonical_json.loads(body, _LARGEST_MANIFEST):
        case {"audit_head": {"seq": int(seq), "hash": str(digest)}}:
            return AuditHead(seq, digest)
        case _:
            raise ValueError("it holds no head of the audit log")


def signature_of(path: Path) -> Path:
    """Return where the signature of an exported file goes."""
    return path.with_name(path.name + ".sig")


def export_signed(home: Home, path: Path, *, told: Callable[[int], object]) -> int:
    """Write the log to a new file and its signature beside it; returns the number of records.

    Raises Refused (FILE-EXISTS), OSError.
    """
    key = secret_keys.evidence_key(home)
    count = 0
    with new_file(signature_of(path)) as signature, new_file(path) as file:
        for line in reads.export():
            file.write(line)
            count += 1
            if count % _STEP == 0:
                told(_STEP)
        file.flush()
        signature.write(_signature(file.fileno(), key))
    return count


def _signature(descriptor: int, key: secret_keys.EvidenceKey) -> bytes:
    with mmap.mmap(descriptor, 0, access=mmap.ACCESS_READ) as content:
        # The hash takes any buffer, so a long log is never in memory as a whole.
        return sshsig.sign(cast(bytes, content), key, audit_record.NAMESPACE)
