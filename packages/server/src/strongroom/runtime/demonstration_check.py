"""Checks a running demo as its recipient would: fetch all, verify all, and be refused rightly.

Each check yields one line for people; a check that fails raises `CheckFailed` with the reason.
"""

import asyncio
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace

from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from strongroom_formats import sshsig
from strongroom_formats.manifest import (
    NAMESPACE,
    FileDiffers,
    Manifest,
    ManifestInvalid,
    check_entry,
)
from strongroom_formats.manifest_chain import ChainBroken, verify_chain

from strongroom.audit.reads import verify_log
from strongroom.gateways.sftp.self_test import (
    FetchFailed,
    Target,
    answers,
    fetch_everything,
    is_refused,
)
from strongroom.login.models import Attempt
from strongroom.runtime import secret_keys
from strongroom.runtime.demonstration import LOGIN, client_files
from strongroom.runtime.home import Home
from strongroom.statements.models import Copy, CopyState, Receipt


class CheckFailed(Exception):
    """A check did not hold; the text says which and why."""


@dataclass(frozen=True, slots=True)
class Demo:
    """A demo that is being served: its home and the address of its SFTP gateway."""

    home: Home
    sftp: str


def check_demo(demo: Demo) -> Iterator[str]:
    """Yield a line for each check that held. Raises CheckFailed."""
    target = target_of(demo)
    files = _fetched(target)
    total = sum(len(data) for data in files.values())
    yield f"fetched {len(files)} files, {total:,} bytes, over SFTP from {demo.sftp}"
    manifests = _verified_manifests(demo, files)
    yield f"verified the signatures and the chain of {len(manifests)} manifest(s)"
    yield from _check_statements(manifests, files)
    yield _check_receipts()
    yield _check_refusals(target)
    head = verify_log()
    yield f"verified the audit log: {head.seq} records, head {head.hash[:16]}…"


def _fetched(target: Target) -> dict[str, bytes]:
    try:
        return asyncio.run(fetch_everything(target))
    except FetchFailed as failure:
        raise CheckFailed(str(failure)) from failure


def lets_in(target: Target) -> bool:
    """Whether the server lets the recipient in yet. Raises CheckFailed when it refuses."""
    try:
        return asyncio.run(answers(target))
    except FetchFailed as failure:
        raise CheckFailed(str(failure)) from failure


def target_of(demo: Demo) -> Target:
    """Return how the demo's recipient logs in."""
    files = client_files(demo.home)
    host, _, port = demo.sftp.rpartition(":")
    return Target(
        host=host.strip("[]"),
        port=int(port),
        login=LOGIN,
        private_key=files.openssh.read_bytes(),
        known_hosts=files.known_hosts.read_text(),
    )


def _verified_manifests(demo: Demo, files: dict[str, bytes]) -> list[Manifest]:
    trusted = [sshsig.public_blob(secret_keys.evidence_key(demo.home).public_key())]
    names = [path for path in files if path.startswith("/manifests/") and path.endswith(".json")]
    try:
        for name in names:
            sshsig.verify(files[name], files[f"{name}.sig"], namespace=NAMESPACE, trusted=trusted)
        numbered = sorted(names, key=lambda name: Manifest.from_bytes(files[name]).number)
        return list(verify_chain([files[name] for name in numbered]))
    except (sshsig.SignatureInvalid, ManifestInvalid, ChainBroken, KeyError) as error:
        raise CheckFailed(f"a manifest does not hold: {error}") from error


def _check_statements(manifests: list[Manifest], files: dict[str, bytes]) -> Iterator[str]:
    """Every listed statement is there with its very bytes, and nothing else is."""
    entries = {entry.name: entry for manifest in manifests for entry in manifest.entries}
    fetched = {path.removeprefix("/outgoing/") for path in files if path.startswith("/outgoing/")}
    if fetched != entries.keys():
        raise CheckFailed(f"listed and fetched differ: {sorted(fetched ^ entries.keys())}")
    if not entries:
        raise CheckFailed("no statement was published")
    for name, entry in entries.items():
        data = files[f"/outgoing/{name}"]
        try:
            check_entry(entry, len(data), hashlib.sha256(data).hexdigest())
        except FileDiffers as error:
            raise CheckFailed(f"{name} is not what its manifest says: {error}") from error
    accounts = {entry.account for entry in entries.values()}
    endings = sorted({entry.name.rpartition(".")[2] for entry in entries.values()})
    yield (
        f"compared {len(entries)} statements of {len(accounts)} accounts ({', '.join(endings)}) "
        "with their SHA-256"
    )
    again = [entry for entry in entries.values() if entry.replaces is not None]
    if not again:
        raise CheckFailed("the re-issued statement is missing")
    yield f"found the re-issue beside the first issue: {again[0].name}"


def _check_receipts() -> str:
    published = Copy.objects.filter(recipient__login=LOGIN, state=CopyState.PUBLISHED).count()
    received = Receipt.objects.filter(recipient__login=LOGIN).count()
    if received < published:
        raise CheckFailed(f"{published} statements were fetched but {received} receipts made")
    return f"counted {received} signed receipts"


def _check_refusals(target: Target) -> str:
    """A key that nobody sent in is refused, and the cause is on record."""
    strange = ed25519.Ed25519PrivateKey.generate().private_bytes(
        Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()
    )
    if not asyncio.run(is_refused(replace(target, private_key=strange))):
        raise CheckFailed("a key that was never sent in got in")
    attempt = Attempt.objects.filter(login=LOGIN).order_by("-last_at").first()
    if attempt is None:
        raise CheckFailed("a refused key is not on record")
    return f"was refused with a strange key, on record as {attempt.cause} ({attempt.reference})"
