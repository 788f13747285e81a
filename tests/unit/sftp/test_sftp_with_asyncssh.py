"""The gateway as asyncssh's own client sees it."""

import asyncio
from pathlib import Path

import asyncssh
import pytest
from strongroom.gateways.sftp.settings import HostKeys
from strongroom.gateways.sftp.ssh_setup import CIPHERS, KEY_EXCHANGES, MACS, UnusableHostKey

from tests.unit.sftp.doubles import memory_file
from tests.unit.sftp.running import Running, host_key, running, settings


@pytest.mark.req("SFTP-1", "SFTP-2", "DEL-14", "DEL-16")
def test_a_recipient_sees_the_own_repository_after_the_login(gateway: Running) -> None:
    gateway.store.files["/incoming/a.csv"] = b"one"

    async def look() -> list[list[str]]:
        async with gateway.connect() as conn, conn.start_sftp_client() as sftp:
            folders = ("/", "/incoming", "/outgoing")
            return [sorted(await sftp.listdir(folder)) for folder in folders]

    top, incoming, outgoing = asyncio.run(look())
    assert top == ["incoming", "manifests", "outgoing", "test"]
    assert incoming == ["a.csv"]
    assert outgoing == []


@pytest.mark.req("SFTP-3", "ATK-72")
@pytest.mark.parametrize("has_descriptors", [True, False])
@pytest.mark.parametrize("size", [0, 1, 5_000_001])
def test_a_whole_fetch_is_byte_exact_and_makes_a_receipt(
    gateway: Running, has_descriptors: bool, size: int
) -> None:
    gateway.store.has_descriptors = has_descriptors
    content = memory_file(size)
    gateway.store.files["/outgoing/a.csv"] = content
    assert asyncio.run(fetched(gateway, "/outgoing/a.csv")) == content
    gateway.wait_for(lambda: gateway.store.receipts)
    assert [receipt.is_whole for receipt in gateway.store.receipts] == [True]


async def fetched(run: Running, path: str, **options: object) -> bytes:
    async with (
        run.connect(**options) as conn,
        conn.start_sftp_client() as sftp,
        sftp.open(path, "rb") as file,
    ):
        return bytes(await file.read())


@pytest.mark.parametrize(
    "cipher",
    CIPHERS,
)
def test_each_cipher_carries_a_file(gateway: Running, cipher: str) -> None:
    gateway.store.files["/outgoing/a.csv"] = memory_file(700_000)
    fetch = fetched(gateway, "/outgoing/a.csv", encryption_algs=[cipher])
    assert asyncio.run(fetch) == memory_file(700_000)


@pytest.mark.parametrize("exchange", KEY_EXCHANGES)
def test_each_key_exchange_leads_to_a_session(gateway: Running, exchange: str) -> None:
    gateway.store.files["/outgoing/a.csv"] = b"one"
    assert asyncio.run(fetched(gateway, "/outgoing/a.csv", kex_algs=[exchange])) == b"one"


@pytest.mark.parametrize("mac", MACS)
def test_each_mac_carries_a_file(gateway: Running, mac: str) -> None:
    gateway.store.files["/outgoing/a.csv"] = memory_file(70_000)
    options = {"encryption_algs": ["aes128-ctr"], "mac_algs": [mac]}
    assert asyncio.run(fetched(gateway, "/outgoing/a.csv", **options)) == memory_file(70_000)


@pytest.mark.req("ATK-24")
@pytest.mark.parametrize("who", ["client", "server"])
def test_new_keys_in_the_middle_of_a_transfer_lose_nothing(tmp_path: Path, who: str) -> None:
    content = memory_file(6_000_000)
    ours = 400_000 if who == "server" else 1 << 30
    theirs = 400_000 if who == "client" else 1 << 30
    with running(tmp_path, settings(rekey_bytes=ours, short_rekey_bytes=1)) as run:
        run.store.files["/outgoing/a.csv"] = content

        async def both_ways() -> bytes:
            async with (
                run.connect(rekey_bytes=theirs) as conn,
                conn.start_sftp_client() as sftp,
            ):
                async with sftp.open("/incoming/b", "wb") as file:
                    await file.write(content)
                async with sftp.open("/outgoing/a.csv", "rb") as file:
                    return bytes(await file.read())

        assert asyncio.run(both_ways()) == content
        assert run.store.files["/incoming/b"] == content


@pytest.mark.req("ATK-24")
def test_a_storm_of_key_exchanges_ends_the_connection(tmp_path: Path) -> None:
    with running(tmp_path, settings(short_rekeys_most=3)) as run:

        async def put() -> None:
            async with (
                run.connect(rekey_bytes=20_000) as conn,
                conn.start_sftp_client() as sftp,
                sftp.open("/incoming/b", "wb") as file,
            ):
                await file.write(memory_file(3_000_000))

        with pytest.raises((asyncssh.Error, OSError)):
            asyncio.run(put())
        run.wait_for(lambda: run.door.visits[0].left_because)
        assert "/incoming/b" not in run.store.files


def test_an_upload_appears_whole(gateway: Running) -> None:
    content = memory_file(3_000_000)

    async def put() -> None:
        async with (
            gateway.connect() as conn,
            conn.start_sftp_client() as sftp,
            sftp.open("/incoming/up.bin", "wb") as file,
        ):
            await file.write(content)

    asyncio.run(put())
    assert gateway.store.files["/incoming/up.bin"] == content
    assert gateway.store.writes < 200


def test_a_folder_of_3000_names_is_listed_whole(gateway: Running) -> None:
    names = {f"statement-{number:05d}-\u65e5\u672c.csv" for number in range(3000)}
    gateway.store.files.update({f"/outgoing/{name}": b"x" for name in names})

    async def listed() -> set[str]:
        async with gateway.connect() as conn, conn.start_sftp_client() as sftp:
            return set(map(str, await sftp.listdir("/outgoing")))

    assert asyncio.run(listed()) == names


def test_the_next_host_key_is_announced_and_proved(tmp_path: Path) -> None:
    keys = HostKeys((host_key(),), (host_key("ecdsa-sha2-nistp256"),))
    told: list[asyncssh.SSHKey] = []

    def handler(added: list[asyncssh.SSHKey], *_rest: list[asyncssh.SSHKey]) -> None:
        told.extend(added)

    async def main() -> None:
        async with run.connect(server_host_keys_handler=handler):
            for _ in range(200):
                if told:
                    return
                await asyncio.sleep(0.01)

    with running(tmp_path, host_keys=keys) as run:
        asyncio.run(main())
        algorithms = ["ecdsa-sha2-nistp256"]
        # Whoever notices first that no algorithm is common ends the connection.
        with pytest.raises((asyncssh.KeyExchangeFailed, asyncssh.ConnectionLost)):
            asyncio.run(fetched(run, "/", server_host_key_algs=algorithms))
    announced = asyncssh.import_private_key(keys.announced[0]).public_data
    assert [key.public_data for key in told] == [announced]


@pytest.mark.parametrize(
    "keys",
    [
        HostKeys(()),
        HostKeys((b"nonsense",)),
        HostKeys((host_key(), host_key())),
        HostKeys((host_key(),), (host_key("ssh-rsa"),)),
    ],
)
def test_host_keys_that_cannot_serve_stop_the_start(tmp_path: Path, keys: HostKeys) -> None:
    with pytest.raises(UnusableHostKey), running(tmp_path, host_keys=keys):
        pass


def test_two_clients_of_one_rsa_host_key_do_not_disturb_each_other(tmp_path: Path) -> None:
    with running(tmp_path, host_keys=HostKeys((host_key("ssh-rsa"),))) as run:
        run.store.files["/outgoing/a.csv"] = b"one"

        async def main() -> list[bytes]:
            algorithms = ["rsa-sha2-256", "rsa-sha2-512"] * 4
            return await asyncio.gather(
                *(fetched(run, "/outgoing/a.csv", server_host_key_algs=[a]) for a in algorithms)
            )

        assert asyncio.run(main()) == [b"one"] * 8
