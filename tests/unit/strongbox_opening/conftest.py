"""Keys and files to open, made by the real gpg, sq and pysequoia at run time.

`people`   the firm, another firm and the recipient: see `People`
`opened`   opens a file with the recipient's keys: `opened(data, sender=…, …)` is `(Opened, bytes)`
`refused`  the same for a file that must be refused: the code; checks that nothing is left
"""

import shutil
import stat
import subprocess
import tempfile
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import pysequoia
import pytest
from strongbox.opening.opener import Keyring, Opened, open_file
from strongbox.refusal import Refused

PASSPHRASE = "correct horse 電池"
CLEAR = b"ClientAccountID,Date,Amount\r\n" + b"U1234567,20261120,1.00\r\n" * 300


def program(name: str) -> str:
    """A real program, or a visible skip that names it."""
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


@dataclass
class Gpg:
    """A GnuPG home."""

    home: Path
    passphrase: str = PASSPHRASE

    def __post_init__(self) -> None:
        """Keep the agent from measuring the machine for seconds."""
        (self.home / "gpg-agent.conf").write_text("s2k-count 65536\ndisable-scdaemon\n")

    def __call__(self, *words: str | Path, given: bytes = b"") -> bytes:
        line = [program("gpg"), "--homedir", str(self.home), "--batch", "--no-tty", "-q",
                "--pinentry-mode", "loopback", "--passphrase", self.passphrase,
                "--trust-model", "always", *map(str, words)]  # fmt: skip
        done = subprocess.run(line, input=given, capture_output=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout

    def end(self) -> None:
        words = [program("gpgconf"), "--homedir", str(self.home), "--kill", "all"]
        subprocess.run(words, check=True, timeout=20)
        shutil.rmtree(self.home, ignore_errors=True)


def generated(user_id: str, **more: Any) -> pysequoia.Tsk:
    """A key by pysequoia, as Strongroom makes its own."""
    return pysequoia.Tsk.generate(user_id, profile=pysequoia.Profile.RFC4880, **more)


def certificate(key: pysequoia.Tsk) -> bytes:
    """The public half."""
    return bytes(key.extract_certificate())


@dataclass
class People:
    """`gpg` holds the recipient me@example.com and the firms gpg@ and other@ with their secrets."""

    gpg: Gpg
    folder: Path
    firm: pysequoia.Tsk = field(default_factory=lambda: generated("Firm <firm@example.com>"))
    other: pysequoia.Tsk = field(default_factory=lambda: generated("Other <o@example.com>"))

    @cached_property
    def secret(self) -> Path:
        """The recipient's key with its passphrase, as gpg exports it."""
        path = self.folder / "me.asc"
        path.write_bytes(self.gpg("--armor", "--export-secret-keys", "me@example.com"))
        return path

    @cached_property
    def me(self) -> bytes:
        """The recipient's certificate."""
        return self.gpg("--export", "me@example.com")

    def sent(self, clear: bytes = CLEAR, *, signer: Any = "firm", to: bytes = b"") -> bytes:
        """A file as Strongroom sends it."""
        chosen = {"firm": self.firm, "other": self.other}.get(signer, signer)
        recipient = pysequoia.Cert.from_bytes(to or self.me)
        signers = [] if chosen is None else [chosen.signer()]
        return pysequoia.encrypt(clear, [recipient], *signers, armor=False)

    def sent_by_gpg(self, *words: str, signer: str = "gpg@example.com") -> bytes:
        """A file as GnuPG sends it, by default compressed within the signature's reach."""
        signing = ["--sign", "-u", signer] if signer else []
        return self.gpg(*words, "-r", "me@example.com", *signing, "--encrypt", given=CLEAR)


@pytest.fixture(scope="session")
def people() -> Iterator[People]:
    """Made once: keys take their time."""
    home = Path(tempfile.mkdtemp(prefix="sb-"))
    gpg = Gpg(home)
    gpg("--quick-gen-key", "me <me@example.com>", "default", "default", "never")
    for name in ("gpg", "other"):
        open_gpg = Gpg(home, passphrase="")
        open_gpg("--quick-gen-key", f"{name} <{name}@example.com>", "future-default")
    (home / "files").mkdir()
    yield People(gpg, home / "files")
    gpg.end()


Open = Callable[..., tuple[Opened, bytes]]
Refuse = Callable[..., Refused]


@pytest.fixture
def opened(people: People, tmp_path: Path) -> Open:
    """Opens what it is given."""

    def run(data: bytes, **more: Any) -> tuple[Opened, bytes]:
        source, target = tmp_path / "statement.csv.pgp", tmp_path / "into" / ".part"
        source.write_bytes(data)
        target.parent.mkdir(exist_ok=True)
        try:
            found = open_file(source, target, keyring_of(people, **more))
            assert stat.S_IMODE(target.stat().st_mode) == 0o600
            assert list(target.parent.iterdir()) == [target]
            return found, target.read_bytes()
        finally:
            target.unlink(missing_ok=True)

    return run


@pytest.fixture
def refused(people: People, tmp_path: Path) -> Refuse:
    """Tries to open what must not open, and looks whether anything was left."""

    def run(data: bytes, **more: Any) -> Refused:
        source, target = tmp_path / "statement.csv.pgp", tmp_path / "into" / ".part"
        source.write_bytes(data)
        target.parent.mkdir(exist_ok=True)
        with pytest.raises(Refused) as caught:
            open_file(source, target, keyring_of(people, **more))
        assert list(target.parent.iterdir()) == []
        assert "{" not in str(caught.value)
        return caught.value

    return run


def keyring_of(people: People, **more: Any) -> Keyring:
    """The recipient's keyring, with changes."""
    given: dict[str, Any] = {
        "secret_keys": (people.secret,),
        "sender": certificate(people.firm),
        "is_signature_needed": True,
        "ask": PASSPHRASE.encode,
    }
    return Keyring(**(given | more))


@pytest.fixture(autouse=True)
def _sequoias_warnings() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        yield
