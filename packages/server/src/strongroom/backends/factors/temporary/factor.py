"""The temporary code that the telephone desk gives to a person without a device (TEMP-2).

It is static: it opens all for two days, then the printing of a code card for ten more; the ages
are in `rules.temporary_codes`. Who may have one is decided by `login.factors.temporary_codes`.
"""

import json
from datetime import UTC, datetime

from strongroom.login.models import FactorKind
from strongroom.login.ports import Accepted, Asked, Chance, Draft, Kept, Traits, Wish
from strongroom.rules import login_refusals
from strongroom.rules.assurance import Assurance
from strongroom.rules.kept_codes import drawn_code, grouped, is_kept, kept_form, new_salt
from strongroom.rules.secret import Secret
from strongroom.rules.temporary_codes import GROUP, LENGTH, LIFETIME, stage_of
from strongroom.rules.typed_codes import typed_capitals


class TemporaryFactor:
    """`facts.issued_at` is the one thing that decides what the code opens."""

    traits = Traits(
        kind=FactorKind.TEMPORARY,
        assurance=Assurance.TEMPORARY,
        is_one_of=True,
        amr=("otp",),
    )

    def draft(self, wish: Wish, chance: Chance) -> Draft:
        """Make a code; it is shown once, to the desk, and active at once."""
        code = drawn_code(chance.draw, LENGTH)
        salt = new_salt(chance.draw)
        return Draft(
            kept=Kept(
                secret=Secret(json.dumps({"salt": salt, "code": kept_form(code, salt)})),
                facts={"issued_at": chance.now.astimezone(UTC).isoformat()},
                counter=-1,
                expires_at=chance.now + LIFETIME,
            ),
            label="Temporary code",
            shown={"code": grouped(code, GROUP)},
        )

    def ask(self, kept: Kept, chance: Chance) -> Asked:
        """Ask for the code, and say how much it opens. Raises Refused (TEMPORARY-OVER)."""
        return Asked(shown={"stage": stage_of(_issued_at(kept), chance.now).value})

    def check(self, kept: Kept, asked: Asked, answer: Secret, chance: Chance) -> Accepted:
        """Take the code while it lives. Raises Refused (TEMPORARY-OVER, E-LOGIN-2).

        The code stays good; each challenge is answered once.
        """
        stage_of(_issued_at(kept), chance.now)
        code = typed_capitals(answer.reveal(), LENGTH)
        read = json.loads(kept.secret.reveal())
        if not is_kept(code, str(read["salt"]), str(read["code"])):
            raise login_refusals.FACTOR_WRONG.because()
        return Accepted()


def _issued_at(kept: Kept) -> datetime:
    return datetime.fromisoformat(str(kept.facts["issued_at"]))
