"""Real key rings of GnuPG, the firm's key, and an encryptor that is closed again."""

import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from strongroom.backends.encryption.openpgp.encryptor import (
    OpenPgpEncryptor,
    OpenPgpSettings,
    build,
)
from strongroom.backends.encryption.openpgp.firm_key import make_firm_key, public_certificate
from strongroom_formats.pgp_certificates import read_certificate

FIRM = "Example Securities <statements@firm.example>"


@dataclass(frozen=True)
class KeyRing:
    """A GnuPG home of its own, as a recipient has one; keys are named by their address."""

    home: Path

    def run(self, *arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        quiet = ["gpg", "--batch", "--no-tty", "-q", "--pinentry-mode", "loopback"]
        return subprocess.run(
            [*quiet, "--passphrase", "", *arguments],
            env={"GNUPGHOME": str(self.home), "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
            input=stdin,
            capture_output=True,
            check=False,
            timeout=60,
        )

    def do(self, *arguments: str, stdin: bytes = b"") -> bytes:
        done = self.run(*arguments, stdin=stdin)
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout

    def make(
        self,
        name: str,
        *,
        primary: str,
        subkeys: tuple[str, ...] = (),
        faked: str = "",
        digest: str = "SHA512",
    ) -> str:
        """Make a key pair; `primary` and `subkeys` are such as "rsa2048 sign 1y"."""
        options = ("--faked-system-time", faked) if faked else ()
        options += ("--cert-digest-algo", digest)
        self.do(*options, "--quick-gen-key", f"{name} <{name}@x.example>", *primary.split())
        fingerprint = self.fingerprint(name)
        for subkey in subkeys:
            self.do(*options, "--quick-add-key", fingerprint, *subkey.split())
        return fingerprint

    def fingerprint(self, name: str) -> str:
        listed = self.do("--list-keys", "--with-colons", f"{name}@x.example").decode()
        return next(line.split(":")[9] for line in listed.splitlines() if line[:3] == "fpr")

    def public(self, name: str) -> bytes:
        return self.do("--armor", "--export", f"{name}@x.example")

    def secret(self, name: str) -> bytes:
        return self.do("--armor", "--export-secret-keys", f"{name}@x.example")

    def edit(self, name: str, *commands: str) -> None:
        lines = "\n".join([*commands, "save", ""]).encode()
        self.do("--command-fd", "0", "--expert", "--edit-key", f"{name}@x.example", stdin=lines)


@pytest.fixture(scope="session")
def rings() -> Iterator[Callable[[], KeyRing]]:
    """Makes key rings; the path is short because the agent's socket lies in it."""
    if shutil.which("gpg") is None:
        pytest.skip("gpg is not installed")
    homes: list[Path] = []

    def make() -> KeyRing:
        homes.append(Path(tempfile.mkdtemp(prefix="sr-gpg-", dir="/tmp")))
        return KeyRing(homes[-1])

    yield make
    for home in homes:
        subprocess.run(["gpgconf", "--homedir", str(home), "--kill", "all"], check=False)
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="session")
def ring(rings: Callable[[], KeyRing]) -> KeyRing:
    """Recipients as they come, good ones and such as must be held."""
    ring = rings()
    ring.make("rsa2048", primary="rsa2048 sign 1y", subkeys=("rsa2048 encr 1y",))
    ring.make("rsa3072", primary="rsa3072 sign never", subkeys=("rsa3072 encr never",))
    ring.make("curve", primary="ed25519 sign 1y", subkeys=("cv25519 encr 1y",))
    ring.make("nist", primary="nistp256 sign 1y", subkeys=("nistp384 encr never",))
    ring.make("two", primary="ed25519 sign 2y", subkeys=("cv25519 encr 1y", "rsa2048 encr 2y"))
    ring.make("names", primary="ed25519 sign 1y", subkeys=("cv25519 encr 1y",))
    for other in ("Second Name <second@x.example>", "Drittname <dritt@x.example>"):
        ring.do("--quick-add-uid", ring.fingerprint("names"), other)
    ring.make("partly", primary="ed25519 sign 1y", subkeys=("cv25519 encr 1y",) * 2)
    ring.edit("partly", "key 1", "revkey", "y", "0", "", "y")
    ring.make("signonly", primary="rsa2048 sign 1y")
    ring.make("rsa1024", primary="rsa1024 sign 1y", subkeys=("rsa1024 encr 1y",))
    ring.make("weaksub", primary="rsa2048 sign 1y", subkeys=("rsa1024 encr 1y",))
    ring.make(
        "expired",
        primary="ed25519 sign 10d",
        subkeys=("cv25519 encr never",),
        faked="20200101T000000!",
    )
    ring.make(
        "endedsub",
        primary="ed25519 sign never",
        subkeys=("cv25519 encr 10d",),
        faked="20200101T000000!",
    )
    ring.make("sha1", primary="rsa2048 sign 1y", subkeys=("rsa2048 encr 1y",), digest="SHA1")
    ring.make("revoked", primary="ed25519 sign 1y", subkeys=("cv25519 encr 1y",))
    ring.edit("revoked", "revkey", "y", "0", "", "y")
    ring.make("lostsub", primary="ed25519 sign 1y", subkeys=("cv25519 encr 1y",))
    ring.edit("lostsub", "key 1", "revkey", "y", "0", "", "y")
    return ring


@pytest.fixture(scope="session")
def firm_key() -> bytes:
    return make_firm_key(FIRM)


@pytest.fixture(scope="session")
def firm_fingerprint(firm_key: bytes, ring: KeyRing) -> str:
    """The fingerprint of the firm's key, which the recipients have imported."""
    ring.do("--import", stdin=public_certificate(firm_key))
    listed = ring.do("--list-keys", "--with-colons", FIRM).decode()
    return next(line.split(":")[9] for line in listed.splitlines() if line[:3] == "fpr")


@dataclass
class Clock:
    """A clock that shows what the test says, the machine's time at first."""

    now: datetime

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock(datetime.now(UTC))


@pytest.fixture
def encryptor(firm_key: bytes, clock: Clock) -> Iterator[OpenPgpEncryptor]:
    made = build(OpenPgpSettings(firm_key, workers=1), clock=clock)
    assert isinstance(made, OpenPgpEncryptor)
    yield made
    made.close()


@pytest.fixture
def statement(tmp_path: Path) -> Path:
    """A statement with a marker that must not be found anywhere outside it."""
    path = tmp_path / "statement.csv"
    path.write_bytes(b"MARKER-7d1f0c,Statement,Data,1\n" * 2_000)
    return path


@pytest.fixture
def target(tmp_path: Path) -> Path:
    (tmp_path / "out").mkdir()
    return tmp_path / "out" / "statement.csv.pgp"


def subkey_ids(certificate: bytes) -> list[str]:
    """The key ids of the subkeys, of a binary certificate."""
    return [key.facts.key_id for key in read_certificate(certificate).subkeys]
