"""Every SFTP request but READ and WRITE: opened by name in a table, or refused by name.

Each asks the one authorisation function and then makes at most two calls on the visit.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from strongroom_formats.sftp_numbers import Message, OpenFlag, Status

from strongroom.gateways.sftp import answers, kept_bodies, listing, wire
from strongroom.gateways.sftp.handles import (
    FolderHandle,
    HandleTable,
    ReadHandle,
    WriteHandle,
)
from strongroom.gateways.sftp.outbox import Outbox
from strongroom.gateways.sftp.settings import SftpSettings
from strongroom.gateways.sftp.wire import Fields
from strongroom.rules import refusals, repository
from strongroom.rules.repository import Verb
from strongroom.visits.ports import Visit


@dataclass(frozen=True, slots=True)
class Desk:
    """What a request is answered with. `clock` gives the aware UTC time."""

    visit: Visit
    handles: HandleTable
    outbox: Outbox
    settings: SftpSettings
    clock: Callable[[], datetime]


Quick = Callable[[Desk, int, Fields], bytes]
Slow = Callable[[Desk, int, Fields], Awaitable[bytes]]


def _allowed(verb: Verb, path: bytes) -> str:
    """Normalise, place and authorise; the only way from a client's bytes to a path (ATK-1)."""
    place = repository.place(path)
    repository.authorise(verb, place)
    return place.path


async def _open(desk: Desk, number: int, fields: Fields) -> bytes:
    raw = fields.string()
    flags = OpenFlag(fields.u32() & 0x3F)
    fields.attributes()
    desk.handles.check_room()
    if flags & (OpenFlag.WRITE | OpenFlag.APPEND | OpenFlag.CREAT | OpenFlag.TRUNC):
        handle: ReadHandle | WriteHandle = await _opened_to_write(desk, raw, flags)
    else:
        path = _allowed(Verb.READ, raw)
        reading = await desk.visit.open_to_read(path)
        handle = ReadHandle(path, reading, reading.size, reading.descriptor)
    return wire.reply(Message.HANDLE, number, wire.string(desk.handles.add(handle)))


async def _opened_to_write(desk: Desk, raw: bytes, flags: OpenFlag) -> WriteHandle:
    """Open an upload, section 6.3; without CREAT the file must be there already (ATK-7)."""
    path = _allowed(Verb.WRITE, raw)
    if OpenFlag.CREAT not in flags:
        await desk.visit.look(path)
    writing = await desk.visit.open_to_write(
        path,
        is_new=OpenFlag.EXCL in flags and OpenFlag.CREAT in flags,
        is_emptied=OpenFlag.TRUNC in flags,
    )
    return WriteHandle(path, writing, writing.size, is_append=OpenFlag.APPEND in flags)


async def _close(desk: Desk, number: int, fields: Fields) -> bytes:
    handle = desk.handles.remove(fields.string())
    match handle:
        case ReadHandle():
            is_sent = await desk.outbox.flushed()
            await handle.reading.finish(handle.sent, is_clean=is_sent)
        case WriteHandle():
            await handle.writing.finish(is_clean=handle.failure is None)
            if handle.failure is not None:
                return answers.refusal(number, handle.failure)
        case FolderHandle():
            pass
    return answers.ok(number)


async def _stat(desk: Desk, number: int, fields: Fields) -> bytes:
    entry = await desk.visit.look(_allowed(Verb.LOOK, fields.string()))
    return wire.reply(Message.ATTRS, number, listing.attributes(entry))


async def _fstat(desk: Desk, number: int, fields: Fields) -> bytes:
    handle = desk.handles.any(fields.string())
    if isinstance(handle, WriteHandle):
        return wire.reply(Message.ATTRS, number, listing.upload_attributes(handle.end))
    entry = await desk.visit.look(handle.path)
    return wire.reply(Message.ATTRS, number, listing.attributes(entry))


async def _setstat(desk: Desk, number: int, fields: Fields) -> bytes:
    """Take times and modes of uploads without keeping them; refuse all else (ATK-6)."""
    path = _allowed(Verb.SETTLE, fields.string())
    wish = fields.attributes()
    if wish.wants_owner or wish.size is not None:
        raise refusals.REPO_READ_ONLY.because(path=path)
    await desk.visit.look(path)
    return answers.ok(number)


async def _fsetstat(desk: Desk, number: int, fields: Fields) -> bytes:
    """The same for an upload under way; its size may be set only to what it is."""
    handle = desk.handles.any(fields.string())
    wish = fields.attributes()
    is_same_size = isinstance(handle, WriteHandle) and wish.size in {None, handle.end}
    if wish.wants_owner or not is_same_size:
        raise refusals.REPO_READ_ONLY.because(path=handle.path)
    return answers.ok(number)


async def _opendir(desk: Desk, number: int, fields: Fields) -> bytes:
    path = _allowed(Verb.LIST, fields.string())
    desk.handles.check_room()
    entries = await desk.visit.listing(path)
    bodies = kept_bodies.OF_THIS_PROCESS.bodies(entries, desk.clock())
    handle = FolderHandle(path, bodies)
    return wire.reply(Message.HANDLE, number, wire.string(desk.handles.add(handle)))


def _readdir(desk: Desk, number: int, fields: Fields) -> bytes:
    body = next(desk.handles.folder(fields.string()).bodies, None)
    if body is None:
        return wire.status(number, Status.EOF, "That is all.")
    return wire.reply(Message.NAME, number, body)


async def _remove(desk: Desk, number: int, fields: Fields) -> bytes:
    await desk.visit.remove(_allowed(Verb.REMOVE, fields.string()))
    return answers.ok(number)


def _mkdir(_desk: Desk, _number: int, fields: Fields) -> bytes:
    path = _allowed(Verb.MAKE_FOLDER, fields.string())
    raise refusals.REPO_READ_ONLY.because(path=path)


def _rmdir(_desk: Desk, _number: int, fields: Fields) -> bytes:
    path = _allowed(Verb.REMOVE_FOLDER, fields.string())
    raise refusals.REPO_READ_ONLY.because(path=path)


def _realpath(_desk: Desk, number: int, fields: Fields) -> bytes:
    path = repository.normalise(fields.string())
    return wire.reply(Message.NAME, number, listing.lone_name(path))


async def _rename(desk: Desk, number: int, fields: Fields) -> bytes:
    return await _renamed(desk, number, fields, may_replace=False)


async def _posix_rename(desk: Desk, number: int, fields: Fields) -> bytes:
    return await _renamed(desk, number, fields, may_replace=True)


async def _renamed(desk: Desk, number: int, fields: Fields, *, may_replace: bool) -> bytes:
    """Rename within `/incoming`; both ends are authorised (ATK-5)."""
    old = _allowed(Verb.RENAME_FROM, fields.string())
    new = _allowed(Verb.RENAME_TO, fields.string())
    await desk.visit.rename(old, new, may_replace=may_replace)
    return answers.ok(number)


_BLOCK_BYTES = 4096


async def _statvfs(desk: Desk, number: int, fields: Fields) -> bytes:
    """Room for uploads, as statvfs(3) tells it (OpenSSH PROTOCOL, section 4.4)."""
    _allowed(Verb.MEASURE_SPACE, fields.string())
    space = await desk.visit.space()
    blocks, free = space.total // _BLOCK_BYTES, space.free // _BLOCK_BYTES
    body = wire.u64s(_BLOCK_BYTES, _BLOCK_BYTES, blocks, free, free)
    body += wire.u64s(0, 0, 0, 0, 0, repository.LONGEST_NAME_BYTES)
    return wire.reply(Message.EXTENDED_REPLY, number, body)


async def _limits(desk: Desk, number: int, _fields: Fields) -> bytes:
    """Tell clients to use large blocks (OpenSSH PROTOCOL, section 4.8)."""
    bounds = desk.settings
    most = bounds.transfer_bytes_most
    body = wire.u64s(bounds.message_bytes_most, most, most, bounds.handles_most)
    return wire.reply(Message.EXTENDED_REPLY, number, body)


async def _extended(desk: Desk, number: int, fields: Fields) -> bytes:
    verb = EXTENSIONS.get(fields.string())
    return answers.unsupported(number) if verb is None else await verb(desk, number, fields)


# Requests that are answered from memory, and those that ask the product.
QUICK: dict[Message, Quick] = {
    Message.READDIR: _readdir,
    Message.MKDIR: _mkdir,
    Message.RMDIR: _rmdir,
    Message.REALPATH: _realpath,
}
SLOW: dict[Message, Slow] = {
    Message.OPEN: _open,
    Message.CLOSE: _close,
    Message.LSTAT: _stat,
    Message.FSTAT: _fstat,
    Message.SETSTAT: _setstat,
    Message.FSETSTAT: _fsetstat,
    Message.OPENDIR: _opendir,
    Message.REMOVE: _remove,
    Message.STAT: _stat,
    Message.RENAME: _rename,
    Message.EXTENDED: _extended,
}
# Links do not exist in a repository (ATK-2).
REFUSED = frozenset({Message.READLINK, Message.SYMLINK})

# Extensions: opened by name, or None with the reason why not.
EXTENSIONS: dict[bytes, Slow | None] = {
    b"limits@openssh.com": _limits,
    b"posix-rename@openssh.com": _posix_rename,
    b"statvfs@openssh.com": _statvfs,
    b"fsync@openssh.com": None,  # an upload is durable when CLOSE is answered, not before
    b"fstatvfs@openssh.com": None,
    b"hardlink@openssh.com": None,
    b"lsetstat@openssh.com": None,
    b"expand-path@openssh.com": None,
    b"copy-data": None,
    b"home-directory": None,
    b"users-groups-by-id@openssh.com": None,
    b"check-file": None,
    b"check-file-handle": None,
    b"check-file-name": None,
    b"md5-hash": None,
    b"md5-hash-handle": None,
    b"space-available": None,
    b"text-seek": None,
    b"vendor-id": None,
    b"ranges@asyncssh.com": None,
}
OFFERED = (
    (b"posix-rename@openssh.com", b"1"),
    (b"statvfs@openssh.com", b"2"),
    (b"limits@openssh.com", b"1"),
)
