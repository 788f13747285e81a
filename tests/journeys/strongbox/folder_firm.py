"""A firm whose folders lie on a disk that an OpenSSH server serves; it signs its manifests."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

from strongbox.profiles import files
from strongbox.profiles.box import Box
from strongbox.profiles.profile import Folders, OwnKeys, Profile, Sender

from tests.journeys.strongbox.wire_servers import SshServer, make_pair, openssh
from tests.unit.strongbox_sync.memory_firm import MemoryFirm

FIRST_DAY = date(2026, 3, 2)


@dataclass
class FolderFirm:
    """The firm, its server, and the key that it lets in."""

    server: SshServer
    key: Path
    memory: MemoryFirm = field(default_factory=MemoryFirm)
    sent: dict[str, str] = field(default_factory=dict)
    """The SHA-256 of what was published, by statement id."""
    _days: int = 0

    def publish(self, *contents: bytes) -> None:
        """Publish statements on one more day, with that day's manifest."""
        day = FIRST_DAY + timedelta(days=self._days)
        self._days += 1
        entries = []
        for number, content in enumerate(contents):
            name = f"U{1000000 + number}_Activity_{day:%Y%m%d}.csv"
            facts = {"day": day, "account": f"U{1000000 + number}", "removed_on": date.max}
            entry = self.memory.entry(name, content, **facts)
            (self.server.tree / "outgoing" / name).write_bytes(content)
            entries.append(entry)
            self.sent[entry.statement_id] = hashlib.sha256(content).hexdigest()
        manifest = self.memory.list_on(day, *entries)
        # The signature lies there before what it signs.
        for name in (f"{manifest}.sig", manifest):
            body = self.memory.files[f"/manifests/{name}"]
            (self.server.tree / "manifests" / name).write_bytes(body)

    def profile(self, name: str, landing: Path, **changes: object) -> Profile:
        """A profile that fetches from it."""
        tree = self.server.tree
        folders = Folders(f"{tree}/outgoing", f"{tree}/manifests", "", "")
        values: dict[str, object] = {
            "name": name,
            "host": "127.0.0.1",
            "port": self.server.port,
            "login": self.server.login,
            "host_keys": tuple(self.server.host_keys),
            "keys": OwnKeys(self.key, secret="none"),
            "landing": landing,
            "folders": folders,
            "sender": Sender(signers=(self.memory.signer,)),
        }
        return Profile(**{**values, **changes})  # type: ignore[arg-type]

    def box(self, root: Path, **changes: object) -> Box:
        """A box with such a profile, named `firm`, that lands in `root`/landing."""
        box = Box(root / "box")
        files.save(box, self.profile("firm", root / "landing", **changes))
        return box


@contextmanager
def folder_firm(root: Path) -> Iterator[FolderFirm]:
    """A served firm with nothing published."""
    key = make_pair(root / "keys", "-t", "ed25519")
    server = openssh(root / "server", [key.with_suffix(".pub")])
    for name in ("outgoing", "manifests"):
        (server.tree / name).mkdir()
    server.start()
    try:
        firm = FolderFirm(server, key)
        firm.memory.login = server.login
        yield firm
    finally:
        server.stop()
