"""What `strongroom user` shows of a user: plain rows, without anything secret."""

from collections.abc import Iterator
from datetime import datetime

from strongroom.directory import users
from strongroom.directory.accounts import find_account
from strongroom.directory.models import User, UserInvitation
from strongroom.directory.user_invitations import wanted_rights
from strongroom.login.entry import lockout
from strongroom.login.models import Enrolment, EnrolmentState, LoginEvent, Standing, WebSession
from strongroom.login.safety import restrictions
from strongroom.login.safety.permissions import permissions
from strongroom.login.safety.suspicion import Review

Row = dict[str, object]


def invitation_row(made: UserInvitation) -> Row:
    """Return an invitation; its code is kept nowhere."""
    return {
        "number": made.pk,
        "full_name": made.full_name,
        "email": made.email,
        "rights": [f"{number} {role.value}" for number, role in wanted_rights(made)],
        "made_at": made.made_at,
        "made_by": made.made_by,
        "expires_at": made.expires_at,
    }


def user_rows(account: str | None) -> Iterator[Row]:
    """Return all users, or those of one account. Raises Refused (ACCOUNT-UNKNOWN)."""
    rows = users.users_of(find_account(account)) if account else User.objects.order_by("name")
    return (
        {
            "name": one.name,
            "full_name": one.full_name,
            "language": one.language,
            "created_at": one.created_at,
            "closed_at": one.closed_at,
            "locked_at": one.standing.locked_at if hasattr(one, "standing") else None,
        }
        for one in rows.select_related("standing").iterator()
    )


def details_of(user: User, now: datetime) -> Row:
    """Return what an operator has to know of a user."""
    standing = Standing.objects.filter(user=user).first() or Standing(user=user)
    factors = Enrolment.objects.filter(user=user).exclude(state=EnrolmentState.RETIRED)
    return {
        "name": user.name,
        "full_name": user.full_name,
        "email": user.email,
        "language": user.language,
        "residence": user.residence,
        "identity": user.identity,
        "created_at": user.created_at,
        "closed_at": user.closed_at,
        "rights": [f"{row['account']} {row['role']}" for row in right_rows(user)],
        "factors": [f"{one.kind} {one.state}" for one in factors.order_by("created_at")],
        "locked_at": standing.locked_at,
        "locked_by": standing.locked_by,
        "locked_out_until": lockout.locked_until(user.name, lockout.UNKNOWN, now),
        "changes_frozen_until": standing.frozen_until,
        "times_signed_in": standing.times_signed_in,
        "sessions": WebSession.objects.filter(user=user, ended_at=None).count(),
        "addresses": [str(one) for one in restrictions.in_force(user, now)],
        **permissions(user, now).as_facts(),
    }


def right_rows(user: User) -> list[Row]:
    """Return a user's rights."""
    return [
        {
            "account": one.account.number,
            "role": one.role,
            "may": sorted(deed.value for deed in users.deeds_at(user, one.account)),
            "given_at": one.given_at,
            "given_by": one.given_by,
        }
        for one in user.rights.select_related("account").order_by("account__number")
    ]


def history_rows(user: User, *, most: int) -> Iterator[Row]:
    """Return a user's history, the newest first."""
    rows = LoginEvent.objects.filter(user=user).order_by("-at", "-pk")[:most]
    return (
        {
            "at": one.at,
            "kind": one.kind,
            "address": one.address,
            "browser": one.browser,
            "facts": [f"{key}={value}" for key, value in one.facts.items()],
        }
        for one in rows
    )


def lead_rows(review: Review) -> list[Row]:
    """Return what changed around a user whose login is suspicious, the oldest first."""
    return [{"at": one.at, "kind": one.kind, "what": one.what} for one in review.leads]
