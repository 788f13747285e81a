"""Asks carriers when a number's SIM card was replaced, before codes go there (LATK-2).

What follows from it is `directory.phones.refuse_unusable`; the carriers' service is a port.
"""

import logging
from datetime import timedelta

from strongroom.audit.act import Act
from strongroom.directory import phones
from strongroom.directory.models import User
from strongroom.login.ports import NumberCheck, NumberCheckError

_FRESH = timedelta(minutes=10)
_log = logging.getLogger(__name__)


def look(user: User, check: NumberCheck | None, act: Act) -> None:
    """Ask about a user's verified numbers, each at most once in ten minutes.

    It waits for the network: call it outside of transactions, after a right password. A carrier
    that does not answer changes nothing, so what was known of the number still holds.
    """
    if check is None:
        return
    for phone in phones.listed(user):
        is_known = phone.looked_at is not None and act.at - phone.looked_at < _FRESH
        if phone.verified_at is None or is_known:
            continue
        try:
            swapped_at = check.swapped_at(phone.number)
        except NumberCheckError:
            _log.warning("no answer about the SIM card of phone %s", phone.pk)
            continue
        phones.note_swap(phone, swapped_at, act=act)
