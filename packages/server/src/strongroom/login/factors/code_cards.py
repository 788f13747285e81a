"""The face of an online code card, for printing it while it waits for its activation (CARD-2).

It is drawn, activated and retired like any factor: `enrolments.begin` and `confirm`.
"""

import json
from uuid import UUID

from strongroom.directory.models import User
from strongroom.login.entry.kept_secrets import kept_of
from strongroom.login.factors import enrolments
from strongroom.login.house import LoginHouse
from strongroom.login.models import EnrolmentState, FactorKind
from strongroom.rules import login_refusals
from strongroom.rules.code_cards import CodeCardFace


def face_of(user: User, enrolment_id: UUID, house: LoginHouse) -> CodeCardFace:
    """Return what is printed on a new card.

    Only until it is active: who takes a session over later cannot print it again. Raises Refused
    (FACTOR-UNKNOWN, SEAL-BROKEN).
    """
    row = enrolments.find(user, enrolment_id)
    if row.kind != FactorKind.CODE_CARD or row.state != EnrolmentState.PENDING:
        raise login_refusals.FACTOR_UNKNOWN.because()
    kept = kept_of(row, house)
    assert row.expires_at is not None
    return CodeCardFace(
        firm=house.firm,
        support=house.support,
        user=user.name,
        full_name=user.full_name,
        serial=str(row.facts["serial"]),
        entries=tuple(str(entry) for entry in json.loads(kept.secret.reveal())),
        issued_at=row.created_at,
        expires_at=row.expires_at,
        language=user.language,
    )
