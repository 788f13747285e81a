"""What a hostile client may try before there are keys, byte by byte on a plain socket."""

import asyncio
import struct
from pathlib import Path

import pytest
from asyncssh.packet import String, UInt32

from tests.unit.sftp import raw_client as raw
from tests.unit.sftp.running import Running, running, settings


def plain(message: bytes) -> bytes:
    """One SSH packet without a cipher (RFC 4253, section 6)."""
    padding = 8 - (len(message) + 5) % 8
    padding += 8 if padding < 4 else 0
    body = bytes([padding]) + message + bytes(padding)
    return struct.pack(">I", len(body)) + body


def kexinit(*, is_strict: bool = True) -> bytes:
    """A key exchange offer that this server can take."""
    kex = "curve25519-sha256" + (",kex-strict-c-v00@openssh.com" if is_strict else "")
    cipher = "aes256-gcm@openssh.com"
    names = [kex, "ssh-ed25519", cipher, cipher, "", "", "none", "none", "", ""]
    lists = b"".join(String(name) for name in names)
    return b"\x14" + bytes(16) + lists + b"\0" + UInt32(0)


async def after(run: Running, data: bytes, seconds: float = 5.0) -> bytes:
    """Send bytes and return all that comes until the server hangs up."""
    reader, writer = await asyncio.open_connection("127.0.0.1", run.port)
    try:
        writer.write(data)
        return await asyncio.wait_for(_all(reader), seconds)
    finally:
        writer.close()


async def _all(reader: asyncio.StreamReader) -> bytes:
    heard = b""
    try:
        while part := await reader.read(65536):
            heard += part
    except ConnectionError:
        pass
    return heard


HELLO = b"SSH-2.0-test\r\n"
PUBLIC = b"\x1e" + String(bytes([9] + 31 * [0]))


@pytest.mark.req("ATK-13")
@pytest.mark.parametrize(
    "packets",
    [
        (b"\x02" + String("x"), kexinit()),
        (b"\x04\0" + String("x") + String(""), kexinit()),
        (b"\x03" + UInt32(0), kexinit()),
        (kexinit(), b"\x02" + String("x")),
        (kexinit(), PUBLIC, b"\x02" + String("x")),
        (kexinit(), PUBLIC, b"\x04\0" + String("x") + String("")),
        (kexinit(), kexinit()),
        (kexinit(), b"\x15"),
        (b"\x15",),
        (b"\x05" + String("ssh-userauth"),),
        (kexinit(), PUBLIC, b"\xc0"),
    ],
)
def test_a_message_slipped_into_the_key_exchange_is_fatal(
    gateway: Running, packets: tuple[bytes, ...]
) -> None:
    heard = asyncio.run(after(gateway, HELLO + b"".join(map(plain, packets))))
    assert heard.startswith(b"SSH-2.0-Strongroom\r\n")


@pytest.mark.req("ATK-23", "ATK-24")
@pytest.mark.parametrize(
    "data",
    [
        b"A" * 65536,
        b"SSH-2.0-" + b"A" * 300 + b"\r\n",
        b"SSH-1.5-old\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"\xff\xfe\r\n",
        HELLO + struct.pack(">I", 0) + bytes(12),
        HELLO + struct.pack(">I", 1) + bytes(12),
        HELLO + struct.pack(">I", 65537) + bytes(12),
        HELLO + struct.pack(">I", 0xFFFFFFFF) + bytes(12),
        HELLO + plain(b"\x14" + bytes(16) + UInt32(0xFFFFFFFF)),
        HELLO + plain(kexinit()[:40]),
    ],
)
def test_nonsense_before_the_login_ends_only_that_connection(gateway: Running, data: bytes) -> None:
    asyncio.run(after(gateway, data))

    async def log_in() -> None:
        async with raw.raw_client(gateway) as client:
            await client.log_in()

    asyncio.run(log_in())


@pytest.mark.req("ATK-23")
def test_no_login_within_the_grace_time_ends_the_connection(tmp_path: Path) -> None:
    with running(tmp_path, settings(login_grace_seconds=0.3)) as run:
        assert asyncio.run(after(run, HELLO)).startswith(b"SSH-2.0-")
        assert asyncio.run(after(run, b"")).startswith(b"SSH-2.0-")
        run.wait_for(lambda: len(run.door.turned) == 2)


def test_the_version_line_names_no_library(gateway: Running) -> None:
    heard = asyncio.run(after(gateway, b"quit\r\n"))
    assert heard == b"SSH-2.0-Strongroom\r\n"


@pytest.mark.req("ATK-27")
def test_no_compression_and_only_sound_algorithms_are_offered(gateway: Running) -> None:
    heard = asyncio.run(after(gateway, HELLO + b"\0\0\0\0" + bytes(12)))
    offer = heard[len(b"SSH-2.0-Strongroom\r\n") :]
    for name in (b"zlib", b"-cbc", b"arcfour", b"sha1", b"md5", b"group1-", b"umac", b"ssh-rsa"):
        assert name not in offer
    assert b"kex-strict-s-v00@openssh.com" in offer
    assert offer.index(b"aes256-gcm") < offer.index(b"chacha20")


def test_the_list_of_signature_algorithms_has_plain_names_only(gateway: Running) -> None:
    async def main() -> set[bytes]:
        async with gateway.connect() as conn:
            return set(conn._server_sig_algs)

    assert asyncio.run(main()) == {
        b"ssh-ed25519",
        b"ecdsa-sha2-nistp256",
        b"ecdsa-sha2-nistp384",
        b"ecdsa-sha2-nistp521",
        b"rsa-sha2-512",
        b"rsa-sha2-256",
    }
