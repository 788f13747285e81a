"""The engine's bounds by themselves: malformed requests, handles, order, faults."""

import asyncio

import pytest
from asyncssh.packet import String, UInt32, UInt64
from hypothesis import given
from hypothesis import strategies as st
from strongroom.gateways.sftp import wire
from strongroom_formats.sftp_numbers import Message, Status

from tests.unit.sftp.doubles import Store
from tests.unit.sftp.engine_bench import CONTENT, NO_ATTRIBUTES, WRITE_NEW, Bench, message, play


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
