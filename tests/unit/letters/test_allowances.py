"""Allowances: counted for all processes together, given back when their transaction fails."""

import threading
from datetime import timedelta

import pytest
from django.db import connections, transaction
from strongroom.audit.act import Act
from strongroom.login import allowances
from strongroom.rules.refusals import Refused

from tests.conftest import StillClock

HOUR = timedelta(hours=1)


@pytest.mark.django_db
@pytest.mark.req("LATK-22")
def test_an_allowance_is_used_up_and_comes_back_with_the_next_window(clock: StillClock) -> None:
    for _ in range(3):
        allowances.take("tries:203.0.113.7", most=3, per=HOUR, act=Act("portal", clock.now()))
    clock.advance(minutes=20, seconds=1)
    with pytest.raises(Refused) as refused:
        allowances.take("tries:203.0.113.7", most=3, per=HOUR, act=Act("portal", clock.now()))
    assert refused.value.facts == {"minutes": 40}
    allowances.take("tries:203.0.113.8", most=3, per=HOUR, act=Act("portal", clock.now()))
    clock.advance(minutes=40)
    allowances.take("tries:203.0.113.7", most=3, per=HOUR, act=Act("portal", clock.now()))


@pytest.mark.django_db
def test_what_is_taken_in_a_failed_transaction_is_given_back(clock: StillClock) -> None:
    act = Act("portal", clock.now())

    @transaction.atomic
    def take_and_fail() -> None:
        allowances.take("k", most=1, per=HOUR, act=act)
        raise RuntimeError

    for _ in range(5):
        with pytest.raises(RuntimeError):
            take_and_fail()
    allowances.take("k", most=1, per=HOUR, act=act)


@pytest.mark.django_db
def test_a_clock_that_was_ahead_shuts_nobody_out(clock: StillClock) -> None:
    ahead = Act("portal", clock.now() + timedelta(days=300))
    allowances.take("k", most=1, per=HOUR, act=ahead)
    allowances.take("k", most=1, per=HOUR, act=Act("portal", clock.now()))


@pytest.mark.django_db
def test_keys_of_any_length_are_told_apart(clock: StillClock) -> None:
    act = Act("portal", clock.now())
    for last in ("a", "b"):
        allowances.take("x" * 500 + last, most=1, per=HOUR, act=act)


@pytest.mark.django_db
def test_windows_that_are_over_are_forgotten(clock: StillClock) -> None:
    allowances.take("k", most=1, per=HOUR, act=Act("portal", clock.now()))
    clock.advance(days=3)
    assert allowances.forget_spent(Act("worker", clock.now())) == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.req("LATK-22", "LATK-4")
def test_tries_at_once_never_pass_the_limit(clock: StillClock) -> None:
    act = Act("portal", clock.now())
    gate, granted = threading.Barrier(8), []

    def take_five() -> None:
        gate.wait()
        try:
            for _ in range(5):
                allowances.take("k", most=7, per=HOUR, act=act)
                granted.append(1)
        except Refused:
            pass
        finally:
            connections.close_all()

    threads = [threading.Thread(target=take_five) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(granted) == 7
