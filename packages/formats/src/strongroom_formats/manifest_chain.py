"""The chain that a recipient's manifests form: nothing missing, nothing replaced.

What one manifest holds is in `manifest`; its signature is checked before, by `sshsig`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from hashlib import sha256

from strongroom_formats.manifest import Manifest, file_name


class ChainFault(Enum):
    """What is wrong with a row of manifests."""

    GAP = "gap"
    FORK = "fork"
    ALTERED = "altered"
    DISORDER = "disorder"
    FOREIGN = "foreign"


class ChainBroken(Exception):
    """The manifests do not form one chain. `number` is the manifest's at which that shows."""

    def __init__(self, number: int, what: ChainFault, detail: str) -> None:
        super().__init__(f"manifest {number}, {what.value}: {detail}")
        self.number = number
        self.what = what


def verify_chain(documents: Iterable[bytes], *, after: bytes | None = None) -> tuple[Manifest, ...]:
    """Check that the manifests, in any order, continue one chain; return them in its order.

    Every signature is checked before, by `sshsig.verify`. The chain starts at manifest 1, or
    follows `after`, the last manifest that was checked earlier. A document given twice counts
    once. Raises ChainBroken, and ManifestInvalid for a document that is no manifest.
    """
    before = None if after is None else _Link(Manifest.from_bytes(after), _hash(after))
    links = {_hash(document): Manifest.from_bytes(document) for document in documents}
    if before is not None:
        links.pop(before.sha256, None)
    last_copy = 0 if before is None else before.last_copy(None)
    walked = []
    for digest, manifest in sorted(links.items(), key=lambda item: item[1].number):
        link = _Link(manifest, digest)
        _check_place(before, link)
        _check_entries(before, manifest, last_copy)
        last_copy = link.last_copy(last_copy)
        before = link
        walked.append(manifest)
    return tuple(walked)


@dataclass(frozen=True, slots=True)
class _Link:
    manifest: Manifest
    sha256: str

    def last_copy(self, otherwise: int | None) -> int | None:
        return self.manifest.entries[-1].number if self.manifest.entries else otherwise


def _hash(document: bytes) -> str:
    return sha256(document).hexdigest()


def _check_place(before: _Link | None, link: _Link) -> None:
    """Whether the manifest may stand directly after `before`, or first."""
    manifest = link.manifest
    number, expected = manifest.number, 1 if before is None else before.manifest.number + 1
    if number > expected:
        raise ChainBroken(expected, ChainFault.GAP, f"the next one that is there is {number}")
    if before is None:
        if manifest.edition != 1:
            raise ChainBroken(number, ChainFault.DISORDER, "a chain starts with an edition 1")
        return
    earlier = before.manifest
    if (manifest.firm, manifest.recipient) != (earlier.firm, earlier.recipient):
        raise ChainBroken(number, ChainFault.FOREIGN, "it is of another firm or recipient")
    if number < expected:
        raise ChainBroken(number, ChainFault.FORK, "there is another manifest in this place")
    if manifest.previous_sha256 != before.sha256:
        detail = f"it is not the one that manifest {number} was made after"
        raise ChainBroken(earlier.number, ChainFault.ALTERED, detail)
    _check_day(earlier, manifest)


def _check_day(earlier: Manifest, manifest: Manifest) -> None:
    edition = earlier.edition + 1 if manifest.date == earlier.date else 1
    if manifest.date < earlier.date or manifest.edition != edition:
        detail = f"{file_name(manifest.date, manifest.edition)} after "
        detail += file_name(earlier.date, earlier.edition)
        raise ChainBroken(manifest.number, ChainFault.DISORDER, detail)
    old, new = earlier.audit_head, manifest.audit_head
    if new.seq < old.seq or (new.seq == old.seq and new.hash != old.hash):
        detail = "the head of the audit log went back or was replaced"
        raise ChainBroken(manifest.number, ChainFault.ALTERED, detail)


def _check_entries(before: _Link | None, manifest: Manifest, last_copy: int | None) -> None:
    """Whether an edition repeats the day's earlier entries and no copy's number is left out."""
    entries = manifest.entries
    if before is not None and before.manifest.date == manifest.date:
        repeated = before.manifest.entries
        if entries[: len(repeated)] != repeated:
            detail = "it does not repeat the entries of the day's earlier edition"
            raise ChainBroken(manifest.number, ChainFault.ALTERED, detail)
        entries = entries[len(repeated) :]
    for entry in entries:
        if last_copy is not None and entry.number != last_copy + 1:
            detail = f"copy {entry.number} is listed after copy {last_copy}"
            raise ChainBroken(manifest.number, ChainFault.GAP, detail)
        last_copy = entry.number
