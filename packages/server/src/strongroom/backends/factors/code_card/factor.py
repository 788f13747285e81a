"""The online code card: two numbers are asked for, and the entries beside them answer (CARD-1).

Drawing and choosing are in `rules.code_cards`; the paper is made by `backends.papers`.
"""

import hmac
import json
from datetime import timedelta

from strongroom.login.models import FactorKind
from strongroom.login.ports import Accepted, Asked, Chance, Draft, Kept, Traits, Wish
from strongroom.rules import login_refusals
from strongroom.rules.assurance import Assurance
from strongroom.rules.code_cards import (
    ASKED,
    ENTRY_LENGTH,
    LIFETIME,
    asked_indexes,
    drawn_entries,
    right_answer,
)
from strongroom.rules.secret import Secret
from strongroom.rules.typed_codes import typed_letters


class CodeCardFactor:
    """The counter is the number of right answers; it decides which two entries are asked for."""

    traits = Traits(
        kind=FactorKind.CODE_CARD,
        assurance=Assurance.CODE_CARD,
        lifetime=timedelta(minutes=10),
        is_one_of=True,
        amr=("otp",),
    )

    def draft(self, wish: Wish, chance: Chance) -> Draft:
        """Draw a card for 21 days; two of its entries have to be answered (CARD-2)."""
        entries = drawn_entries(chance.draw)
        kept = Kept(
            secret=Secret(json.dumps(entries)),
            facts={"serial": chance.draw(4).hex().upper()},
            counter=-1,
            expires_at=chance.now + LIFETIME,
        )
        return Draft(
            kept=kept,
            label="Online code card",
            shown={"entries": list(entries), "serial": kept.facts["serial"]},
            asked=self.ask(kept, chance),
        )

    def ask(self, kept: Kept, chance: Chance) -> Asked:
        """Ask for two entries. Raises Refused (FACTOR-OVER) after the card's time."""
        _refuse_expired(kept, chance)
        first, second = asked_indexes(_entries(kept), kept.counter + 1)
        return Asked(shown={"indexes": [first, second]}, hidden={"turn": kept.counter + 1})

    def check(self, kept: Kept, asked: Asked, answer: Secret, chance: Chance) -> Accepted:
        """Take both entries without spaces, once. Raises Refused (FACTOR-OVER, E-LOGIN-2)."""
        _refuse_expired(kept, chance)
        typed = typed_letters(answer.reveal(), ASKED * ENTRY_LENGTH)
        entries, turn = _entries(kept), kept.counter + 1
        right = right_answer(entries, asked_indexes(entries, turn))
        if asked.hidden.get("turn") != turn or not hmac.compare_digest(typed, right):
            raise login_refusals.FACTOR_WRONG.because()
        return Accepted(counter=turn)


def _entries(kept: Kept) -> list[str]:
    return [str(entry) for entry in json.loads(kept.secret.reveal())]


def _refuse_expired(kept: Kept, chance: Chance) -> None:
    if kept.expires_at is not None and chance.now >= kept.expires_at:
        raise login_refusals.FACTOR_OVER.because()
