"""Whether a code may leave for a number now, counted per number, block and country (LATK-23).

The figures and what a block is are in `rules.sms_budgets`.
"""

from datetime import timedelta

from strongroom.audit.act import Act
from strongroom.directory.contacts import Line
from strongroom.login import allowances
from strongroom.messages.models import Channel
from strongroom.rules import login_refusals
from strongroom.rules.refusals import Refused
from strongroom.rules.sms_budgets import DAY, HOUR, SmsBudgets, block_of
from strongroom.rules.sms_failures import Failure


def count(line: Line, channel: Channel, budgets: SmsBudgets, act: Act) -> None:
    """Take one message from each budget, inside the caller's transaction.

    Raises Refused: SMS-BLOCKED, SMS-SOON, SMS-BUDGET.
    """
    _refuse_blocked(line, channel, budgets, act)
    _take_pause(line, channel, budgets, act)
    # A number that nobody has proved to hold is counted over all users, so that it cannot be
    # pestered from many; a proved one for itself, so that nobody else can use its budget up.
    number = f"line:{line.id}" if line.is_verified else f"number:{line.number}"
    day = budgets.number_day if line.is_verified else budgets.unverified_day
    for key, most, per in (
        (f"codes:hour:{number}", budgets.number_hour, HOUR),
        (f"codes:day:{number}", day, DAY),
        (f"codes:block:{block_of(line.number)}", budgets.block_hour, HOUR),
        (f"codes:country:{line.country}", budgets.country_hour, HOUR),
    ):
        _take(key, most=most, per=per, act=act)


def _refuse_blocked(line: Line, channel: Channel, budgets: SmsBudgets, act: Act) -> None:
    if line.is_do_not_call:
        raise login_refusals.SMS_BLOCKED.because(why=Failure.DO_NOT_CALL)
    if budgets.countries and line.country not in budgets.countries:
        raise login_refusals.SMS_BLOCKED.because(why="country")
    if channel is Channel.SMS and not line.delivers_now:
        raise login_refusals.SMS_BLOCKED.because(why=Failure.CARRIER_HOURS)
    if line.swapped_at is not None and act.at - line.swapped_at < budgets.swap_wait:
        raise login_refusals.SMS_BLOCKED.because(why="sim-changed")


def _take_pause(line: Line, channel: Channel, budgets: SmsBudgets, act: Act) -> None:
    """SMS2FA-3. A call may follow an SMS at once: it is what helps when the SMS does not come."""
    key = f"codes:pause:{channel}:{line.id}"
    try:
        allowances.take(key, most=1, per=budgets.pause, act=act)
    except Refused as refused:
        seconds = allowances.seconds_left(key, per=budgets.pause, act=act)
        raise login_refusals.SMS_SOON.because(seconds=seconds) from refused


def _take(key: str, *, most: int, per: timedelta, act: Act) -> None:
    try:
        allowances.take(key, most=most, per=per, act=act)
    except Refused as refused:
        raise login_refusals.SMS_BUDGET.because(**refused.facts) from refused
