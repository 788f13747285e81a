"""The manifests of a recipient over several days: one chain, each signed, no day left out."""

import subprocess
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from shutil import which
from typing import TYPE_CHECKING

import pytest
from strongroom.audit.reads import verify_log
from strongroom.directory.recipients import disable, enable
from strongroom.messages.models import Notice
from strongroom.rules.calendar_days import business_day
from strongroom.statements import fetch, manifests
from strongroom.statements.models import Copy, Manifest
from strongroom_formats import sshsig
from strongroom_formats.manifest import NAMESPACE
from strongroom_formats.manifest import Manifest as ManifestDocument
from strongroom_formats.manifest_chain import verify_chain

from tests.unit.statements.firm import NAME, Firm, manifests_of

if TYPE_CHECKING:
    from strongroom.runtime.home import Home

pytestmark = pytest.mark.django_db

THURSDAY = datetime(2026, 11, 19, 20, 0, tzinfo=UTC)


def _chain(login: str = "fund") -> tuple[ManifestDocument, ...]:
    """The recipient's manifests, checked as the recipient checks them."""
    return verify_chain(manifests_of(login))


def _days(chain: tuple[ManifestDocument, ...]) -> list[tuple[date, int, str | None]]:
    return [(m.date, m.edition, m.reason) for m in chain]


def _to(firm: Firm, day: int, hour: int = 20) -> None:
    """Jump there, as after a stop of the machine."""
    firm.clock.set(datetime(2026, 11, day, hour, tzinfo=UTC))


def _live_to(firm: Firm, day: int) -> None:
    """Let the days go by with a worker at work."""
    while firm.clock.now().day < day:
        firm.clock.advance(days=1)
        firm.restart()
        firm.work()


def test_days_without_statements_say_so_and_why(firm: Firm) -> None:
    firm.clock.set(THURSDAY)
    firm.recipient()
    holidays = frozenset({date(2026, 11, 23)})
    firm.change(firm=replace(firm.pipeline.firm, holidays=holidays))
    firm.publish()
    _live_to(firm, 25)
    assert _days(_chain()) == [
        (date(2026, 11, 19), 1, None),
        (date(2026, 11, 20), 1, "no activity"),
        (date(2026, 11, 21), 1, "weekend"),
        (date(2026, 11, 22), 1, "weekend"),
        (date(2026, 11, 23), 1, "holiday"),
        (date(2026, 11, 24), 1, "no activity"),
    ]


def test_a_statement_after_a_stop_over_midnight_leaves_no_day_out(firm: Firm) -> None:
    """The worker was down since Thursday and finds a statement before it looks at closed days."""
    firm.clock.set(THURSDAY)
    firm.recipient()
    firm.publish()
    _to(firm, 23)
    firm.restart()
    firm.publish("U1234567_Activity_20261121.csv")
    chain = _chain()
    assert [m.date.day for m in chain] == [19, 20, 21, 22, 23]
    assert [len(m.entries) for m in chain] == [1, 0, 0, 0, 1]


def test_later_editions_of_a_day_list_the_whole_day_again(firm: Firm) -> None:
    firm.recipient()
    for number in range(3):
        firm.publish(f"U1234567_Kind{'ABC'[number]}_20261120.csv")
        firm.clock.advance(minutes=5)
    assert [(m.edition, len(m.entries)) for m in _chain()] == [(1, 1), (2, 2), (3, 3)]


def test_a_second_revision_names_the_statement_that_it_replaces(firm: Firm) -> None:
    firm.recipient()
    firm.publish(content=b"1\n")
    _to(firm, 24)
    firm.publish(content=b"2\n")
    first, *_, last = _chain()
    [before], [after] = first.entries, last.entries
    assert (before.revision, before.replaces) == (1, None)
    assert (after.revision, after.replaces) == (2, before.statement_id)
    assert after.name == NAME[:-4] + ".r2.csv"


def test_a_copy_that_its_recipient_removed_at_once_is_in_the_manifest_all_the_same(
    firm: Firm,
) -> None:
    recipient = firm.recipient()
    firm.change(work=replace(firm.pipeline.work, nothing_today=False))
    firm.drop()
    for step in range(4):
        if step == 3:
            fetch.hide(recipient.pk, NAME, act=firm.act("recipient:fund"))
        _one_step(firm, step)
    assert Copy.objects.get().state == "hidden"
    assert [e.number for m in _chain() for e in m.entries] == [1]
    firm.clock.advance(days=1)
    firm.publish("U1234567_Activity_20261122.csv")
    assert [[e.number for e in m.entries] for m in _chain()] == [[1], [2]]


def _one_step(firm: Firm, step: int) -> None:
    from strongroom.statements.work import STEPS

    if step == 0:
        firm.rounds.drop_folder.collect(firm.pipeline, firm.act())
    STEPS[step](firm.pipeline, firm.act("worker"))


@pytest.mark.parametrize("back", [{"minutes": 30}, {"hours": 20}, {"days": 400}])
def test_a_clock_that_goes_back_never_breaks_the_chain(firm: Firm, back: dict[str, float]) -> None:
    firm.recipient()
    firm.publish("U1234567_KindA_20261120.csv")
    firm.clock.advance(days=1)
    firm.drop("U1234567_KindB_20261120.csv")
    firm.rounds.drop_folder.collect(firm.pipeline, firm.act())
    for step in range(3):
        _one_step(firm, step) if step else _one_step_only(firm)
    firm.clock.advance(**{name: -value for name, value in back.items()})
    firm.publish("U1234567_KindC_20261120.csv")
    firm.clock.advance(**back)
    firm.clock.advance(days=2)
    firm.publish("U1234567_KindD_20261120.csv")
    chain = _chain()
    assert [e.number for e in chain[-1].entries] == [4]
    assert sum(len(m.entries) for m in chain) >= 4


def _one_step_only(firm: Firm) -> None:
    from strongroom.statements.work import STEPS

    STEPS[0](firm.pipeline, firm.act("worker"))


def test_the_firms_midnight_ends_the_day_and_not_greenwichs(firm: Firm) -> None:
    from zoneinfo import ZoneInfo

    firm.change(firm=replace(firm.pipeline.firm, zone=ZoneInfo("America/New_York")))
    firm.clock.set(datetime(2026, 11, 20, 3, 0, tzinfo=UTC))
    firm.recipient()
    firm.publish()
    assert _chain()[0].date == date(2026, 11, 19)
    assert business_day(firm.clock.now(), firm.pipeline.firm.zone) == date(2026, 11, 19)


def test_a_new_recipients_chain_begins_with_the_day_of_enrolment(firm: Firm) -> None:
    firm.clock.set(THURSDAY)
    firm.recipient()
    firm.work()
    assert manifests_of("fund") == []
    _live_to(firm, 20)
    assert _days(_chain()) == [(date(2026, 11, 19), 1, "no activity")]


def test_a_disabled_recipients_days_are_made_up_for_when_something_comes(firm: Firm) -> None:
    firm.clock.set(THURSDAY)
    firm.recipient()
    firm.publish()
    disable("fund", act=firm.act())
    _live_to(firm, 22)
    assert len(_chain()) == 1
    enable("fund", act=firm.act())
    firm.publish("U1234567_Activity_20261122.csv")
    assert [m.date.day for m in _chain()] == [19, 20, 21, 22]


@pytest.mark.req("ATK-70")
def test_a_clock_that_jumps_by_a_year_does_not_drag_the_chain_along(firm: Firm) -> None:
    firm.recipient()
    firm.publish()
    firm.clock.advance(days=365)
    firm.restart()
    firm.work()
    assert len(_chain()) == 1
    firm.clock.advance(days=-365)
    firm.publish("U1234567_Activity_20261122.csv")
    assert _chain()[-1].date == date(2026, 11, 23)


def test_after_a_very_long_stop_one_month_is_made_up_for(firm: Firm) -> None:
    firm.recipient()
    firm.publish()
    firm.clock.advance(days=200)
    firm.publish("U1234567_Activity_20270601.csv")
    assert len(_chain()) == 1 + 31 + 1


def test_no_day_is_empty_where_the_firm_wants_no_such_manifests(firm: Firm) -> None:
    firm.clock.set(THURSDAY)
    firm.change(work=replace(firm.pipeline.work, nothing_today=False))
    firm.recipient()
    firm.publish()
    _to(firm, 24)
    firm.restart()
    firm.publish("U1234567_Activity_20261121.csv")
    assert [m.date.day for m in _chain()] == [19, 24]


def test_a_manifest_waits_a_little_for_more_and_not_for_ever(firm: Firm) -> None:
    from datetime import timedelta

    firm.change(work=replace(firm.pipeline.work, manifest_settle=timedelta(seconds=2)))
    firm.recipient()
    firm.drop()
    firm.work()
    assert manifests_of("fund") == []
    firm.clock.advance(seconds=2)
    Copy.objects.create(
        recipient_id=Copy.objects.get().recipient_id,
        statement=_another_statement(),
        next_try_at=firm.clock.now() + timedelta(days=1),
        state="ready",
    )
    Copy.objects.filter(state="ready").update(state="waiting")
    assert manifests.issue_manifests(firm.pipeline, firm.act()) == 0
    firm.clock.advance(minutes=1)
    assert manifests.issue_manifests(firm.pipeline, firm.act()) == 1


def _another_statement() -> object:
    from uuid import uuid4

    from strongroom.statements.models import Statement

    one = Statement.objects.get()
    one.pk, one.kind, one.storage_key = uuid4(), "Other", f"statements/{uuid4()}"
    one.save(force_insert=True)
    return one


def test_the_notice_of_a_day_goes_out_once_for_each_edition(firm: Firm) -> None:
    firm.recipient()
    firm.publish()
    firm.work()
    assert Notice.objects.filter(kind="statements-ready", recipient="fund").count() == 1


@pytest.mark.req("ATK-68")
def test_every_manifest_anchors_the_audit_log(firm: Firm) -> None:
    firm.recipient()
    firm.publish()
    _live_to(firm, 25)
    anchors = [m.audit_head for m in _chain()]
    assert verify_log(anchors).seq > anchors[-1].seq


def test_manifests_verify_with_the_real_ssh_keygen(
    firm: Firm, home: "Home", tmp_path: Path
) -> None:
    if which("ssh-keygen") is None:
        pytest.skip("ssh-keygen is not installed")
    from strongroom.runtime.secret_keys import evidence_public_line

    firm.recipient()
    firm.publish()
    manifest = Manifest.objects.get()
    signers, signature = tmp_path / "allowed_signers", tmp_path / "manifest.sig"
    line = evidence_public_line(home)
    signers.write_text(f'firm namespaces="{NAMESPACE}" {line}\n')
    signature.write_bytes(bytes(manifest.signature))
    verify = ["ssh-keygen", "-Y", "verify", "-f", str(signers), "-I", "firm", "-n", NAMESPACE]

    def is_good(body: bytes) -> bool:
        done = subprocess.run(
            [*verify, "-s", str(signature)], input=body, capture_output=True, check=False
        )
        return done.returncode == 0

    assert is_good(bytes(manifest.body))
    assert not is_good(bytes(manifest.body).replace(b"fund", b"fond"))
    with pytest.raises(sshsig.SignatureInvalid):
        sshsig.verify(b"x", bytes(manifest.signature), namespace=NAMESPACE, trusted=[])
