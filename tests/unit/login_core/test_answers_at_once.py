"""Many answers at the same moment: what is compared, and what opens (LATK-4, LATK-6)."""

import threading
from collections.abc import Callable

import pytest
from django.db import DatabaseError, connection
from strongroom.login.models import Enrolment, EnrolmentState, FactorKind, Failures, WebSession
from strongroom.rules.refusals import Refused

from tests.unit.login_core.desk import HOME, NAME, Desk
from tests.unit.login_core.fakes import RIGHT, WRONG

pytestmark = pytest.mark.django_db(transaction=True)


def _at_once(deeds: list[Callable[[], object]]) -> list[str]:
    """Do all at the same moment; returns what each was refused for, or `in`."""
    results: list[str] = []
    gate = threading.Barrier(len(deeds))

    def run(deed: Callable[[], object]) -> None:
        gate.wait()
        try:
            deed()
            results.append("in")
        except Refused as refused:
            results.append(refused.code)
        except DatabaseError as error:  # a circle of locks
            results.append(str(error))
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(deed,)) for deed in deeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(results) == len(deeds)
    return results


@pytest.mark.req("LATK-4")
def test_sixty_parallel_guesses_compare_at_most_five(desk: Desk, totp: Enrolment) -> None:
    desk = desk.with_policy(failures_most=100, factor_failures_most=100)
    sign_in = desk.begin()
    asked = desk.ask(sign_in, totp)
    guesses = [lambda n=n: desk.answer(sign_in, asked.id, f"{n:06}") for n in range(60)]
    results = _at_once(guesses)
    assert set(results) <= {"E-LOGIN-2", "SIGN-IN-OVER"}
    assert len(desk.factors[FactorKind.TOTP].compared) == 5
    with pytest.raises(Refused):
        desk.answer(sign_in, asked.id, RIGHT)
    assert not WebSession.objects.exists()


@pytest.mark.req("LATK-4")
def test_guesses_in_parallel_sign_ins_never_pass_the_cap_of_a_factor(
    desk: Desk, totp: Enrolment
) -> None:
    desk = desk.with_policy(failures_most=100, factor_failures_most=10)
    deeds = []
    for _ in range(6):
        sign_in = desk.begin()
        asked = desk.ask(sign_in, totp)
        deeds += [lambda s=sign_in, a=asked: desk.answer(s, a.id, "000000")] * 5
    assert set(_at_once(deeds)) <= {"E-LOGIN-2", "SIGN-IN-OVER"}
    assert len(desk.factors[FactorKind.TOTP].compared) == 10
    totp.refresh_from_db()
    assert (totp.state, totp.failures) == (EnrolmentState.SUSPENDED, 10)
    assert desk.herald.kinds().count("factor-suspended") == 1


@pytest.mark.req("LATK-6")
def test_two_right_answers_at_once_open_one_session(desk: Desk, totp: Enrolment) -> None:
    sign_in = desk.begin()
    asked = desk.ask(sign_in, totp)
    results = _at_once([lambda: desk.answer(sign_in, asked.id)] * 2)
    assert sorted(results) in (["E-LOGIN-2", "in"], ["SIGN-IN-OVER", "in"])
    assert WebSession.objects.count() == 1


@pytest.mark.req("LATK-5")
def test_one_code_of_a_time_step_opens_one_of_two_sign_ins(desk: Desk, totp: Enrolment) -> None:
    deeds = []
    for _ in range(2):
        sign_in = desk.begin()
        asked = desk.ask(sign_in, totp)
        deeds.append(lambda s=sign_in, a=asked: desk.answer(s, a.id, "step-7"))
    assert sorted(_at_once(deeds)) == ["E-LOGIN-2", "in"]


@pytest.mark.req("LATK-4", "LOGIN-4")
def test_parallel_passwords_are_compared_no_more_than_the_limit(
    desk: Desk, totp: Enrolment, monkeypatch: pytest.MonkeyPatch
) -> None:
    results = _at_once([lambda: desk.begin(HOME, WRONG)] * 30)
    assert set(results) == {"E-LOGIN-1"}
    assert len(Failures.objects.get(name=NAME).recent) == 10
    with pytest.raises(Refused):
        desk.begin()
    assert desk.herald.kinds() == ["locked-out"]
