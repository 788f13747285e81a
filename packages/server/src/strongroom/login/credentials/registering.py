"""An invited person becomes a user with a password, and signs in once a number is verified (F15).

What an invitation gives is in `directory.user_invitations`; how numbers are verified is in
`phone_checks`.
"""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.db import transaction

from strongroom.audit.act import Act
from strongroom.audit.record import record
from strongroom.directory import user_invitations, users
from strongroom.directory.models import User, UserInvitation
from strongroom.login import allowances
from strongroom.login.contact.contact_guard import Changer
from strongroom.login.credentials import breached, hashing, passwords
from strongroom.login.entry import entering, signing_in
from strongroom.login.entry.answers import Proved
from strongroom.login.entry.entering import Entered
from strongroom.login.house import LoginHouse
from strongroom.login.models import (
    Challenge,
    ChallengeState,
    Enrolment,
    EnrolmentState,
    FactorKind,
    Purpose,
)
from strongroom.login.visitor import Visitor
from strongroom.rules import login_refusals, user_names
from strongroom.rules import passwords as rules
from strongroom.rules.passwords import Owner, Profile
from strongroom.rules.secret import Secret

_MOST_TRIES = 30
_WITHIN = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Wish:
    """What an invited person gives: the code, five letters and a password."""

    code: Secret
    letters: str
    password: Secret


def invitation(code: Secret, visitor: Visitor, act: Act) -> UserInvitation:
    """Return the open invitation. Raises Refused: USER-CODE, TOO-MANY-TRIES."""
    allowances.take(f"register:{visitor.source}", most=_MOST_TRIES, per=_WITHIN, act=act)
    return user_invitations.find_open(code.reveal(), act.at)


def register(wish: Wish, visitor: Visitor, house: LoginHouse, act: Act) -> User:
    """Make the user with the password, both or neither.

    Raises Refused: what `invitation`, `users.register` and `rules.passwords` raise, LOGIN-BUSY.
    """
    found = invitation(wish.code, visitor, act)
    user_names.check_letters(wish.letters)
    words = (wish.letters, found.email, found.email.partition("@")[0], house.firm)
    owner, profile = Owner(words, has_factor=False), Profile(house.policy.passwords)
    rules.judge(wish.password, profile, owner, is_common=breached.is_common)
    hashed = hashing.hash_password(rules.normal(wish.password))
    with transaction.atomic():
        user = users.register(wish.code.reveal(), wish.letters, act=act)
        passwords.keep(user, hashed, act)
        record(act, "password.set", f"user:{user.name}")
    return user


def finish(
    sign_in_id: UUID, phone_id: int, visitor: Visitor, house: LoginHouse, act: Act
) -> Entered:
    """Open the session of a user whose first factor is the number just verified (SMS2FA-2).

    The code has to have been answered after this sign-in's password. Raises Refused: SIGN-IN-OVER,
    FACTOR-ENROLLED, RESTRICTED-ADDRESS.
    """
    sign_in = signing_in.find(sign_in_id, act)
    passed = Challenge.objects.filter(
        user=sign_in.user,
        phone_id=phone_id,
        holder__endswith=Changer(sign_in.user, visitor).holder,
        purpose=Purpose.VERIFY_PHONE,
        state=ChallengeState.PASSED,
        created_at__gte=sign_in.started_at,
    ).first()
    factors = Enrolment.objects.filter(user=sign_in.user).exclude(confirmed_at=None)
    own = factors.filter(phone_id=phone_id, kind=FactorKind.SMS, state=EnrolmentState.ACTIVE)
    enrolment = own.first()
    if passed is None or enrolment is None or factors.count() != 1:
        raise login_refusals.FACTOR_ENROLLED.because()
    entering.check(sign_in, visitor, act)
    proved = Proved(FactorKind.SMS, passed, enrolment)
    return entering.enter(entering.Entry(sign_in, proved, visitor, trust=False), house, act)
