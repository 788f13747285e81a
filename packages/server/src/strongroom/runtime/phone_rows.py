"""What `strongroom phone` shows of a user's numbers: plain rows, the numbers masked.

Changing them is in `directory.phones`.
"""

from collections.abc import Iterator
from datetime import datetime

from strongroom.directory import phones
from strongroom.directory.models import User
from strongroom.directory.numbering import masked
from strongroom.login.models import Enrolment, EnrolmentState, FactorKind
from strongroom.messages import sms_help

Row = dict[str, object]


def phone_rows(user: User, now: datetime) -> Iterator[Row]:
    """Return a user's numbers, each with what became of its last message."""
    enrolled = Enrolment.objects.filter(
        user=user, kind=FactorKind.SMS, state=EnrolmentState.ACTIVE
    ).values_list("phone_id", flat=True)
    gets_codes = set(enrolled)
    for phone in phones.listed(user):
        advice = sms_help.advice_for(phone, now, can_be_called=phone.pk in gets_codes)
        hours = "always"
        if phone.hours_from is not None and phone.hours_to is not None:
            hours = f"{phone.hours_from:02d}-{phone.hours_to:02d}"
        yield {
            "id": phone.pk,
            "number": masked(phone.number),
            "country": phone.country,
            "kind": phone.kind,
            "verified_at": phone.verified_at,
            "login_codes": phone.pk in gets_codes,
            "usable_from": phone.usable_from,
            "do_not_call": phone.is_do_not_call,
            "hours": hours,
            "sim_swapped_at": phone.swapped_at,
            "last_message": advice.fate.value,
        }
