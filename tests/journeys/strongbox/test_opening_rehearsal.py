"""The test statement of a real Strongroom, fetched and opened with keys that strongbox made."""

import asyncio
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from strongbox.keys.files import read_key_file, write_key_file
from strongbox.keys.openpgp_making import NewPgpKind, PgpPair, make_pgp_key
from strongbox.opening.opener import Keyring, Opened, Verdict
from strongbox.opening.rehearsal import open_rehearsal
from strongbox.profiles.profile import OwnKeys, Profile
from strongbox.refusal import Refused
from strongbox.wire.connecting import connect
from strongbox.wire.ports import Server

from tests.journeys.daemon import Daemon, wait_for
from tests.journeys.enrolling import Enrol, Enrolled, openssh_pair

PASSPHRASE = "opens the archive 鍵".encode()


def no_passphrase() -> bytes:
    pytest.fail("nothing here is locked")


def rehearsed(enrolled: Enrolled, keyring: Keyring) -> Opened:
    daemon, key = enrolled.server, enrolled.site.key.openssh
    hosts = tuple(daemon.public_host_keys())
    profile = Profile(
        name="test",
        host="127.0.0.1",
        port=daemon.port,
        login=enrolled.login,
        host_keys=hosts,
        keys=OwnKeys(ssh=key),
        landing=Path("/nonexistent"),
    )
    server = Server(profile.host, profile.port, profile.login, hosts)

    async def go() -> Opened:
        async with connect(server, [read_key_file(key, no_passphrase)]) as session:
            return await open_rehearsal(session, profile, keyring)

    return asyncio.run(go())


@pytest.fixture
def fund(enrol: Enrol, tmp_path: Path) -> Callable[..., Enrolled]:
    def add(login: str, *words: str) -> Enrolled:
        return enrol(login, *words, key=openssh_pair(tmp_path / "pair", "-t", "ed25519"))

    return add


def test_without_pgp_the_test_statement_is_clear_and_proves_the_login(
    server: Daemon, fund: Callable[..., Enrolled]
) -> None:
    keyring = Keyring((), None, is_signature_needed=True, ask=no_passphrase)
    found = rehearsed(fund("clear-fund"), keyring)
    assert (found.verdict, found.signer) == (Verdict.CLEAR, None)
    assert found.size > 50


@pytest.mark.req("KEY-17", "KEY-20", "DEL-4")
@pytest.mark.parametrize("kind", [NewPgpKind.RSA_3072, NewPgpKind.CURVE25519])
def test_with_pgp_the_test_statement_is_verified_by_a_key_that_strongbox_made(
    server: Daemon, fund: Callable[..., Enrolled], tmp_path: Path, kind: NewPgpKind
) -> None:
    enrolled = fund(f"sealed-{kind.value}", "--pgp", "required")
    made = make_pgp_key("Fund <f@example.com>", PASSPHRASE, at=datetime.now(UTC), kind=kind)
    write_key_file(tmp_path / "pgp.asc", made.secret)
    sender = (server.home / "keys" / "firm_pgp.asc").read_bytes()
    keyring = Keyring(
        (tmp_path / "pgp.asc",), sender, is_signature_needed=True, ask=lambda: PASSPHRASE
    )
    with pytest.raises(Refused) as caught:
        rehearsed(enrolled, keyring)
    assert caught.value.code == "OPEN-TEST-ABSENT"

    approve(server, enrolled.login, made, tmp_path)
    found = wait_for(lambda: opened_or_none(enrolled, keyring), "a test statement")
    assert found.verdict is Verdict.VERIFIED
    assert found.signer == fingerprint(server.home / "keys" / "firm_pgp.asc")


def approve(server: Daemon, login: str, made: PgpPair, folder: Path) -> None:
    (folder / "public.asc").write_bytes(made.certificate)
    [shown] = server.listed("pgp-key", "submit", login, folder / "public.asc")
    assert shown["fingerprint"].replace(" ", "") == made.fingerprint
    server.run("pgp-key", "approve", login, shown["fingerprint"])


def opened_or_none(enrolled: Enrolled, keyring: Keyring) -> Opened | None:
    try:
        return rehearsed(enrolled, keyring)
    except Refused as error:
        if error.code == "OPEN-TEST-ABSENT":
            return None
        raise


def fingerprint(path: Path) -> str:
    words = ["gpg", "--batch", "--with-colons", "--show-keys", str(path)]
    done = subprocess.run(words, capture_output=True, text=True, check=True, timeout=30)
    lines = done.stdout.splitlines()
    return next(line for line in lines if line.startswith("fpr")).split(":")[9]
