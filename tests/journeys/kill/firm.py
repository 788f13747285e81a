"""The firm of the kill tests: two accounts, two recipients, and days of files with known outcomes.

What has to be true afterwards is in `invariants`.
"""

import json
import random
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from strongroom.runtime.samples import sample_day

from tests.journeys.clients.site import KeyPair, program
from tests.journeys.daemon import Strongroom
from tests.journeys.enrolling import openssh_pair

BOTH, ONE, NOBODY = "U1000001", "U1000002", "U1000003"
CLEAR, SEALED = "clara", "paula"
"""Who gets clear copies of both accounts, and who gets the first account's encrypted."""

SIDECAR = ".manifest.json"
_FIRST_DAY = date(2026, 3, 2)

SETTINGS = """
[key_desk]
private_addresses = true

[intake]
settle_seconds = 0
sidecar_wait_seconds = 0

[manifests]
settle_seconds = 0

[worker]
poll_seconds = 0.05
lease_seconds = 2
"""


@dataclass(frozen=True)
class Sent:
    """One file that the firm drops, and what has to become of it.

    `code` is the reason for which it is parked, empty for one that is delivered; a `is_repeat`
    adds nothing. `delivered` is the name that recipients see, without any `.pgp`.
    """

    name: str
    content: bytes
    delivered: str = ""
    code: str = ""
    account: str = BOTH
    revision: int = 1
    is_repeat: bool = False
    sidecar: bytes = b""

    @property
    def sha256(self) -> str:
        """The hash of the content in hex."""
        return sha256(self.content).hexdigest()

    @property
    def is_statement(self) -> bool:
        """Whether it becomes a statement of its own."""
        return not self.code and not self.is_repeat

    @property
    def recipients(self) -> tuple[str, ...]:
        """Who gets a copy."""
        return (CLEAR, SEALED) if self.account == BOTH else (CLEAR,)


def day_of_files(number: int, *, large: int = 0) -> tuple[tuple[Sent, ...], tuple[Sent, ...]]:
    """The files of one day in two stages, as a source drops them; `large` bytes in the largest."""
    day = _FIRST_DAY + timedelta(days=number)
    samples = list(sample_day(day, [BOTH], seed=number))
    activity, again = samples[0], samples[-1]
    flex = next(one for one in samples if one[0].endswith(".txt"))
    bulk = _bulk(number, large) if large else b"Total,1\r\n" * 20
    stem = f"{ONE}_Activity_{day:%Y%m%d}.csv"
    described = f"{BOTH}_Notes_{day:%Y%m%d}.csv"
    first = (
        Sent(*activity, delivered=activity[0]),
        Sent(stem, bulk, delivered=stem, account=ONE),
        Sent(f"{BOTH}_Cut_{day:%Y%m%d}.txt", flex[1][: len(flex[1]) // 2], code="FLEX-"),
        Sent(f"U7777777_Activity_{day:%Y%m%d}.csv", b"a,b\r\n", code="ACCOUNT-UNKNOWN"),
        Sent(f"export-{number}.csv", b"1,2\r\n" * 9, described, sidecar=_sidecar(day, 9)),
        Sent(
            f"export-{number}-short.csv", b"1,2\r\n" * 8, code="SIDECAR-", sidecar=_sidecar(day, 9)
        ),
    )
    revised = activity[0].replace(".csv", ".r2.csv")
    second = (
        Sent(*again, delivered=revised, revision=2),
        Sent(stem, bulk, account=ONE, is_repeat=True),
    )
    return first, second


def _bulk(number: int, size: int) -> bytes:
    """Bytes that do not compress and are the same each time."""
    return random.Random(number).randbytes(size)


def _sidecar(day: date, lines: int) -> bytes:
    said = {
        "schema": "strongroom-sidecar-1",
        "account": BOTH,
        "kind": "Notes",
        "from": f"{day}",
        "to": f"{day}",
        "size": 5 * lines,
    }
    return json.dumps(said).encode()


def stage(root: Path, *stages: tuple[Sent, ...]) -> None:
    """Lay the files of the stages ready beside the home, for the job `settle`."""
    for number, files in enumerate(stages):
        folder = root / "stages" / str(number)
        folder.mkdir(parents=True)
        for sent in files:
            write(folder, sent)


def write(folder: Path, sent: Sent) -> None:
    """Write one file with its sidecar."""
    if sent.sidecar:
        (folder / (sent.name + SIDECAR)).write_bytes(sent.sidecar)
    (folder / sent.name).write_bytes(sent.content)


@dataclass(frozen=True)
class Firm:
    """A home that is ready, and the keys of its recipients."""

    home: Path
    ring: Path
    pair: KeyPair

    def at(self, root: Path) -> Path:
        """Make `root` afresh with a copy of the home in it."""
        shutil.rmtree(root, ignore_errors=True)
        root.mkdir(parents=True)
        shutil.copytree(self.home, root / "home")
        return root / "home"

    def moved_to(self, home: Path, place: Path) -> "Firm":
        """The same firm as it is now in another home, kept at `place`."""
        shutil.copytree(home, place)
        return replace(self, home=place)

    def open(self, sealed: bytes) -> bytes:
        """Decrypt with the recipient's own GnuPG."""
        return gpg(self.ring, "--decrypt", given=sealed)


def gpg(ring: Path, *words: str, given: bytes = b"") -> bytes:
    """Run GnuPG on a key ring."""
    quiet = [program("gpg"), "--batch", "--no-tty", "-q", "--pinentry-mode", "loopback"]
    quiet += ["--trust-model", "always", "--passphrase", ""]
    env = {"GNUPGHOME": str(ring), "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"}
    done = subprocess.run(
        [*quiet, *words], env=env, input=given, capture_output=True, check=False, timeout=60
    )
    if done.returncode not in (0, 2):  # 2: the firm's signature cannot be checked, it opened
        pytest.fail(done.stderr.decode())
    return done.stdout


@contextmanager
def made_firm(folder: Path, *, settings: str = SETTINGS) -> Iterator[Firm]:
    """Initialise a home with accounts, recipients and approved keys, by the command line."""
    strongroom = Strongroom(folder / "home")
    strongroom.run("init")
    with (strongroom.home / "strongroom.toml").open("a") as file:
        file.write(settings)
    strongroom.run("init", "--upgrade")  # the settings may name another database
    for account in (BOTH, ONE, NOBODY):
        strongroom.run("account", "add", account, "--name", f"Holder of {account}")
    local = ("--allow", "127.0.0.1/32")
    strongroom.run("recipient", "add", CLEAR, "--account", BOTH, "--account", ONE, *local)
    strongroom.run("recipient", "add", SEALED, "--account", BOTH, "--pgp", "required", *local)
    pair = openssh_pair(folder / "pair", "-t", "ed25519")
    approve(strongroom, "key", CLEAR, pair.public.read_bytes())
    ring = Path(tempfile.mkdtemp(prefix="sr-gpg-", dir="/tmp"))  # the agent's socket is there
    try:
        gpg(ring, "--quick-gen-key", f"{SEALED}@x.example", "future-default", "default", "never")
        approve(strongroom, "pgp-key", SEALED, gpg(ring, "--export", f"{SEALED}@x.example"))
        yield Firm(strongroom.home, ring, pair)
    finally:
        subprocess.run(["gpgconf", "--homedir", ring, "--kill", "all"], check=False)
        shutil.rmtree(ring, ignore_errors=True)


def approve(strongroom: Strongroom, desk: str, login: str, key: bytes) -> None:
    """Submit a key and approve what was shown."""
    shown = json.loads(strongroom.run(desk, "submit", login, "-", "--json", given=key).stdout)
    strongroom.run(desk, "approve", login, shown["fingerprint"])
