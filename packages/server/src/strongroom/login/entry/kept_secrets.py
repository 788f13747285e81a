"""Opens and seals what enrolments and challenges keep, each for its own row (LATK-30).

The sealing itself is in `sealing`.
"""

import json
from urllib.parse import urlsplit
from uuid import UUID

from strongroom.audit.act import Act
from strongroom.directory.models import User
from strongroom.login.house import LoginHouse
from strongroom.login.models import Challenge, Enrolment, FactorKind
from strongroom.login.ports import Asked, Chance, Factor, Facts, Kept, Wish
from strongroom.rules import login_refusals
from strongroom.rules.secret import Secret


def factor_of(kind: str, house: LoginHouse) -> Factor:
    """Return the factor of a kind. Raises Refused (FACTOR-OFF) when the firm does not offer it."""
    found = house.factors.get(FactorKind(kind))
    if found is None:
        raise login_refusals.FACTOR_OFF.because()
    return found


def chance(house: LoginHouse, act: Act) -> Chance:
    """Return time and chance for a factor."""
    return Chance(act.at, house.draw)


def wish(user: User, given: Facts, house: LoginHouse) -> Wish:
    """Return who enrols, for a factor's draft."""
    return Wish(
        user=user.name,
        full_name=user.full_name,
        user_id=user.pk,
        firm=house.firm,
        site=house.site,
        party=urlsplit(house.site).hostname or "",
        given=given,
    )


def kept_of(enrolment: Enrolment, house: LoginHouse) -> Kept:
    """Return what an enrolment keeps, opened. Raises Refused (SEAL-BROKEN)."""
    sealed = enrolment.sealed
    return Kept(
        secret=house.sealing.open(sealed, row=_row_of(enrolment.pk)) if sealed else Secret(""),
        facts=enrolment.facts,
        counter=enrolment.counter,
        expires_at=enrolment.expires_at,
    )


def nothing_kept() -> Kept:
    """Return what a number that is no factor yet keeps."""
    return Kept(secret=Secret(""), facts={}, counter=-1)


def seal_secret(enrolment_id: UUID, secret: Secret, house: LoginHouse) -> str:
    """Return a factor's secret for its row."""
    return house.sealing.seal(secret, row=_row_of(enrolment_id)) if secret else ""


def seal_hidden(challenge_id: UUID, hidden: Facts, house: LoginHouse) -> str:
    """Return what a challenge keeps back, for its row."""
    text = Secret(json.dumps(dict(hidden)))
    return house.sealing.seal(text, row=f"challenge:{challenge_id}") if hidden else ""


def asked_of(challenge: Challenge, house: LoginHouse) -> Asked:
    """Return a challenge as its factor made it. Raises Refused (SEAL-BROKEN)."""
    hidden: Facts = {}
    if challenge.sealed:
        opened = house.sealing.open(challenge.sealed, row=f"challenge:{challenge.pk}")
        hidden = json.loads(opened.reveal())
    return Asked(shown=challenge.asked, hidden=hidden)


def _row_of(enrolment_id: UUID) -> str:
    return f"enrolment:{enrolment_id}"
