"""`strongroom upload`: what recipients sent in is listed, and saved whole and private."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.unit.commands.conftest import Say

if TYPE_CHECKING:
    from strongroom.documents.models import Upload
    from strongroom.runtime.home import Home
    from strongroom.statements.pipeline import Pipeline

CONTENT = b"from the recipient\n" * 1000
Send = Callable[..., "Upload"]


@pytest.fixture
def send(pipeline: "Pipeline", act: Callable[..., object], db: None) -> Send:
    """A factory: an upload of recipient `acme`, whole unless told otherwise."""
    from strongroom.directory.models import Recipient
    from strongroom.documents import uploads
    from strongroom.runtime.registry import build_spool, upload_rules
    from strongroom.runtime.settings import Settings

    now = act().at  # type: ignore[attr-defined]
    owner = Recipient.objects.create(login="acme", created_at=now)
    spool = build_spool(pipeline)
    visit = "00000000-0000-4000-8000-000000000000"

    def make(name: str, *, is_whole: bool = True) -> "Upload":
        rules = upload_rules(Settings())
        row = uploads.begin(owner.pk, name, visit=visit, rules=rules, act=act())
        spool.part(row.id).write_bytes(CONTENT)
        if is_whole:
            uploads.complete(row.id, spool, act())
        row.refresh_from_db()
        return row

    return make


def test_uploads_are_listed_with_what_can_be_done_with_them(say: Say, send: Send) -> None:
    whole, part = send("a.csv"), send("b.csv", is_whole=False)
    rows = {row["name"]: row for row in say("upload", "list", "--json").rows}
    assert rows["a.csv"]["id"] == str(whole.id)
    assert (rows["a.csv"]["state"], rows["a.csv"]["size"]) == ("whole", len(CONTENT))
    assert (rows["b.csv"]["state"], rows["b.csv"]["id"]) == ("part", str(part.id))
    assert say("upload", "list", "acme", "--json").rows == list(rows.values())
    assert say("upload", "list", "nobody", status=66).err.startswith("RECIPIENT-UNKNOWN")


def test_an_upload_is_saved_whole_and_private_and_on_record(
    say: Say, send: Send, tmp_path: Path, audited: Callable[[], list[str]]
) -> None:
    row = send("a.csv")
    target = tmp_path / "saved"
    said = say("upload", "save", str(row.id)[:8], target)
    assert row.sha256 in said.out
    assert target.read_bytes() == CONTENT
    assert target.stat().st_mode & 0o777 == 0o600
    assert audited()[-1] == "upload.saved"


@pytest.mark.parametrize("kind", ["file", "link"])
def test_saving_never_overwrites_or_follows_a_link(
    say: Say, send: Send, tmp_path: Path, kind: str
) -> None:
    row = send("a.csv")
    mine, target = tmp_path / "mine", tmp_path / "saved"
    if kind == "link":
        target.symlink_to(mine)
    else:
        target.write_text("mine")
    assert say("upload", "save", row.id, target, status=73).err.startswith("FILE-EXISTS")
    assert not mine.exists()


def test_an_object_that_changed_is_not_passed_off_as_what_came_in(
    say: Say, send: Send, home: "Home", tmp_path: Path
) -> None:
    row = send("a.csv")
    [stored] = (home.root / "objects" / "uploads").rglob(row.storage_key.rpartition("/")[2])
    stored.write_bytes(CONTENT.replace(b"the", b"teh"))
    assert say("upload", "save", row.id, tmp_path / "x", status=65).err.startswith("UPLOAD-DAMAGED")
    stored.unlink()
    assert say("upload", "save", row.id, tmp_path / "x", status=65).err.startswith("UPLOAD-DAMAGED")
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize("wanted", ["", "a", "zzzzzzzz", "part"])
def test_what_is_not_there_or_not_whole_cannot_be_saved(
    say: Say, send: Send, tmp_path: Path, wanted: str
) -> None:
    send("a.csv")
    part = send("b.csv", is_whole=False)
    wanted = str(part.id) if wanted == "part" else wanted
    said = say("upload", "save", wanted, tmp_path / "x", status=66)
    assert said.err.startswith("UPLOAD-UNKNOWN")
