"""The flow of one run: several files arrive at once, groups land, landed ones are handed over.

What is fetched is decided in `planning`; a failure of one statement does not stop the others.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence

from strongbox.refusal import Exit, Refused
from strongbox.sync import refusals
from strongbox.sync.events import Event, EventKind, Tell
from strongbox.sync.fetching import SMALL, Arrived, Fetcher
from strongbox.sync.finishing import Finisher, Landed, NotLanded, Outcome
from strongbox.sync.handing import Handing, landed_facts
from strongbox.sync.planning import Wanted, still_growing
from strongbox.sync.statement import Record, State
from strongbox.sync.together import together, undisturbed
from strongbox.wire.ports import RemoteFile

_SMALL_AT_ONCE = 8
"""Small files under way for each stream: their cost is in the round trips."""

_MOST_AT_ONCE = 64
_GROUP = 256
_FINISHING_AT_ONCE = 2
"""Groups that land at once: while one waits for the disk, the other is written."""

_LOOKS, _LOOK_SECONDS = 20, 0.02

_WAITING_BYTES = 64 * 1024 * 1024
"""In memory between arrival and the disk; a slow disk then slows the transfers down."""

# Refusals of one file; every other one is about the connection and ends the transfers.
_OF_ONE_FILE = frozenset({Exit.DAMAGED, Exit.ABSENT})
_FILE_CODES = frozenset({"FILE-CHANGED", "FILE-FAILED", "FILE-FORBIDDEN"})

Relist = Callable[[], Awaitable[Mapping[str, RemoteFile]]]
"""Lists the firm's folder again, for a firm whose files may still be growing."""


class Flow:
    """Moves files for one run. `deadline` is on the loop's clock; None is no end."""

    def __init__(
        self, fetcher: Fetcher, finisher: Finisher, handing: Handing, *, tell: Tell
    ) -> None:
        self._fetcher = fetcher
        self._finisher = finisher
        self._handing = handing
        self._tell = tell
        self._arrived: asyncio.Queue[Arrived | None] = asyncio.Queue()
        self._to_hand: asyncio.Queue[Record | None] = asyncio.Queue()
        self._waiting = 0
        self._has_room = asyncio.Event()
        self._has_room.set()
        self._is_all_here = False
        self._lost: Refused | None = None
        self.tally = handing.tally
        self.deadline: float | None = None
        self.relist: Relist | None = None

    async def move(
        self, wanted: Sequence[Wanted], waiting: Iterable[Record], *, streams: int
    ) -> None:
        """Fetch, land and hand over; `waiting` have landed before. Raises Refused, OSError.

        What has arrived when the connection fails still lands and is handed over.
        """
        for record in waiting:
            self._to_hand.put_nowait(record)
        await together((self._fetch_all(wanted, streams), self._finish_all(), self._hand_all()))
        if self._lost is not None:
            raise self._lost

    async def _fetch_all(self, wanted: Sequence[Wanted], streams: int) -> None:
        """Each worker takes the next file, so they begin in the plan's order."""
        following = iter(wanted)
        large = asyncio.Semaphore(max(1, streams))

        async def work() -> None:
            for one in following:
                if self._is_over:
                    self.tally.left += 1
                elif one.statement.size <= SMALL:
                    await self._fetch(one)
                else:
                    async with large:
                        await self._fetch(one)

        count = min(len(wanted), max(1, streams) * _SMALL_AT_ONCE, _MOST_AT_ONCE)
        await together(work() for _ in range(count))
        self._is_all_here = True
        for _ in range(_FINISHING_AT_ONCE):
            self._arrived.put_nowait(None)

    @property
    def _is_over(self) -> bool:
        return self._is_late or self._lost is not None

    async def _fetch(self, wanted: Wanted) -> None:
        try:
            async with asyncio.timeout_at(self.deadline):
                arrived = await self._fetcher.fetch(wanted)
        except TimeoutError:
            self.tally.left += 1
        except Refused as refused:
            self._note_refusal(wanted, refused)
        else:
            self._arrived.put_nowait(arrived)
            self._wait_for_disk(len(arrived.content or b""))
            await self._has_room.wait()

    def _wait_for_disk(self, more: int) -> None:
        """Count bytes that wait; a negative number are some that wait no longer."""
        self._waiting += more
        if self._waiting < _WAITING_BYTES:
            self._has_room.set()
        else:
            self._has_room.clear()

    def _note_refusal(self, wanted: Wanted, refused: Refused) -> None:
        if refused.kind is refusals.SYNC_CHANGED:
            self._note_changing(wanted.statement.name)
        elif refused.kind.exit in _OF_ONE_FILE or refused.code in _FILE_CODES:
            self._note_refused(wanted.statement.name, refused)
        else:
            self._lost = self._lost or refused

    def _note_changing(self, name: str) -> None:
        self.tally.changing += 1
        self._tell(Event(EventKind.CHANGING, {"name": name}))

    def _note_refused(self, name: str, refused: Refused) -> None:
        self.tally.refused.append(refused)
        facts = {"name": name, "code": refused.code, "sentence": str(refused)}
        self._tell(Event(EventKind.REFUSED, facts))

    async def _finish_all(self) -> None:
        await together(self._finish_groups() for _ in range(_FINISHING_AT_ONCE))
        self._to_hand.put_nowait(None)

    async def _finish_groups(self) -> None:
        """Take what has arrived in the meantime, together; None is the end for one of us."""
        while (first := await self._arrived.get()) is not None:
            group = [first]
            if self.relist is not None:
                await self._let_more_arrive()
            while not self._arrived.empty() and len(group) < _GROUP:
                following = self._arrived.get_nowait()
                if following is None:
                    self._arrived.put_nowait(None)
                    break
                group.append(following)
            await self._finish(group)
            self._wait_for_disk(-sum(len(one.content or b"") for one in group))

    async def _let_more_arrive(self) -> None:
        """Each group costs a look at the whole folder, so few large groups are made of many."""
        for _ in range(_LOOKS):
            if self._is_all_here or self._arrived.qsize() >= _GROUP:
                return
            await asyncio.sleep(_LOOK_SECONDS)

    async def _finish(self, group: Sequence[Arrived]) -> None:
        whole = await self._without_growing(group) if self.relist is not None else list(group)
        if whole:
            self.take(await undisturbed(lambda: self._finisher.finish(whole)))

    def take(self, outcomes: Sequence[Outcome]) -> None:
        """Tell what landed, and hand it on."""
        for one in outcomes:
            match one:
                case NotLanded(statement, refused):
                    self._note_refused(statement.name, refused)
                case Landed(record):
                    if record.state < State.HANDED_OVER:
                        self._to_hand.put_nowait(record)
                    else:
                        self.tally.handed += 1
                    self.tally.landed += 1
                    self.tally.reissued += record.statement.is_reissue
                    self._tell(Event(EventKind.LANDED, landed_facts(one, self._handing.root)))

    async def _without_growing(self, group: Sequence[Arrived]) -> list[Arrived]:
        """Those that are still as they were listed; nobody else knows whether a file is whole."""
        if not group or self.relist is None:
            return []
        try:
            shown = await self.relist()
        except Refused as refused:
            self._lost = self._lost or refused
            return []
        whole = []
        for one in group:
            if still_growing(one.statement, shown.get(one.wanted.remote)):
                self._note_changing(one.statement.name)
                if one.part is not None:
                    one.part.unlink(missing_ok=True)
            else:
                whole.append(one)
        return whole

    async def _hand_all(self) -> None:
        while (record := await self._to_hand.get()) is not None:
            if self._is_late:
                self.tally.left += 1
            else:
                await self._handing.hand(record)

    @property
    def _is_late(self) -> bool:
        return self.deadline is not None and asyncio.get_running_loop().time() > self.deadline
