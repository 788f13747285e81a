"""Verbs on the addresses that a user may sign in from (IPR): change, confirm, cancel, roll back.

Which list holds, and what a new one would do, is answered in `restrictions`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from strongroom.audit.act import Act
from strongroom.audit.record import record
from strongroom.directory import users
from strongroom.directory.models import Account, User
from strongroom.login import history
from strongroom.login.contact import mail_tokens
from strongroom.login.contact.contact_guard import refuse_frozen
from strongroom.login.history import EventKind
from strongroom.login.house import LoginHouse
from strongroom.login.models import RestrictionChange
from strongroom.login.ports import Alert
from strongroom.login.safety import restrictions
from strongroom.login.visitor import Visitor
from strongroom.rules import login_refusals
from strongroom.rules import restrictions as rules
from strongroom.rules.alerts import AlertKind
from strongroom.rules.networks import Network
from strongroom.rules.rights import Deed

_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class Asker:
    """Who changes a list, and from where."""

    user: User
    visitor: Visitor


def propose(
    asker: Asker, target: User, networks: Sequence[Network], *, house: LoginHouse, act: Act
) -> RestrictionChange:
    """Change a user's list. What could lock its own user out has to be confirmed in time.

    A primary user who lists addresses for somebody else is not locked out by it, so that change
    needs no trial (IPR-10). Raises Refused: E-SEC-1, CHANGES-FROZEN, RESTRICTION-WAITING,
    RESTRICTION-SAME.
    """
    check_may_manage(asker.user, target)
    refuse_frozen(asker.user, act)
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=target.pk)
        if restrictions.waiting_change(target, act.at) is not None:
            raise login_refusals.RESTRICTION_WAITING.because()
        old = restrictions.in_force(target, act.at)
        if set(old) == set(networks):
            raise login_refusals.RESTRICTION_SAME.because()
        effective_at = act.at + house.policy.restriction_delay
        is_tried = asker.user == target and rules.needs_trial(old, networks)
        change = RestrictionChange.objects.create(
            user=target,
            networks=[str(network) for network in networks],
            made_at=act.at,
            made_by=act.actor,
            effective_at=effective_at,
            roll_back_at=effective_at + house.policy.restriction_roll_back if is_tried else None,
        )
        _tell(change, asker, house, act)
        _record(change, EventKind.RESTRICTION_CHANGED, asker, act)
    return change


def check_may_manage(user: User, target: User) -> None:
    """Judge whether a user may change the lists of another, or its own (IPR-10).

    Only the primary user of an account that the other has a right at may; a user of no account
    may change its own. Raises Refused: E-SEC-1, which names a primary user, or NOT-ALLOWED.
    """
    accounts = list(Account.objects.filter(rights__user=target).order_by("number"))
    if not accounts and user == target:
        return
    if any(users.may(user, account, Deed.SECURITY) for account in accounts):
        return
    for account in accounts:
        users.check_may(user, account, Deed.SECURITY)
    raise login_refusals.NOT_ALLOWED.because(account="-")


def managed_by(user: User) -> list[User]:
    """Return the users whose lists this one may change, itself first."""
    rows = User.objects.filter(
        rights__account__rights__user=user,
        rights__account__rights__role="primary",
        rights__account__closed_at=None,
    )
    others = rows.exclude(pk=user.pk).distinct().order_by("name")
    own = [user] if may_manage_own(user) else []
    return [*own, *others]


def may_manage_own(user: User) -> bool:
    """Whether a user may change its own list."""
    rights = list(user.rights.select_related("account"))
    return not rights or any(users.may(user, one.account, Deed.SECURITY) for one in rights)


def confirm(change_id: int, asker: Asker, *, act: Act) -> RestrictionChange:
    """Keep a change that is on trial: its own user confirms it, from a listed address.

    Raises Refused: RESTRICTION-UNKNOWN, RESTRICTION-DONE, RESTRICTION-UNLISTED.
    """
    with transaction.atomic():
        change = _open_change(change_id, asker, act.at)
        if change.user != asker.user:
            raise login_refusals.RESTRICTION_UNKNOWN.because()
        if change.roll_back_at is None or change.confirmed_at is not None:
            raise login_refusals.RESTRICTION_DONE.because()
        if not rules.admits(restrictions.version_of(change).networks, asker.visitor.address):
            raise login_refusals.RESTRICTION_UNLISTED.because(address=asker.visitor.address)
        change.confirmed_at = act.at
        change.save(update_fields=["confirmed_at"])
        _record(change, EventKind.RESTRICTION_CONFIRMED, asker, act)
    return change


def cancel(change_id: int, asker: Asker, *, house: LoginHouse, act: Act) -> RestrictionChange:
    """Take back a change that is pending or on trial; the list before it holds again (IPR-7).

    Raises Refused: RESTRICTION-UNKNOWN, RESTRICTION-DONE.
    """
    with transaction.atomic():
        change = _open_change(change_id, asker, act.at)
        change.cancelled_at = act.at
        change.save(update_fields=["cancelled_at"])
        held = restrictions.in_force(change.user, act.at)
        kind = AlertKind.RESTRICTION_CHANGED if held else AlertKind.RESTRICTION_REMOVED
        facts = {"networks": _words(held), **_place(asker)}
        house.herald.alert(Alert(kind, change.user_id, facts), act)
        _record(change, EventKind.RESTRICTION_CANCELLED, asker, act)
    return change


def _open_change(change_id: int, asker: Asker, now: datetime) -> RestrictionChange:
    rows = RestrictionChange.objects.select_for_update(of=("self",)).select_related("user")
    change = rows.filter(pk=change_id).first()
    if change is None or change.user not in managed_by(asker.user):
        raise login_refusals.RESTRICTION_UNKNOWN.because()
    if rules.phase_of(restrictions.version_of(change), now) not in rules.WAITING:
        raise login_refusals.RESTRICTION_DONE.because()
    return change


def roll_back_due(*, house: LoginHouse, act: Act) -> int:
    """Mark the changes that nobody confirmed in time, and tell their users; returns how many.

    They are out of force since their time was over: this puts it on record. Safe to repeat.
    """
    due = RestrictionChange.objects.filter(
        cancelled_at=None, confirmed_at=None, roll_back_at__lte=act.at
    )
    return sum(
        _roll_back(pk, house, act)
        for pk in list(due.order_by("pk").values_list("pk", flat=True)[:_AT_ONCE])
    )


def _roll_back(pk: int, house: LoginHouse, act: Act) -> int:
    with transaction.atomic():
        row = RestrictionChange.objects.select_for_update().filter(pk=pk, cancelled_at=None).first()
        if row is None:
            return 0
        row.cancelled_at = row.roll_back_at
        row.save(update_fields=["cancelled_at"])
        facts = {"networks": _words(restrictions.in_force(row.user, act.at))}
        house.herald.alert(Alert(AlertKind.RESTRICTION_ROLLED_BACK, row.user_id, facts), act)
        history.write(row.user, EventKind.RESTRICTION_ROLLED_BACK, None, act, **facts)
        record(act, "restriction.rolled-back", f"user:{row.user.name}", change=row.pk)
    return 1


def _tell(change: RestrictionChange, asker: Asker, house: LoginHouse, act: Act) -> None:
    kind = AlertKind.RESTRICTION_CHANGED if change.networks else AlertKind.RESTRICTION_REMOVED
    for user in dict.fromkeys((change.user, asker.user)):
        secrets = mail_tokens.not_me(user, house, act)
        house.herald.alert(Alert(kind, user.pk, _facts(change, asker), secrets), act)


def _facts(change: RestrictionChange, asker: Asker) -> dict[str, str]:
    facts = {"networks": ", ".join(change.networks), **_place(asker)}
    if change.roll_back_at is not None:
        facts["until"] = f"{change.roll_back_at:%Y-%m-%d %H:%M} UTC"
    return facts


def _place(asker: Asker) -> dict[str, str]:
    return {"address": asker.visitor.address, "browser": asker.visitor.shown_browser}


def _words(networks: Sequence[Network]) -> str:
    return ", ".join(str(network) for network in networks)


def _record(change: RestrictionChange, kind: EventKind, asker: Asker, act: Act) -> None:
    listed = _words(restrictions.version_of(change).networks)
    history.write(change.user, kind, asker.visitor, act, networks=listed, by=asker.user.name)
    record(
        act,
        kind.value.replace("-", ".", 1),
        f"user:{change.user.name}",
        change=change.pk,
        networks=list(change.networks),
        address=asker.visitor.address,
    )
