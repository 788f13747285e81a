"""The page Settings > User settings > Login: password, factors, limits, and what else there is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.http import HttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_noop

from strongroom.gateways.portal.frame.asking import PortalRequest
from strongroom.gateways.portal.frame.challenges import KIND_NAMES
from strongroom.gateways.portal.frame.rendering import page
from strongroom.gateways.portal.login_settings.kinds import registry
from strongroom.login.entry import choosing
from strongroom.login.factors import enrolments
from strongroom.login.factors.temporary_codes import is_resting
from strongroom.login.models import Enrolment, EnrolmentState, FactorKind, Password, Standing
from strongroom.login.safety.permissions import has_opted_out
from strongroom.rules.assurance import Assurance
from strongroom.rules.limits import LIMITS

_PASSING = (FactorKind.TEMPORARY, FactorKind.RECOVERY, FactorKind.CODE_CARD)
_ON_A_PHONE = (FactorKind.APP, FactorKind.PASSKEY, FactorKind.TOTP)
_ICONS = {page.kind.value: page.icon for page in registry.KINDS}
_STRENGTHS = {page.kind.value: page.strength for page in registry.KINDS}
_ROWS: tuple[tuple[str, tuple[Assurance, ...]], ...] = (
    (
        gettext_noop("Temporary code, recovery code"),
        (Assurance.NONE, Assurance.TEMPORARY, Assurance.RECOVERY),
    ),
    (gettext_noop("SMS code"), (Assurance.SMS,)),
    (gettext_noop("Code card, authenticator app"), (Assurance.CODE_CARD, Assurance.TOTP)),
    (gettext_noop("Passkey, phone app"), (Assurance.PASSKEY, Assurance.APP)),
    (gettext_noop("Security card"), (Assurance.CARD,)),
)


@dataclass(frozen=True, slots=True)
class FactorRow:
    """A factor as a line of the list."""

    id: UUID
    kind: str
    kind_name: str | Promise
    icon: str
    strength: str | Promise
    label: str
    is_active: bool
    is_resting: bool
    is_preferred: bool
    last_ok_at: datetime | None
    expires_at: datetime | None
    is_over: bool
    shared_from: str
    codes_left: int | None


@dataclass(frozen=True, slots=True)
class LimitRow:
    """A line of the table of withdrawal limits (LIM), in US dollars; empty is unlimited."""

    name: str
    per_day: str
    per_five: str
    is_own: bool


def show(request: PortalRequest) -> HttpResponse:
    """Show the login's settings."""
    person, house = request.known, request.portal.login
    listed = enrolments.listed(person.user)
    rows = rows_of(request, listed)
    password = Password.objects.filter(user=person.user).first()
    shown = {
        "rows": rows,
        "kinds": [(kind, KIND_NAMES[kind.kind]) for kind in registry.offered(house)],
        "limits": limit_rows(Assurance(person.session.assurance)),
        "password_changed_at": password.changed_at if password else None,
        "advice": _advice(rows),
        "has_opted_out": has_opted_out(person.user),
        "can_share": FactorKind.CARD in house.factors and bool(person.user.identity),
    }
    return page(request, "login_settings/overview.html", shown)


def rows_of(request: PortalRequest, listed: Sequence[Enrolment]) -> list[FactorRow]:
    """Return the lines of a user's factors, the one that is asked first on top."""
    user, now = request.known.user, request.act.at
    standing = Standing.objects.filter(user=user).first()
    wanted = standing.preferred if standing else None
    if wanted is None:
        first = choosing.choices_of(user, request.portal.login, now).preferred
        wanted = first.enrolment_id if first else None
    rows = [_row(one, wanted, now) for one in listed]
    return sorted(rows, key=lambda row: (not row.is_preferred, not row.is_active))


def _row(one: Enrolment, preferred: UUID | None, now: datetime) -> FactorRow:
    left = one.facts.get("left") if one.kind == FactorKind.RECOVERY else None
    return FactorRow(
        id=one.pk,
        kind=one.kind,
        kind_name=KIND_NAMES.get(one.kind, one.kind),
        icon=_ICONS.get(one.kind, "key"),
        strength=_STRENGTHS.get(one.kind, ""),
        label=one.label,
        is_active=one.state == EnrolmentState.ACTIVE,
        is_resting=is_resting(one),
        is_preferred=one.pk == preferred,
        last_ok_at=one.last_ok_at,
        expires_at=one.expires_at,
        is_over=one.expires_at is not None and one.expires_at <= now,
        shared_from=one.shared_from.user.name if one.shared_from else "",
        codes_left=left if isinstance(left, int) else None,
    )


def limit_rows(own: Assurance) -> list[LimitRow]:
    """Return the table of limits, with the row of this session marked."""
    return [
        LimitRow(
            name=gettext(name),
            per_day=_dollars(LIMITS[levels[-1]].per_day),
            per_five=_dollars(LIMITS[levels[-1]].per_five_business_days),
            is_own=own in levels,
        )
        for name, levels in _ROWS
    ]


def _dollars(amount: int | None) -> str:
    return "" if amount is None else f"{amount:,}"


def _advice(rows: Sequence[FactorRow]) -> str:
    """The one thing to do next for a login that does not depend on a single device (SLS-12)."""
    kinds = {row.kind for row in rows if row.is_active and not row.is_over}
    lasting = kinds.difference(kind.value for kind in _PASSING)
    on_a_phone = kinds.intersection(kind.value for kind in _ON_A_PHONE)
    if FactorKind.CARD in kinds and not on_a_phone:
        return gettext(
            "You have a security card. Set up a passkey or an app on your phone as well, so that a "
            "lost card does not lock you out."
        )
    if lasting <= {FactorKind.SMS.value}:
        return gettext(
            "Codes by SMS depend on your network, and others can redirect them. Add a passkey: it "
            "is safer, and quicker."
        )
    if len(lasting) == 1 and FactorKind.RECOVERY not in kinds:
        return gettext("You have one factor. Add a second one, or print recovery codes.")
    return ""
