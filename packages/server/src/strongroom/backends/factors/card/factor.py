"""The security card: a calculator that answers a challenge, with counter and PIN (DSC-1).

OCRA is in `rules.ocra`, which suites a card may have in `rules.cards`; stock, orders and PIN
changes are in `login.cards`.
"""

import hmac
from datetime import timedelta

from strongroom.login.models import FactorKind
from strongroom.login.ports import Accepted, Asked, Chance, Draft, Kept, Traits, Wish
from strongroom.rules import login_refusals
from strongroom.rules.assurance import Assurance
from strongroom.rules.cards import CardSecret, card_suite, challenge_length
from strongroom.rules.ocra import Given, Suite, hashed_pin, response, steps_of
from strongroom.rules.one_time_codes import drawn_digits
from strongroom.rules.secret import Secret
from strongroom.rules.typed_codes import typed_digits

LOOK_AHEAD = 20
"""Counters that the card may be ahead, because its owner played with it."""

LOOK_BACK = 50
"""An answer from so few counters behind betrays a copy of the card (LATK-19)."""

STEPS = 1
"""Time steps that a card's clock may be early or late."""


class CardFactor:
    """The counter is the last one that the card answered with; a card without one has none."""

    traits = Traits(
        kind=FactorKind.CARD,
        assurance=Assurance.CARD,
        lifetime=timedelta(minutes=5),
        is_permanent=True,
        amr=("otp", "hwk"),
    )

    def draft(self, wish: Wish, chance: Chance) -> Draft:
        """Take a card over from the desk: `serial`, `suite`, `key` (hex), `pin` and `counter`.

        The counter is the next one that the card will use. Raises Refused (CARD-SUITE).
        """
        given = wish.given
        suite = card_suite(str(given["suite"]))
        secret = CardSecret(key=str(given["key"]), pin=str(given["pin"]) if suite.pin else "")
        kept = Kept(
            secret=secret.sealed_form(),
            facts={"suite": suite.text, "serial": str(given["serial"])},
            counter=int(str(given.get("counter", 0))) - 1,
        )
        return Draft(
            kept=kept, label=f"Security card {given['serial']}", asked=self.ask(kept, chance)
        )

    def ask(self, kept: Kept, chance: Chance) -> Asked:
        """Show a challenge for the card."""
        challenge = drawn_digits(chance.draw, challenge_length(_suite(kept)))
        return Asked(shown={"challenge": challenge})

    def check(self, kept: Kept, asked: Asked, answer: Secret, chance: Chance) -> Accepted:
        """Judge a response. Raises Refused (E-LOGIN-2, FACTOR-COPIED)."""
        suite = _suite(kept)
        typed = typed_digits(answer.reveal(), suite.digits)
        counters = _right(suite, kept, str(asked.shown["challenge"]), typed, chance)
        if not counters:
            raise login_refusals.FACTOR_WRONG.because()
        if not suite.has_counter and suite.step is None:
            return Accepted()
        newest = max(counters)
        if newest <= kept.counter:
            raise login_refusals.FACTOR_COPIED.because()
        return Accepted(counter=min(one for one in counters if one > kept.counter))


def _right(suite: Suite, kept: Kept, challenge: str, typed: str, chance: Chance) -> list[int]:
    """Return at which counters (or time steps) the response is right; all are computed."""
    secret = CardSecret.read(kept.secret)
    key, pin = bytes.fromhex(secret.key), hashed_pin(suite, secret.pin) if suite.pin else None
    right = []
    for counter, steps in _places(suite, kept, chance):
        given = Given((challenge,), counter=counter, pin=pin, steps=steps)
        if hmac.compare_digest(response(suite, key, given), typed):
            right.append(counter if counter is not None else steps or 0)
    return right


def _places(suite: Suite, kept: Kept, chance: Chance) -> list[tuple[int | None, int | None]]:
    now = steps_of(suite, chance.now)
    times = [None] if now is None else list(range(now - STEPS, now + STEPS + 1))
    counters: list[int | None] = [None]
    if suite.has_counter:
        first = max(kept.counter - LOOK_BACK + 1, 0)
        counters = list(range(first, kept.counter + LOOK_AHEAD + 1))
    return [(counter, steps) for counter in counters for steps in times]


def _suite(kept: Kept) -> Suite:
    return card_suite(str(kept.facts["suite"]))
