"""What /outgoing last showed each recipient, kept so that a look at it again costs one count.

What a listing holds is in `folders`, how it looks on the wire is the gateways' business.
"""

import threading
from collections import OrderedDict
from dataclasses import dataclass

from strongroom.statements import repositories
from strongroom.statements.repositories import Version
from strongroom.visits.ports import Entry


@dataclass(frozen=True, slots=True)
class _Kept:
    version: Version
    entries: tuple[Entry, ...]


class Listings:
    """Keeps whole listings, at most `entries_most` entries in all. Safe to use from many threads.

    While nothing appeared or went, the same tuple is given out, so that a gateway may keep what
    it made of it.
    """

    def __init__(self, entries_most: int = 50_000) -> None:
        self._most = entries_most
        self._lock = threading.Lock()
        self._entries = 0
        self._kept: OrderedDict[int, _Kept] = OrderedDict()

    def outgoing(self, recipient_id: int) -> tuple[Entry, ...]:
        """Return the published copies of a recipient by name, as they are now."""
        # Read before the rows: one that appears in between makes the next look read them again.
        version = repositories.version_of(recipient_id)
        with self._lock:
            kept = self._kept.get(recipient_id)
            if kept is not None and kept.version == version:
                self._kept.move_to_end(recipient_id)
                return kept.entries
        shown = repositories.list_copies(recipient_id)
        entries = tuple(Entry(r.name, False, r.size, r.modified, False) for r in shown)
        self._keep(recipient_id, _Kept(version, entries))
        return entries

    def _keep(self, recipient_id: int, kept: _Kept) -> None:
        """Keep a listing, and forget those that nobody looked at for longest."""
        with self._lock:
            old = self._kept.pop(recipient_id, None)
            self._entries -= 0 if old is None else len(old.entries)
            self._kept[recipient_id] = kept
            self._entries += len(kept.entries)
            while self._entries > self._most:
                _, oldest = self._kept.popitem(last=False)
                self._entries -= len(oldest.entries)
