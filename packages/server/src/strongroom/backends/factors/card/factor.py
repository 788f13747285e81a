"""The security card: a calculator that answers a challenge, with counter and PIN (DSC-1).

OCRA is in `rules.ocra`, which suites a card may have in `rules.cards`; stock, orders and PIN
changes are in `login.factors.cards`.
"""

import hmac
from dataclasses import replace
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
        return Draft(kept=kept, label=str(given["serial"]), asked=self.ask(kept, chance))

    def ask(self, kept: Kept, chance: Chance) -> Asked:
        """Show a challenge for the card."""
        challenge = drawn_digits(chance.draw, challenge_length(_suite(kept)))
        return Asked(shown={"challenge": challenge})

    def check(self, kept: Kept, asked: Asked, answer: Secret, chance: Chance) -> Accepted:
        """Judge a response. Raises Refused (E-LOGIN-2, FACTOR-COPIED).

        Where `asked.hidden` has a `pin`, the response has to be made with that one, which then
        takes the old one's place (DSC-3).
        """
        suite, secret = _suite(kept), CardSecret.read(kept.secret)
        new_pin = asked.hidden.get("pin")
        if isinstance(new_pin, str) and suite.pin:
            secret = replace(secret, pin=new_pin)
        typed = typed_digits(answer.reveal(), suite.digits)
        places = _places(suite, kept, str(asked.shown["challenge"]), chance)
        right = _right(suite, secret, typed, places)
        if not right:
            raise login_refusals.FACTOR_WRONG.because()
        return Accepted(
            counter=_next_counter(kept, right),
            secret=secret.sealed_form() if new_pin is not None else None,
        )


def _right(suite: Suite, secret: CardSecret, typed: str, places: list[Given]) -> list[Given]:
    """Return where the response is right; all are computed, so the time tells nothing."""
    key, pin = bytes.fromhex(secret.key), hashed_pin(suite, secret.pin) if suite.pin else None
    made = [(place, response(suite, key, replace(place, pin=pin))) for place in places]
    return [place for place, text in made if hmac.compare_digest(text, typed)]


def _next_counter(kept: Kept, right: list[Given]) -> int | None:
    """Return the counter that the card answered with; a card without one uses up the challenge."""
    counters = [place.counter for place in right if place.counter is not None]
    if not counters:
        return None
    if max(counters) <= kept.counter:
        raise login_refusals.FACTOR_COPIED.because()
    return min(one for one in counters if one > kept.counter)


def _places(suite: Suite, kept: Kept, challenge: str, chance: Chance) -> list[Given]:
    """Return everything that the card could have answered with, but for its PIN."""
    now = steps_of(suite, chance.now)
    times = [None] if now is None else list(range(now - STEPS, now + STEPS + 1))
    counters: list[int | None] = [None]
    if suite.has_counter:
        first = max(kept.counter - LOOK_BACK + 1, 0)
        counters = list(range(first, kept.counter + LOOK_AHEAD + 1))
    return [
        Given((challenge,), counter=counter, steps=steps) for counter in counters for steps in times
    ]


def _suite(kept: Kept) -> Suite:
    return card_suite(str(kept.facts["suite"]))
