"""Who gets as far as the version line: silence, caps, proxies, and the end of a server."""

import asyncio
import ipaddress
import os
import resource
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from time import monotonic

import pytest
from strongroom.gateways.sftp.admission import HalfOpen
from strongroom.visits.ports import Admission, Caller

from tests.unit.sftp.doubles import memory_file
from tests.unit.sftp.running import Running, running, settings

LOOPBACK = (ipaddress.ip_network("127.0.0.0/8"),)
HELLO = b"SSH-2.0-Strongroom\r\n"


@contextmanager
def plug(port: int, host: str = "127.0.0.1") -> Iterator[socket.socket]:
    with socket.create_connection((host, port), timeout=5) as sock:
        yield sock


def is_over(sock: socket.socket, seconds: float = 5.0) -> bool:
    """Whether the server hangs up within the time."""
    sock.settimeout(seconds)
    try:
        while sock.recv(4096):
            pass
    except ConnectionError:
        return True
    except TimeoutError:
        return False
    return True


@pytest.mark.req("SFTP-5", "ATK-30")
def test_an_address_on_no_list_hears_nothing_at_all(tmp_path: Path) -> None:
    with running(tmp_path, settings(silence_seconds=0.5)) as run:
        run.door.is_silent = True
        with plug(run.port) as sock:
            sock.sendall(b"SSH-2.0-x\r\n" * 3)
            sock.settimeout(0.3)
            with pytest.raises(TimeoutError):
                sock.recv(1)
            assert is_over(sock)


@pytest.mark.req("ATK-23", "ATK-30")
def test_the_silent_room_is_bounded_and_partners_still_come_in(tmp_path: Path) -> None:
    with running(tmp_path, settings(silent_most=3, half_open_most=2)) as run, ExitStack() as stack:
        run.door.is_silent = True
        held = [stack.enter_context(plug(run.port)) for _ in range(8)]
        run.wait_for(lambda: len(run.door.callers) == 8)
        assert all(is_over(sock) for sock in held[:5])
        run.door.is_silent = False
        with plug(run.port) as sock:
            assert sock.recv(100) == HELLO
        assert not any(is_over(sock, 0.05) for sock in held[5:])


@pytest.mark.req("ATK-23")
def test_a_silent_stranger_who_leaves_gives_the_place_back(tmp_path: Path) -> None:
    with running(tmp_path, settings(silent_most=1, silence_seconds=60.0)) as run:
        run.door.is_silent = True
        with plug(run.port) as sock:
            sock.sendall(b"SSH-2.0-x\r\n")
            sock.shutdown(socket.SHUT_WR)
            assert is_over(sock)


@contextmanager
def no_descriptor_left() -> Iterator[None]:
    """This process, and so the gateway in it, has every file open that it may."""
    usual = resource.getrlimit(resource.RLIMIT_NOFILE)
    highest = max(int(name) for name in os.listdir("/proc/self/fd"))
    resource.setrlimit(resource.RLIMIT_NOFILE, (highest + 1, usual[1]))
    taken = []
    try:
        with suppress(OSError):
            while True:
                taken.append(os.open("/dev/null", os.O_RDONLY))
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, usual)
        for descriptor in taken:
            os.close(descriptor)


@pytest.mark.req("ATK-23", "ATK-30")
def test_strangers_give_way_to_partners_when_descriptors_run_short(tmp_path: Path) -> None:
    with running(tmp_path) as run, ExitStack() as stack:
        run.door.is_silent = True
        held = [stack.enter_context(plug(run.port)) for _ in range(3)]
        run.wait_for(lambda: len(run.door.callers) == 3)
        run.door.is_silent = False
        partner = stack.enter_context(closing(socket.socket()))
        partner.settimeout(5)
        with no_descriptor_left():
            partner.connect(("127.0.0.1", run.port))
            assert partner.recv(100) == HELLO
        assert is_over(held[0])
        assert not is_over(held[2], 0.05)


@pytest.mark.req("ATK-23", "ATK-35")
def test_a_source_that_the_door_lets_wait_cannot_gather_connections(tmp_path: Path) -> None:
    with running(tmp_path, settings(arriving_per_source_most=3)) as run, ExitStack() as stack:
        is_answered, admit = threading.Event(), run.door.admit

        async def slowly(caller: Caller) -> Admission:
            verdict = await admit(caller)
            await asyncio.to_thread(is_answered.wait, 10)
            return verdict

        run.door.admit = slowly  # type: ignore[method-assign]
        held = [stack.enter_context(plug(run.port)) for _ in range(6)]
        run.wait_for(lambda: len(run.door.callers) == 3)
        elsewhere = socket.create_connection(
            ("127.0.0.1", run.port), timeout=5, source_address=("127.0.0.2", 0)
        )
        stack.enter_context(elsewhere)
        run.wait_for(lambda: len(run.door.callers) == 4)
        is_answered.set()
        assert [sock.recv(100) for sock in (*held[:3], elsewhere)] == [HELLO] * 4
        assert not any(is_over(sock, 0.05) for sock in held[3:])
        assert len(run.door.callers) == 4
        with plug(run.port) as sock:
            assert sock.recv(100) == HELLO


@pytest.mark.req("ATK-23", "ATK-35")
def test_half_open_connections_are_capped_per_source_and_freed(tmp_path: Path) -> None:
    with running(tmp_path, settings(half_open_per_source_most=3)) as run:
        with ExitStack() as stack:
            held = [stack.enter_context(plug(run.port)) for _ in range(3)]
            assert [sock.recv(100) for sock in held] == [HELLO] * 3
            with plug(run.port) as fourth:
                assert fourth.recv(100) == b""
            with socket.create_connection(
                ("127.0.0.1", run.port), timeout=5, source_address=("127.0.0.2", 0)
            ) as other:
                assert other.recv(100) == HELLO
        run.wait_for(lambda: len(run.door.turned) == 4)
        with plug(run.port) as sock:
            assert sock.recv(100) == HELLO


@pytest.mark.req("ATK-23")
def test_logged_in_sessions_take_no_half_open_places(tmp_path: Path) -> None:
    with running(tmp_path, settings(half_open_most=2)) as run:

        async def main() -> int:
            connections = [await run.connect() for _ in range(6)]
            for connection in connections:
                connection.close()
                await connection.wait_closed()
            return len(connections)

        assert asyncio.run(main()) == 6


@pytest.mark.req("ATK-35")
def test_a_source_is_an_address_or_a_slash_64() -> None:
    places = HalfOpen(most=10, per_source_most=1)
    assert places.enter(ipaddress.ip_address("2001:db8::1"))
    assert not places.enter(ipaddress.ip_address("2001:db8::ffff"))
    assert places.enter(ipaddress.ip_address("2001:db8:0:1::1"))
    assert places.enter(ipaddress.ip_address("192.0.2.1"))
    assert places.enter(ipaddress.ip_address("192.0.2.2"))
    places.leave(ipaddress.ip_address("2001:db8::2"))
    assert places.enter(ipaddress.ip_address("2001:db8::3"))
    assert len(places) == 4


def proxy_header(address: str, port: int) -> bytes:
    """A PROXY header of version 2 for a TCP client."""
    source = ipaddress.ip_address(address)
    family, target = (0x11, bytes(4)) if source.version == 4 else (0x21, bytes(16))
    block = source.packed + target + struct.pack(">HH", port, 32)
    head = b"\r\n\r\n\0\r\nQUIT\n\x21" + bytes([family])
    return head + struct.pack(">H", len(block)) + block


@pytest.mark.req("ATK-33")
@pytest.mark.parametrize("address", ["203.0.113.9", "2001:db8::9"])
def test_a_named_proxy_states_the_real_address(tmp_path: Path, address: str) -> None:
    with running(tmp_path, settings(trusted_proxies=LOOPBACK)) as run, plug(run.port) as sock:
        header = proxy_header(address, 4711)
        sock.sendall(header[:10])
        sock.sendall(header[10:] + b"SSH-2.0-x\r\n")
        assert sock.recv(len(HELLO)) == HELLO
        [caller] = run.door.callers
        assert (str(caller.address), caller.port) == (address, 4711)
        # What came in the same breath was left for SSH: it answers the version line.
        assert sock.recv(100)


@pytest.mark.req("ATK-33")
@pytest.mark.parametrize(
    "data",
    [
        b"SSH-2.0-x\r\n" * 4,
        b"PROXY TCP4 1.2.3.4 1.2.3.4 1 2\r\n",
        b"\r\n\r\n\0\r\nQUIT\n\x21\x11\xff\xff" + bytes(100),
        b"",
        b"\r\n\r\n\0",
    ],
)
def test_a_named_proxy_without_a_sound_header_is_hung_up_on(tmp_path: Path, data: bytes) -> None:
    limits = settings(trusted_proxies=LOOPBACK, proxy_header_seconds=0.2)
    with running(tmp_path, limits) as run, plug(run.port) as sock:
        sock.sendall(data)
        assert is_over(sock)
        assert run.door.callers == []


@pytest.mark.req("ATK-33")
def test_a_header_from_anyone_else_or_twice_is_not_believed(
    tmp_path: Path, gateway: Running
) -> None:
    header = proxy_header("203.0.113.9", 4711)
    with plug(gateway.port) as sock:
        sock.sendall(header + b"SSH-2.0-x\r\n")
        assert is_over(sock)
        assert str(gateway.door.callers[0].address) == "127.0.0.1"
    (tmp_path / "twice").mkdir()
    trusting = settings(trusted_proxies=LOOPBACK)
    with running(tmp_path / "twice", trusting) as run, plug(run.port) as sock:
        sock.sendall(header + proxy_header("198.51.100.1", 1))
        assert is_over(sock)


@pytest.mark.req("DEL-15")
def test_both_families_are_served(tmp_path: Path) -> None:
    if not socket.has_dualstack_ipv6():
        pytest.skip("this machine has no IPv6")
    with running(tmp_path, settings(listen=("127.0.0.1:0", "[::1]:0"))) as run:
        for host, port in run.ports:
            with plug(port, host) as sock:
                assert sock.recv(100) == HELLO
        assert [str(caller.address) for caller in run.door.callers] == ["127.0.0.1", "::1"]


@pytest.mark.parametrize("place", ["127.0.0.1:x", "nowhere:1", "127.0.0.1", "192.0.2.1:1"])
def test_a_place_that_cannot_be_listened_on_stops_the_start(tmp_path: Path, place: str) -> None:
    with (
        pytest.raises((ValueError, OSError)),
        running(tmp_path, settings(listen=("127.0.0.1:0", place))),
    ):
        pass


def test_a_server_that_stops_says_so_and_forgets_nobody(tmp_path: Path) -> None:
    with running(tmp_path) as run:
        run.store.files["/outgoing/a.csv"] = memory_file(100)

        async def main() -> None:
            async with run.connect() as conn, conn.start_sftp_client() as sftp:
                await sftp.open("/outgoing/a.csv", "rb")
                run.stop()
                await asyncio.wait_for(conn.wait_closed(), 5)

        begun = monotonic()
        asyncio.run(main())
    assert monotonic() - begun < 3
    assert [visit.left_because for visit in run.door.visits] == [["server stopping"]]
    assert [receipt.is_clean for receipt in run.store.receipts] == [False]


@pytest.mark.req("ATK-23")
def test_connections_that_come_and_go_are_each_on_record_once(gateway: Running) -> None:
    for _ in range(20):
        with plug(gateway.port) as sock:
            sock.recv(100)
    gateway.wait_for(lambda: len(gateway.door.turned) == 20)
    assert {cause for _, _, cause in gateway.door.turned} == {"left before the login"}
