"""Checks of the firm's secret keys: they are private, readable, and do what they are for."""

import os
import stat
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from strongroom_formats import sshsig
from strongroom_formats.pgp_armour import read_public_block

from strongroom.runtime import registry, secret_keys
from strongroom.runtime.checks.finding import Finding, Subject, bad, good

_PROBE = b"strongroom check\n"
_NAMESPACE = "check@strongroom"


def key_files(subject: Subject) -> Iterator[Finding]:
    """Everything in keys/ belongs to this user and nobody else can read it."""
    paths = sorted(subject.home.keys.iterdir())
    wrong = [finding for path in paths for finding in _key_file(path)]
    yield from wrong or [good("key files", f"{len(paths)}, private")]


def _key_file(path: Path) -> Iterator[Finding]:
    found = path.lstat()
    if not stat.S_ISREG(found.st_mode) or found.st_mode & 0o077:
        yield bad(
            "key files",
            f"{path.name} is no private file (mode {stat.S_IMODE(found.st_mode):o})",
            f"chmod 600 {path}; if others had access to it, make new keys.",
        )
    elif found.st_uid != os.geteuid():
        yield bad(
            "key files",
            f"{path.name} belongs to user {found.st_uid}, not to {os.geteuid()}",
            f"Run the server as that user, or: chown {os.geteuid()} {path}",
        )


def host_keys(subject: Subject) -> Iterator[Finding]:
    """The gateway has the host keys that it needs."""
    keys = secret_keys.host_keys(subject.home)
    in_use = [key for key in keys if not key.is_announced]
    missing = set(secret_keys.HOST_KINDS) - {key.kind for key in in_use}
    if missing:
        yield bad(
            "host keys",
            f"missing: {', '.join(sorted(missing))}",
            "Restore keys/ from the back-up; clients know the server by these keys.",
        )
        return
    announced = len(keys) - len(in_use)
    more = f", {announced} announced" if announced else ""
    yield good("host keys", f"{', '.join(key.kind for key in in_use)}{more}")


def evidence_key(subject: Subject) -> Iterator[Finding]:
    """The evidence key signs, and its signature verifies."""
    key = secret_keys.evidence_key(subject.home)
    blob = sshsig.public_blob(key.public_key())
    signature = sshsig.sign(_PROBE, key, _NAMESPACE)
    sshsig.verify(_PROBE, signature, namespace=_NAMESPACE, trusted=(blob,))
    yield good("evidence key", "signed and verified")


def firm_pgp_key(subject: Subject) -> Iterator[Finding]:
    """The firm's PGP key signs a file that is encrypted to itself, as each copy is made."""
    pipeline = registry.build_pipeline(subject.settings, subject.home)
    folder = subject.home.spool / "encrypt"
    source, target = folder / f"check-{os.getpid()}.txt", folder / f"check-{os.getpid()}.pgp"
    certificate = read_public_block(secret_keys.firm_certificate(subject.home))
    with closing(pipeline.encryptor):
        try:
            source.write_bytes(_PROBE)
            made = pipeline.encryptor.encrypt(
                str(source), str(target), certificate=certificate, name="check.txt"
            )
        finally:
            source.unlink(missing_ok=True)
            target.unlink(missing_ok=True)
    yield good("firm PGP key", f"signed and encrypted a test file ({made.size} bytes)")
