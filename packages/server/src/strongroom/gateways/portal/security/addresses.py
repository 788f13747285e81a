"""Pages of the addresses that users may sign in from (IPR-2 to IPR-7, IPR-10, F16).

A new list is shown with what it would have done before it is applied; what it may hold and when it
holds is decided in `login.safety.restricting`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpResponse
from django.utils.translation import gettext

from strongroom.directory.models import User
from strongroom.gateways.portal.frame import holding, rendering
from strongroom.gateways.portal.frame.asking import PortalRequest
from strongroom.gateways.portal.frame.refusing import show_in
from strongroom.gateways.portal.security.forms import AddressForm
from strongroom.login.contact import contact_guard
from strongroom.login.safety import permissions, restricting, restrictions
from strongroom.login.safety.restricting import Asker
from strongroom.rules import login_refusals
from strongroom.rules import restrictions as rules
from strongroom.rules.networks import Network
from strongroom.rules.refusals import Refused
from strongroom.rules.restrictions import Phase

_LONGEST = 64
_MOST_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Wanted:
    """A change that a page is about: what is added or removed, and the list that it makes."""

    add: str
    remove: str
    networks: Sequence[Network]


def mine(request: PortalRequest) -> HttpResponse:
    """Show one's own list, or that of the first user whose list one may change."""
    managed = restricting.managed_by(request.known.user)
    user = request.known.user if not managed else managed[0]
    return rendering.go("security-list", user=user.name)


def show(request: PortalRequest, user: str) -> HttpResponse:
    """Show a user's list and the form for one more address."""
    me = request.known.user
    managed = restricting.managed_by(me)
    target = next((one for one in managed if one.name == user), None)
    if target is None and user != me.name:
        raise login_refusals.RESTRICTION_UNKNOWN.because()
    return _page(request, target or me, managed, AddressForm())


def _page(
    request: PortalRequest, target: User, managed: Sequence[User], form: AddressForm
) -> HttpResponse:
    found = restrictions.listed(target, request.act.at)
    shown = {
        "target": target,
        "is_own": target == request.known.user,
        "managed": managed,
        "may_change": target in managed,
        "primary": None if target in managed else _primary_of(request),
        "networks": [_entry(network) for network in found.in_force],
        "waiting": found.waiting,
        "is_pending": found.phase is Phase.PENDING,
        "form": form,
        "current": request.visitor.address,
        "has_opted_out": permissions.has_opted_out(target),
    }
    return rendering.page(request, "security/addresses.html", shown)


def _primary_of(request: PortalRequest) -> str:
    """Return the name of the user who may change the list (E-SEC-1)."""
    try:
        restricting.check_may_manage(request.known.user, request.known.user)
    except Refused as refused:
        return str(refused.facts.get("primary", ""))
    return ""


def change(request: PortalRequest, user: str) -> HttpResponse:
    """Show what a change would do (GET), or make it (POST). Both name it in the address."""
    target = _managed(request, user)
    try:
        contact_guard.refuse_frozen(request.known.user, request.act)  # before anybody plans more
        wanted = _wanted(request, target)
    except Refused as refused:
        form = AddressForm({"add": request.GET.get("add", "")[:_LONGEST]})
        show_in(form, refused, "add")
        return _page(request, target, restricting.managed_by(request.known.user), form)
    if request.method != "POST":
        return _dry_run(request, target, wanted)
    made = restricting.propose(
        _asker(request), target, wanted.networks, house=request.portal.login, act=request.act
    )
    if made.roll_back_at is not None:
        return rendering.go("security-list-waiting", user=target.name)
    holding.note(request, gettext("The list of addresses was changed."))
    return rendering.go("security-list", user=target.name)


def _wanted(request: PortalRequest, target: User) -> Wanted:
    add = request.GET.get("add", "")[:_LONGEST].strip()
    remove = request.GET.get("remove", "")[:_LONGEST].strip()
    house, now = request.portal.login, request.act.at
    if remove:
        return Wanted("", remove, restrictions.with_removed(target, remove, now))
    return Wanted(add, "", restrictions.with_added(target, add, house, now))


def _dry_run(request: PortalRequest, target: User, wanted: Wanted) -> HttpResponse:
    now = request.act.at
    run = restrictions.dry_run(target, wanted.networks, request.visitor.address, now)
    held = restrictions.in_force(target, now)
    is_own = target == request.known.user
    shown = {
        "target": target,
        "is_own": is_own,
        "wanted": wanted,
        "networks": [_entry(network) for network in wanted.networks],
        "run": run,
        "turned": run.turned[:_MOST_SHOWN],
        "current": request.visitor.address,
        "locks_out": is_own and bool(wanted.networks) and not run.admits_current,
        "is_tried": is_own and rules.needs_trial(held, wanted.networks),
        "minutes": int(request.portal.login.policy.restriction_roll_back.total_seconds() // 60),
        "delay_hours": int(request.portal.login.policy.restriction_delay.total_seconds() // 3600),
        "loses_penny_stocks": not wanted.networks and permissions.has_opted_out(target),
    }
    return rendering.page(request, "security/addresses_change.html", shown)


def waiting(request: PortalRequest, user: str) -> HttpResponse:
    """Show a change that waits, and confirm or cancel it."""
    target = _managed(request, user)
    found = restrictions.listed(target, request.act.at)
    if found.waiting is None:
        return rendering.go("security-list", user=target.name)
    if request.method == "POST":
        return _settled(request, target, found.waiting.pk)
    networks = restrictions.version_of(found.waiting).networks
    shown = {
        "target": target,
        "waiting": found.waiting,
        "is_pending": found.phase is Phase.PENDING,
        "networks": [_entry(network) for network in networks],
        "current": request.visitor.address,
        "may_confirm": target == request.known.user
        and found.waiting.roll_back_at is not None
        and rules.admits(networks, request.visitor.address),
        "is_own": target == request.known.user,
    }
    return rendering.page(request, "security/addresses_waiting.html", shown)


def _settled(request: PortalRequest, target: User, change_id: int) -> HttpResponse:
    asker = _asker(request)
    if request.POST.get("action") == "confirm":
        restricting.confirm(change_id, asker, act=request.act)
        holding.note(request, gettext("Confirmed: the new list stays."))
    else:
        restricting.cancel(change_id, asker, house=request.portal.login, act=request.act)
        holding.note(request, gettext("Taken back: the list before it holds again."))
    return rendering.go("security-list", user=target.name)


def _managed(request: PortalRequest, name: str) -> User:
    """Return a user whose list one may change. Raises Refused: E-SEC-1, RESTRICTION-UNKNOWN."""
    user = request.known.user
    for one in restricting.managed_by(user):
        if one.name == name:
            return one
    if name == user.name:
        restricting.check_may_manage(user, user)
    raise login_refusals.RESTRICTION_UNKNOWN.because()


def _asker(request: PortalRequest) -> Asker:
    return Asker(request.known.user, request.visitor)


def _entry(network: Network) -> dict[str, str]:
    """An entry as it is stored, and as it is read: a lone address without its length."""
    alone = network.prefixlen == network.max_prefixlen
    return {"value": str(network), "text": str(network[0]) if alone else str(network)}
