"""What has to be true when all is quiet: nothing lost, nothing doubled, nothing half-visible.

Each check looks at the files from outside and at the rows of `snapshots`; all raise AssertionError.
"""

import email
from collections import Counter
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

from strongroom_formats import manifest

from tests.journeys.kill.firm import SEALED, SIDECAR, Firm, Sent

Snapshot = dict[str, Any]


def check_all(firm: Firm, home: Path, said: Snapshot, sent: Sequence[Sent]) -> None:
    """Check everything but the left-overs, which `check_swept` does after the sweeps."""
    check_originals(home, said, sent)
    check_statements(said, sent)
    check_copies(firm, home, said, sent)
    check_manifests(said)
    check_notices(home, said)
    check_audit(said)


def check_originals(home: Path, said: Snapshot, sent: Sequence[Sent]) -> None:
    """Each file came in once, has its outcome, and lies where it belongs with its sidecar."""
    assert list((home / "inbox").iterdir()) == []
    assert lying_in_spool(home) == []
    left = list(sent)
    for arrival in said["arrivals"]:
        folder = _folder_of(home, arrival)
        content = (folder / arrival["file_name"]).read_bytes()
        one = _take(left, arrival["file_name"], content)
        assert arrival["state"] == _state(one), arrival
        assert arrival["code"].startswith(one.code), arrival
        assert bool(arrival["code"]) == bool(one.code)
        assert arrival["claimed_until"] is None
        names = {one.name, *([one.name + SIDECAR] if one.sidecar else [])}
        assert {path.name for path in folder.iterdir()} == names, one.name
        if one.sidecar:
            assert (folder / (one.name + SIDECAR)).read_bytes() == one.sidecar
    assert [one.name for one in left] == [], "lost"
    lying = [*(home / "done").glob("*/*"), *(home / "parked").iterdir()]
    assert len(lying) == len(sent)


def lying_in_spool(home: Path) -> list[str]:
    """What lies in the spool of files that came in, beside the lock of the drop folder."""
    names = {path.name for path in (home / "spool" / "intake").iterdir()}
    return sorted(names - {".lock"})


def _folder_of(home: Path, arrival: dict[str, Any]) -> Path:
    found = [*(home / "done").glob(f"*/{arrival['id']}"), *(home / "parked").glob(arrival["id"])]
    [folder] = found
    assert (folder.parent.name == "parked") == (arrival["state"] == "parked"), folder
    return folder


def _take(left: list[Sent], name: str, content: bytes) -> Sent:
    found = [one for one in left if (one.name, one.content) == (name, content)]
    assert found, f"doubled or spoilt: {name}"
    left.remove(found[0])
    return found[0]


def _state(one: Sent) -> str:
    if one.code:
        return "parked"
    return "duplicate" if one.is_repeat else "done"


def check_statements(said: Snapshot, sent: Sequence[Sent]) -> None:
    """Each new content is exactly one statement, with its place in the order of revisions."""
    expected = Counter((s.account, s.revision, s.sha256) for s in sent if s.is_statement)
    rows = said["statements"]
    assert Counter((r["account__number"], r["revision"], r["sha256"]) for r in rows) == expected


def check_copies(firm: Firm, home: Path, said: Snapshot, sent: Sequence[Sent]) -> None:
    """One published copy for each recipient, numbered without a gap, whole and readable."""
    expected = {
        (login, _delivered(one, login)): one
        for one in sent
        if one.is_statement
        for login in one.recipients
    }
    rows = said["copies"]
    found = [(row["recipient__login"], row["name"]) for row in rows]
    assert Counter(found) == Counter(expected.keys())
    numbers: dict[str, list[int]] = {}
    for row in rows:
        assert (row["state"], row["code"], row["claimed_until"]) == ("published", "", None), row
        numbers.setdefault(row["recipient__login"], []).append(row["number"])
        content = object_of(home, row["storage_key"]).read_bytes()
        assert (len(content), sha256(content).hexdigest()) == (row["size"], row["sha256"])
        if row["recipient__login"] == SEALED:
            content = firm.open(content)
        assert content == expected[row["recipient__login"], row["name"]].content
    for repository in said["repositories"]:
        last = repository["copy_number"]
        assert numbers.get(repository["recipient__login"], []) == list(range(1, last + 1))


def _delivered(one: Sent, login: str) -> str:
    return one.delivered + (".pgp" if login == SEALED else "")


def object_of(home: Path, key: str) -> Path:
    """Where the local storage keeps an object."""
    kind, _, name = key.partition("/")
    return home / "objects" / kind / name[:2] / name


def check_manifests(said: Snapshot) -> None:
    """Each recipient's manifests are one chain, and each copy is first on exactly the one it says.

    Their signatures and their heads of the audit log were checked with the log.
    """
    first: dict[tuple[str, int], int] = {}
    before: dict[str, tuple[int, str]] = {}
    for row in said["manifests"]:
        login, body = row["recipient__login"], row["body"].encode()
        document = manifest.Manifest.from_bytes(body)
        assert (document.number - 1, document.previous_sha256) == before.get(login, (0, "0" * 64))
        before[login] = (document.number, sha256(body).hexdigest())
        for entry in document.entries:
            first.setdefault((login, entry.number), row["id"])
    listed = {
        (row["recipient__login"], row["number"]): row["manifest_id"] for row in said["copies"]
    }
    assert first == listed
    for row in said["repositories"]:
        kept = (row["manifest_number"], row["manifest_sha256"])
        assert kept == before.get(row["recipient__login"], kept)


def check_notices(home: Path, said: Snapshot) -> None:
    """Every notice went out under its id, in one file, and nothing else lies in the outbox."""
    assert all(row["state"] == "sent" for row in said["notices"]), said["notices"]
    mails = [email.message_from_bytes(one.read_bytes()) for one in (home / "outbox").iterdir()]
    ids = Counter(f"<{row['id']}@strongroom.invalid>" for row in said["notices"])
    assert Counter(mail["Message-ID"] for mail in mails) == ids
    kinds = Counter(row["kind"] for row in said["notices"])
    parked = sum(row["state"] == "parked" for row in said["arrivals"])
    assert kinds["parked"] == parked, kinds
    listing = [row for row in said["manifests"] if '"entries":[]' not in row["body"]]
    assert kinds["statements-ready"] == len(listing), kinds


def check_audit(said: Snapshot) -> None:
    """What happened once is on record once."""
    verbs = Counter(said["verbs"])
    states = Counter(row["state"] for row in said["arrivals"])
    assert verbs["statement.received"] == len(said["statements"])
    assert verbs["statement.repeated"] == states["duplicate"]
    assert verbs["arrival.parked"] == states["parked"]
    assert verbs["copy.published"] == len(said["copies"])
    assert verbs["manifest.issued"] == len(said["manifests"])
    assert verbs["copy.held"] == 0


def check_swept(home: Path, said: Snapshot) -> None:
    """After the sweeps nothing lies about that no row names."""
    named = {row["storage_key"] for row in said["copies"]} - {""}
    named |= {row["storage_key"] for row in said["statements"] if not row["removed_at"]}
    named |= {row["rehearsal_key"] for row in said["repositories"]} - {""}
    named |= {row["storage_key"] for row in said["uploads"]} - {""}
    objects = home / "objects"
    lying = {f"{path.parts[-3]}/{path.name}" for path in objects.glob("*/??/*")}
    assert lying == named
    for folder in (objects / ".new", home / "spool" / "encrypt"):
        assert list(folder.iterdir()) == [], folder
    assert lying_in_spool(home) == []
    kept = {f"{row['id']}.part" for row in said["uploads"] if row["state"] == "part"}
    assert {path.name for path in (home / "spool" / "uploads").iterdir()} <= kept
