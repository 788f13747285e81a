"""Who is nobody, who typed wrong and who is locked get the same answer in the same time."""

import time
from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from strongroom.directory.models import User
from strongroom.login import standings
from strongroom.login.credentials import hashing, resets
from strongroom.login.entry import signing_in
from strongroom.login.models import Enrolment, Password, Token
from strongroom.rules.refusals import Refused
from strongroom.rules.secret import Secret

from tests.unit.login_core.desk import HOME, NAME, PASSWORD, Desk
from tests.unit.login_core.fakes import WRONG

pytestmark = pytest.mark.django_db


def _refused(desk: Desk, name: str, password: Secret) -> tuple[str, str, dict[str, object], int]:
    with (
        CaptureQueriesContext(
            connection,
        ) as seen,
        pytest.raises(Refused) as refused,
    ):
        signing_in.begin(name, password, HOME, desk.house, desk.act)
    error = refused.value
    return error.code, str(error), error.facts, len(seen)


def _every_no(desk: Desk) -> dict[str, tuple[str, Secret]]:
    """Prepare one user for each way in which a right-looking login is refused."""
    desk.add_factor(desk.add_user("aknow001"))
    desk.add_factor(desk.add_user("block002"))
    User.objects.create(
        name="nopwd003", full_name="N", email="n@x.test", created_at=desk.clock.now()
    )
    closed = desk.add_user("closd004")
    User.objects.filter(pk=closed.pk).update(closed_at=desk.clock.now())
    held = desk.add_user("holds005")
    standings.lock(held, desk.house, desk.act)
    for _ in range(10):
        with pytest.raises(Refused):
            desk.begin(HOME, WRONG, "block002")
    return {
        "wrong": ("aknow001", WRONG),
        "unknown": ("never999", PASSWORD),
        "locked, right": ("block002", PASSWORD),
        "locked, wrong": ("block002", WRONG),
        "without password": ("nopwd003", PASSWORD),
        "closed, wrong": ("closd004", WRONG),
        "locked by an operator": ("holds005", PASSWORD),
        "no name at all": ("Marta417", PASSWORD),
        "empty": ("", Secret("")),
    }


@pytest.mark.req("LATK-11", "E-LOGIN-1", "E-LOGIN-3", "LOGIN-2")
def test_every_no_reads_the_same(desk: Desk) -> None:
    answers = {why: _refused(desk, *given)[:3] for why, given in _every_no(desk).items()}
    assert set(answers.values().__iter__().__next__()[:1]) == {"E-LOGIN-1"}
    assert len({str(answer) for answer in answers.values()}) == 1, answers


@pytest.mark.req("LATK-12")
def test_every_no_asks_the_database_as_much(desk: Desk) -> None:
    cases = _every_no(desk)
    for given in cases.values():  # the counters' rows are made at the first failure of a name
        _refused(desk, *given)
    counts = {why: _refused(desk, *given)[3] for why, given in cases.items()}
    assert len(set(counts.values())) == 1, counts


@pytest.mark.req("LATK-12")
def test_a_first_failure_asks_the_database_as_much_for_nobody(desk: Desk) -> None:
    desk.add_user()
    _refused(desk, "first000", WRONG)  # the source's own row
    assert _refused(desk, NAME, WRONG)[3] == _refused(desk, "never999", WRONG)[3]


@pytest.mark.req("LATK-12")
def test_every_no_compares_one_hash(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    cases = _every_no(desk)
    compared: list[str] = []
    verify: Callable[[Secret, str], bool] = hashing.verify
    monkeypatch.setattr(
        hashing, "verify", lambda text, stored: compared.append(stored) or verify(text, stored)
    )
    for given in cases.values():
        _refused(desk, *given)
    assert len(compared) == len(cases)
    assert all(stored.startswith("$argon2id$v=19$m=8,t=1,p=1$") for stored in compared)


@pytest.mark.alone
@pytest.mark.req("LATK-12")
def test_costly_hashes_take_nobody_as_long_as_somebody(desk: Desk, totp: Enrolment) -> None:
    def least(name: str) -> float:
        took = []
        for _ in range(5):
            before = time.perf_counter()
            _refused(desk, name, WRONG)
            took.append(time.perf_counter() - before)
        return min(took)

    assert least("never999") == pytest.approx(least(NAME), rel=0.5)


@pytest.mark.req("LATK-11", "LATK-12")
def test_a_lock_of_nobodys_name_sends_a_letter_to_nobody(desk: Desk) -> None:
    for _ in range(11):
        with pytest.raises(Refused):
            desk.begin(HOME, WRONG, "never999")
    assert [(to, str(alert.kind)) for to, alert in desk.herald.mails] == [("", "locked-out")]


@pytest.mark.req("LATK-11", "LATK-12", "PWD-8")
def test_asking_for_a_reset_does_the_same_for_nobody(desk: Desk, totp: Enrolment) -> None:
    counts = []
    for name in ("first000", NAME, "never999", NAME, "never999"):
        with CaptureQueriesContext(connection) as seen:
            resets.ask(name, HOME, desk.house, desk.act)
        counts.append(len(seen))
    assert counts[1] == counts[2]
    assert counts[3] == counts[4]
    assert [to for to, _ in desk.herald.mails] == ["", totp.user.email, "", totp.user.email, ""]
    assert Token.objects.filter(user=None).count() == 3


def test_nobodys_password_is_nobodys_with_the_decoy_stored(desk: Desk, marta: User) -> None:
    Password.objects.update(hash=hashing.DECOY)
    for text in ("", "A", PASSWORD.reveal()):
        with pytest.raises(Refused):
            desk.begin(HOME, Secret(text))
