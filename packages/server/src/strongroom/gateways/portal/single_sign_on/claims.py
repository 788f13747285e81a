"""What other systems are told of a person and a session.

The facts come from the login and the directory; which system may ask is decided elsewhere.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from strongroom.directory.models import Right, User
from strongroom.login.house import LoginHouse
from strongroom.login.models import FactorKind, WebSession
from strongroom.login.presence.web_sessions import scope_of
from strongroom.login.safety import permissions
from strongroom.rules.assurance import LEVELS, Assurance
from strongroom.rules.limits import BUSINESS_DAYS, Limit, limit_of

Claims = dict[str, Any]  # Any: JSON

_ACR = "urn:strongroom:assurance:"


def acr_of(level: Assurance) -> str:
    """Return the authentication context of a level of assurance."""
    return _ACR + level.name.lower().replace("_", "-")


def every_acr() -> list[str]:
    """Return all of them, the weakest first."""
    return [acr_of(level) for level in sorted(Assurance)]


def of_session(session: WebSession, house: LoginHouse) -> Claims:
    """Return how and when the person proved to be here (OpenID Connect Core, section 2)."""
    return {
        "auth_time": int(auth_time(session).timestamp()),
        "acr": acr_of(Assurance(session.assurance)),
        "amr": _amr(session, house),
        "sid": str(session.pk),
    }


def auth_time(session: WebSession) -> datetime:
    """Return when a factor was proved last."""
    return max(session.opened_at, session.stepped_up_at or session.opened_at)


def _amr(session: WebSession, house: LoginHouse) -> list[str]:
    """Return the methods by their names in RFC 8176: a password, and that of each factor."""
    found = {"pwd", "mfa"}
    for proof in session.proofs:
        factor = house.factors.get(FactorKind(proof["kind"]))
        found.update(factor.traits.amr if factor else ())
    return sorted(found)


def of_person(session: WebSession, scope: str, now: datetime) -> Claims:
    """Return who it is, and what the firm's systems have to hold to (PHN-2, SLS-7, LIM)."""
    user = session.user
    claims: Claims = {
        "sub": user.name,
        **permissions.permissions(user, now).as_facts(),
        "scope_of_session": scope_of(user, session.proofs, now).value,
        "accounts": _accounts(user),
        "limits": limit_row(Assurance(session.assurance)),
    }
    wanted = scope.split()
    if "profile" in wanted:
        claims |= {"name": user.full_name, "locale": user.language}
    if "email" in wanted:
        claims["email"] = user.email
    return claims


def _accounts(user: User) -> list[Claims]:
    rows = Right.objects.filter(user=user).select_related("account").order_by("account__number")
    return [
        {
            "number": row.account.number,
            "role": row.role,
            "open": row.account.closed_at is None,
            "funded": None if row.account.equity_usd is None else row.account.equity_usd > 0,
        }
        for row in rows
    ]


def limit_row(level: Assurance) -> Claims:
    """Return a level's limits; null is unlimited (LIM-1)."""
    limit: Limit = limit_of(level)
    return {
        "assurance": acr_of(level),
        "per_day_usd": limit.per_day,
        "per_five_business_days_usd": limit.per_five_business_days,
    }


def limits_table(factors: Iterable[FactorKind]) -> Claims:
    """Return the limits of every kind of factor the firm offers, and of none."""
    kinds = sorted(kind.value for kind in factors)
    return {
        "currency": "USD",
        "window_business_days": BUSINESS_DAYS,
        "none": limit_row(Assurance.NONE),
        "factors": {kind: limit_row(LEVELS[kind]) for kind in kinds},
    }
