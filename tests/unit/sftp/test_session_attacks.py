"""What a hostile client may try once it is logged in: windows, sizes, channels, never reading."""

import asyncio
import os
import socket
import struct
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from asyncssh.packet import Boolean, String, UInt32, UInt64
from strongroom_formats.sftp_numbers import Message

from tests.unit.sftp import raw_client as raw
from tests.unit.sftp.doubles import memory_file
from tests.unit.sftp.engine_bench import NO_ATTRIBUTES, message
from tests.unit.sftp.raw_client import RawClient
from tests.unit.sftp.running import Running, running, settings

INIT = UInt32(5) + b"\x01" + UInt32(3)
OPEN_A = message(Message.OPEN, 1, String("/outgoing/a.csv"), UInt32(1), NO_ATTRIBUTES)
FIRST_HANDLE = String(UInt32(1))


def play(run: Running, script: Callable[[RawClient], Awaitable[object]]) -> object:
    """Run a script against the gateway and return what it returns."""

    async def main() -> object:
        async with raw.raw_client(run) as client:
            return await script(client)

    return asyncio.run(main())


async def ended(client: RawClient) -> bool:
    """Whether the server ends the connection now, with or without a word."""
    return (await client.until(raw.DISCONNECT))[0] in {raw.DISCONNECT, raw.OVER[0]}


def others_are_served(run: Running) -> None:
    """A recipient who does nothing wrong still comes in (ATK-29)."""

    async def script(client: RawClient) -> None:
        await client.start_sftp()
        client.data(INIT)
        assert (await client.until(raw.CHANNEL_DATA))[0] == raw.CHANNEL_DATA

    play(run, script)


def resident_bytes() -> int:
    """How much memory this process has in use."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.req("ATK-26")
@pytest.mark.parametrize(
    ("name", "rest"),
    [
        ("shell", ()),
        ("exec", (String("id"),)),
        ("exec", (String("scp -t /incoming"),)),
        ("exec", (String("/usr/lib/openssh/sftp-server"),)),
        ("subsystem", (String("netconf"),)),
        ("subsystem", (String("SFTP"),)),
        ("subsystem", (String(b"\xff"),)),
        ("env", (String("LD_PRELOAD"), String("/tmp/x.so"))),
        ("pty-req", (String("xterm"), *[UInt32(1)] * 4, String(b"\0"))),
        ("x11-req", (Boolean(False), String("MIT"), String("00"), UInt32(0))),
        ("auth-agent-req@openssh.com", ()),
        ("signal", (String("KILL"),)),
        ("window-change", (UInt32(1),) * 4),
        ("break", (UInt32(1),)),
        ("no-such-request", (String("x"),)),
        ("init", ()),
    ],
)
def test_everything_but_sftp_is_refused_on_a_channel(
    gateway: Running, name: str, rest: tuple[bytes, ...]
) -> None:
    async def script(client: RawClient) -> int:
        await client.log_in()
        await client.open_session()
        client.channel_request(name, *rest)
        return (await client.until(raw.CHANNEL_SUCCESS, raw.CHANNEL_FAILURE))[0]

    assert play(gateway, script) == raw.CHANNEL_FAILURE
    is_named = name != "env" and rest != (String(b"\xff"),)
    assert bool(gateway.door.refusals) is is_named


@pytest.mark.req("ATK-26")
@pytest.mark.parametrize(
    ("name", "rest"),
    [
        ("tcpip-forward", (String(""), UInt32(0))),
        ("cancel-tcpip-forward", (String(""), UInt32(1))),
        ("streamlocal-forward@openssh.com", (String("/tmp/x"),)),
        ("cancel-streamlocal-forward@openssh.com", (String("/tmp/x"),)),
        ("no-such-request", ()),
        ("hostkeys-prove-00@openssh.com", (String(b"x" * 5000),)),
    ],
)
def test_forwarding_and_unknown_global_requests_are_refused(
    gateway: Running, name: str, rest: tuple[bytes, ...]
) -> None:
    async def script(client: RawClient) -> int:
        await client.log_in()
        client.send(raw.GLOBAL_REQUEST, String(name), Boolean(True), *rest)
        return (await client.until(raw.REQUEST_SUCCESS, raw.REQUEST_FAILURE))[0]

    assert play(gateway, script) == raw.REQUEST_FAILURE
    assert len(gateway.door.refusals) == 1


@pytest.mark.req("ATK-26")
@pytest.mark.parametrize(
    ("kind", "rest"),
    [
        ("direct-tcpip", (String("127.0.0.1"), UInt32(22), String(""), UInt32(0))),
        ("direct-streamlocal@openssh.com", (String("/run/x"), String(""), UInt32(0))),
        ("forwarded-tcpip", (String("x"), UInt32(1), String(""), UInt32(0))),
        ("x11", (String("x"), UInt32(1))),
        ("auth-agent@openssh.com", ()),
        ("tun@openssh.com", (UInt32(1), UInt32(1))),
        (b"\xff", ()),
    ],
)
def test_only_session_channels_open(
    gateway: Running, kind: str | bytes, rest: tuple[bytes, ...]
) -> None:
    async def script(client: RawClient) -> int:
        await client.log_in()
        client.send(raw.CHANNEL_OPEN, String(kind), UInt32(0), UInt32(9999), UInt32(32768), *rest)
        return (await client.until(raw.CHANNEL_OPENED, raw.CHANNEL_OPEN_FAILURE))[0]

    assert play(gateway, script) == raw.CHANNEL_OPEN_FAILURE
    assert len(gateway.door.refusals) == 1


@pytest.mark.req("ATK-26")
def test_refused_requests_cannot_go_on_for_ever(tmp_path: Path) -> None:
    with running(tmp_path, settings(refused_requests_most=20)) as run:

        async def script(client: RawClient) -> bool:
            await client.log_in()
            for _ in range(40):
                client.send(raw.GLOBAL_REQUEST, String("x"), Boolean(False))
            return await ended(client)

        assert play(run, script)
        assert len(run.door.refusals) == 20


@pytest.mark.req("ATK-25")
def test_one_session_at_a_time_and_not_endlessly_many(gateway: Running) -> None:
    async def script(client: RawClient) -> list[int]:
        await client.log_in()
        heard = []
        for number in range(40):
            client.send(
                raw.CHANNEL_OPEN, String("session"), UInt32(number), UInt32(9999), UInt32(32768)
            )
            heard.append((await client.until(raw.CHANNEL_OPENED, raw.CHANNEL_OPEN_FAILURE))[0])
        return heard

    assert play(gateway, script) == [raw.CHANNEL_OPENED] + [raw.CHANNEL_OPEN_FAILURE] * 39


@pytest.mark.req("ATK-25")
def test_sftp_starts_once_in_a_session(gateway: Running) -> None:
    async def script(client: RawClient) -> int:
        await client.start_sftp()
        client.channel_request("subsystem", String("sftp"))
        return (await client.until(raw.CHANNEL_SUCCESS, raw.CHANNEL_FAILURE))[0]

    assert play(gateway, script) == raw.CHANNEL_FAILURE


@pytest.mark.req("ATK-24")
@pytest.mark.parametrize("packet", [0, 1, 1023])
def test_a_channel_of_tiny_packets_ends_the_connection(gateway: Running, packet: int) -> None:
    async def script(client: RawClient) -> bool:
        await client.log_in()
        client.send(raw.CHANNEL_OPEN, String("session"), UInt32(0), UInt32(9), UInt32(packet))
        return await ended(client)

    assert play(gateway, script)
    others_are_served(gateway)


@pytest.mark.req("ATK-24")
def test_a_window_of_nothing_gets_nothing_until_it_grows(gateway: Running) -> None:
    gateway.store.files["/outgoing/a.csv"] = b"content"

    async def script(client: RawClient) -> bytes:
        await client.start_sftp(window=0)
        client.data(INIT + OPEN_A)
        client.data(message(Message.READ, 2, FIRST_HANDLE, UInt64(0), UInt32(7)))
        with pytest.raises(TimeoutError):
            await client.until(raw.CHANNEL_DATA, seconds=0.1)
        client.send(raw.CHANNEL_WINDOW, UInt32(0), UInt32(100_000))
        heard = b""
        while not heard.endswith(b"content"):
            heard += (await client.until(raw.CHANNEL_DATA))[1][9:]
        return heard

    assert play(gateway, script)


@pytest.mark.req("ATK-24")
def test_a_window_that_overflows_ends_the_connection(gateway: Running) -> None:
    async def script(client: RawClient) -> bool:
        await client.start_sftp(window=0xFFFFFFFF)
        client.send(raw.CHANNEL_WINDOW, UInt32(0), UInt32(1))
        return await ended(client)

    assert play(gateway, script)


@pytest.mark.req("ATK-24")
@pytest.mark.parametrize(
    ("kind", "parts"),
    [
        (raw.CHANNEL_DATA, (UInt32(0),)),
        (raw.CHANNEL_DATA, (UInt32(0), UInt32(0xFFFFFFFF))),
        (raw.CHANNEL_DATA, (UInt32(7), String("x"))),
        (raw.CHANNEL_DATA, ()),
        (95, (UInt32(0), UInt32(1), String("x"))),
        (raw.CHANNEL_WINDOW, (UInt32(0),)),
        (raw.CHANNEL_REQUEST, (UInt32(0), String("subsystem"))),
        (raw.CHANNEL_OPEN, (String("session"),)),
        (raw.CHANNEL_SUCCESS, (UInt32(0),)),
        (raw.CHANNEL_OPENED, (UInt32(0), UInt32(0), UInt32(9), UInt32(9999))),
        (raw.GLOBAL_REQUEST, ()),
        (raw.REQUEST_SUCCESS, ()),
    ],
)
def test_a_broken_message_ends_only_that_connection(
    gateway: Running, kind: int, parts: tuple[bytes, ...]
) -> None:
    async def script(client: RawClient) -> bool:
        await client.start_sftp()
        client.data(INIT)
        await client.until(raw.CHANNEL_DATA)
        client.send(kind, *parts)
        return await ended(client)

    assert play(gateway, script)
    others_are_served(gateway)


@pytest.mark.req("ATK-24")
@pytest.mark.parametrize("size", [70_000, 250_000])
def test_a_packet_larger_than_agreed_ends_the_connection(gateway: Running, size: int) -> None:
    async def script(client: RawClient) -> bool:
        await client.start_sftp()
        client.data(INIT + UInt32(200_000) + bytes(size))
        return await ended(client)

    assert play(gateway, script)
    others_are_served(gateway)


@pytest.mark.req("ATK-29")
@pytest.mark.parametrize(
    "data",
    [UInt32(0), UInt32(0xFFFFFFFF) + bytes(9), INIT + INIT, message(Message.STAT, 1, String("/"))],
)
def test_a_malformed_sftp_message_ends_only_that_connection(gateway: Running, data: bytes) -> None:
    async def script(client: RawClient) -> bool:
        await client.start_sftp()
        client.data(data)
        return await ended(client)

    assert play(gateway, script)
    gateway.wait_for(lambda: gateway.door.visits[0].left_because)
    assert gateway.door.visits[0].left_because[0].startswith("protocol broken")
    others_are_served(gateway)


@pytest.mark.req("ATK-25", "ATK-28")
@pytest.mark.parametrize("window", [0, 0xFFFFFFFF])
def test_half_a_gigabyte_asked_for_and_never_read_costs_little_memory(
    tmp_path: Path, window: int
) -> None:
    with running(tmp_path, settings(stall_seconds=0.6)) as run:
        run.store.files["/outgoing/a.csv"] = memory_file(32 << 20)

        async def script(client: RawClient) -> int:
            await client.start_sftp(window=window)
            client.data(INIT + OPEN_A)
            before = resident_bytes()
            client.connection._transport.pause_reading()
            flight = b"".join(
                message(Message.READ, 2 + n, FIRST_HANDLE, UInt64(n % 128 * 261120), UInt32(261120))
                for n in range(2100)
            )
            for at in range(0, len(flight), 30_000):
                client.data(flight[at : at + 30_000])
            most = 0
            for _ in range(20):
                await asyncio.sleep(0.02)
                most = max(most, resident_bytes() - before)
            return most

        grown = play(run, script)
        assert isinstance(grown, int)
        assert grown < 30 << 20
        run.wait_for(lambda: run.store.receipts)
        assert not run.store.receipts[0].is_clean


@pytest.mark.req("ATK-25")
def test_replies_pile_up_no_more_while_keys_are_being_changed(tmp_path: Path) -> None:
    with running(tmp_path, settings(rekey_grace_seconds=0.5)) as run:
        run.store.files["/outgoing/a.csv"] = memory_file(8 << 20)

        async def script(client: RawClient) -> int:
            await client.start_sftp(window=0xFFFFFFFF)
            client.data(INIT + OPEN_A)
            await client.until(raw.CHANNEL_DATA)
            before = resident_bytes()
            connection = client.connection
            # A key exchange that the client begins and never finishes, while it goes on asking.
            connection._send_kexinit()
            connection._kex_complete = True
            for n in range(600):
                client.data(message(Message.READ, n, FIRST_HANDLE, UInt64(0), UInt32(261120)))
            connection.process_packet = lambda *_: True
            await asyncio.sleep(0.2)
            grown = resident_bytes() - before
            assert await ended(client)
            return grown

        grown = play(run, script)
        assert isinstance(grown, int)
        assert grown < 30 << 20


@pytest.mark.req("ATK-28")
def test_a_client_that_never_reads_is_freed_by_a_time_limit(tmp_path: Path) -> None:
    with running(tmp_path, settings(stall_seconds=0.4)) as run:
        run.store.files["/outgoing/a.csv"] = memory_file(4 << 20)

        async def script(client: RawClient) -> None:
            await client.start_sftp(window=0)
            client.data(INIT + OPEN_A)
            await ended(client)

        play(run, script)
        run.wait_for(lambda: run.door.visits[0].left_because)
        assert run.door.visits[0].left_because == ["stalled"]


@pytest.mark.req("ATK-28")
def test_a_session_that_asks_nothing_ends_after_a_while(tmp_path: Path) -> None:
    with running(tmp_path, settings(idle_seconds=0.3)) as run:

        async def script(client: RawClient) -> bytes:
            await client.start_sftp()
            for _ in range(3):
                client.send(raw.GLOBAL_REQUEST, String("keepalive@openssh.com"), Boolean(True))
                assert (await client.until(raw.REQUEST_SUCCESS))[0] == raw.REQUEST_SUCCESS
            return (await client.until(raw.DISCONNECT))[1]

        heard = play(run, script)
        assert isinstance(heard, bytes)
        assert b"Nothing was asked" in heard
        run.wait_for(lambda: run.door.visits[0].left_because)
        assert run.door.visits[0].left_because == ["idle"]


@pytest.mark.req("ATK-29")
def test_a_connection_torn_down_in_the_middle_leaves_nothing_open(gateway: Running) -> None:
    gateway.store.files["/outgoing/a.csv"] = memory_file(8 << 20)

    async def script(client: RawClient) -> None:
        await client.start_sftp(window=0xFFFFFFFF)
        client.data(INIT + OPEN_A)
        for n in range(100):
            client.data(message(Message.READ, n, FIRST_HANDLE, UInt64(0), UInt32(261120)))
        sock = client.connection._transport.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        await client.until(raw.CHANNEL_DATA)

    for _ in range(5):
        play(gateway, script)
    gateway.wait_for(lambda: all(visit.left_because for visit in gateway.door.visits))
    assert len(gateway.store.receipts) == 5
    assert not any(receipt.is_clean for receipt in gateway.store.receipts)
    others_are_served(gateway)


@pytest.mark.req("ATK-34", "ATK-41")
def test_a_visit_that_may_not_go_on_is_cut_off_within_a_second(gateway: Running) -> None:
    async def script(client: RawClient) -> bytes:
        await client.start_sftp()
        gateway.door.cut.add("*")
        return (await client.until(raw.DISCONNECT, seconds=1.0))[1]

    heard = play(gateway, script)
    assert isinstance(heard, bytes)
    assert b"Your access has changed" in heard
    gateway.wait_for(lambda: gateway.door.visits[0].left_because)
    assert gateway.door.visits[0].left_because == ["cut off"]
