"""Asks carriers when a number's SIM card was replaced, before codes go there (LATK-2).

What follows from it is `directory.phones.refuse_unusable`; the carriers' service is a port.
"""

import logging
from datetime import timedelta

from strongroom.audit.act import Act
from strongroom.directory import phones
from strongroom.directory.models import PhoneNumber, User
from strongroom.login.ports import NumberCheck, NumberCheckError

_FRESH = timedelta(minutes=10)
_log = logging.getLogger(__name__)


def look(user: User, check: NumberCheck | None, act: Act) -> None:
    """Ask about a user's verified numbers; see `look_at`."""
    if check is not None:
        for phone in phones.listed(user):
            look_at(phone, check, act)


def look_at(phone: PhoneNumber, check: NumberCheck | None, act: Act) -> None:
    """Ask about one number, at most once in ten minutes, and note the answer in the row.

    It waits for the network: call it outside of transactions, after a right password. A carrier
    that does not answer changes nothing, so what was known of the number still holds.
    """
    is_known = phone.looked_at is not None and act.at - phone.looked_at < _FRESH
    if check is None or phone.verified_at is None or is_known:
        return
    try:
        swapped_at = check.swapped_at(phone.number)
    except NumberCheckError:
        _log.warning("no answer about the SIM card of phone %s", phone.pk)
        return
    phones.note_swap(phone, swapped_at, act=act)
