"""Look-ups for a visit: what a recipient's /outgoing, /manifests and /test hold."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models.functions import Length

from strongroom.directory import sql
from strongroom.rules import refusals
from strongroom.statements.models import CopyState, Manifest, Repository

REHEARSAL_NAME = "U0000000_Rehearsal_20260101.csv"
REHEARSAL = (
    b"Rehearsal,Account,Date,Amount,Currency\r\n"
    b"This is no statement: it shows that everything works,U0000000,2026-01-01,0.00,USD\r\n"
)
_SHOWN = CopyState.PUBLISHED.value
# In SQL, because every session runs them; see `directory.sql`.
_LIST = """
SELECT name, size, published_at FROM statements_copy
WHERE recipient_id = %s AND state = %s ORDER BY name
"""
_VERSION = """
SELECT COUNT(*), (SELECT MAX(number) FROM statements_copy WHERE recipient_id = %s)
FROM statements_copy WHERE recipient_id = %s AND state = %s
"""
_FIND = """
SELECT name, size, published_at, id, storage_key FROM statements_copy
WHERE recipient_id = %s AND name = %s AND state = %s
"""


@dataclass(frozen=True, slots=True)
class Shown:
    """One file that a recipient sees; `size` in bytes."""

    name: str
    size: int
    modified: datetime


@dataclass(frozen=True, slots=True)
class Version:
    """Which state a listing of published copies is of; see `version_of`."""

    count: int
    last_number: int


@dataclass(frozen=True, slots=True)
class OpenedCopy:
    """A published copy about to be read."""

    id: int
    size: int
    storage_key: str


def version_of(recipient_id: int) -> Version:
    """Return what differs after each copy that appears or goes, without reading the copies.

    Each copy that appears gets a number that was never there, and none that went comes back: so
    while the highest number is the same copies can only go, and then there are fewer.
    """
    row = sql.row(_VERSION, [recipient_id, recipient_id, _SHOWN])
    assert row is not None
    return Version(row[0], row[1] or 0)


def list_copies(recipient_id: int) -> list[Shown]:
    """Return the published copies of a recipient by name."""
    return [_shown(row) for row in sql.rows(_LIST, [recipient_id, _SHOWN])]


def find_copy(recipient_id: int, name: str) -> Shown:
    """Return one published copy. Raises Refused (REPO-NOT-FOUND)."""
    return _shown(_found(recipient_id, name)[:3])


def open_copy(recipient_id: int, name: str) -> OpenedCopy:
    """Return what it takes to read a published copy. Raises Refused (REPO-NOT-FOUND)."""
    _, size, _, copy_id, storage_key = _found(recipient_id, name)
    return OpenedCopy(copy_id, size, storage_key)


def _found(recipient_id: int, name: str) -> sql.Row:
    row = sql.row(_FIND, [recipient_id, name, _SHOWN])
    if row is None:
        raise refusals.REPO_NOT_FOUND.because(path=f"/outgoing/{name}")
    return row


def _shown(row: sql.Row) -> Shown:
    name, size, at = row
    return Shown(name, size, sql.aware(at))


def list_manifests(recipient_id: int) -> list[Shown]:
    """Return the manifests of a recipient and their signatures, by name."""
    rows = Manifest.objects.filter(recipient_id=recipient_id).annotate(
        body_size=Length("body"), signature_size=Length("signature")
    )
    shown = []
    for name, size, signature_size, at in rows.values_list(
        "name", "body_size", "signature_size", "made_at"
    ):
        shown.append(Shown(name, size, at))
        shown.append(Shown(f"{name}.sig", signature_size, at))
    return sorted(shown, key=lambda one: one.name)


def manifest_file(recipient_id: int, name: str) -> tuple[bytes, datetime]:
    """Return the bytes of a manifest or of its signature. Raises Refused (REPO-NOT-FOUND)."""
    rows = Manifest.objects.filter(recipient_id=recipient_id, name=name.removesuffix(".sig"))
    manifest = rows.first()
    if manifest is None:
        raise refusals.REPO_NOT_FOUND.because(path=f"/manifests/{name}")
    body = manifest.signature if name.endswith(".sig") else manifest.body
    return bytes(body), manifest.made_at


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """The rehearsal statement of a recipient: in clear, or encrypted and then in storage."""

    name: str
    size: int
    storage_key: str


def rehearsal_of(recipient_id: int, *, needs_pgp: bool) -> Rehearsal | None:
    """Return the rehearsal statement; None while PGP is asked for and it is not encrypted yet."""
    if not needs_pgp:
        return Rehearsal(REHEARSAL_NAME, len(REHEARSAL), "")
    row = Repository.objects.filter(recipient_id=recipient_id).exclude(rehearsal_key="").first()
    if row is None:
        return None
    return Rehearsal(f"{REHEARSAL_NAME}.pgp", row.rehearsal_size, row.rehearsal_key)
