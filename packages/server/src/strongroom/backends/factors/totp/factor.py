"""Codes of an authenticator program, six digits every 30 seconds (RFC 6238).

The arithmetic is in `rules.one_time_codes`. The picture of the address to scan is the portal's.
"""

import base64
import hmac
from datetime import timedelta

from strongroom.login.models import FactorKind
from strongroom.login.ports import Accepted, Asked, Chance, Draft, Kept, Traits, Wish
from strongroom.rules import login_refusals
from strongroom.rules.assurance import Assurance
from strongroom.rules.one_time_codes import hotp, key_uri, step_of
from strongroom.rules.secret import Secret
from strongroom.rules.typed_codes import typed_digits

DIGITS = 6
SECRET_BYTES = 20
TOLERANCE = 1
"""Steps that a phone's clock may be early or late."""


class TotpFactor:
    """The last accepted step is the enrolment's counter, so no code is taken twice (LATK-5)."""

    traits = Traits(
        kind=FactorKind.TOTP,
        assurance=Assurance.TOTP,
        lifetime=timedelta(minutes=5),
        amr=("otp",),
    )

    def draft(self, wish: Wish, chance: Chance) -> Draft:
        """Make a key; it is shown once, and the first code has to be answered."""
        secret = base64.b32encode(chance.draw(SECRET_BYTES)).decode("ascii")
        return Draft(
            kept=Kept(secret=Secret(secret), facts={}, counter=-1),
            label="Authenticator",
            shown={
                "secret": secret,
                "uri": key_uri(issuer=wish.firm, account=wish.user, secret=secret),
            },
            asked=Asked(),
        )

    def ask(self, kept: Kept, chance: Chance) -> Asked:
        """Ask for the code of the moment."""
        return Asked()

    def check(self, kept: Kept, asked: Asked, answer: Secret, chance: Chance) -> Accepted:
        """Take the code of this step or its neighbours, once. Raises Refused (E-LOGIN-2)."""
        code = typed_digits(answer.reveal(), DIGITS)
        key = base64.b32decode(kept.secret.reveal())
        now = step_of(chance.now)
        accepted = None
        # Every step is computed whatever came before, so the time tells nothing.
        for step in range(max(now - TOLERANCE, 0), now + TOLERANCE + 1):
            is_right = hmac.compare_digest(hotp(key, step, digits=DIGITS), code)
            if is_right and step > kept.counter and accepted is None:
                accepted = step
        if accepted is None:
            raise login_refusals.FACTOR_WRONG.because()
        return Accepted(counter=accepted)
