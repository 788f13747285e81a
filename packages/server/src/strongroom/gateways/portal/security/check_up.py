"""The page of the security check-up: the eight best practices, each with its next step (BP-2)."""

from django.http import HttpResponse
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext

from strongroom.gateways.portal.frame import rendering
from strongroom.gateways.portal.frame.asking import PortalRequest
from strongroom.gateways.portal.security.words import ADVICE, PRACTICES
from strongroom.login.factors.protection_facts import Unread, facts_of
from strongroom.rules.check_up import Check, State, check_up
from strongroom.statements.portal_reads import reader_of, unread, visible


def show(request: PortalRequest) -> HttpResponse:
    """Show the eight, and how many are well."""
    checks = checks_of(request)
    shown = {
        "checks": [_shown(check) for check in checks],
        "good": sum(check.state is State.GOOD for check in checks),
        "all": len(checks),
        "urgent": sum(check.state is State.ACT for check in checks),
    }
    return rendering.page(request, "security/check_up.html", shown)


def checks_of(request: PortalRequest) -> tuple[Check, ...]:
    """Judge how the person who asks is protected."""
    user = request.known.user
    reader = reader_of(user)
    new = unread(visible(reader), reader)
    oldest = new.order_by("arrived_at").values_list("arrived_at", flat=True).first()
    facts = facts_of(user, Unread(new.count(), oldest), request.portal.login, request.act.at)
    return check_up(facts)


def _shown(check: Check) -> dict[str, str]:
    advice = ADVICE[check.reason]
    return {
        "name": gettext(PRACTICES[check.practice]),
        "practice": check.practice.value,
        "state": check.state.value,
        "text": gettext(advice.text),
        "label": gettext(advice.label),
        "url": _place(advice.page),
    }


def _place(name: str) -> str:
    """The address of a page, empty where this portal does not have it."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""
