"""The second step of a login: what a person answers after the key, message by message."""

import asyncio
from pathlib import Path

import asyncssh
import pytest
from asyncssh.packet import SSHPacket, String, UInt32

from tests.unit.sftp import raw_client as raw
from tests.unit.sftp.doubles import Person
from tests.unit.sftp.raw_client import RawClient
from tests.unit.sftp.running import LOGIN, Running, running, settings
from tests.unit.sftp.test_login_attacks import Script

INFO_REQUEST, INFO_RESPONSE = 60, 61
CODE = "492039"


def play(run: Running, script: Script) -> object:
    """Run a script against a gateway whose login asks for a person."""

    async def main() -> object:
        async with raw.raw_client(run) as client:
            await client.ask_for_login()
            return await script(client)

    return asyncio.run(main())


@pytest.fixture
def person(gateway: Running) -> Person:
    """Somebody whose code the login asks for."""
    gateway.door.persons[LOGIN] = Person()
    return gateway.door.persons[LOGIN]


async def failure(client: RawClient) -> tuple[list[bytes], bool]:
    """What the next refusal says: the methods that can go on, and whether it is partial success."""
    kind, payload = await client.until(raw.USERAUTH_FAILURE, raw.USERAUTH_SUCCESS, INFO_REQUEST)
    assert kind == raw.USERAUTH_FAILURE
    packet = SSHPacket(payload[1:])
    return list(packet.get_namelist()), packet.get_boolean()


def begin(client: RawClient) -> None:
    client.request("keyboard-interactive", String(""), String(""))


def answer(client: RawClient, *texts: str) -> None:
    client.send(INFO_RESPONSE, UInt32(len(texts)), *map(String, texts))


async def proved(client: RawClient) -> None:
    client.sign(client.run.key)
    assert await failure(client) == ([b"keyboard-interactive"], True)


async def asked(client: RawClient) -> tuple[str, list[tuple[str, bool]]]:
    """The instruction and the prompts of the question that comes next."""
    kind, payload = await client.until(INFO_REQUEST, raw.USERAUTH_FAILURE, raw.DISCONNECT)
    assert kind == INFO_REQUEST
    packet = SSHPacket(payload[1:])
    _, instruction, _ = packet.get_string(), packet.get_string(), packet.get_string()
    count = packet.get_uint32()
    prompts = [(packet.get_string().decode(), packet.get_boolean()) for _ in range(count)]
    packet.check_end()
    return instruction.decode(), prompts


def test_the_right_key_and_the_right_code_open_the_login(gateway: Running, person: Person) -> None:
    async def script(client: RawClient) -> int:
        await proved(client)
        begin(client)
        assert await asked(client) == ("The card shows 004217.", [("Code: ", False)])
        answer(client, CODE)
        return await client.hear_kind()

    assert play(gateway, script) == raw.USERAUTH_SUCCESS
    assert person.answers == [[CODE]]
    assert len(gateway.door.entered) == 1
    assert gateway.door.turned == []


def test_with_several_factors_the_first_question_is_which(gateway: Running, person: Person) -> None:
    person.codes = ("111111", "222222")

    async def script(client: RawClient) -> int:
        await proved(client)
        begin(client)
        assert await asked(client) == ("1) card\n2) telephone", [("Which [1]: ", True)])
        answer(client, "2")
        await asked(client)
        answer(client, "222222")
        return await client.hear_kind()

    assert play(gateway, script) == raw.USERAUTH_SUCCESS


@pytest.mark.req("ATK-21")
def test_before_the_key_a_login_with_a_person_looks_like_any_other(
    gateway: Running, person: Person
) -> None:
    async def refused(client: RawClient, login: str) -> tuple[list[bytes], bool]:
        client.request("keyboard-interactive", String(""), String(""), login=login)
        return await failure(client)

    expected = ([b"publickey"], False)
    for login in (LOGIN, "nobody"):
        assert play(gateway, lambda client, login=login: refused(client, login)) == expected
    assert person.asked == 0


@pytest.mark.parametrize("texts", [[], ["", ""], [CODE, CODE]])
def test_another_number_of_answers_ends_the_connection(
    gateway: Running, person: Person, texts: list[str]
) -> None:
    async def script(client: RawClient) -> int:
        await proved(client)
        begin(client)
        await asked(client)
        answer(client, *texts)
        return (await client.until(raw.DISCONNECT, raw.USERAUTH_SUCCESS))[0]

    assert play(gateway, script) == raw.DISCONNECT
    assert gateway.door.entered == []


def test_an_answer_to_no_question_ends_the_connection(gateway: Running, person: Person) -> None:
    async def script(client: RawClient) -> int:
        await proved(client)
        answer(client, CODE)
        return (await client.until(raw.DISCONNECT, raw.USERAUTH_SUCCESS, raw.OVER[0]))[0]

    assert play(gateway, script) in {raw.DISCONNECT, raw.OVER[0]}
    assert person.answers == []


def test_a_new_request_gives_up_the_question_that_was_open(
    gateway: Running, person: Person
) -> None:
    async def script(client: RawClient) -> int:
        await proved(client)
        begin(client)
        await asked(client)
        client.request("none")
        assert await failure(client) == ([b"keyboard-interactive"], False)
        answer(client, CODE)
        return (await client.until(raw.DISCONNECT, raw.USERAUTH_SUCCESS, raw.OVER[0]))[0]

    assert play(gateway, script) in {raw.DISCONNECT, raw.OVER[0]}
    assert person.answers == []


def test_a_second_key_does_not_stand_in_for_the_code(gateway: Running, person: Person) -> None:
    other = asyncssh.generate_private_key("ssh-ed25519")
    gateway.door.add(LOGIN, other.public_data)

    async def script(client: RawClient) -> object:
        await proved(client)
        client.sign(other)
        return await failure(client)

    assert play(gateway, script) == ([b"keyboard-interactive"], False)
    assert gateway.door.entered == []


def test_three_wrong_codes_end_the_connection_with_a_reference(
    gateway: Running, person: Person
) -> None:
    async def script(client: RawClient) -> bytes:
        await proved(client)
        for _ in range(2):
            begin(client)
            await asked(client)
            answer(client, "000000")
            assert await failure(client) == ([b"keyboard-interactive"], False)
        begin(client)
        await asked(client)
        answer(client, "000000")
        return (await client.until(raw.DISCONNECT))[1]

    said = play(gateway, script)
    assert isinstance(said, bytes)
    assert b"7F3K-22" in said
    assert [cause for _, _, cause in gateway.door.turned] == ["wrong answer of a person"]


def test_a_code_as_long_as_a_packet_is_cut_and_wrong(gateway: Running, person: Person) -> None:
    async def script(client: RawClient) -> object:
        await proved(client)
        begin(client)
        await asked(client)
        answer(client, "1" * 60_000)
        return await failure(client)

    assert play(gateway, script) == ([b"keyboard-interactive"], False)
    assert len(person.answers[0][0]) < 300


def test_when_nobody_can_answer_the_connection_ends(gateway: Running, person: Person) -> None:
    person.is_locked = True

    async def script(client: RawClient) -> int:
        await proved(client)
        begin(client)
        return (await client.until(raw.DISCONNECT, INFO_REQUEST))[0]

    assert play(gateway, script) == raw.DISCONNECT
    assert [cause for _, _, cause in gateway.door.turned] == ["nobody to answer"]


def test_who_leaves_at_the_question_is_on_record(gateway: Running, person: Person) -> None:
    async def script(client: RawClient) -> None:
        await proved(client)
        begin(client)
        await asked(client)

    play(gateway, script)
    gateway.wait_for(lambda: gateway.door.turned)
    assert gateway.door.turned[0][2] == "no answer of a person"


@pytest.mark.req("ATK-23")
def test_a_person_has_more_time_than_a_key_and_not_for_ever(tmp_path: Path) -> None:
    short = settings(login_grace_seconds=1.0, person_grace_seconds=2.0)
    with running(tmp_path, short) as run:
        run.door.persons[LOGIN] = Person()

        async def script(client: RawClient) -> tuple[float, int]:
            await proved(client)
            began = asyncio.get_running_loop().time()
            kind, _ = await client.until(raw.DISCONNECT)
            return asyncio.get_running_loop().time() - began, kind

        found = play(run, script)
        assert isinstance(found, tuple)
        assert 1.8 < found[0] < 4


def test_nothing_but_the_login_is_served_between_key_and_code(
    gateway: Running, person: Person
) -> None:
    async def script(client: RawClient) -> int:
        await proved(client)
        client.send(raw.CHANNEL_OPEN, String("session"), UInt32(0), UInt32(1 << 20), UInt32(32768))
        return (await client.until(raw.DISCONNECT, raw.CHANNEL_OPENED, raw.OVER[0]))[0]

    assert play(gateway, script) in {raw.DISCONNECT, raw.OVER[0]}


def test_asyncssh_answers_as_its_users_write_it(gateway: Running, person: Person) -> None:
    class Answering(asyncssh.SSHClient):
        def kbdint_auth_requested(self) -> str:
            return ""

        def kbdint_challenge_received(
            self, name: str, instructions: str, lang: str, prompts: list[tuple[str, bool]]
        ) -> list[str]:
            return [CODE] * len(prompts)

    async def main() -> list[str]:
        async with (
            gateway.connect(client_factory=Answering) as connection,
            connection.start_sftp_client() as sftp,
        ):
            return [str(name) for name in await sftp.listdir("/")]

    assert "outgoing" in asyncio.run(main())
