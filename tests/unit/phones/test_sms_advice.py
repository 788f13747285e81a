"""Whose code does not come is told what became of it, what fits best, and the four steps."""

from datetime import timedelta

import pytest
from strongroom.rules.sms_advice import Advice, Fate, Hint, Message, Number, Step, advise
from strongroom.rules.sms_failures import Failure

_NUMBER = Number(is_do_not_call=False, delivers_now=True, can_be_called=True)
_UNCALLED = Number(is_do_not_call=False, delivers_now=True, can_be_called=False)


def _after(
    *, seconds: int = 90, failure: Failure | None = None, is_call: bool = False, here: bool = False
) -> Advice:
    message = Message(is_call, here, failure, timedelta(seconds=seconds))
    return advise([message], _NUMBER)


@pytest.mark.req("SMS-1", "PHN-6")
@pytest.mark.parametrize(
    ("failure", "fate", "best"),
    [
        (Failure.DO_NOT_CALL, Fate.DO_NOT_CALL, Hint.APP),
        (Failure.VIRTUAL_NUMBER, Fate.VIRTUAL, Hint.OTHER_NUMBER),
        (Failure.CARRIER_HOURS, Fate.CARRIER_HOURS, Hint.VOICE),
        (Failure.BLOCKED_BY_CARRIER, Fate.BLOCKED, Hint.VOICE),
        (Failure.UNREACHABLE, Fate.UNREACHABLE, Hint.RESTART),
        (Failure.UNKNOWN_NUMBER, Fate.UNKNOWN_NUMBER, Hint.OTHER_NUMBER),
        (Failure.NOT_ANSWERED, Fate.NOT_ANSWERED, Hint.VOICE),
        (Failure.NO_KEY, Fate.NO_KEY, Hint.VOICE),
        (Failure.REFUSED, Fate.HELD_BACK, Hint.APP),
        (Failure.WITHDRAWN, Fate.NOT_SENT, Hint.ASK),
    ],
)
def test_the_reason_of_the_last_failure_decides_which_advice_comes_first(
    failure: Failure, fate: Fate, best: Hint
) -> None:
    advice = _after(failure=failure)
    assert (advice.fate, advice.best) == (fate, best)


@pytest.mark.req("SMS-1")
def test_every_reason_has_its_advice() -> None:
    assert all(isinstance(_after(failure=failure).best, Hint) for failure in Failure)


@pytest.mark.req("SMS-1")
def test_without_a_failure_the_age_and_the_report_of_the_message_decide() -> None:
    assert advise([], _NUMBER).best is Hint.ASK
    assert _after(seconds=20).best is Hint.WAIT
    assert _after(seconds=90).best is Hint.RESTART
    assert _after(here=True).best is Hint.LOOK


@pytest.mark.req("SMS-1", "VOICE-1")
def test_the_four_steps_keep_their_order_whatever_fits_best() -> None:
    for failure in Failure:
        steps = _after(failure=failure).steps
        assert steps == (Step.APP, Step.RESTART, Step.VOICE, Step.CARRIER)
    assert advise([], _UNCALLED).steps == (Step.APP, Step.RESTART, Step.CARRIER)


@pytest.mark.req("VOICE-1")
def test_a_call_is_advised_only_where_sms_is_a_factor() -> None:
    blocked = Message(False, False, Failure.BLOCKED_BY_CARRIER, timedelta(seconds=5))
    closed = Message(False, False, Failure.CARRIER_HOURS, timedelta(seconds=5))
    assert advise([blocked], _UNCALLED).best is Hint.CARRIER
    assert advise([closed], _UNCALLED).best is Hint.APP


@pytest.mark.req("PHN-6")
def test_what_is_known_of_the_number_is_told_before_anything_was_sent() -> None:
    listed = Number(is_do_not_call=True, delivers_now=True, can_be_called=True)
    night = Number(is_do_not_call=False, delivers_now=False, can_be_called=True)
    assert (advise([], listed).fate, Step.VOICE in advise([], listed).steps) == (
        Fate.DO_NOT_CALL,
        False,
    )
    assert advise([], night).best is Hint.VOICE
    sent = Message(False, False, None, timedelta(seconds=5))
    assert advise([sent], night).fate is Fate.CARRIER_HOURS


@pytest.mark.req("SMS2FA-3", "PHN-5")
def test_another_sms_waits_two_minutes_after_the_last_sms_not_after_a_call() -> None:
    assert _after(seconds=30).wait == timedelta(seconds=90)
    assert _after(seconds=121).wait == timedelta(0)
    assert advise([], _NUMBER).wait == timedelta(0)
    call = Message(True, False, None, timedelta(seconds=10))
    sms = Message(False, False, None, timedelta(seconds=40))
    assert advise([call], _NUMBER).wait == timedelta(0)
    assert advise([call, sms], _NUMBER).wait == timedelta(seconds=80)
