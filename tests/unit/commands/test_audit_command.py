"""`strongroom audit`: tampering with database rights is found and named; exports can be checked."""

import hashlib
import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from strongroom_formats.audit_record import verify_export

from tests.unit.commands.conftest import Say

if TYPE_CHECKING:
    from strongroom.runtime.home import Home
    from strongroom.statements.pipeline import Pipeline

pytestmark = pytest.mark.django_db


@pytest.fixture
def log(pipeline: "Pipeline", act: Callable[..., object], clock: object) -> list[int]:
    """Some history with three signed manifests in it; returns the heads' numbers."""
    from strongroom.audit.record import record
    from strongroom.directory.accounts import add_account
    from strongroom.directory.recipients import Enrolment, add_recipient
    from strongroom.statements.manifests import issue_nothing_today
    from strongroom.statements.models import Manifest

    add_account("U1234567", name="Acme", act=act())
    add_recipient("acme", Enrolment(("U1234567",), ("198.51.100.7/32",)), act=act())
    for day in range(3):
        clock.advance(days=1)  # type: ignore[attr-defined]
        issue_nothing_today(pipeline, act("worker"))
        record(act("worker"), "test.done", "home", day=day)
    bodies = Manifest.objects.order_by("number").values_list("body", flat=True)
    heads = [json.loads(bytes(body))["audit_head"]["seq"] for body in bodies]
    assert len(heads) == 3
    assert heads[0] >= 1
    return heads


def rewrite_from(seq: int) -> None:
    """Change a record and make every hash again, as somebody with the whole database could."""
    from strongroom.audit.models import Event, Head

    previous = Event.objects.filter(seq=seq - 1).values_list("hash", flat=True).first() or "0" * 64
    for event in Event.objects.filter(seq__gte=seq).order_by("seq"):
        if event.seq == seq:
            event.record = event.record.replace('"data":{', '"data":{"forged":true,', 1)
            event.record = event.record.replace("true,}", "true}")
        data = b"strongroom-audit-1\0" + bytes.fromhex(previous) + event.record.encode()
        event.hash = previous = hashlib.sha256(data).hexdigest()
        event.save()
    Head.objects.update(hash=previous)


@pytest.mark.req("ATK-68")
def test_a_whole_log_is_said_to_be_whole_with_its_head(say: Say, log: list[int]) -> None:
    from strongroom.audit.reads import head

    seq, digest = head()
    [row] = say("audit", "verify", "--json").rows
    assert row == {"records": seq, "head": digest, "anchors": 3}
    assert f"{seq} records, 3 signed manifests agree" in say("audit", "verify").out


@pytest.mark.req("ATK-68")
def test_a_changed_record_is_named(say: Say, log: list[int]) -> None:
    from strongroom.audit.models import Event

    event = Event.objects.get(seq=2)
    event.record = event.record.replace("operator:test", "operator:else")
    event.save()
    said = say("audit", "verify", status=65).err
    assert said.startswith("AUDIT-BROKEN")
    assert "record 2 altered" in said


@pytest.mark.req("ATK-68")
def test_a_removed_record_is_named(say: Say, log: list[int]) -> None:
    from strongroom.audit.models import Event

    Event.objects.filter(seq=3).delete()
    assert "record 3 missing" in say("audit", "verify", status=65).err


@pytest.mark.req("ATK-68")
def test_a_log_cut_short_together_with_its_head_is_found_by_a_manifest(
    say: Say, log: list[int]
) -> None:
    from strongroom.audit.models import Event, Head

    last = log[-1] - 1
    Event.objects.filter(seq__gt=last).delete()
    Head.objects.update(seq=last, hash=Event.objects.get(seq=last).hash)
    assert f"record {last + 1} truncated" in say("audit", "verify", status=65).err


@pytest.mark.req("ATK-68")
def test_a_log_that_was_made_again_is_found_at_the_next_manifest(say: Say, log: list[int]) -> None:
    rewrite_from(log[0] + 1)
    said = say("audit", "verify", status=65).err
    assert f"record {log[1]} rewritten" in said
    assert f"the change is after {log[0]}" in said


@pytest.mark.req("ATK-68")
def test_the_first_bad_row_is_named_when_two_things_are_wrong(say: Say, log: list[int]) -> None:
    """A rewritten part is met by a manifest before a removed record further on."""
    from strongroom.audit.models import Event

    rewrite_from(log[0] + 1)
    Event.objects.filter(seq=log[1] + 1).delete()
    assert f"record {log[1]} rewritten" in say("audit", "verify", status=65).err


@pytest.mark.req("ATK-68")
def test_a_row_behind_a_bad_one_does_not_hide_it(say: Say, log: list[int]) -> None:
    """A record moved in front of others is named, though manifests differ on what follows."""
    from strongroom.audit.models import Event

    Event.objects.filter(seq=1).update(hash="0" * 64)
    rewrite_from(log[1] + 1)
    assert "record 1 altered" in say("audit", "verify", status=65).err


@pytest.mark.req("ATK-68")
def test_a_manifest_that_was_changed_in_the_database_is_named(say: Say, log: list[int]) -> None:
    from strongroom.statements.models import Manifest

    row = Manifest.objects.order_by("number")[1]
    row.body = bytes(row.body).replace(b'"seq":', b'"seq": ', 1)
    row.save()
    said = say("audit", "verify", status=65).err
    assert said.startswith("AUDIT-ANCHOR")
    assert row.name in said


@pytest.mark.req("ATK-68", "ATK-69")
def test_an_export_is_checked_with_ssh_keygen_and_by_the_chain(
    say: Say, log: list[int], home: "Home", tmp_path: Path, act: Callable[..., object]
) -> None:
    from strongroom.audit.reads import head
    from strongroom.audit.record import record
    from strongroom.runtime.secret_keys import evidence_public_line

    record(act("recipient:\x1b[2Jacme\nroot"), "test.hostile", "a\r\nb" * 100, text="\n" * 5000)
    out = tmp_path / "audit.jsonl"
    say("audit", "export", "--out", out)
    seq, digest = head()
    lines = out.read_bytes().splitlines(keepends=True)
    assert len(lines) == seq
    found = verify_export(lines)
    assert (found.seq, found.hash) == (seq, digest)
    assert out.stat().st_mode & 0o077 == 0
    assert say("audit", "export").out.encode() == out.read_bytes()
    signers = tmp_path / "signers"
    signers.write_text(f'firm namespaces="audit@strongroom" {evidence_public_line(home)}\n')
    words = ["ssh-keygen", "-Y", "verify", "-f", str(signers), "-I", "firm"]
    words += ["-n", "audit@strongroom", "-s", f"{out}.sig"]
    subprocess.run(words, input=out.read_bytes(), check=True, capture_output=True)
    out.write_bytes(out.read_bytes().replace(b"test.done", b"test.gone", 1))
    done = subprocess.run(words, input=out.read_bytes(), check=False, capture_output=True)
    assert done.returncode != 0


@pytest.mark.parametrize("present", ["audit.jsonl", "audit.jsonl.sig"])
def test_an_export_never_overwrites_a_file(
    say: Say, log: list[int], tmp_path: Path, present: str
) -> None:
    (tmp_path / present).write_text("mine")
    said = say("audit", "export", "--out", tmp_path / "audit.jsonl", status=73)
    assert said.err.startswith("FILE-EXISTS")
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == [present]
    assert (tmp_path / present).read_text() == "mine"


def test_manifests_may_keep_the_same_head(say: Say, log: list[int]) -> None:
    """Two recipients' manifests of one moment hold one head; that is no difference."""
    from strongroom.runtime.audit_check import _Anchors
    from strongroom_formats.audit_record import AuditHead

    anchors = _Anchors()
    anchors.add([AuditHead(3, "a" * 64), AuditHead(1, "b" * 64), AuditHead(3, "a" * 64)])
    assert [seq for seq, _ in anchors] == [1, 3]
    anchors.close()
