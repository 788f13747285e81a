"""Files come whole and in order from servers of every kind, and hostile servers get nowhere."""

import asyncio
import contextlib
import struct
import tracemalloc
from collections.abc import Awaitable, Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strongbox.refusal import Refused
from strongbox.wire import refusals
from strongbox.wire.ports import RemoteFile
from strongbox.wire.session import ENTRIES_MOST, SftpSession

from tests.unit.strongbox_wire.sftp_double import (
    ATTRS,
    CLOSE,
    DATA,
    DENIED,
    EOF,
    FAILURE,
    FSTAT,
    HANDLE,
    INIT,
    NAME,
    OK,
    OPEN,
    READ,
    READDIR,
    VERSION,
    Answering,
    Double,
    Oddities,
    entry,
    message,
    session_with,
    status,
    string,
)

PATH = "/outgoing/statement"


def pattern(size: int) -> bytes:
    """Bytes of which no two blocks are alike."""
    return b"".join(struct.pack(">I", number) for number in range(size // 4 + 1))[:size]


async def content_of(session: SftpSession, path: str = PATH, offset: int = 0) -> bytes:
    pieces: list[bytes] = []
    took = await session.fetch(path, lambda piece: pieces.append(bytes(piece)), offset=offset)
    content = b"".join(pieces)
    assert took == len(content)
    return content


def with_double(double: Double, act: Callable[[SftpSession], Awaitable[object]]) -> object:
    """Run `act` on a fresh session; nothing may stay open behind it."""

    async def go() -> object:
        session = await session_with(double)
        found = await act(session)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        return found

    return asyncio.run(go())


def refusal_of(
    twist: Answering,
    act: Callable[[SftpSession], Awaitable[object]] = content_of,
    *,
    patience: float = 5.0,
    content: bytes = b"content",
) -> Refused:
    """What is raised when the server answers as `twist` says."""
    double = Double({PATH: content})
    double.twist = twist

    async def go() -> object:
        return await act(await session_with(double, patience))

    with pytest.raises(Refused) as caught:
        asyncio.run(go())
    return caught.value


@st.composite
def oddities(draw: st.DrawFn) -> Oddities:
    return Oddities(
        max_read=draw(st.integers(700, 300_000)),
        said_size=draw(st.sampled_from([-1, None])),
        shuffles=draw(st.booleans()),
        limits=draw(st.sampled_from([0, 40_000, 261_120])),
        pieces=draw(st.sampled_from([7, 1000, 32_768, 1 << 30])),
    )


@given(odd=oddities(), size=st.integers(0, 400_000), offset=st.integers(0, 500_000))
@settings(max_examples=60)
def test_a_file_comes_whole_and_in_order_whatever_the_server_is_like(
    odd: Oddities, size: int, offset: int
) -> None:
    content = pattern(size)
    double = Double({PATH: content}, odd)

    async def act(session: SftpSession) -> None:
        assert await content_of(session, PATH, offset) == content[offset:]

    with_double(double, act)
    assert double.open == {}


def test_a_small_file_costs_four_requests_and_a_listed_one_three() -> None:
    double = Double({PATH: pattern(50 * 1024)}, Oddities(limits=261_120))
    with_double(double, content_of)
    assert double.asked[2:] == [OPEN, FSTAT, READ, CLOSE]
    double = Double({"/a": b"x" * 10}, Oddities(limits=261_120, names=[b"a"]))

    def listed(kind: int, number: int, _body: bytes) -> bytes | None:
        if kind != READDIR or double.asked.count(READDIR) > 1:
            return None
        double._listed = True
        return message(NAME, number, struct.pack(">I", 1) + entry(b"a", 10))

    double.twist = listed

    async def act(session: SftpSession) -> None:
        [found] = await session.list("/")
        assert found == RemoteFile("a", 10, None, is_folder=False)
        double.asked.clear()
        assert await content_of(session, "/a") == b"x" * 10

    with_double(double, act)
    assert [kind for kind in double.asked if kind != CLOSE] == [OPEN, READ]


@given(size=st.integers(0, 200_000), data=st.data())
@settings(max_examples=25)
def test_a_file_that_shrinks_or_grows_meanwhile_ends_where_it_ends(
    size: int, data: st.DataObject
) -> None:
    said = data.draw(st.integers(0, 300_000))
    double = Double({PATH: pattern(size)}, Oddities(said_size=said))

    async def act(session: SftpSession) -> None:
        assert await content_of(session) == pattern(size)

    with_double(double, act)


def test_data_behind_an_end_are_a_file_that_changed() -> None:
    first: list[int] = []

    def twist(kind: int, number: int, _body: bytes) -> bytes | None:
        """The first read is answered behind the second, and with EOF."""
        if kind != READ or len(first) > 1:
            return None
        first.append(number)
        if len(first) == 1:
            return b""
        return message(DATA, number, string(b"more")) + status(first[0], EOF)

    assert refusal_of(twist, content=pattern(200_000)).code == "FILE-CHANGED"


@pytest.mark.parametrize(
    ("code", "expected"), [(DENIED, "FILE-FORBIDDEN"), (FAILURE, "FILE-FAILED")]
)
def test_a_read_that_fails_is_said_with_the_servers_words(code: int, expected: str) -> None:
    def twist(kind: int, number: int, _body: bytes) -> bytes | None:
        return status(number, code, b"disk broken") if kind == READ else None

    problem = refusal_of(twist)
    assert problem.code == expected
    assert expected != "FILE-FAILED" or "disk broken" in str(problem)


_NONSENSE: dict[str, Answering] = {
    "more data than were asked for": lambda kind, number, _body: (
        message(DATA, number, string(bytes(260_000))) if kind == READ else None
    ),
    "data of no bytes": lambda kind, number, _body: (
        message(DATA, number, string(b"")) if kind == READ else None
    ),
    "data longer than their message": lambda kind, number, _body: (
        message(DATA, number, struct.pack(">I", 900) + b"short") if kind == READ else None
    ),
    "a read answered with OK": lambda kind, number, _body: (
        status(number, OK) if kind == READ else None
    ),
    "a read answered with a handle": lambda kind, number, _body: (
        message(HANDLE, number, string(b"h")) if kind == READ else None
    ),
    "an answer to nobody": lambda kind, number, _body: (
        status(number + 77, OK) if kind == OPEN else None
    ),
    "the same answer twice": lambda kind, number, _body: (
        2 * message(DATA, number, string(b"x")) if kind == READ else None
    ),
    "a message of four gigabytes": lambda kind, _number, _body: (
        b"\xff\xff\xff\xff\x67\0\0\0\x01" if kind == OPEN else None
    ),
    "a message of no bytes": lambda kind, _number, _body: bytes(12) if kind == OPEN else None,
    "a handle of a megabyte": lambda kind, number, _body: (
        message(HANDLE, number, string(bytes(200_000))) if kind == OPEN else None
    ),
    "open answered with data": lambda kind, number, _body: (
        message(DATA, number, string(b"x")) if kind == OPEN else None
    ),
    "open answered with OK": lambda kind, number, _body: (
        status(number, OK) if kind == OPEN else None
    ),
    "a size cut off": lambda kind, number, _body: (
        message(ATTRS, number, struct.pack(">I", 1) + b"\0") if kind == FSTAT else None
    ),
    "an old version": lambda kind, _number, _body: message(VERSION, 2) if kind == INIT else None,
    "no version": lambda kind, _number, _body: status(3, OK) if kind == INIT else None,
    "a thousand extensions": lambda kind, _number, _body: (
        message(VERSION, 3, b"".join(string(b"%d" % n) * 2 for n in range(1000)))
        if kind == INIT
        else None
    ),
    "the answer of limits cut off": lambda kind, number, _body: (
        message(VERSION, 3, string(b"limits@openssh.com") + string(b"1"))
        if kind == INIT
        else message(201, number, b"\0\0\0\x01")
        if kind == 200
        else None
    ),
}


@pytest.mark.parametrize("what", _NONSENSE)
def test_nonsense_ends_the_conversation(what: str) -> None:
    assert refusal_of(_NONSENSE[what]).code == "SERVER-NONSENSE"


_ODD_LISTS: dict[str, bytes] = {
    "a path": entry(b"a/b"),
    "a way up": entry(b"../x"),
    "no name": entry(b""),
    "a zero byte": entry(b"a\0b"),
    "a name cut off": string(b"a"),
    "a name of 5,000 bytes": entry(b"a" * 5000),
}


@pytest.mark.parametrize("what", _ODD_LISTS)
def test_a_name_that_is_none_ends_the_conversation(what: str) -> None:
    def twist(kind: int, number: int, _body: bytes) -> bytes | None:
        body = struct.pack(">I", 1) + _ODD_LISTS[what]
        return message(NAME, number, body) if kind == READDIR else None

    assert refusal_of(twist, lambda session: session.list("/")).code == "SERVER-NONSENSE"


def test_a_folder_without_end_is_left() -> None:
    names = b"".join(entry(b"name-%05d" % number) for number in range(5000))

    def twist(kind: int, number: int, _body: bytes) -> bytes | None:
        body = struct.pack(">I", 5000) + names
        return message(NAME, number, body) if kind == READDIR else None

    problem = refusal_of(twist, lambda session: session.list("/"))
    assert problem.code == "FOLDER-TOO-LARGE"


@pytest.mark.req("ATK-23")
def test_a_folder_that_says_dots_without_end_is_left() -> None:
    def twist(kind: int, number: int, _body: bytes) -> bytes | None:
        body = struct.pack(">I", 2) + entry(b".") + entry(b"..")
        return message(NAME, number, body) if kind == READDIR else None

    problem = refusal_of(twist, lambda session: session.list("/"))
    assert problem.code == "FOLDER-TOO-LARGE"
    assert problem.facts["most"] == ENTRIES_MOST


def test_what_a_server_says_behind_the_end_of_a_folder_does_not_matter() -> None:
    ends: list[int] = []

    def twist(kind: int, number: int, _body: bytes) -> bytes | None:
        if kind != READDIR:
            return None
        ends.append(number)
        if len(ends) == 1:
            return message(NAME, number, struct.pack(">I", 1) + entry(b"only"))
        return status(number, EOF if len(ends) == 2 else FAILURE, b"no such handle")

    double = Double({})
    double.twist = twist

    async def act(session: SftpSession) -> None:
        assert [found.name for found in await session.list("/")] == ["only"]

    with_double(double, act)


def test_a_name_in_no_utf8_is_kept_so_that_its_file_can_be_fetched() -> None:
    raw = "明細書".encode("cp932")
    double = Double(
        {"/" + raw.decode("utf-8", "surrogateescape"): b"found"},
        Oddities(names=[b".", b"..", raw, "明細".encode()]),
    )

    async def act(session: SftpSession) -> None:
        odd, plain = await session.list("/")
        assert plain.name == "明細"
        assert await session.read(f"/{odd.name}", most=5) == b"found"

    with_double(double, act)


@pytest.mark.parametrize("silent_at", [INIT, OPEN, READ, READDIR])
def test_silence_has_an_end(silent_at: int) -> None:
    def act(session: SftpSession) -> Awaitable[object]:
        return session.list("/") if silent_at == READDIR else content_of(session)

    def twist(kind: int, _number: int, _body: bytes) -> bytes | None:
        return b"" if kind == silent_at else None

    assert refusal_of(twist, act, patience=0.05).code == "STALLED"


def test_a_server_that_drips_is_taken_for_silent() -> None:
    double = Double({PATH: b"content"})
    double.twist = lambda kind, number, _body: (
        message(DATA, number, string(b"content"))[:13] if kind == READ else None
    )

    async def go() -> None:
        session = await session_with(double, 0.1)

        async def drip() -> None:
            for sign in b"conten":
                await asyncio.sleep(0.04)
                double.say(bytes((sign,)))

        dripping = asyncio.create_task(drip())
        try:
            await content_of(session)
        finally:
            dripping.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await dripping

    with pytest.raises(Refused) as caught:
        asyncio.run(go())
    assert caught.value.code == "STALLED"


@given(st.lists(st.binary(max_size=200), max_size=5), st.sampled_from([INIT, OPEN, FSTAT, READ]))
@settings(max_examples=150)
def test_no_bytes_whatever_break_anything_but_the_conversation(
    stream: list[bytes], where: int
) -> None:
    double = Double({PATH: pattern(100_000)})
    answers = list(stream)

    def twist(kind: int, _number: int, _body: bytes) -> bytes | None:
        return answers.pop() if kind == where and answers else None

    double.twist = twist

    async def go() -> None:
        with contextlib.suppress(Refused):
            await content_of(await session_with(double, 0.01))

    asyncio.run(go())


def test_a_server_that_holds_the_front_back_cannot_fill_the_memory() -> None:
    """All blocks but the first come; what is held for it stays within what was asked ahead."""
    held: list[bytes] = []
    size = 64 << 20
    double = Double({PATH: bytes(size)}, Oddities(limits=261_120, said_size=size))

    def twist(kind: int, number: int, _body: bytes) -> bytes | None:
        if kind != READ or held:
            return None
        held.append(status(number, FAILURE))
        return b""

    double.twist = twist

    async def go() -> None:
        session = await session_with(double, 0.2)
        with contextlib.suppress(Refused):
            await content_of(session)

    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    asyncio.run(go())
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most - before < 40 << 20


def test_who_leaves_while_a_file_is_opened_leaves_nothing_open() -> None:
    double = Double({PATH: b"content"})

    async def go() -> None:
        session = await session_with(double)
        asking = asyncio.create_task(content_of(session))
        await asyncio.sleep(0)
        asking.cancel()
        for _ in range(6):
            await asyncio.sleep(0)

    asyncio.run(go())
    assert OPEN in double.asked
    assert double.open == {}


def test_a_write_that_fails_is_a_refusal() -> None:
    def twist(kind: int, number: int, _body: bytes) -> bytes | None:
        return status(number, DENIED) if kind == CLOSE else None

    problem = refusal_of(twist, lambda session: session.put(PATH, b"new"))
    assert problem.code == "FILE-FORBIDDEN"


def test_a_connection_lost_amid_a_block_is_told_to_who_waits_for_it() -> None:
    double = Double({PATH: b"content"})

    def twist(kind: int, number: int, _body: bytes) -> bytes | None:
        if kind != READ:
            return None
        is_first = double.asked.count(READ) == 1
        return message(DATA, number, string(b"content"))[:15] if is_first else b""

    double.twist = twist

    async def go() -> None:
        session = await session_with(double)
        fetching = asyncio.create_task(content_of(session))
        await asyncio.sleep(0.02)
        assert double.talk is not None
        double.talk.give_up(refusals.LOST.because(host="bank.example", why="cut"))
        await asyncio.wait_for(fetching, 5)

    with pytest.raises(Refused) as caught:
        asyncio.run(go())
    assert caught.value.code == "LOST"


def test_what_follows_the_end_of_a_conversation_says_why_it_ended() -> None:
    double = Double({PATH: b"content"})

    async def go() -> list[object]:
        session = await session_with(double)
        double.say(bytes(20))
        return await asyncio.gather(
            content_of(session),
            session.list("/"),
            session.put("/x", b""),
            return_exceptions=True,
        )

    found = asyncio.run(go())
    assert [problem.code for problem in found if isinstance(problem, Refused)] == [
        "SERVER-NONSENSE"
    ] * 3


@pytest.mark.parametrize("path", ["", "a\0b", "x" * 5000])
def test_a_path_that_no_server_has_is_not_asked_for(path: str) -> None:
    double = Double({})

    async def act(session: SftpSession) -> None:
        await session.read(path, most=1)

    with pytest.raises(Refused) as caught:
        with_double(double, act)
    assert caught.value.code == "FILE-ABSENT"
    assert OPEN not in double.asked
