"""Which number the codes of a person or of a waiting sign-in go to, for the help about them.

What to advise is in `rules.sms_advice`; the factors to choose from are in `choosing`.
"""

from dataclasses import dataclass
from uuid import UUID

from strongroom.audit.act import Act
from strongroom.directory import phones
from strongroom.directory.models import PhoneNumber, User
from strongroom.login.contact.contact_guard import active
from strongroom.login.entry import signing_in
from strongroom.login.house import LoginHouse
from strongroom.login.models import FactorKind


@dataclass(frozen=True, slots=True)
class CodeNumber:
    """A number, and the SMS factor that sends there; None where it is only being verified."""

    phone: PhoneNumber
    enrolment_id: UUID | None
    can_be_called: bool


def of_sign_in(sign_in_id: UUID, house: LoginHouse, act: Act) -> CodeNumber | None:
    """Return where the codes of a waiting sign-in go. Raises Refused (SIGN-IN-OVER)."""
    return of_user(signing_in.find(sign_in_id, act).user, house)


def of_user(user: User, house: LoginHouse) -> CodeNumber | None:
    """Return where a person's login codes go: the SMS factor that was enrolled last."""
    for one in reversed(active(user)):
        if one.kind == FactorKind.SMS and one.phone is not None:
            return CodeNumber(one.phone, one.pk, FactorKind.VOICE in house.factors)
    return None


def of_own(user: User, phone_id: int, house: LoginHouse) -> CodeNumber:
    """Return one of a person's numbers. Raises Refused (PHONE-UNKNOWN)."""
    phone = phones.find(user, phone_id)
    for one in active(user):
        if one.kind == FactorKind.SMS and one.phone_id == phone.pk:
            return CodeNumber(phone, one.pk, FactorKind.VOICE in house.factors)
    return CodeNumber(phone, None, can_be_called=False)
