"""A code by an automated call: six digits, once, for five minutes (VOICE-1, VOICE-2).

The call asks for a key before it speaks (LATK-3), which is the sender's and the portal's work.
"""

from datetime import timedelta

from strongroom.login.models import FactorKind
from strongroom.login.ports import Accepted, Asked, Chance, Delivery, Draft, Kept, Traits, Wish
from strongroom.rules import login_refusals, sent_codes
from strongroom.rules.assurance import Assurance
from strongroom.rules.secret import Secret

_LIFETIME = timedelta(minutes=5)
_TRIES = 5


class VoiceFactor:
    """Implements `login.ports.Factor` for the enrolments of SMS: nobody enrols for calls alone."""

    __slots__ = ()

    @property
    def traits(self) -> Traits:
        """Return what is always so."""
        return Traits(
            kind=FactorKind.VOICE,
            assurance=Assurance.SMS,
            lifetime=_LIFETIME,
            tries=_TRIES,
            amr=("otp", "tel"),
        )

    def draft(self, wish: Wish, chance: Chance) -> Draft:
        """Raises Refused (VOICE-NEEDS-SMS) always: a number is enrolled for SMS (VOICE-1)."""
        raise login_refusals.VOICE_NEEDS_SMS.because()

    def ask(self, kept: Kept, chance: Chance) -> Asked:
        """Draw a code for a number enrolled for SMS; its salted HMAC alone stays here."""
        code, hidden = sent_codes.draw(chance.draw)
        return Asked(
            shown={"digits": sent_codes.DIGITS, "channel": "voice"},
            hidden=hidden,
            delivery=Delivery("voice", Secret(code)),
        )

    def check(self, kept: Kept, asked: Asked, answer: Secret, chance: Chance) -> Accepted:
        """Judge a typed code; the challenge is what can be used once. Raises E-LOGIN-2."""
        sent_codes.judge(answer.reveal(), asked.hidden)
        return Accepted()
