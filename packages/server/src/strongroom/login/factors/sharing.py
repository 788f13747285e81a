"""Sharing a security card between the user names of one person (SHARE-1 to SHARE-3).

It begins in the session of the user name that wants the card; the owner's name, password and card
prove that both belong together. The shared row only points to the owner's: secret, counter and
failures are kept once.
"""

from dataclasses import dataclass, replace
from uuid import UUID

from django.db import transaction

from strongroom.audit.act import Act
from strongroom.audit.record import record
from strongroom.directory.models import User
from strongroom.login import standings
from strongroom.login.entry import challenges, choosing, signing_in
from strongroom.login.entry.challenges import ChallengeView, Question
from strongroom.login.entry.signing_in import Reply
from strongroom.login.factors import activating
from strongroom.login.house import LoginHouse
from strongroom.login.models import Challenge, Enrolment, EnrolmentState, FactorKind, Purpose
from strongroom.login.ports import Alert
from strongroom.login.visitor import Visitor
from strongroom.rules import login_refusals
from strongroom.rules.alerts import AlertKind
from strongroom.rules.assurance import level_of
from strongroom.rules.secret import Secret

SHAREABLE = frozenset({FactorKind.CARD})
"""Physical devices. The app has `add user` instead (SHARE-3); an online code card is temporary."""

_TEMPORARY = (FactorKind.TEMPORARY, FactorKind.CODE_CARD)


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose card is wanted, with the password typed; `holder` is the requester's session."""

    name: str
    password: Secret
    holder: str


def begin(user: User, owner: Owner, visitor: Visitor, house: LoginHouse, act: Act) -> ChallengeView:
    """Judge the owner's password and ask the owner's card.

    Raises Refused: what `signing_in.begin` raises, SHARE-IDENTITY, SHARE-TEMPORARY, SHARE-NOTHING,
    and what `challenges.pose` raises.
    """
    # Without the trusted browser: it is the requester's and says nothing of the owner.
    anybody = replace(visitor, trusted="")
    sign_in_id = signing_in.begin(owner.name, owner.password, anybody, house, act)
    other = signing_in.find(sign_in_id, act).user
    signing_in.leave(sign_in_id, house, act)
    card = _shareable(user, other, house, act)
    return challenges.pose(Question(other, Purpose.SHARE, owner.holder, card), house, act)


def finish(user: User, reply: Reply, holder: str, house: LoginHouse, act: Act) -> Enrolment:
    """Judge the owner's card; a right answer makes it a factor of the requesting user too.

    Raises Refused: E-LOGIN-2, E-DSC-1, FACTOR-COPIED, SHARE-….
    """
    asked = Challenge.objects.filter(pk=reply.challenge_id, purpose=Purpose.SHARE, holder=holder)
    if not asked.exists():
        raise login_refusals.FACTOR_WRONG.because()
    proved = challenges.judge(reply.challenge_id, holder, reply.answer, house, act)
    owner = proved.challenge.user
    with transaction.atomic():
        for one in sorted((user, owner), key=lambda one: one.pk):
            standings.hold(one)
        card = _shareable(user, owner, house, act)
        row = _shared(user, card, act)
        activating.activate(row, house, act)
        facts = {"factor": card.kind, "label": card.label, "user": user.name}
        house.herald.alert(Alert(AlertKind.FACTOR_SHARED, owner.pk, facts), act)
        record(act, "factor.shared", f"user:{owner.name}",
               enrolment=str(card.pk), to=user.name)  # fmt: skip
    return row


def _shareable(user: User, owner: User, house: LoginHouse, now: Act) -> Enrolment:
    """Return the owner's best card, if these two may share it (SHARE-1)."""
    if user.pk == owner.pk or not user.identity or user.identity != owner.identity:
        raise login_refusals.SHARE_IDENTITY.because()
    theirs, mine = (choosing.usable_of(one, house, now.at) for one in (owner, user))
    if any(FactorKind(one.kind) in _TEMPORARY for one in (*theirs, *mine)):
        raise login_refusals.SHARE_TEMPORARY.because()
    cards = [one for one in theirs if one.kind in SHAREABLE and one.shared_from is None]
    if not cards:
        raise login_refusals.SHARE_NOTHING.because()
    best = max(cards, key=lambda one: (level_of(one.kind), one.created_at))
    if any(_root(one) == best.pk for one in mine):
        raise login_refusals.SHARE_NOTHING.because()
    return best


def _root(row: Enrolment) -> UUID:
    return row.pk if row.shared_from is None else row.shared_from.pk


def _shared(user: User, card: Enrolment, act: Act) -> Enrolment:
    return Enrolment.objects.create(
        user=user,
        kind=card.kind,
        label=card.label,
        state=EnrolmentState.PENDING,
        shared_from=card,
        created_at=act.at,
        created_via="shared",
    )
