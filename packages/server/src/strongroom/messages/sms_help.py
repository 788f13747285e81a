"""What to tell a person whose code does not come: the last messages to the number, judged.

The advice itself is in `rules.sms_advice`; only the number's own last messages are looked at.
"""

from datetime import datetime

from strongroom.directory import phones
from strongroom.directory.models import PhoneNumber
from strongroom.messages.letter_reports import LastCode, last_codes
from strongroom.messages.models import Channel, LetterState
from strongroom.rules.sms_advice import Advice, Message, Number, advise

# A report of yesterday says nothing about the code that a person waits for.
_RECENT_HOURS = 12


def advice_for(phone: PhoneNumber, now: datetime, *, can_be_called: bool) -> Advice:
    """Return the advice for a number. `can_be_called`: SMS is a factor there (VOICE-1)."""
    codes = [code for code in last_codes(phone.pk) if _hours_since(code, now) < _RECENT_HOURS]
    number = Number(
        is_do_not_call=phone.is_do_not_call,
        delivers_now=phones.delivers_at(phone, now),
        can_be_called=can_be_called,
    )
    return advise([_message(code, now) for code in codes], number)


def _hours_since(code: LastCode, now: datetime) -> float:
    return (now - code.at).total_seconds() / 3600


def _message(code: LastCode, now: datetime) -> Message:
    return Message(
        is_call=code.channel is Channel.VOICE,
        is_delivered=code.state is LetterState.DELIVERED or code.was_entered,
        failure=code.failure,
        age=now - code.at,
    )
