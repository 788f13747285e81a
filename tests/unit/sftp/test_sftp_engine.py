"""The engine by itself: every request, malformed ones, bounds, and what makes a receipt."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from asyncssh.packet import String, UInt32, UInt64
from hypothesis import given
from hypothesis import strategies as st
from strongroom.gateways.sftp import verbs, wire
from strongroom.gateways.sftp.wire import Message, OpenFlag, Status

from tests.unit.sftp.doubles import Store, memory_file
from tests.unit.sftp.engine_bench import NO_ATTRIBUTES, Bench, message

WRITE_NEW = OpenFlag.WRITE | OpenFlag.CREAT | OpenFlag.TRUNC
FROM_CLIENTS = [kind for kind in Message if kind <= Message.SYMLINK or kind == Message.EXTENDED]
CONTENT = memory_file(900_000)


def play(script: Callable[[Bench], Awaitable[None]], **limits: object) -> Bench:
    """Run a script on an engine that was greeted, and close it."""

    async def main() -> Bench:
        bench = Bench(Store({"/outgoing/a.csv": CONTENT, "/incoming/b": b"mine"}), **limits)
        await bench.greet()
        await script(bench)
        await bench.engine.lost()
        return bench

    return asyncio.run(main())


@pytest.mark.req("ATK-1", "ATK-2")
def test_every_request_a_client_can_send_is_opened_or_refused_by_name() -> None:
    in_the_engine = {Message.INIT, Message.READ, Message.WRITE}
    groups = [in_the_engine, set(verbs.QUICK), set(verbs.SLOW), set(verbs.REFUSED)]
    named = [kind for group in groups for kind in group]
    assert len(named) == len(set(named))
    assert set(named) == set(FROM_CLIENTS) - {Message.VERSION}


@pytest.mark.req("ATK-1", "ATK-2")
@pytest.mark.parametrize(
    "name",
    [name for name, verb in verbs.EXTENSIONS.items() if verb is None] + [b"", b"x" * 9000],
)
def test_an_extension_that_is_not_opened_is_refused(name: bytes) -> None:
    async def script(bench: Bench) -> None:
        path = String("/outgoing/a.csv")
        answer = await bench.one(Message.EXTENDED, String(name), path, path, path)
        assert answer.code == Status.OP_UNSUPPORTED

    play(script)


@pytest.mark.parametrize("kind", [*verbs.REFUSED, 0, 21, 99, 101, 105, 201, 255])
def test_what_is_no_request_of_ours_is_refused_and_the_session_goes_on(kind: int) -> None:
    async def script(bench: Bench) -> None:
        answer = await bench.one(kind, String("/outgoing/a.csv"), String("/incoming/l"))
        assert answer.code == Status.OP_UNSUPPORTED
        assert (await bench.one(Message.STAT, String("/"))).kind == Message.ATTRS

    play(script)


PATH_VERBS = [
    (Message.OPEN, (UInt32(OpenFlag.READ), NO_ATTRIBUTES)),
    (Message.OPEN, (UInt32(WRITE_NEW), NO_ATTRIBUTES)),
    (Message.LSTAT, ()),
    (Message.STAT, ()),
    (Message.SETSTAT, (UInt32(4), UInt32(0o777))),
    (Message.OPENDIR, ()),
    (Message.REMOVE, ()),
    (Message.MKDIR, (NO_ATTRIBUTES,)),
    (Message.RMDIR, ()),
    (Message.RENAME, (String("/incoming/new"),)),
]


@pytest.mark.req("ATK-1")
@pytest.mark.parametrize(("kind", "rest"), PATH_VERBS)
@pytest.mark.parametrize(
    "path",
    [
        b"/etc/passwd",
        b"../../etc/passwd",
        b"/outgoing/..\\x",
        b"/outgoing/a\0",
        b"/outgoing/a\r\nb",
        b"/outgoing/\xc0\xae\xc0\xae",
        b"/outgoing/%2e%2e/x",
        "/outgoing/\u202ea".encode(),
        b"/outgoing/a.csv/..%00",
        b"/" + b"a" * 5000,
    ],
)
def test_no_request_takes_a_path_that_deceives(
    kind: Message, rest: tuple[bytes, ...], path: bytes
) -> None:
    async def script(bench: Bench) -> None:
        answer = await bench.one(kind, String(path), *rest)
        assert answer.code in {
            Status.NO_SUCH_FILE,
            Status.PERMISSION_DENIED,
            Status.FAILURE,
        }

    bench = play(script)
    assert bench.store.files == {"/outgoing/a.csv": CONTENT, "/incoming/b": b"mine"}


@pytest.mark.req("ATK-5")
@pytest.mark.parametrize("kind", [Message.RENAME, Message.EXTENDED])
@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("/outgoing/a.csv", "/incoming/a.csv"),
        ("/incoming/b", "/outgoing/a.csv"),
        ("/incoming/b", "/outgoing/new"),
        ("/incoming/b", "/b"),
        ("/incoming/b", "/incoming"),
        ("/incoming", "/incoming2"),
        ("/incoming/b", "/incoming/../outgoing/x"),
    ],
)
def test_nothing_is_renamed_into_or_out_of_a_published_folder(
    kind: Message, old: str, new: str
) -> None:
    extension = [String("posix-rename@openssh.com")] if kind == Message.EXTENDED else []

    async def script(bench: Bench) -> None:
        answer = await bench.one(kind, *extension, String(old), String(new))
        assert answer.code in {Status.PERMISSION_DENIED, Status.FAILURE}

    bench = play(script)
    assert bench.store.files == {"/outgoing/a.csv": CONTENT, "/incoming/b": b"mine"}


def test_a_rename_replaces_only_in_its_posix_form() -> None:
    async def script(bench: Bench) -> None:
        bench.store.files["/incoming/c"] = b"old"
        names = String("/incoming/b"), String("/incoming/c")
        assert (await bench.one(Message.RENAME, *names)).code == Status.FAILURE
        posix = String("posix-rename@openssh.com")
        assert (await bench.one(Message.EXTENDED, posix, *names)).code == Status.OK

    assert play(script).store.files["/incoming/c"] == b"mine"


@pytest.mark.req("ATK-6")
@pytest.mark.parametrize(
    "wish",
    [
        UInt32(1) + UInt64(0),
        UInt32(2) + UInt32(0) + UInt32(0),
        UInt32(4) + UInt32(0o777),
        UInt32(8) + UInt32(1) + UInt32(1),
    ],
)
def test_attributes_of_a_published_file_cannot_be_changed(wish: bytes) -> None:
    async def script(bench: Bench) -> None:
        answer = await bench.one(Message.SETSTAT, String("/outgoing/a.csv"), wish)
        assert answer.code == Status.PERMISSION_DENIED
        handle = await bench.open("/outgoing/a.csv")
        answer = await bench.one(Message.FSETSTAT, handle, wish)
        assert answer.code == Status.PERMISSION_DENIED

    play(script)


def test_clients_may_set_times_and_mode_of_their_upload() -> None:
    async def script(bench: Bench) -> None:
        wish = UInt32(12) + UInt32(0o600) + UInt32(1) + UInt32(1)
        handle = await bench.open("/incoming/c", WRITE_NEW)
        assert (await bench.one(Message.FSETSTAT, handle, wish)).code == Status.OK
        assert (await bench.one(Message.CLOSE, handle)).code == Status.OK
        assert (await bench.one(Message.SETSTAT, String("/incoming/c"), wish)).code == Status.OK
        nowhere = String("/incoming/nowhere")
        assert (await bench.one(Message.SETSTAT, nowhere, wish)).code == Status.NO_SUCH_FILE
        size = UInt32(1) + UInt64(5)
        answer = await bench.one(Message.SETSTAT, String("/incoming/c"), size)
        assert answer.code == Status.PERMISSION_DENIED

    play(script)


@pytest.mark.req("ATK-7")
@pytest.mark.parametrize(
    "flags",
    [
        OpenFlag.WRITE,
        OpenFlag.READ | OpenFlag.WRITE,
        OpenFlag.READ | OpenFlag.APPEND,
        OpenFlag.READ | OpenFlag.TRUNC,
        OpenFlag.READ | OpenFlag.CREAT,
        OpenFlag.WRITE | OpenFlag.APPEND,
        OpenFlag.WRITE | OpenFlag.CREAT | OpenFlag.EXCL,
        WRITE_NEW,
    ],
)
@pytest.mark.parametrize("path", ["/outgoing/a.csv", "/manifests/m", "/test/t", "/x", "/outgoing"])
def test_no_open_flag_writes_outside_incoming(flags: OpenFlag, path: str) -> None:
    async def script(bench: Bench) -> None:
        answer = await bench.one(Message.OPEN, String(path), UInt32(flags), NO_ATTRIBUTES)
        assert answer.code in {Status.PERMISSION_DENIED, Status.FAILURE}

    play(script)


def test_an_exclusive_upload_does_not_touch_what_is_there() -> None:
    async def script(bench: Bench) -> None:
        flags = UInt32(OpenFlag.WRITE | OpenFlag.CREAT | OpenFlag.EXCL)
        answer = await bench.one(Message.OPEN, String("/incoming/b"), flags, NO_ATTRIBUTES)
        assert answer.code == Status.FAILURE
        flags = UInt32(OpenFlag.WRITE)
        answer = await bench.one(Message.OPEN, String("/incoming/none"), flags, NO_ATTRIBUTES)
        assert answer.code == Status.NO_SUCH_FILE

    assert play(script).store.files["/incoming/b"] == b"mine"


# Transfers and receipts


@pytest.mark.req("ATK-72")
@pytest.mark.parametrize(
    ("reads", "is_whole"),
    [
        ([(0, 900_000)], False),
        ([(0, 200_000), (200_000, 200_000), (400_000, 200_000), (600_000, 261_120)], False),
        ([(offset, 100_000) for offset in range(0, 1_200_000, 100_000)], True),
        ([(offset, 100_000) for offset in reversed(range(0, 900_000, 100_000))], True),
        ([(offset, 100_000) for offset in range(0, 900_000, 100_000) if offset != 300_000], False),
        ([(899_999, 1)], False),
        ([(899_999, 1000), (2_000_000, 100)], False),
    ],
)
@pytest.mark.parametrize("has_descriptors", [True, False])
def test_only_every_byte_sent_and_a_clean_close_make_a_whole_receipt(
    reads: list[tuple[int, int]], is_whole: bool, has_descriptors: bool
) -> None:
    async def script(bench: Bench) -> None:
        bench.store.has_descriptors = has_descriptors
        handle = await bench.open("/outgoing/a.csv")
        for offset, size in reads:
            bench.read(handle, offset, size)
        await bench.settle()
        for (offset, size), answer in zip(reads, bench.answers(), strict=True):
            if offset >= 900_000:
                assert answer.code == Status.EOF
            else:
                given = min(size, 261_120, 900_000 - offset)
                assert answer.text == CONTENT[offset : offset + given]
        assert (await bench.one(Message.CLOSE, handle)).code == Status.OK

    [receipt] = play(script).store.receipts
    assert receipt.is_clean
    assert receipt.is_full is is_whole


@pytest.mark.req("ATK-72")
def test_a_connection_lost_before_the_close_is_never_clean() -> None:
    async def script(bench: Bench) -> None:
        handle = await bench.open("/outgoing/a.csv")
        for offset in range(0, 900_000, 100_000):
            bench.read(handle, offset, 100_000)

    [receipt] = play(script).store.receipts
    assert receipt.is_full
    assert not receipt.is_clean


@pytest.mark.req("ATK-72")
def test_replies_that_the_peer_never_took_are_not_sent() -> None:
    async def script(bench: Bench) -> None:
        handle = await bench.open("/outgoing/a.csv")
        bench.room = 150_000
        for offset in range(0, 900_000, 100_000):
            bench.read(handle, offset, 100_000)
        bench.ask(Message.CLOSE, handle)
        await asyncio.sleep(0.1)

    [receipt] = play(script).store.receipts
    assert not receipt.is_clean
    assert list(receipt.sent) == [(0, 100_000)]


@pytest.mark.req("ATK-72")
def test_a_close_waits_until_the_peer_has_taken_what_was_read() -> None:
    async def script(bench: Bench) -> None:
        handle = await bench.open("/outgoing/a.csv")
        bench.room = 0
        bench.read(handle, 0, 100)
        bench.ask(Message.CLOSE, handle)
        await asyncio.sleep(0.02)
        assert bench.store.receipts == []
        bench.open_up(None)
        await bench.settle()
        assert [answer.kind for answer in bench.answers()] == [Message.DATA, Message.STATUS]

    [receipt] = play(script).store.receipts
    assert receipt.is_clean
    assert list(receipt.sent) == [(0, 100)]


@pytest.mark.req("ATK-25")
@pytest.mark.parametrize(
    ("offset", "size"),
    [(0, 0xFFFFFFFF), (1 << 63, 10), ((1 << 64) - 1, 0xFFFFFFFF), (899_999, 0xFFFFFFFF), (0, 0)],
)
def test_an_absurd_read_gets_a_bounded_answer(offset: int, size: int) -> None:
    async def script(bench: Bench) -> None:
        handle = await bench.open("/outgoing/a.csv")
        bench.read(handle, offset, size)
        [answer] = bench.answers()
        if offset >= 900_000 or not size:
            assert answer.code == Status.EOF
        else:
            assert len(answer.text) == min(261_120, 900_000 - offset)

    play(script)


def test_an_upload_with_writes_out_of_order_is_whole() -> None:
    async def script(bench: Bench) -> None:
        handle = await bench.open("/incoming/c", WRITE_NEW)
        for offset in (50_000, 0, 100_000, 150_000):
            bench.write_at(handle, offset, CONTENT[offset : offset + 50_000])
        assert [answer.code for answer in bench.answers()] == [Status.OK] * 4
        answer = await bench.one(Message.FSTAT, handle)
        assert answer.body[4:12] == UInt64(200_000)
        assert (await bench.one(Message.CLOSE, handle)).code == Status.OK

    assert play(script).store.files["/incoming/c"] == CONTENT[:200_000]


def test_neighbouring_writes_become_one() -> None:
    async def script(bench: Bench) -> None:
        handle = await bench.open("/incoming/c", WRITE_NEW)
        flight = b"".join(
            message(Message.WRITE, n, handle, UInt64(n * 1000), String(CONTENT[n * 1000 :][:1000]))
            for n in range(64)
        )
        bench.engine.feed(flight)
        assert [answer.code for answer in bench.answers()] == [Status.OK] * 64
        await bench.one(Message.CLOSE, handle)

    bench = play(script)
    assert bench.store.files["/incoming/c"] == CONTENT[:64_000]
    assert bench.store.writes == 1


def test_appending_ignores_the_offset() -> None:
    async def script(bench: Bench) -> None:
        handle = await bench.open("/incoming/b", OpenFlag.WRITE | OpenFlag.APPEND)
        bench.write_at(handle, 0, b" and")
        bench.write_at(handle, 0, b" yours")
        bench.answers()
        await bench.one(Message.CLOSE, handle)

    assert play(script).store.files["/incoming/b"] == b"mine and yours"


@pytest.mark.req("ATK-10")
def test_an_upload_over_quota_fails_at_the_write_and_never_completes() -> None:
    async def script(bench: Bench) -> None:
        bench.store.quota = 150_000
        handle = await bench.open("/incoming/c", WRITE_NEW)
        codes = []
        for offset in (0, 100_000, 50_000):
            bench.write_at(handle, offset, CONTENT[:100_000])
            codes += [answer.code for answer in bench.answers()]
        assert codes == [Status.OK, Status.FAILURE, Status.FAILURE]
        assert (await bench.one(Message.CLOSE, handle)).code == Status.FAILURE

    assert "/incoming/c" not in play(script).store.files


def test_an_upload_that_is_cut_off_keeps_its_part_only() -> None:
    async def script(bench: Bench) -> None:
        handle = await bench.open("/incoming/c", WRITE_NEW)
        bench.write_at(handle, 0, CONTENT[:1000])

    bench = play(script)
    assert "/incoming/c" not in bench.store.files
    assert bench.store.parts["/incoming/c"] == CONTENT[:1000]


@pytest.mark.parametrize("offset", [1 << 62, 1 << 63, (1 << 64) - 1])
def test_an_upload_cannot_reach_beyond_what_a_file_can_be(offset: int) -> None:
    async def script(bench: Bench) -> None:
        handle = await bench.open("/incoming/c", WRITE_NEW)
        bench.write_at(handle, offset, b"x")
        [answer] = bench.answers()
        assert answer.code == Status.FAILURE

    play(script)


# Malformed requests and bounds


@pytest.mark.req("ATK-29")
@pytest.mark.parametrize(
    "data",
    [
        UInt32(0),
        UInt32(4) + bytes(4),
        UInt32(262_145) + bytes(9),
        UInt32(0xFFFFFFFF) + bytes(9),
        message(Message.OPEN, 1),
        message(Message.OPEN, 1, UInt32(0xFFFFFFFF)),
        message(Message.OPEN, 1, String("/outgoing/a.csv")),
        message(Message.OPEN, 1, String("/a"), UInt32(1), UInt32(1), UInt32(0)),
        message(Message.READ, 1, String(b"\0\0\0\1")),
        message(Message.WRITE, 1, String(b"\0\0\0\1"), UInt64(0), UInt32(99)),
        message(Message.WRITE, 1, String(b"\0\0\0\1"), UInt64(0), String(bytes(261_121))),
        message(Message.CLOSE, 1),
        message(Message.RENAME, 1, String("/incoming/b")),
        message(Message.EXTENDED, 1),
        UInt32(5) + b"\x01" + UInt32(3),
    ],
)
def test_a_malformed_request_ends_the_session(data: bytes) -> None:
    async def script(bench: Bench) -> None:
        bench.engine.feed(data)
        await bench.settle()
        assert bench.broken
        bench.engine.feed(message(Message.STAT, 2, String("/")))
        await bench.settle()
        assert bench.answers() == []

    play(script)


@pytest.mark.parametrize(
    "data",
    [
        UInt32(5) + b"\x01" + UInt32(2),
        message(Message.STAT, 1, String("/")),
        message(Message.READ, 1, String("x"), UInt64(0), UInt32(1)),
        b"GET / HTTP/1.1\r\n\r\n",
    ],
)
def test_a_session_that_does_not_begin_as_it_must_ends(data: bytes) -> None:
    async def main() -> Bench:
        bench = Bench(Store())
        bench.engine.feed(data)
        await bench.settle()
        await bench.engine.lost()
        return bench

    assert asyncio.run(main()).broken


@pytest.mark.parametrize(
    "kind", [Message.CLOSE, Message.READ, Message.WRITE, Message.FSTAT, Message.READDIR]
)
def test_a_handle_that_is_not_open_is_refused(kind: Message) -> None:
    async def script(bench: Bench) -> None:
        for handle in (b"", b"\0\0\0\1", b"x" * 1000):
            answer = await bench.one(kind, String(handle), UInt64(0), String(b"data"))
            assert answer.code == Status.FAILURE

    play(script)


def test_a_handle_does_only_what_it_was_opened_for() -> None:
    async def script(bench: Bench) -> None:
        reading = await bench.open("/outgoing/a.csv")
        folder = (await bench.one(Message.OPENDIR, String("/outgoing"))).body
        writing = await bench.open("/incoming/c", WRITE_NEW)
        for kind, handle in (
            (Message.WRITE, reading),
            (Message.WRITE, folder),
            (Message.READ, writing),
            (Message.READ, folder),
            (Message.READDIR, reading),
        ):
            answer = await bench.one(kind, handle, UInt64(0), UInt32(0))
            assert answer.code == Status.FAILURE

    play(script)


@pytest.mark.req("ATK-25")
def test_the_65th_handle_is_refused_and_the_others_still_work() -> None:
    async def script(bench: Bench) -> None:
        handles = [(await bench.one(Message.OPENDIR, String("/outgoing"))).body for _ in range(64)]
        assert (await bench.one(Message.OPENDIR, String("/"))).code == Status.FAILURE
        opening = (String("/outgoing/a.csv"), UInt32(1), NO_ATTRIBUTES)
        assert (await bench.one(Message.OPEN, *opening)).code == Status.FAILURE
        assert (await bench.one(Message.CLOSE, handles[0])).code == Status.OK
        assert (await bench.one(Message.OPEN, *opening)).kind == Message.HANDLE

    play(script)


@pytest.mark.req("ATK-25", "ATK-28")
def test_a_peer_that_takes_nothing_makes_us_hold_next_to_nothing() -> None:
    async def script(bench: Bench) -> None:
        handle = await bench.open("/outgoing/a.csv")
        bench.room = 0
        for _ in range(1200):
            bench.read(handle, 0, 50_000)
        assert bench.unsent() < (1 << 20) + 2 * 262_144
        assert not bench.is_reading
        bench.answers()
        bench.open_up(None)
        assert bench.is_reading
        assert len(bench.answers()) == 1200

    play(script)


def test_answers_keep_the_order_of_their_requests() -> None:
    async def script(bench: Bench) -> None:
        handle = await bench.open("/outgoing/a.csv")
        flight = b"".join(
            (
                message(Message.STAT, 1, String("/")),
                message(Message.READ, 2, handle, UInt64(0), UInt32(10)),
                message(Message.REALPATH, 3, String(".")),
                message(Message.STAT, 4, String("/nowhere")),
                message(Message.CLOSE, 5, handle),
                message(Message.READ, 6, handle, UInt64(0), UInt32(10)),
            )
        )
        for byte in flight:
            bench.engine.feed(bytes([byte]))
        await bench.settle()
        assert [answer.number for answer in bench.answers()] == [1, 2, 3, 4, 5, 6]

    play(script)


@pytest.mark.req("ATK-29")
def test_a_fault_behind_one_request_is_answered_and_the_session_goes_on(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def script(bench: Bench) -> None:
        bench.store.crash_on = "a.csv"
        answer = await bench.one(Message.STAT, String("/outgoing/a.csv"))
        assert answer.code == Status.FAILURE
        assert b"planted" not in answer.body
        assert (await bench.one(Message.STAT, String("/"))).kind == Message.ATTRS

    play(script)
    assert "visit-1" in caplog.text


def test_the_end_of_input_is_answered_with_a_goodbye() -> None:
    async def script(bench: Bench) -> None:
        bench.ask(Message.STAT, String("/"))
        bench.engine.ended()
        assert not bench.is_finished
        await bench.settle()
        assert bench.is_finished
        assert [answer.kind for answer in bench.answers()] == [Message.ATTRS]

    play(script)


def test_the_limits_are_told() -> None:
    async def script(bench: Bench) -> None:
        answer = await bench.one(Message.EXTENDED, String("limits@openssh.com"))
        assert answer.body == b"".join(map(UInt64, (262_144, 261_120, 261_120, 64)))
        answer = await bench.one(Message.EXTENDED, String("statvfs@openssh.com"), String("/"))
        assert answer.kind == Message.EXTENDED_REPLY
        assert len(answer.body) == 88

    play(script)


@pytest.mark.req("ATK-29")
@given(
    st.lists(
        st.tuples(
            st.integers(0, 255),
            st.lists(st.binary(max_size=30).map(String) | st.binary(max_size=9)),
        ),
        max_size=12,
    )
)
def test_no_sequence_of_requests_breaks_more_than_its_session(
    requests: list[tuple[int, list[bytes]]],
) -> None:
    async def script(bench: Bench) -> None:
        for kind, parts in requests:
            bench.ask(kind, *parts)
        await bench.settle()

    bench = play(script)
    assert bench.store.files["/outgoing/a.csv"] == CONTENT


@given(st.binary(max_size=300), st.integers(1, 40))
def test_any_split_of_the_stream_gives_the_same_requests(data: bytes, step: int) -> None:
    stream = b"".join(message(5, n, data[: n * 7]) for n in range(6))
    whole = wire.RequestStream(1000).feed(stream)
    cutter = wire.RequestStream(1000)
    parts = [cutter.feed(stream[at : at + step]) for at in range(0, len(stream), step)]
    pieces = [request for part in parts for request in part]
    assert [(r.kind, r.number, bytes(r.body)) for r in pieces] == [
        (r.kind, r.number, bytes(r.body)) for r in whole
    ]
