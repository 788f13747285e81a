"""The gateway as asyncssh's own client sees it."""

import asyncio

import asyncssh
import pytest

from tests.unit.sftp.doubles import memory_file
from tests.unit.sftp.running import Running


@pytest.mark.req("SFTP-1", "SFTP-2", "DEL-14")
def test_a_recipient_sees_the_own_repository_after_the_login(gateway: Running) -> None:
    gateway.store.files["/outgoing/a.csv"] = b"one"

    async def look() -> tuple[list[str], list[str]]:
        async with gateway.connect() as conn, conn.start_sftp_client() as sftp:
            return sorted(await sftp.listdir("/")), await sftp.listdir("/outgoing")

    top, outgoing = asyncio.run(look())
    assert top == ["incoming", "manifests", "outgoing", "test"]
    assert outgoing == ["a.csv"]


@pytest.mark.req("SFTP-3", "ATK-72")
@pytest.mark.parametrize("has_descriptors", [True, False])
def test_a_whole_fetch_is_byte_exact_and_makes_a_receipt(
    gateway: Running, has_descriptors: bool
) -> None:
    gateway.store.has_descriptors = has_descriptors
    content = memory_file(5_000_001)
    gateway.store.files["/outgoing/a.csv"] = content

    async def fetch() -> bytes:
        async with gateway.connect() as conn, conn.start_sftp_client() as sftp:
            async with sftp.open("/outgoing/a.csv", "rb") as file:
                return await file.read()

    assert asyncio.run(fetch()) == content
    gateway.wait_for(lambda: gateway.store.receipts)
    assert [receipt.is_whole for receipt in gateway.store.receipts] == [True]


def test_an_upload_appears_whole(gateway: Running) -> None:
    content = memory_file(3_000_000)

    async def put() -> None:
        async with gateway.connect() as conn, conn.start_sftp_client() as sftp:
            async with sftp.open("/incoming/up.bin", "wb") as file:
                await file.write(content)

    asyncio.run(put())
    assert gateway.store.files["/incoming/up.bin"] == content
    assert asyncssh.__version__
