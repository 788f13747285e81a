"""A code by SMS to a verified number: six digits, once, for five minutes (SMS2FA-1 to SMS2FA-4).

Sending it is the herald's; whether the number may be used now is `directory.phones`' to say.
"""

from datetime import timedelta

from strongroom.login.models import FactorKind
from strongroom.login.ports import Accepted, Asked, Chance, Delivery, Draft, Kept, Traits, Wish
from strongroom.rules import login_refusals, sent_codes
from strongroom.rules.assurance import Assurance
from strongroom.rules.secret import Secret

_LIFETIME = timedelta(minutes=5)
_TRIES = 5


class SmsFactor:
    """Implements `login.ports.Factor`. An enrolment has no secret: its row names the number."""

    __slots__ = ()

    @property
    def traits(self) -> Traits:
        """Return what is always so."""
        return Traits(
            kind=FactorKind.SMS,
            assurance=Assurance.SMS,
            lifetime=_LIFETIME,
            tries=_TRIES,
            amr=("otp", "sms"),
        )

    def draft(self, wish: Wish, chance: Chance) -> Draft:
        """Enrol a number whose owner has proved it: `given` is its `phone` (id) and its `label`.

        It is active at once. Raises Refused (PHONE-UNKNOWN).
        """
        phone, label = wish.given.get("phone"), wish.given.get("label")
        if not isinstance(phone, int) or not isinstance(label, str):
            raise login_refusals.PHONE_UNKNOWN.because()
        return Draft(kept=Kept(Secret(""), {"phone": phone}, counter=-1), label=label)

    def ask(self, kept: Kept, chance: Chance) -> Asked:
        """Draw a code. What stays here is its salted HMAC alone, sealed by the login."""
        code, hidden = sent_codes.draw(chance.draw)
        return Asked(
            shown={"digits": sent_codes.DIGITS, "channel": "sms"},
            hidden=hidden,
            delivery=Delivery("sms", Secret(code)),
        )

    def check(self, kept: Kept, asked: Asked, answer: Secret, chance: Chance) -> Accepted:
        """Judge a typed code; the challenge is what can be used once. Raises E-LOGIN-2."""
        sent_codes.judge(answer.reveal(), asked.hidden)
        return Accepted()
