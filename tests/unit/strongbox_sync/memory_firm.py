"""A firm in memory: its folders, its signed manifests, a session to it, and a recipient."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from strongbox.profiles import files
from strongbox.profiles.box import Box
from strongbox.profiles.profile import Calendar, Folders, OwnKeys, Profile, Sender
from strongbox.refusal import Refused
from strongbox.sync.events import Event, EventKind
from strongbox.sync.ledger import Ledger, open_ledger
from strongbox.sync.rounds import Round, run_round
from strongbox.sync.running import Options
from strongbox.sync.statement import Record
from strongbox.sync.summary import Summary
from strongbox.wire import refusals as wire_refusals
from strongbox.wire.ports import RemoteFile, Sink
from strongroom_formats import manifest, sshsig
from strongroom_formats.audit_record import AuditHead
from strongroom_formats.document_fields import NO_SHA256
from strongroom_formats.manifest import Encryption, Manifest, ManifestEntry

TODAY = date(2026, 11, 20)
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
LOGIN = "acme"


@dataclass
class MemoryFirm:
    """What lies at a firm, by path, and what it will do to whoever reads it."""

    has_manifests: bool = True
    files: dict[str, bytes] = field(default_factory=dict)
    times: dict[str, datetime] = field(default_factory=dict)
    key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    last: Manifest | None = None
    last_body: bytes = b""
    copies: int = 0
    login: str = LOGIN
    reads: list[tuple[str, int]] = field(default_factory=list)
    on_read: Callable[[str, int], None] | None = None
    """Called with path and bytes so far, before each piece; what it raises ends the read."""
    on_list: Callable[[str], None] | None = None

    def put(self, name: str, content: bytes, *, at: datetime = NOON) -> None:
        """A file without a word about it."""
        self.files[f"/outgoing/{name}"] = content
        self.times[f"/outgoing/{name}"] = at

    def entry(self, name: str, content: bytes, **changes: Any) -> ManifestEntry:
        """An entry for a file in clear."""
        self.copies += 1
        digest = hashlib.sha256(content).hexdigest()
        day = changes.pop("day", TODAY)
        made = ManifestEntry(
            number=self.copies,
            statement_id=str(uuid4()),
            account="U1000001",
            kind="Activity",
            period_from=day,
            period_to=day,
            revision=1,
            replaces=None,
            name=name,
            size=len(content),
            sha256=digest,
            content_size=len(content),
            content_sha256=digest,
            encryption=Encryption.NONE,
            published_at=NOON,
            removed_on=day + timedelta(days=90),
        )
        return replace(made, **changes)

    def publish(self, name: str, content: bytes, *, on: date = TODAY, **changes: Any) -> Any:
        """One more file, and a manifest that lists it; returns its entry."""
        entry = self.entry(name, content, **changes)
        self.put(name, content)
        self.list_on(on, entry)
        return entry

    def list_on(self, day: date, *entries: ManifestEntry, reason: str | None = None) -> str:
        """The next manifest of a day; its name."""
        last = self.last
        is_same_day = last is not None and last.date == day
        earlier = last.entries if last is not None and is_same_day else ()
        made = Manifest(
            firm="A Firm",
            recipient=self.login,
            date=day,
            edition=1 if last is None or not is_same_day else last.edition + 1,
            number=1 if last is None else last.number + 1,
            previous_sha256=NO_SHA256
            if last is None
            else hashlib.sha256(self.last_body).hexdigest(),
            made_at=NOON,
            entries=(*earlier, *entries),
            nothing_today=not (*earlier, *entries),
            reason=reason,
            audit_head=AuditHead(0, NO_SHA256),
        )
        self.last, self.last_body = made, made.to_bytes()
        return self.sign(made)

    def sign(self, made: Manifest) -> str:
        """Put a manifest and its signature into the folder."""
        name = manifest.file_name(made.date, made.edition)
        path, body = f"/manifests/{name}", made.to_bytes()
        self.files[path] = body
        self.files[manifest.signature_name(path)] = sshsig.sign(body, self.key, manifest.NAMESPACE)
        return name

    @property
    def signer(self) -> str:
        """The firm's line in a profile."""
        return sshsig.public_key_line(self.key.public_key())


class MemorySession:
    """A `Session` to a MemoryFirm."""

    server_version = "SSH-2.0-memory"
    key_fingerprint = "SHA256:none"
    announced_host_keys: Sequence[str] = ()

    def __init__(self, firm: MemoryFirm) -> None:
        self._firm = firm

    async def list(self, folder: str) -> list[RemoteFile]:
        await asyncio.sleep(0)
        if self._firm.on_list is not None:
            self._firm.on_list(folder)
        start = f"{folder}/"
        return [
            RemoteFile(path.removeprefix(start), len(data), self._firm.times.get(path), False)
            for path, data in self._firm.files.items()
            if path.startswith(start)
        ]

    async def read(self, path: str, *, most: int) -> bytes:
        await asyncio.sleep(0)
        if path not in self._firm.files:
            raise wire_refusals.FILE_ABSENT.because(path=path)
        return self._firm.files[path]

    async def fetch(self, path: str, into: Sink, *, offset: int = 0) -> int:
        self._firm.reads.append((path, offset))
        data = await self.read(path, most=0)
        at = offset
        while at < len(data):
            if self._firm.on_read is not None:
                self._firm.on_read(path, at)
            data = self._firm.files[path]
            piece = memoryview(data)[at : at + 65536]
            into(piece)
            at += len(piece)
            await asyncio.sleep(0)
        return at - offset

    async def put(self, path: str, data: bytes) -> None:
        self._firm.files[path] = data


class Recipient:
    """Somebody with a profile and a box; `sync()` is one whole run."""

    def __init__(self, firm: MemoryFirm, root: Path, name: str, **changes: Any) -> None:
        self.firm = firm
        self.box = Box(root / "box")
        folders = Folders() if firm.has_manifests else Folders(manifests="", test="")
        self.profile = Profile(
            name=name,
            host="firm.example",
            port=22,
            login=LOGIN,
            host_keys=(),
            keys=OwnKeys(root / "none", secret="none"),
            landing=root / "landing",
            folders=folders,
            calendar=Calendar(),
            sender=Sender(signers=(firm.signer,) if firm.has_manifests else ()),
        )
        self.profile = replace(self.profile, **changes)
        files.save(self.box, self.profile)
        self.events: list[Event] = []
        self.logins = 0
        self.now = NOON

    @asynccontextmanager
    async def _session(self) -> AsyncIterator[MemorySession]:
        self.logins += 1
        yield MemorySession(self.firm)

    def round(self, options: Options = Options()) -> Round:  # noqa: B008
        """What a whole run needs."""
        return Round(
            box=self.box,
            profile=self.profile,
            connector=self._session,
            ask=lambda: b"",
            tell=self.events.append,
            options=options,
            clock=lambda: self.now,
        )

    def sync(self, options: Options = Options()) -> Summary:  # noqa: B008
        """One run; its events replace the earlier ones."""
        self.events.clear()
        return asyncio.run(run_round(self.round(options)))

    def refused(self, options: Options = Options()) -> Refused:  # noqa: B008
        """One run that has to be refused."""
        try:
            summary = self.sync(options)
        except Refused as refused:
            return refused
        raise AssertionError(f"not refused: {summary}")

    @property
    def root(self) -> Path:
        """The landing folder."""
        return self.profile.landing

    def landed(self) -> dict[str, bytes]:
        """What lies in complete folders, by its path below the landing folder."""
        found = {}
        for marker in self.root.glob("kind=*/**/_COMPLETE"):
            for path in marker.parent.iterdir():
                if path.name not in ("_COMPLETE", "entry.json", "_REPLACED") and path.is_file():
                    found[path.relative_to(self.root).as_posix()] = path.read_bytes()
        return found

    def hidden(self) -> list[str]:
        """What is left in the hidden folder."""
        folder = self.root / f".strongbox-{self.profile.name}"
        return sorted(one.name for one in folder.iterdir() if one.name != "blank")

    def told(self, kind: EventKind) -> list[Event]:
        """The events of one kind of the last run."""
        return [one for one in self.events if one.kind is kind]

    def records(self) -> list[Record]:
        """Everything in the ledger."""
        with open_ledger(self.ledger_path) as ledger:
            return ledger.records(LOGIN)

    @property
    def ledger_path(self) -> Path:
        """Where the ledger is."""
        return self.box.state(self.profile.name) / "ledger.sqlite3"

    def ledger(self) -> Any:
        """The ledger, open for a block."""
        return open_ledger(self.ledger_path)


__all__ = ["LOGIN", "NOON", "TODAY", "Ledger", "MemoryFirm", "MemorySession", "Recipient"]
