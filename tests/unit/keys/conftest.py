"""Keys made at run time by the real tools, once for the whole session; none is ever committed."""

import shutil
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

PASSPHRASE = "correct horse"


class KeyShop:
    """A folder with the tools that clients use. Asking for the same thing twice makes it once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._secret = folder / "passphrase"
        self._secret.write_text(PASSPHRASE)
        self._empty = folder / "empty"
        self._empty.write_text("")
        self.run = cache(self._run)

    def _run(self, *command: str) -> bytes:
        if shutil.which(command[0]) is None:
            pytest.skip(f"{command[0]} is not installed")
        done = subprocess.run(command, capture_output=True, timeout=120, check=False)
        assert done.returncode == 0, (command, done.stderr)
        return done.stdout

    def pair(
        self, kind: str = "rsa", bits: int = 2048, passphrase: str = "", form: str = ""
    ) -> Path:
        """The private file of a pair by ssh-keygen; the public one has `.pub` behind its name."""
        path = self._folder / f"{kind}-{bits}-{len(passphrase)}-{form or 'new'}"
        if path.exists():
            return path
        size = ["-b", str(bits)] if kind in ("rsa", "ecdsa", "dsa") else []
        as_form = ["-m", form] if form else []
        self._run(
            *("ssh-keygen", "-q", "-t", kind, *size, *as_form, "-N", passphrase),
            *("-C", f"{kind}@laptop", "-f", str(path)),
        )
        return path

    def putty(self, kind: str = "rsa", bits: int = 2048, *, version: int = 3) -> Path:
        """A PPK file with a passphrase, as the guide for Linux has it (KEY-2)."""
        path = self._folder / f"{kind}-{bits}-v{version}.ppk"
        if path.exists():
            return path
        size = ["-b", str(bits)] if kind != "ed25519" else []
        self._run(
            *("puttygen", "-q", "-t", kind, *size, "--random-device", "/dev/urandom"),
            *("--ppk-param", f"version={version}"),
            *("--new-passphrase", str(self._secret), "-C", "from puttygen", "-o", str(path)),
        )
        return path

    def putty_export(self, path: Path, form: str) -> bytes:
        """Another form of a PPK, such as private-sshcom, with the same passphrase."""
        out = path.with_suffix(f".{form}")
        self.run(
            *("puttygen", str(path), "-O", form, "-o", str(out)),
            *("--old-passphrase", str(self._secret), "--new-passphrase", str(self._secret)),
        )
        return out.read_bytes()

    def public(self, *pair: str | int) -> bytes:
        """The public file of a pair by ssh-keygen."""
        return Path(f"{self.pair(*pair)}.pub").read_bytes()

    def fingerprint(self, path: Path, kind: str = "sha256") -> str:
        """What ssh-keygen calls the public key beside `path`."""
        return self.run("ssh-keygen", "-l", "-E", kind, "-f", f"{path}.pub").split()[1].decode()

    def gpg(self, *arguments: str) -> bytes:
        """What gpg says, with a home of its own whose keys have the passphrase."""
        home = self._folder / "gnupg"
        home.mkdir(mode=0o700, exist_ok=True)
        secret = ("--pinentry-mode", "loopback", "--passphrase", PASSPHRASE)
        return self.run("gpg", "--homedir", str(home), "--batch", "--quiet", *secret, *arguments)

    def gpg_key(self, algorithm: str) -> str:
        """The fingerprint of an OpenPGP key of this kind, named after it."""
        self.gpg("--quick-generate-key", f"{algorithm} <{algorithm}@example.com>", algorithm)
        listing = self.gpg("--with-colons", "--fingerprint", f"{algorithm}@example.com").decode()
        found = [line.split(":")[9] for line in listing.splitlines() if line.startswith("fpr")]
        return found[0]

    def gpg_secret_files(self) -> list[Path]:
        """The agent's own files."""
        return list((self._folder / "gnupg" / "private-keys-v1.d").iterdir())

    def close(self) -> None:
        """Stop the agent that gpg started."""
        home = self._folder / "gnupg"
        if home.exists():
            self.run("gpgconf", "--homedir", str(home), "--kill", "all")

    def in_folder(self, name: str, content: bytes) -> Path:
        """A file of its own for a tool to read."""
        path = self._folder / name
        path.write_bytes(content)
        return path


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KeyShop]:
    """The key shop of the session."""
    opened = KeyShop(tmp_path_factory.mktemp("keys"))
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def rsa_line(shop: KeyShop) -> bytes:
    """The commonest submission: one line of RSA with 2048 bits."""
    return shop.public("rsa", 2048)
