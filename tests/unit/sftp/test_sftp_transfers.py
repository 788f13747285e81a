"""The engine's transfers by themselves: bytes both ways, and what makes a receipt."""

import asyncio

import pytest
from asyncssh.packet import String, UInt64
from strongroom_formats.sftp_numbers import Message, OpenFlag, Status

from tests.unit.sftp.engine_bench import CONTENT, WRITE_NEW, Bench, message, play


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
