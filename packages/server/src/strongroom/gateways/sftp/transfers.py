"""READ and WRITE in runs: neighbouring requests become one read or one write.

Which request is next, and when to stop, is decided by the engine.
"""

import asyncio
import os
from collections import deque
from dataclasses import dataclass

from strongroom_formats.sftp_numbers import Message, Status

from strongroom.gateways.sftp import answers, wire
from strongroom.gateways.sftp.channel import Piece
from strongroom.gateways.sftp.handles import ReadHandle, WriteHandle
from strongroom.gateways.sftp.outbox import Outbox
from strongroom.gateways.sftp.wire import Fields, Request
from strongroom.rules import refusals
from strongroom.rules.refusals import Refused

RUN_BYTES = 256 * 1024
_LAST_OFFSET = 1 << 62


@dataclass(frozen=True, slots=True)
class Ask:
    """One READ: `length` bytes from `offset`, already cut to what a reply may carry."""

    number: int
    handle: bytes
    offset: int
    length: int


@dataclass(frozen=True, slots=True)
class Gift:
    """One WRITE of `data` at `offset`."""

    number: int
    handle: bytes
    offset: int
    data: memoryview


def ask(request: Request, most: int) -> Ask:
    """Parse READ, section 6.4; a length beyond `most` is cut, not refused (ATK-25)."""
    fields = Fields(request.body)
    handle, offset, length = fields.string(), fields.u64(), fields.u32()
    return Ask(request.number, handle, offset, min(length, most))


def gift(request: Request, most: int) -> Gift:
    """Parse WRITE, section 6.5; raises Malformed for more than was ever offered."""
    fields = Fields(request.body)
    handle, offset, data = fields.string(), fields.u64(), fields.data()
    if len(data) > most:
        raise wire.Malformed(f"a WRITE of {len(data)} bytes")
    return Gift(request.number, handle, offset, data)


def neighbouring_asks(first: Ask, pending: deque[Request], most: int) -> list[Ask]:
    """Take from `pending` the READs that go on where the one before ends, up to RUN_BYTES."""
    run, end, total = [first], first.offset + first.length, first.length
    while pending and pending[0].kind == Message.READ and total < RUN_BYTES:
        following = ask(pending[0], most)
        if following.handle != first.handle or following.offset != end:
            break
        pending.popleft()
        run.append(following)
        end += following.length
        total += following.length
    return run


def neighbouring_gifts(
    first: Gift, pending: deque[Request], most: int, *, is_append: bool
) -> list[Gift]:
    """Take from `pending` the WRITEs that go on where the one before ends, up to RUN_BYTES."""
    run, end, total = [first], first.offset + len(first.data), len(first.data)
    while pending and pending[0].kind == Message.WRITE and total < RUN_BYTES:
        following = gift(pending[0], most)
        if following.handle != first.handle or not (is_append or following.offset == end):
            break
        pending.popleft()
        run.append(following)
        end += len(following.data)
        total += len(following.data)
    return run


def send_from_descriptor(outbox: Outbox, handle: ReadHandle, run: list[Ask]) -> None:
    """Answer a run of neighbouring READs with one pread."""
    assert handle.descriptor is not None
    start = run[0].offset
    wanted = min(sum(one.length for one in run), max(handle.size - start, 0))
    try:
        found = os.pread(handle.descriptor, wanted, start) if wanted else b""
    except OSError as problem:
        _fail(outbox, run, problem)
        return
    if len(found) != wanted:
        _fail(outbox, run, OSError("the file is shorter than it was"))
        return
    _send(outbox, handle, run, memoryview(found))


async def send_from_reading(outbox: Outbox, handle: ReadHandle, run: list[Ask]) -> None:
    """Answer READs of a storage without a descriptor: read at once, reply in order."""
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(_read_one(handle, one)) for one in run]
    for one, task in zip(run, tasks, strict=True):
        found = task.result()
        if isinstance(found, Exception):
            _fail(outbox, [one], found)
        else:
            _send(outbox, handle, [one], memoryview(found))


async def _read_one(handle: ReadHandle, one: Ask) -> bytes | Exception:
    wanted = min(one.length, max(handle.size - one.offset, 0))
    try:
        return await handle.reading.read(one.offset, wanted) if wanted else b""
    except (Refused, OSError) as problem:
        return problem


def _send(outbox: Outbox, handle: ReadHandle, run: list[Ask], found: memoryview) -> None:
    """Send the bytes of a run as one DATA each, and EOF where there is nothing (section 6.4)."""
    pieces: list[Piece] = []
    marks: list[tuple[ReadHandle, int, int]] = []
    at = 0
    ends: list[bytes] = []
    for one in run:
        part = found[at : at + one.length]
        at += len(part)
        if part:
            pieces += (wire.data_head(one.number, len(part)), part)
            marks.append((handle, one.offset, one.offset + len(part)))
        else:
            ends.append(wire.status(one.number, Status.EOF, "That is all."))
    if marks:
        outbox.write_data(pieces, marks)
    if ends:
        outbox.write(b"".join(ends))


def _fail(outbox: Outbox, run: list[Ask], problem: Exception) -> None:
    outbox.write(b"".join([answers.refusal(one.number, problem) for one in run]))


def keep(outbox: Outbox, handle: WriteHandle, run: list[Gift]) -> None:
    """Write a run of neighbouring WRITEs in one go and answer each of them.

    After one failure every later WRITE of that handle fails alike, so that a file with a hole
    can never be taken for a complete one (ATK-10).
    """
    if handle.failure is None:
        try:
            _keep(handle, run)
        except (Refused, OSError) as problem:
            handle.failure = problem
    if handle.failure is None:
        outbox.write(wire.many_ok(one.number for one in run))
    else:
        failure = handle.failure
        outbox.write(b"".join([answers.refusal(one.number, failure) for one in run]))


def _keep(handle: WriteHandle, run: list[Gift]) -> None:
    # APPEND means: at the end, whatever the offset says (section 6.3).
    start = handle.end if handle.is_append else run[0].offset
    data = run[0].data if len(run) == 1 else memoryview(b"".join([one.data for one in run]))
    end = start + len(data)
    if end > _LAST_OFFSET:
        raise refusals.REPO_TOO_LARGE.because(most=_LAST_OFFSET)
    handle.writing.write(start, data)
    handle.end = max(handle.end, end)
