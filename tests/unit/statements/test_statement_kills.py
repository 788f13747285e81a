"""A worker that dies anywhere between intake and removal: the next one finds nothing lost or twice.

The kills of whole processes are in tests/journeys/kill; here every single boundary is tried.
"""

import random
import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from strongroom.audit.models import Event
from strongroom.audit.reads import verify_log
from strongroom.directory.models import Account, Recipient
from strongroom.directory.pgp_keys import PgpKey
from strongroom.messages.models import Notice
from strongroom.statements import arrivals, expire, work
from strongroom.statements.models import Arrival, Copy, Repository, Statement
from strongroom.statements.orphans import remove_orphans
from strongroom.statements.ports import Encrypted
from strongroom_formats.manifest_chain import verify_chain

from tests.unit.statements.firm import Firm, everything_in, manifests_of, stored
from tests.unit.statements.killing import Killer, killed_at

pytestmark = pytest.mark.django_db(transaction=True)

EVERY_MOMENT = pytest.mark.parametrize(
    "stride", [11, pytest.param(1, marks=[pytest.mark.soak, pytest.mark.timeout(1200)])]
)
"""The short run tries every eleventh moment from a random one on, so that many runs try all."""


@dataclass
class Turned:
    """An encryptor that turns the bytes round: quick, and its output never holds clear text."""

    def encrypt(self, source: str, target: str, *, certificate: bytes, name: str) -> Encrypted:
        Path(target).write_bytes(Path(source).read_bytes()[::-1])
        return Encrypted(target, Path(target).stat().st_size, "0" * 64)

    def close(self) -> None:
        """There is no process to end."""


def _certify(recipient: Recipient, firm: Firm) -> None:
    """A certificate that only `Turned` ever sees."""
    PgpKey.objects.create(
        recipient=recipient,
        fingerprint=f"{recipient.pk:040X}",
        certificate="",
        state="active",
        submitted_at=firm.clock.now(),
        submitted_by="operator:test",
        decided_at=firm.clock.now(),
    )


def _enrol(firm: Firm, at: int) -> str:
    """An account of this moment's own, with a recipient in clear and one with PGP."""
    number = f"U{1_000_000 + at}"
    firm.recipient(f"clear-{at}", number)
    _certify(firm.recipient(f"pgp-{at}", number, pgp=True), firm)
    return number


def _survive(firm: Firm, rounds: Callable[[], object]) -> None:
    """Let the leases run out, and a new worker go on."""
    firm.clock.advance(minutes=10)
    firm.restart()
    rounds()


def _try_every_moment(
    firm: Firm, stride: int, prepare: Callable[[int], object], check: Callable[[int], None]
) -> int:
    """Kill at every `stride`-th moment, from a random first one on; returns the last."""
    for at in range(random.randint(1, stride), 2000, stride):
        prepare(at)
        firm.restart()
        killer = _die(firm, at)
        _survive(firm, firm.work)
        check(at)
        if not killer.is_dead:
            return at
    raise AssertionError("it never came to its end")


def _die(firm: Firm, at: int) -> Killer:
    with killed_at(at) as killer:
        firm.work()
    return killer


def _check_whole(firm: Firm, at: int, *, content: bytes, revisions: int = 1) -> None:
    number, folders = f"U{1_000_000 + at}", firm.pipeline.folders
    statements = list(Statement.objects.filter(account__number=number).order_by("revision"))
    assert [s.revision for s in statements] == list(range(1, revisions + 1))
    for login in (f"clear-{at}", f"pgp-{at}"):
        copies = list(Copy.objects.filter(recipient__login=login).order_by("number"))
        assert [c.number for c in copies] == list(range(1, revisions + 1)), (at, login)
        assert {c.state for c in copies} == {"published"}
        bytes_there = stored(firm.pipeline.storage, copies[-1].storage_key)
        assert bytes_there == (content if login.startswith("clear") else content[::-1])
        manifests = verify_chain(manifests_of(login))
        assert [e.number for m in manifests[-1:] for e in m.entries] == [c.number for c in copies]
    assert everything_in(folders.inbox, folders.parked) == []
    assert everything_in(folders.spool / "intake") == [".lock"]
    done = [name for name in everything_in(folders.done) if name.startswith(number)]
    assert Counter(n.endswith(".csv") for n in done)[True] == revisions


@pytest.mark.req("ATK-11")
@EVERY_MOMENT
def test_a_kill_at_any_moment_of_a_delivery_loses_and_doubles_nothing(
    firm: Firm, stride: int
) -> None:
    firm.change(encryptor=Turned())

    def prepare(at: int) -> None:
        number = _enrol(firm, at)
        said = {"account": number, "kind": "Activity", "from": "2026-11-20", "to": "2026-11-20"}
        firm.drop(f"{number}-x.csv", b"a,b,c\n", sidecar=dict(said, size=6))

    moments = _try_every_moment(
        firm, stride, prepare, lambda at: _check_whole(firm, at, content=b"a,b,c\n")
    )
    assert moments > 40
    assert Arrival.objects.exclude(state="done").count() == 0
    received = Event.objects.filter(verb="statement.received").count()
    assert received == Statement.objects.count() == Account.objects.count()
    verify_log()
    _sweep(firm)
    named = set(Copy.objects.values_list("storage_key", flat=True))
    named |= set(Statement.objects.values_list("storage_key", flat=True))
    assert _stored_keys(firm) == named
    assert everything_in(firm.pipeline.folders.spool / "encrypt") == []


def _stored_keys(firm: Firm) -> set[str]:
    """All objects but the rehearsal statements."""
    found = {key for p in ("statements/", "copies/") for key, _ in firm.pipeline.storage.keys(p)}
    return found - set(Repository.objects.values_list("rehearsal_key", flat=True))


def _sweep(firm: Firm) -> None:
    """A day later nothing is left that the kills left behind."""
    firm.start_now()
    firm.clock.advance(days=3)
    act = firm.act("worker")
    remove_orphans(firm.pipeline, act)
    work.encrypt.sweep_spool(firm.pipeline, act)


@pytest.mark.req("ATK-11")
@EVERY_MOMENT
def test_a_kill_at_any_moment_of_a_correction_leaves_both_revisions(
    firm: Firm, stride: int
) -> None:
    firm.change(encryptor=Turned())

    def prepare(at: int) -> None:
        number = _enrol(firm, at)
        firm.drop(f"{number}_Activity_20261120.csv", b"old\n")
        firm.work()
        firm.drop(f"{number}_Activity_20261120.csv", b"new\n")

    _try_every_moment(
        firm, stride, prepare, lambda at: _check_whole(firm, at, content=b"new\n", revisions=2)
    )
    verify_log()


@pytest.mark.req("ATK-11")
@EVERY_MOMENT
def test_a_kill_at_any_moment_of_parking_keeps_the_file_and_tells_it_once(
    firm: Firm, stride: int
) -> None:
    def check(at: int) -> None:
        arrival = Arrival.objects.get(file_name=f"strange-{at}.csv")
        assert arrival.state == "parked"
        assert everything_in(firm.pipeline.folders.parked).count(arrival.file_name) == 1
        assert Notice.objects.filter(facts__file=arrival.file_name).count() == 1
        assert everything_in(firm.pipeline.folders.inbox) == []

    _try_every_moment(firm, stride, lambda at: firm.drop(f"strange-{at}.csv"), check)
    assert list(firm.pipeline.storage.keys("statements/")) == []


@pytest.mark.req("ATK-11", "DEL-11")
@EVERY_MOMENT
def test_a_kill_at_any_moment_of_removal_leaves_a_tombstone_and_no_file(
    firm: Firm, stride: int
) -> None:
    firm.change(encryptor=Turned())
    at = random.randint(1, stride) - stride
    while True:
        at += stride
        number = _enrol(firm, at)
        firm.drop(f"{number}_Activity_20261120.csv", b"gone soon\n")
        firm.work()
        Copy.objects.filter(statement__account__number=number).update(
            published_at=firm.clock.now() - timedelta(days=101),
            notified_at=firm.clock.now() - timedelta(days=8),
            alarmed_days=30,
        )
        with killed_at(at) as killer:
            expire.run_retention(firm.pipeline, firm.act("worker"), is_clock_confirmed=True)
        expire.run_retention(firm.pipeline, firm.act("worker"), is_clock_confirmed=True)
        copies = Copy.objects.filter(statement__account__number=number)
        assert set(copies.values_list("state", "storage_key")) == {("expired", "")}
        expired = Event.objects.filter(
            verb="copy.expired", subject=f"statement:{copies[0].statement_id}"
        )
        assert expired.count() == 2
        if not killer.is_dead:
            break
    _sweep(firm)
    assert _stored_keys(firm) == set()
    verify_log()


@pytest.mark.req("ATK-11")
@EVERY_MOMENT
def test_a_kill_at_any_moment_of_an_assignment_delivers_once(firm: Firm, stride: int) -> None:
    firm.change(encryptor=Turned())

    def prepare(at: int) -> None:
        firm.drop(f"U{1_000_000 + at}_Activity_20261120.csv", b"x\n")
        firm.work()
        _enrol(firm, at)
        arrival = Arrival.objects.get(file_name__startswith=f"U{1_000_000 + at}")
        arrivals.assign(str(arrival.id), {}, act=firm.act())

    _try_every_moment(firm, stride, prepare, lambda at: _check_whole(firm, at, content=b"x\n"))


@pytest.mark.req("ATK-11", "ATK-57")
def test_a_publish_command_killed_in_mid_copy_leaves_its_half_only_for_a_day(firm: Firm) -> None:
    half = firm.pipeline.folders.spool / "intake" / ".11111111-1111-1111-1111-111111111111"
    half.mkdir()
    (half / "U1234567_Activity_20261120.csv").write_bytes(b"half")
    firm.start_now()
    firm.work()
    assert half.exists()
    firm.clock.advance(hours=30)
    firm.work()
    assert not half.exists()
    assert Arrival.objects.count() == 0


def test_the_account_is_there_once_for_each_moment(firm: Firm) -> None:
    """The harness itself: a kill before the first boundary changes nothing at all."""
    number = _enrol(firm, 1)
    firm.drop(f"{number}_Activity_20261120.csv")
    assert _die(firm, 1).is_dead
    assert Arrival.objects.count() == 0
    assert Account.objects.filter(number=number).count() == 1
    shutil.rmtree(firm.pipeline.folders.inbox)
