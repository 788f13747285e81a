"""The firm's signed manifests: read newest first, verified, and remembered as one chain.

What a manifest holds and what makes a chain is in strongroom_formats; what is planned from the
entries is in `planning`.
"""

import asyncio
import base64
import binascii
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from strongroom_formats import manifest, manifest_chain, sshsig
from strongroom_formats.manifest import Manifest, ManifestInvalid
from strongroom_formats.manifest_chain import ChainBroken

from strongbox.profiles.profile import Profile
from strongbox.sync import refusals
from strongbox.sync.ledger import KnownManifest, Ledger
from strongbox.sync.statement import Statement, from_entry
from strongbox.sync.together import together
from strongbox.wire.ports import RemoteFile, Session

_MOST_BYTES = 256 * 1024 * 1024
"""Of manifests in one run: years of them, and no more than a small machine has."""

_AT_ONCE = 16


@dataclass(frozen=True, slots=True)
class _Document:
    name: str
    body: bytes

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.body).hexdigest()


async def update_manifests(
    session: Session, profile: Profile, ledger: Ledger, *, now: datetime
) -> int:
    """Read the manifests that are new, check them, and put what they list into the ledger.

    Returns how many there were. Raises Refused (MANIFEST-…), and nothing of any is kept then.
    """
    trusted = _trusted(profile)
    shown = {one.name: one for one in await session.list(profile.folders.manifests)}
    offered = _offered(shown)
    known = ledger.manifests(profile.login)
    _check_unchanged(known, shown)
    names = {one.name for one in known}
    head = known[-1] if known else None
    wanted = [name for name in offered if name not in names]
    if head is not None and head.name in shown:
        wanted.append(head.name)
    _check_bound(wanted, shown)
    sizes = {name: shown[name].size for name in wanted}
    documents = await _read_all(session, profile, sizes, trusted=trusted)
    fresh = _without_head(documents, head)
    if fresh:
        chain = _chained(fresh, head, profile.login)
        _remember(ledger, profile.login, chain, now=now)
    return len(fresh)


def _trusted(profile: Profile) -> set[bytes]:
    """The public blobs of the profile's signers. Raises Refused (MANIFEST-SIGNERS)."""
    blobs = set()
    for line in profile.sender.signers:
        words = line.split()
        try:
            blobs.add(base64.b64decode(words[1], validate=True))
        except (IndexError, binascii.Error) as error:
            raise refusals.MANIFEST_SIGNERS.because(name=profile.name) from error
    if not blobs:
        raise refusals.MANIFEST_SIGNERS.because(name=profile.name)
    return blobs


def _offered(shown: Mapping[str, RemoteFile]) -> list[str]:
    """The names of manifests in the folder, newest first; other names are none of them."""
    found = []
    for name in shown:
        try:
            found.append((manifest.read_file_name(name), name))
        except ManifestInvalid:
            continue
    return [name for _, name in sorted(found, reverse=True)]


def _check_unchanged(known: Sequence[KnownManifest], shown: Mapping[str, RemoteFile]) -> None:
    """An edition is never changed, so another size is another manifest under an old name."""
    for one in known:
        if one.name in shown and shown[one.name].size != one.size:
            raise refusals.MANIFEST_REPLACED.because(name=one.name)


def _check_bound(wanted: Sequence[str], shown: Mapping[str, RemoteFile]) -> None:
    total = sum(shown[name].size for name in wanted)
    if total > _MOST_BYTES:
        raise refusals.MANIFEST_MANY.because(size=total)
    for name in wanted:
        if manifest.signature_name(name) not in shown:
            raise refusals.MANIFEST_UNSIGNED.because(name=name)


async def _read_all(
    session: Session, profile: Profile, sizes: Mapping[str, int], *, trusted: set[bytes]
) -> list[_Document]:
    """The documents behind the names, each no longer than was said and with a true signature."""
    gate = asyncio.Semaphore(_AT_ONCE)

    async def read(name: str) -> _Document:
        path = f"{profile.folders.manifests.rstrip('/')}/{name}"
        async with gate:
            body, signature = await asyncio.gather(
                session.read(path, most=min(manifest.LIMIT, sizes[name])),
                session.read(manifest.signature_name(path), most=sshsig.LIMIT),
            )
        try:
            sshsig.verify(body, signature, namespace=manifest.NAMESPACE, trusted=trusted)
        except sshsig.SignatureInvalid as error:
            raise refusals.MANIFEST_SIGNATURE.because(name=name, why=str(error)) from error
        return _Document(name, body)

    return await together(read(name) for name in sizes)


def _without_head(documents: Sequence[_Document], head: KnownManifest | None) -> list[_Document]:
    """The new ones; the head that was read again has to be the one that is remembered."""
    if head is None:
        return list(documents)
    for one in documents:
        if one.name == head.name and one.sha256 != head.sha256:
            raise refusals.MANIFEST_REPLACED.because(name=one.name)
    return [one for one in documents if one.name != head.name]


def _chained(
    documents: Sequence[_Document], head: KnownManifest | None, login: str
) -> list[tuple[Manifest, _Document]]:
    """The manifests in the chain's order, each under the name that it has to have."""
    bodies = {}
    for one in documents:
        try:
            read = Manifest.from_bytes(one.body)
        except ManifestInvalid as error:
            raise refusals.MANIFEST_BROKEN.because(name=one.name, why=str(error)) from error
        if manifest.file_name(read.date, read.edition) != one.name:
            why = "it was made under another name"
            raise refusals.MANIFEST_BROKEN.because(name=one.name, why=why)
        if read.recipient != login:
            raise refusals.MANIFEST_LOGIN.because(name=one.name, recipient=read.recipient)
        bodies[read.number] = one
    after = None if head is None else head.body
    try:
        chain = manifest_chain.verify_chain([one.body for one in documents], after=after)
    except ChainBroken as error:
        raise refusals.MANIFEST_CHAIN.because(why=str(error)) from error
    return [(one, bodies[one.number]) for one in chain]


def _remember(
    ledger: Ledger, login: str, chain: Sequence[tuple[Manifest, _Document]], *, now: datetime
) -> None:
    known = [
        KnownManifest(
            number=one.number,
            name=document.name,
            size=len(document.body),
            sha256=document.sha256,
            day=one.date,
            is_empty=one.nothing_today,
        )
        for one, document in chain
    ]
    known[-1] = replace(known[-1], body=chain[-1][1].body)
    statements = [one for read, document in chain for one in _statements(login, read, document)]
    ledger.add_manifests(login, known, statements, now)


def _statements(login: str, read: Manifest, document: _Document) -> list[Statement]:
    """Every entry, with the text that the firm signed."""
    found: object = json.loads(document.body)
    rows: object = found.get("entries") if isinstance(found, dict) else None
    texts = rows if isinstance(rows, list) else []
    return [
        from_entry(login, entry, text=_text(text), day=read.date)
        for entry, text in zip(read.entries, texts, strict=True)
    ]


def _text(entry: object) -> str:
    return json.dumps(entry, ensure_ascii=False, separators=(",", ":"))
