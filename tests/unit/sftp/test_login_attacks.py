"""What a hostile client may try before it is logged in, message by message."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import asyncssh
import pytest
from asyncssh.packet import Boolean, String, UInt32

from tests.unit.sftp import raw_client as raw
from tests.unit.sftp.raw_client import RawClient
from tests.unit.sftp.running import LOGIN, Running, running, settings

Script = Callable[[RawClient], Awaitable[object]]


def play(run: Running, script: Script) -> object:
    """Run a script against the gateway and return what it returns."""

    async def main() -> object:
        async with raw.raw_client(run) as client:
            return await script(client)

    return asyncio.run(main())


def new_key(algorithm: str = "ssh-ed25519", **more: int) -> asyncssh.SSHKey:
    return asyncssh.generate_private_key(algorithm, **more)


async def ended(client: RawClient) -> bool:
    """Whether the server ends the connection now, with or without a word."""
    kind, _ = await client.until(raw.DISCONNECT, raw.USERAUTH_SUCCESS)
    return kind in {raw.DISCONNECT, raw.OVER[0]}


@pytest.mark.req("SFTP-1")
def test_the_registered_key_opens_the_login(gateway: Running) -> None:
    async def script(client: RawClient) -> int:
        await client.ask_for_login()
        client.query(gateway.key)
        assert await client.hear_kind() == raw.PK_OK
        client.sign(gateway.key)
        return await client.hear_kind()

    assert play(gateway, script) == raw.USERAUTH_SUCCESS
    assert [(login, key.blob) for login, key, _ in gateway.door.entered] == [
        (LOGIN, gateway.key.public_data)
    ]
    assert gateway.door.turned == []


@pytest.mark.req("ATK-16")
def test_a_query_for_an_allowed_key_does_not_help_another_key_that_signs(gateway: Running) -> None:
    own = new_key()

    async def script(client: RawClient) -> list[int]:
        await client.ask_for_login()
        heard = []
        client.query(gateway.key)
        heard.append(await client.hear_kind())
        client.request("none")
        heard.append(await client.hear_kind())
        client.query(gateway.key)
        client.sign(own)
        heard += [await client.hear_kind() for _ in range(3)]
        return heard

    assert play(gateway, script) == [
        raw.PK_OK,
        raw.USERAUTH_FAILURE,
        raw.PK_OK,
        raw.USERAUTH_BANNER,
        raw.USERAUTH_FAILURE,
    ]
    assert gateway.door.entered == []


@pytest.mark.req("ATK-16")
def test_a_query_for_a_stranger_s_key_does_not_hurt_the_key_that_signs(gateway: Running) -> None:
    other = new_key()
    gateway.door.add(LOGIN, other.public_data)

    async def script(client: RawClient) -> int:
        await client.ask_for_login()
        # All in one flight: the answers must still be judged one by one, in order.
        client.query(other)
        client.query(new_key())
        client.sign(gateway.key)
        return (await client.until(raw.USERAUTH_SUCCESS))[0]

    assert play(gateway, script) == raw.USERAUTH_SUCCESS
    [(_, entered, _)] = gateway.door.entered
    assert entered.blob == gateway.key.public_data


@pytest.mark.req("ATK-16", "ATK-17")
def test_a_signature_by_another_key_is_refused(gateway: Running) -> None:
    async def script(client: RawClient) -> int:
        await client.ask_for_login()
        client.sign(gateway.key, signer=new_key())
        return (await client.until(raw.USERAUTH_FAILURE, raw.USERAUTH_SUCCESS))[0]

    assert play(gateway, script) == raw.USERAUTH_FAILURE
    assert gateway.door.entered == []
    assert gateway.door.turned[0][2] == "signature wrong"


@pytest.mark.req("ATK-17")
@pytest.mark.parametrize("signature", [b"", b"\0", String("ssh-ed25519"), String("x" * 70)])
def test_an_empty_or_short_signature_is_refused(gateway: Running, signature: bytes) -> None:
    async def script(client: RawClient) -> int:
        await client.ask_for_login()
        client.sign(gateway.key, signature=signature)
        return (await client.until(raw.USERAUTH_FAILURE, raw.USERAUTH_SUCCESS))[0]

    assert play(gateway, script) == raw.USERAUTH_FAILURE


@pytest.mark.req("ATK-17")
def test_a_signature_for_another_session_is_refused(gateway: Running) -> None:
    async def script(client: RawClient) -> int:
        await client.ask_for_login()
        client.sign(gateway.key, session_id=bytes(32))
        return (await client.until(raw.USERAUTH_FAILURE, raw.USERAUTH_SUCCESS))[0]

    assert play(gateway, script) == raw.USERAUTH_FAILURE


@pytest.mark.req("ATK-17", "KEY-1")
@pytest.mark.parametrize(
    ("algorithm", "expected"),
    [
        ("rsa-sha2-256", raw.USERAUTH_SUCCESS),
        ("rsa-sha2-512", raw.USERAUTH_SUCCESS),
        ("ssh-rsa", raw.USERAUTH_FAILURE),
    ],
)
def test_an_rsa_key_signs_with_sha_2_only(gateway: Running, algorithm: str, expected: int) -> None:
    key = new_key("ssh-rsa", key_size=2048)
    gateway.door.add(LOGIN, key.public_data)

    async def script(client: RawClient) -> int:
        await client.ask_for_login()
        client.sign(key, algorithm=algorithm)
        return (await client.until(raw.USERAUTH_FAILURE, raw.USERAUTH_SUCCESS))[0]

    assert play(gateway, script) == expected
    assert [offer.signature_algorithm for _, offer in gateway.door.offers] == [algorithm]


@pytest.mark.req("ATK-17")
def test_the_algorithm_named_and_the_algorithm_signed_with_must_agree(gateway: Running) -> None:
    key = new_key("ssh-rsa", key_size=2048)
    gateway.door.add(LOGIN, key.public_data)

    async def script(client: RawClient) -> int:
        await client.ask_for_login()
        said = b"\x32" + String(LOGIN) + String("ssh-connection") + String("publickey")
        said += Boolean(True) + String("rsa-sha2-512") + String(key.public_data)
        signed = key.sign(String(client.connection._session_id) + said, b"ssh-rsa")
        client.sign(key, algorithm="rsa-sha2-512", signature=signed)
        return (await client.until(raw.USERAUTH_FAILURE, raw.USERAUTH_SUCCESS))[0]

    assert play(gateway, script) == raw.USERAUTH_FAILURE


def hostile_blobs() -> list[bytes]:
    """Keys as nobody makes them (ATK-17, ATK-18)."""
    huge = (1 << 16383) | 1
    point = String("nistp256") + String(b"\x04" + bytes(64))
    return [
        b"",
        String("ssh-ed25519") + String(b"short"),
        String("ssh-rsa") + String(b"\1") + String(b"\0" + b"\xff" * 256),
        String("ssh-rsa") + String(b"\3") + String(b"\0" + b"\xff" * 256),
        String("ssh-rsa") + String(b"\x7f" * 300) + String(b"\0" + b"\xff" * 256),
        String("ssh-rsa") + String(b"\1\0\1") + String(b"\0" + huge.to_bytes(2048, "big")),
        String("ecdsa-sha2-nistp256") + point,
        b"../../../etc/passwd",
        b"http://127.0.0.1/'; DROP TABLE keys; --{{7*7}}%s%n",
        b"A" * 30_000,
    ]


@pytest.mark.req("ATK-17", "ATK-18")
@pytest.mark.parametrize("blob", hostile_blobs())
@pytest.mark.parametrize("is_registered", [False, True])
def test_a_key_that_no_one_makes_is_refused_quietly(
    gateway: Running, blob: bytes, is_registered: bool
) -> None:
    if is_registered:
        gateway.door.add(LOGIN, blob)

    async def script(client: RawClient) -> int:
        await client.ask_for_login()
        parts = (String("ssh-ed25519"), String(blob))
        signature = String("ssh-ed25519") + String(bytes(64))
        client.request("publickey", Boolean(True), *parts, String(signature))
        return (await client.until(raw.USERAUTH_FAILURE, raw.USERAUTH_SUCCESS))[0]

    assert play(gateway, script) == raw.USERAUTH_FAILURE
    assert gateway.door.entered == []


@pytest.mark.req("ATK-20")
def test_a_certificate_is_an_unknown_key(gateway: Running) -> None:
    certificate = new_key().generate_user_certificate(gateway.key, "c", principals=[LOGIN])
    blob = certificate.public_data
    gateway.door.add(LOGIN, blob)

    async def script(client: RawClient) -> int:
        await client.ask_for_login()
        name = "ssh-ed25519-cert-v01@openssh.com"
        client.request("publickey", Boolean(False), String(name), String(blob))
        return (await client.until(raw.USERAUTH_FAILURE, raw.PK_OK))[0]

    assert play(gateway, script) == raw.USERAUTH_FAILURE
    assert gateway.door.offers[0][1].signature_algorithm.endswith("-cert-v01@openssh.com")


@pytest.mark.req("SFTP-7")
@pytest.mark.parametrize(
    ("method", "rest"),
    [
        ("none", ()),
        ("password", (Boolean(False), String("secret"))),
        ("keyboard-interactive", (String(""), String(""))),
        ("hostbased", (String("x"), String("y"))),
        ("gssapi-with-mic", (UInt32(0),)),
    ],
)
def test_only_public_keys_are_offered_and_taken(
    gateway: Running, method: str, rest: tuple[bytes, ...]
) -> None:
    async def script(client: RawClient) -> object:
        await client.ask_for_login()
        client.request(method, *rest)
        return await client.hear()

    assert play(gateway, script) == (
        raw.USERAUTH_FAILURE,
        bytes([raw.USERAUTH_FAILURE]) + String("publickey") + b"\0",
    )


@pytest.mark.req("ATK-19")
@pytest.mark.parametrize(
    "login",
    [
        b"",
        b"../x",
        b"ACME-FUND",
        b"acme-fund\0",
        b"acme-fund@example.com",
        b"%u",
        b"$(id)`id`;",
        b"\xff\xfe",
        b"a" * 60_000,
        b"acme-fund" + b" " * 200,
    ],
)
def test_a_strange_user_name_is_just_an_unknown_login(gateway: Running, login: bytes) -> None:
    async def script(client: RawClient) -> object:
        await client.ask_for_login()
        client.query(gateway.key, login=login)
        return await client.until(raw.USERAUTH_FAILURE, raw.PK_OK)

    kind, _ = play(gateway, script)  # type: ignore[misc]
    assert kind == raw.USERAUTH_FAILURE
    [(told, _)] = gateway.door.offers
    assert len(told.encode()) < 600
    assert told != LOGIN


@pytest.mark.req("ATK-21")
def test_every_stranger_hears_the_same_bytes(gateway: Running) -> None:
    gateway.door.add("disabled-one", b"")
    wrong = new_key()
    heard = []
    for login in (LOGIN, "nobody-at-all", "disabled-one", "../x"):

        async def script(client: RawClient, login: str = login) -> list[tuple[int, bytes]]:
            await client.ask_for_login()
            client.query(wrong, login=login)
            said = [await client.hear(), await client.hear()]
            client.sign(wrong, login=login)
            return [*said, await client.hear()]

        heard.append(play(gateway, script))
    assert all(said == heard[0] for said in heard)


@pytest.mark.req("ATK-22")
def test_the_sixth_failed_signature_ends_the_connection(gateway: Running) -> None:
    async def script(client: RawClient) -> list[int]:
        await client.ask_for_login()
        heard = []
        for _ in range(6):
            client.sign(new_key())
            heard.append((await client.until(raw.USERAUTH_FAILURE, raw.DISCONNECT))[0])
        return [*heard, await client.hear_kind()]

    expected = [raw.USERAUTH_FAILURE] * 5 + [raw.DISCONNECT, raw.OVER[0]]
    assert play(gateway, script) == expected
    gateway.wait_for(lambda: gateway.door.turned)
    assert len(gateway.door.turned) == 1


@pytest.mark.req("ATK-22")
def test_sixty_queries_in_one_connection_are_impossible(gateway: Running) -> None:
    async def script(client: RawClient) -> int:
        await client.ask_for_login()
        for count in range(60):
            client.query(new_key())
            kind, payload = await client.until(raw.USERAUTH_FAILURE, raw.DISCONNECT)
            if kind == raw.DISCONNECT:
                assert b"7F3K-22" in payload
                return count
        return 60

    assert play(gateway, script) == 19


@pytest.mark.req("ATK-22")
def test_other_methods_cannot_be_tried_for_ever(gateway: Running) -> None:
    async def script(client: RawClient) -> bool:
        await client.ask_for_login()
        for _ in range(60):
            client.request("none")
        return await ended(client)

    assert play(gateway, script)


@pytest.mark.req("ATK-15")
def test_a_new_user_name_in_mid_login_ends_the_connection(gateway: Running) -> None:
    async def script(client: RawClient) -> bool:
        await client.ask_for_login()
        client.query(new_key(), login="someone-else")
        await client.until(raw.USERAUTH_FAILURE)
        client.sign(gateway.key)
        return await ended(client)

    assert play(gateway, script)
    assert gateway.door.entered == []


@pytest.mark.req("ATK-15")
def test_another_service_in_mid_login_ends_the_connection(gateway: Running) -> None:
    async def script(client: RawClient) -> bool:
        await client.ask_for_login()
        client.send(raw.USERAUTH_REQUEST, String(LOGIN), String("ssh-other"), String("none"))
        return await ended(client)

    assert play(gateway, script)


@pytest.mark.req("ATK-14")
def test_a_login_before_the_service_was_asked_for_ends_the_connection(gateway: Running) -> None:
    async def script(client: RawClient) -> bool:
        client.sign(gateway.key)
        return await ended(client)

    assert play(gateway, script)
    assert gateway.door.entered == []


@pytest.mark.req("ATK-14")
@pytest.mark.parametrize(
    ("kind", "parts"),
    [
        (raw.USERAUTH_SUCCESS, ()),
        (raw.USERAUTH_FAILURE, (String("publickey"), Boolean(False))),
        (raw.USERAUTH_BANNER, (String("x"), String(""))),
        (raw.PK_OK, (String("x"), String("y"))),
        (raw.GLOBAL_REQUEST, (String("tcpip-forward"), Boolean(True), String(""), UInt32(0))),
        (raw.REQUEST_SUCCESS, ()),
        (raw.CHANNEL_OPEN, (String("session"), UInt32(0), UInt32(9), UInt32(32768))),
        (raw.CHANNEL_DATA, (UInt32(0), String("x"))),
        (raw.CHANNEL_REQUEST, (UInt32(0), String("exec"), Boolean(True), String("id"))),
        (raw.SERVICE_REQUEST, (String("ssh-connection"),)),
        (7, (UInt32(0xFFFFFFFF),)),
    ],
)
@pytest.mark.parametrize("has_service", [False, True])
def test_a_message_out_of_its_time_ends_the_connection(
    gateway: Running, kind: int, parts: tuple[bytes, ...], has_service: bool
) -> None:
    async def script(client: RawClient) -> bool:
        if has_service:
            await client.ask_for_login()
        client.send(kind, *parts)
        return await ended(client)

    assert play(gateway, script)
    assert gateway.door.entered == []


@pytest.mark.req("ATK-24")
def test_a_second_key_exchange_before_the_login_ends_the_connection(gateway: Running) -> None:
    async def script(client: RawClient) -> bool:
        await client.ask_for_login()
        client.connection._send_kexinit()
        return await ended(client)

    assert play(gateway, script)


def test_a_full_house_looks_like_a_refused_key(gateway: Running) -> None:
    gateway.door.is_full = True

    async def script(client: RawClient) -> int:
        await client.ask_for_login()
        client.sign(gateway.key)
        return (await client.until(raw.USERAUTH_FAILURE, raw.USERAUTH_SUCCESS))[0]

    assert play(gateway, script) == raw.USERAUTH_FAILURE
    assert gateway.door.turned[0][2] == "visit refused"


def test_the_reference_can_be_kept_off_the_wire(tmp_path: Path) -> None:
    with running(tmp_path, settings(names_reference=False)) as run:

        async def script(client: RawClient) -> int:
            await client.ask_for_login()
            client.sign(new_key())
            return await client.hear_kind()

        assert play(run, script) == raw.USERAUTH_FAILURE
        run.wait_for(lambda: run.door.turned)
        assert run.door.turned[0][2] == "key refused"
