"""Recovery codes: ten of 80 bits, each usable once, kept only as salted digests (LATK-24).

A new set replaces the old one whole, because a user has one active set.
"""

import base64
import json
from datetime import timedelta

from strongroom.login.models import FactorKind
from strongroom.login.ports import Accepted, Asked, Chance, Draft, Kept, Traits, Wish
from strongroom.rules import login_refusals
from strongroom.rules.assurance import Assurance
from strongroom.rules.kept_codes import grouped, is_kept, kept_form, new_salt
from strongroom.rules.secret import Secret
from strongroom.rules.typed_codes import typed_letters

CODES = 10
CODE_BYTES = 10
CODE_LENGTH = 16
"""Characters of base32, which are 80 bits."""

_MISREAD = str.maketrans("018", "OIB")
"""Base32 has no 0, 1 and 8, so who types one read a letter wrongly."""


class RecoveryFactor:
    """The set is one enrolment; its counter rises with each code that is used."""

    traits = Traits(
        kind=FactorKind.RECOVERY,
        assurance=Assurance.RECOVERY,
        lifetime=timedelta(minutes=10),
        is_one_of=True,
        amr=("otp",),
    )

    def draft(self, wish: Wish, chance: Chance) -> Draft:
        """Make a set; it is shown once and active at once."""
        codes = [base64.b32encode(chance.draw(CODE_BYTES)).decode("ascii") for _ in range(CODES)]
        salt = new_salt(chance.draw)
        return Draft(
            kept=_kept(salt, [kept_form(code, salt) for code in codes], counter=-1),
            label="Recovery codes",
            shown={"codes": [grouped(code, 4) for code in codes]},
        )

    def ask(self, kept: Kept, chance: Chance) -> Asked:
        """Ask for any code of the set. Raises Refused (RECOVERY-SPENT)."""
        if not _left(kept)[1]:
            raise login_refusals.RECOVERY_SPENT.because()
        return Asked()

    def check(self, kept: Kept, asked: Asked, answer: Secret, chance: Chance) -> Accepted:
        """Take a code and strike it off. Raises Refused (E-LOGIN-2)."""
        code = typed_letters(answer.reveal(), CODE_LENGTH).translate(_MISREAD)
        salt, left = _left(kept)
        still = [one for one in left if not is_kept(code, salt, one)]
        if len(still) == len(left):
            raise login_refusals.FACTOR_WRONG.because()
        after = _kept(salt, still, counter=kept.counter + 1)
        return Accepted(counter=after.counter, secret=after.secret, facts=after.facts)


def _kept(salt: str, left: list[str], *, counter: int) -> Kept:
    secret = Secret(json.dumps({"salt": salt, "left": left}))
    return Kept(secret=secret, facts={"left": len(left)}, counter=counter)


def _left(kept: Kept) -> tuple[str, list[str]]:
    read = json.loads(kept.secret.reveal())
    return str(read["salt"]), [str(one) for one in read["left"]]
