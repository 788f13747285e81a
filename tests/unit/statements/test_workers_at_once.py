"""Several workers over one home: every file published once, and numbers without a gap."""

import json
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.db import connection, connections
from strongroom.audit.models import Event
from strongroom.audit.reads import verify_log
from strongroom.statements.models import Arrival, Copy, Statement
from strongroom.statements.work import Rounds
from strongroom_formats.manifest_chain import verify_chain

from tests.unit.statements.firm import Firm, everything_in, manifests_of

if TYPE_CHECKING:
    from strongroom.runtime.home import Home

pytestmark = pytest.mark.django_db(transaction=True)

HOW_MANY = pytest.mark.parametrize(
    "files", [40, pytest.param(200, marks=[pytest.mark.soak, pytest.mark.timeout(600)])]
)


@pytest.fixture(autouse=True)
def _now(firm: Firm) -> None:
    """Sweeps compare the clock with the times of files, so it shows the machine's."""
    firm.start_now()


def _drop_all(firm: Firm, files: int) -> None:
    """Half of the files speak for themselves, half through a sidecar that must stay theirs."""
    for number in range(files):
        content = b"%d\n" % number
        if number % 2:
            firm.drop(f"U1234567_K{number}_20261120.csv", content)
        else:
            said = {"account": "U1234567", "kind": f"K{number}", "from": "2026-11-20"}
            said |= {"to": "2026-11-20", "size": len(content)}
            firm.drop(f"file-{number}.csv", content, sidecar=said)


def _check(firm: Firm, files: int) -> None:
    assert Counter(Arrival.objects.values_list("state", flat=True)) == {"done": files}
    assert Statement.objects.count() == files
    assert set(Statement.objects.values_list("revision", flat=True)) == {1}
    for login in ("one", "two"):
        numbers = Copy.objects.filter(recipient__login=login, state="published")
        assert sorted(numbers.values_list("number", flat=True)) == list(range(1, files + 1))
        chain = verify_chain(manifests_of(login))
        assert [e.number for e in chain[-1].entries] == list(range(1, files + 1))
    assert Event.objects.filter(verb="statement.received").count() == files
    assert Event.objects.filter(verb="copy.published").count() == 2 * files
    verify_log()
    folders = firm.pipeline.folders
    assert everything_in(folders.inbox, folders.parked) == []
    assert everything_in(folders.spool / "intake") == [".lock"]
    assert len([n for n in everything_in(folders.done) if n.endswith(".csv")]) == files
    assert len(list(firm.pipeline.storage.keys("statements/"))) == files


def _work_in_threads(firm: Firm, count: int) -> list[BaseException]:
    together, trouble = threading.Barrier(count), []

    def work() -> None:
        rounds, idle = Rounds(), 0
        together.wait(10)
        try:
            while idle < 5:
                idle = 0 if rounds.run(firm.pipeline, firm.act("worker")) else idle + 1
        except BaseException as error:
            trouble.append(error)
            raise
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return trouble


@HOW_MANY
def test_four_workers_in_threads_publish_every_file_once(firm: Firm, files: int) -> None:
    firm.recipient("one")
    firm.recipient("two")
    _drop_all(firm, files)
    assert _work_in_threads(firm, 4) == []
    firm.restart()
    firm.work()
    _check(firm, files)


@HOW_MANY
def test_three_worker_processes_publish_every_file_once(
    firm: Firm, home: "Home", files: int
) -> None:
    firm.recipient("one")
    firm.recipient("two")
    _drop_all(firm, files)
    names = ("NAME", "USER", "PASSWORD", "HOST", "PORT")
    database = {name: str(connection.settings_dict[name]) for name in names}
    database["ENGINE"] = connection.settings_dict["ENGINE"]
    given = {
        "home": str(home.root),
        "database": database | {"OPTIONS": connection.settings_dict["OPTIONS"]},
        "at": firm.clock.now().isoformat(),
        "needed": 2 * files,
    }
    connection.close()
    command = [sys.executable, str(Path(__file__).with_name("worker_child.py")), json.dumps(given)]
    children = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) for _ in range(3)
    ]
    for child in children:
        assert child.stdout is not None
        assert child.stdout.readline() == b"ready\n"
    endings = []
    for child in children:
        assert child.stdin is not None
        child.stdin.write(b"go\n")
        child.stdin.flush()
    for child in children:
        child.communicate()
        endings.append(child.returncode)
    assert endings == [0, 0, 0]
    firm.restart()
    firm.clock.advance(seconds=5)
    firm.work()
    _check(firm, files)


def test_the_same_content_in_two_hands_is_one_statement(firm: Firm) -> None:
    firm.recipient("one")
    firm.recipient("two")
    for number in range(10):
        said = {"account": "U1234567", "kind": "Same", "from": "2026-11-20", "to": "2026-11-20"}
        firm.drop(f"same-{number}.csv", b"the same\n", sidecar=said)
    assert _work_in_threads(firm, 4) == []
    firm.restart()
    firm.work()
    assert Statement.objects.count() == 1
    assert Copy.objects.filter(state="published").count() == 2
    assert Counter(Arrival.objects.values_list("state", flat=True)) == {"done": 1, "duplicate": 9}
    assert len(list(firm.pipeline.storage.keys("statements/"))) == 1


def test_corrections_in_several_hands_are_revisions_without_a_gap(firm: Firm) -> None:
    firm.recipient("one")
    for number in range(12):
        said = {"account": "U1234567", "kind": "Same", "from": "2026-11-20", "to": "2026-11-20"}
        firm.drop(f"new-{number}.csv", b"%d\n" % number, sidecar=said)
    assert _work_in_threads(firm, 4) == []
    firm.restart()
    firm.work()
    revisions = Statement.objects.order_by("revision").values_list("revision", flat=True)
    assert list(revisions) == list(range(1, 13))
    assert len(set(Copy.objects.values_list("name", flat=True))) == 12


def test_held_copies_in_several_hands_are_told_once_and_nobody_waits_for_ever(firm: Firm) -> None:
    from strongroom.messages.models import Notice

    for login in ("aa1", "bb1", "cc1"):
        firm.recipient(login, "U1234567", pgp=True)
    for number in range(12):
        firm.drop(f"U1234567_K{number}_20261120.csv", b"%d\n" % number)
    assert _work_in_threads(firm, 4) == []
    assert Counter(Copy.objects.values_list("state", flat=True)) == {"held": 36}
    assert Notice.objects.filter(kind="statements-held").exclude(recipient="").count() == 3
    assert Event.objects.filter(verb="copy.held").count() == 36


def test_operators_and_workers_never_wait_for_each_other(firm: Firm) -> None:
    """Locks are taken in one order, the audit log's last; else PostgreSQL would end one of them."""
    from strongroom.directory.models import PgpPolicy
    from strongroom.statements.certificates import change_encryption

    for login in ("aa1", "bb1"):
        firm.recipient(login, "U1234567", pgp=True)
    for number in range(20):
        name = f"U1234567_K{number // 2}_20261120.csv"
        firm.drop(name if number % 2 else f"x{number}.csv", b"%d\n" % (number // 2))
    trouble: list[BaseException] = []

    def operate() -> None:
        try:
            for number in range(12):
                policy = PgpPolicy.OFF if number % 2 else PgpPolicy.REQUIRED
                change_encryption("aa1", policy, act=firm.act())
                firm.recipient(f"new{number}", "U1234567")
        except BaseException as error:
            trouble.append(error)
            raise
        finally:
            connections.close_all()

    operator = threading.Thread(target=operate)
    operator.start()
    assert _work_in_threads(firm, 3) == []
    operator.join()
    assert trouble == []
    change_encryption("aa1", PgpPolicy.OFF, act=firm.act())
    firm.restart()
    firm.work()
    assert not Copy.objects.filter(recipient__login="aa1").exclude(state="published").exists()
    verify_log()
