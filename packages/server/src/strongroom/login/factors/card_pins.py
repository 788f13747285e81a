"""The change of a security card's PIN: the card has to answer with the new one (DSC-3).

A forgotten PIN is a matter for the telephone.
"""

from dataclasses import dataclass, replace
from uuid import UUID

from django.db import transaction

from strongroom.audit.act import Act
from strongroom.audit.record import record
from strongroom.directory.models import User
from strongroom.login.entry import challenges, choosing
from strongroom.login.entry.challenges import ChallengeView, Question
from strongroom.login.entry.kept_secrets import chance, factor_of, kept_of
from strongroom.login.entry.signing_in import Reply
from strongroom.login.house import LoginHouse
from strongroom.login.models import Challenge, FactorKind, Purpose
from strongroom.login.ports import Alert
from strongroom.rules import login_refusals
from strongroom.rules.alerts import AlertKind
from strongroom.rules.cards import soft_pin
from strongroom.rules.secret import Secret


@dataclass(frozen=True, slots=True)
class NewPin:
    """Which card gets which PIN, typed twice; `holder` is the session that alone may answer."""

    enrolment_id: UUID
    holder: str
    pin: Secret
    again: Secret


def begin(user: User, wanted: NewPin, house: LoginHouse, act: Act) -> ChallengeView:
    """Show a challenge that the card has to answer with the new PIN.

    Raises Refused: CARD-PIN, CARD-PIN-TWICE, FACTOR-UNKNOWN (a card that is shared from another
    user name changes its PIN there), TOO-MANY-TRIES.
    """
    pin = soft_pin(wanted.pin.reveal(), wanted.again.reveal())
    row = choosing.usable(user, wanted.enrolment_id, house, act.at)
    if row.kind != FactorKind.CARD or row.shared_from is not None:
        raise login_refusals.FACTOR_UNKNOWN.because()
    asked = factor_of(row.kind, house).ask(kept_of(row, house), chance(house, act))
    question = Question(user, Purpose.CARD_PIN, wanted.holder, row)
    # The new PIN waits sealed in the challenge and is judged with it; no other verb puts it there.
    return challenges.put(question, replace(asked, hidden={"pin": pin}), house, act)


def finish(user: User, reply: Reply, holder: str, house: LoginHouse, act: Act) -> None:
    """Judge the card's response; a right one puts the new PIN in force. Raises Refused (E-LOGIN-2,
    E-DSC-1, FACTOR-COPIED)."""
    asked = Challenge.objects.filter(
        pk=reply.challenge_id, user=user, purpose=Purpose.CARD_PIN, holder=holder
    )
    if not asked.exists():
        raise login_refusals.FACTOR_WRONG.because()
    challenges.judge(reply.challenge_id, holder, reply.answer, house, act)
    with transaction.atomic():
        house.herald.alert(Alert(AlertKind.CARD_PIN_CHANGED, user.pk), act)
        record(act, "card.pin-changed", f"user:{user.name}")
