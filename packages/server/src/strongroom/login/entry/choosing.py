"""Which of a user's factors can be asked for now, and which comes first (SLS-9, SLS-10).

Asking is in `challenges`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from strongroom.directory import phones
from strongroom.directory.models import User
from strongroom.directory.numbering import masked
from strongroom.login.house import LoginHouse
from strongroom.login.models import Enrolment, EnrolmentState, FactorKind, Standing
from strongroom.rules import login_refusals
from strongroom.rules.assurance import level_of


@dataclass(frozen=True, slots=True)
class Option:
    """One line of the drop-down. `hint` is what tells it from others of its kind."""

    enrolment_id: UUID
    kind: FactorKind
    label: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Choices:
    """What can be chosen, the preferred first. `may_enrol`: there never was a factor (F6-2)."""

    options: tuple[Option, ...]
    preferred: Option | None
    may_enrol: bool


def choices_of(user: User, house: LoginHouse, now: datetime) -> Choices:
    """Return what a user can prove now; a call stands beside each SMS (VOICE-2)."""
    usable = usable_of(user, house, now)
    standing = Standing.objects.filter(user=user).first()
    wanted = standing.preferred if standing else None
    usable.sort(key=lambda one: (one.pk != wanted, -level_of(one.kind), str(one.pk)))
    options = tuple(option for one in usable for option in _options(one, house))
    return Choices(options, options[0] if options else None, not had_factor(user))


def usable_of(user: User, house: LoginHouse, now: datetime) -> list[Enrolment]:
    """Return the enrolments that can answer now."""
    rows = Enrolment.objects.filter(user=user, state=EnrolmentState.ACTIVE)
    rows = rows.filter(Q(expires_at=None) | Q(expires_at__gt=now))
    shared = Q(shared_from=None) | Q(shared_from__state=EnrolmentState.ACTIVE)
    rows = rows.filter(shared, kind__in=[kind.value for kind in house.factors])
    found = list(rows.select_related("phone", "shared_from", "user"))
    # Where nothing else is left, a number that gets no codes now stays, to be refused with why.
    return [one for one in found if _takes_codes(one, house, now)] or found


def _takes_codes(one: Enrolment, house: LoginHouse, now: datetime) -> bool:
    """Whether the number is neither just changed nor its SIM card just replaced (LATK-2)."""
    if one.kind != FactorKind.SMS or one.phone is None:
        return True
    return phones.is_usable(one.phone, now, wait=house.policy.change_freeze)


def had_factor(user: User) -> bool:
    """Whether a factor was ever active: then the password alone never sets up another."""
    states = (EnrolmentState.ACTIVE, EnrolmentState.SUSPENDED)
    was_active = Q(confirmed_at__isnull=False) | Q(state__in=states)
    return Enrolment.objects.filter(was_active, user=user).exists()


def usable(user: User, enrolment_id: UUID, house: LoginHouse, now: datetime) -> Enrolment:
    """Return one of them. Raises Refused (FACTOR-UNKNOWN)."""
    for one in usable_of(user, house, now):
        if one.pk == enrolment_id:
            return one
    raise login_refusals.FACTOR_UNKNOWN.because()


def _options(one: Enrolment, house: LoginHouse) -> Iterator[Option]:
    hint = masked(one.phone.number) if one.phone is not None else ""
    yield Option(one.pk, FactorKind(one.kind), one.label, hint)
    if one.kind == FactorKind.SMS and FactorKind.VOICE in house.factors:
        yield Option(one.pk, FactorKind.VOICE, one.label, hint)
