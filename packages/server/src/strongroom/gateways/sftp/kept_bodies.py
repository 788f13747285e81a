"""NAME replies that were encoded before, kept while the listing they were made of is the same.

How an entry is encoded is in `listing`; whether a listing is still true is the visit's to say.
"""

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from strongroom.gateways.sftp import listing
from strongroom.visits.ports import Entry


@dataclass(slots=True)
class _Kept:
    """The replies made so far, and those still to be made when somebody asks for them."""

    entries: tuple[Entry, ...]
    day: datetime
    rest: Iterator[bytes]
    made: list[bytes] = field(default_factory=list)

    def bodies(self) -> Iterator[bytes]:
        at = 0
        while True:
            if at == len(self.made):
                body = next(self.rest, None)
                if body is None:
                    return
                self.made.append(body)
            yield self.made[at]
            at += 1


class KeptBodies:
    """Keeps the replies of listings with at most `entries_most` entries in all.

    A tuple never changes, so the very same tuple has the very same replies; any other sequence is
    encoded each time. For one event loop.
    """

    def __init__(self, entries_most: int = 50_000) -> None:
        self._most = entries_most
        self._entries = 0
        self._kept: OrderedDict[int, _Kept] = OrderedDict()

    def bodies(self, entries: Sequence[Entry], now: datetime) -> Iterator[bytes]:
        """Give the NAME replies of a listing; times look as they do at the start of the day."""
        day = now.replace(hour=0, minute=0, second=0, microsecond=0)
        if not isinstance(entries, tuple):
            return listing.bodies(entries, day)
        # The tuple is kept as well, so its number is not given to another one meanwhile.
        kept = self._kept.get(id(entries))
        if kept is None or kept.day != day:
            kept = _Kept(entries, day, listing.bodies(entries, day))
            self._keep(kept)
        self._kept.move_to_end(id(entries))
        return kept.bodies()

    def _keep(self, kept: _Kept) -> None:
        if self._kept.pop(id(kept.entries), None) is None:
            self._entries += len(kept.entries)
        self._kept[id(kept.entries)] = kept
        # The newest stays however long it is: somebody is about to read it.
        while self._entries > self._most and len(self._kept) > 1:
            _, oldest = self._kept.popitem(last=False)
            self._entries -= len(oldest.entries)


OF_THIS_PROCESS = KeptBodies()
"""Shared by all sessions: those of one recipient are often many."""
