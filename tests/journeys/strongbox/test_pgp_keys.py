"""OpenPGP keys that strongbox makes, in the hands of the real GnuPG and sq (KEY-17)."""

import json
import stat
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.journeys.strongbox.key_tools import (
    PASSPHRASE,
    PROGRAM,
    ToolFailed,
    Tools,
    closed,
    run,
    typed,
)

STATEMENT = b"Date,Amount\n2026-11-20,12.50\n" * 1000
KINDS = ("rsa-3072", "curve25519")


@dataclass(frozen=True)
class Gpg:
    """GnuPG with a home of its own."""

    home: Path

    def run(self, *words: str | Path, passphrase: str = "", given: bytes = b"") -> bytes:
        """What gpg prints. Raises ToolFailed."""
        quiet = ("--batch", "--pinentry-mode", "loopback", "--trust-model", "always", "--yes")
        secret = ("--passphrase", passphrase) if passphrase else ("--no-batch", "--pinentry-mode",
                                                                  "error")  # fmt: skip
        line = ("gpg", "--homedir", self.home, *quiet, *secret, *words)
        return run(*line, folder=self.home, given=given)

    def forget_passphrases(self) -> None:
        """End the agent, which remembers what it was told."""
        subprocess.run(["gpgconf", "--homedir", self.home, "--kill", "all"], check=False)


@pytest.fixture
def tools(tmp_path: Path) -> Tools:
    """The programs, at home in an empty folder."""
    return Tools(tmp_path)


@pytest.fixture
def gpg(tmp_path: Path) -> Iterator[Gpg]:
    """GnuPG without any key."""
    home = tmp_path / "gnupg"
    home.mkdir(mode=0o700)
    one = Gpg(home)
    yield one
    one.forget_passphrases()


def made(tools: Tools, kind: str = "curve25519", *words: str) -> Path:
    """A key that `strongbox keys pgp make` made; its certificate lies beside it."""
    path = tools.folder / "pgp-secret.asc"
    source = ("--passphrase-from", f"file:{tools.passphrase}")
    names = ("--name", "Aki 秋 Tanaka", "--email", "aki@example.org")
    tools.strongbox("keys", "pgp", "make", path, *names, "--type", kind, *(words or source))
    return path


@pytest.mark.req("KEY-17")
@pytest.mark.parametrize("kind", KINDS)
def test_gnupg_imports_both_halves_and_decrypts_with_the_passphrase_only(
    tools: Tools, gpg: Gpg, kind: str
) -> None:
    secret = made(tools, kind)
    sender = Gpg(tools.folder / "sender")
    sender.home.mkdir(mode=0o700)
    sender.run("--import", secret.with_name("pgp-public.asc"))
    message = tools.folder / "statement.pgp"
    sender.run("-r", "aki@example.org", "-o", message, "-e", given=STATEMENT)
    sender.forget_passphrases()

    gpg.run("--import", secret, passphrase=PASSPHRASE)
    gpg.forget_passphrases()
    for wrong in ("", "another passphrase"):
        with pytest.raises(ToolFailed):
            gpg.run("-d", message, passphrase=wrong)
    assert gpg.run("-d", message, passphrase=PASSPHRASE) == STATEMENT
    assert b"sig!3" in gpg.run("--check-signatures")
    assert b"gpg: 2 good signatures" not in gpg.run("--list-keys")


@pytest.mark.req("KEY-17")
@pytest.mark.parametrize("kind", KINDS)
def test_gnupg_signs_and_encrypts_to_the_key_so_that_every_reader_can_verify(
    tools: Tools, gpg: Gpg, kind: str
) -> None:
    import pysequoia

    secret = made(tools, kind)
    gpg.run("--import", secret, passphrase=PASSPHRASE)
    message = tools.folder / "statement.pgp"
    gpg.run("-r", "aki@example.org", "-o", message, "-s", "-e", passphrase=PASSPHRASE,
            given=STATEMENT)  # fmt: skip
    certificate = pysequoia.Cert.from_file(str(secret.with_name("pgp-public.asc")))
    key = pysequoia.Tsk.from_file(str(secret))
    opened = pysequoia.decrypt(
        message.read_bytes(), decryptor=key.decryptor(PASSPHRASE), store=lambda _: [certificate]
    )
    assert opened.bytes == STATEMENT
    assert [one.certificate for one in opened.valid_sigs] == [certificate.fingerprint]


@pytest.mark.req("KEY-17")
@pytest.mark.parametrize("kind", KINDS)
def test_sq_encrypts_to_the_certificate_and_decrypts_with_the_passphrase(
    tools: Tools, kind: str
) -> None:
    secret = made(tools, kind)
    message, opened = tools.folder / "statement.pgp", tools.folder / "statement"
    words = ("sq", "encrypt", "--recipient-cert", secret.with_name("pgp-public.asc"))
    run(*words, "-o", message, folder=tools.folder, given=STATEMENT)
    decrypt = ["sq", "decrypt", "--recipient-key", secret, message, "-o"]
    refused = tools.folder / "refused"
    # It asks until it is interrupted.
    status, _ = typed([*decrypt, refused], ["another passphrase", "\x03"], folder=tools.folder)
    assert status != 0
    assert refused.read_bytes() == b""
    status, shown = typed([*decrypt, opened], [PASSPHRASE], folder=tools.folder)
    assert (status, opened.read_bytes()) == (0, STATEMENT), shown


@pytest.mark.req("KEY-8", "KEY-17", "MAIL-2")
def test_public_prints_the_certificate_and_nothing_secret(tools: Tools, gpg: Gpg) -> None:
    secret = made(tools)
    printed = tools.strongbox("keys", "pgp", "public", secret)
    assert printed.encode() == secret.with_name("pgp-public.asc").read_bytes()
    assert "PRIVATE" not in printed
    gpg.run("--import", given=printed.encode())
    assert gpg.run("-K") == b""


@pytest.mark.req("KEY-17")
def test_the_files_are_for_the_owner_and_never_written_over(tools: Tools) -> None:
    secret = made(tools)
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    before = secret.read_bytes()
    with pytest.raises(ToolFailed, match="KEY-EXISTS"):
        made(tools)
    secret.unlink()
    with pytest.raises(ToolFailed, match="KEY-EXISTS"):
        made(tools)
    assert not secret.exists()
    assert b"PRIVATE KEY" in before


def test_the_fingerprint_on_the_screen_is_the_one_that_gnupg_shows(tools: Tools, gpg: Gpg) -> None:
    source = f"file:{tools.passphrase}"
    words = ("--name", "Aki", "--email", "a@b.c", "--type", "curve25519", "--json")
    row = json.loads(tools.strongbox("keys", "pgp", "make", "--passphrase-from", source, *words))
    assert Path(row["secret"]) == tools.folder / "box" / "keys" / "own" / "pgp-secret.asc"
    gpg.run("--import", row["certificate"])
    assert f"fpr:::::::::{row['fingerprint']}:" in gpg.run("-k", "--with-colons").decode()


def test_the_passphrase_is_asked_twice_and_has_to_be_the_same(tools: Tools) -> None:
    path = tools.folder / "typed.asc"
    names = ["--name", "Aki", "--email", "a@b.c", "--type", "curve25519"]
    words = [PROGRAM, "keys", "pgp", "make", path, *names]
    status, shown = typed(words, ["one passphrase", "another"], folder=tools.folder)
    assert (status, "KEY-PASSPHRASE-TWICE" in shown, path.exists()) == (64, True, False)
    status, _ = typed(words, ["one passphrase", "one passphrase"], folder=tools.folder)
    assert (status, path.exists()) == (0, True)


@pytest.mark.parametrize(
    ("name", "email"),
    [("", "a@b.c"), ("Aki <x>", "a@b.c"), ("Aki", "no address"), ("A" * 250, "a@b")],
)
def test_a_name_that_cannot_stand_in_a_key_is_refused(tools: Tools, name: str, email: str) -> None:
    closed(tools.folder / "unused", b"")
    with pytest.raises(ToolFailed, match="PGP-USER-ID"):
        tools.strongbox("keys", "pgp", "make", "--name", name, "--email", email, "--no-passphrase")


def test_public_of_what_is_no_pgp_key_is_refused_in_the_readers_language(tools: Tools) -> None:
    path = closed(tools.folder / "id", b"-----BEGIN OPENSSH PRIVATE KEY-----\n")
    with pytest.raises(ToolFailed, match="PGP-DAMAGED"):
        tools.strongbox("keys", "pgp", "public", path)
    with pytest.raises(ToolFailed, match="として読み取れません"):
        tools.strongbox("keys", "pgp", "public", path, language="ja")
