"""Adding a factor, and what can be done with one: named, preferred, taken away (SLS-9).

Code cards and security cards have pages of their own beside.
"""

from uuid import UUID

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext

from strongroom.gateways.portal.frame import holding, rendering
from strongroom.gateways.portal.frame.asking import PortalRequest
from strongroom.gateways.portal.frame.challenges import KIND_NAMES
from strongroom.gateways.portal.frame.refusing import sentence
from strongroom.gateways.portal.login_settings.answering import (
    Errand,
    answered,
    authority_of,
    holder_of,
)
from strongroom.gateways.portal.login_settings.forms import NameForm
from strongroom.gateways.portal.login_settings.kinds.registry import page_of
from strongroom.gateways.portal.login_settings.overview import rows_of
from strongroom.login.factors import enrolments, factor_names
from strongroom.login.factors.enrolments import Wanted
from strongroom.login.models import Enrolment, EnrolmentState, FactorKind
from strongroom.rules import login_refusals
from strongroom.rules.refusals import Refused


def add(request: PortalRequest, kind: str) -> HttpResponse:
    """Say what a kind is and what to do, or begin to set one up."""
    house, user = request.portal.login, request.known.user
    page = page_of(kind, house)
    if page.start != "login-add":
        return rendering.go(page.start)
    if request.method != "POST":
        shown = {"kind": page, "kind_name": KIND_NAMES[page.kind]}
        return rendering.page(request, "login_settings/add.html", shown)
    wanted = Wanted(
        page.kind, holder_of(request), page.given(user), authority=authority_of(request)
    )
    begun = enrolments.begin(user, wanted, house, request.act)
    if begun.challenge is None:
        # Shown once, and so in the answer itself: nothing keeps it for another page.
        once = {"shown": begun.shown, "kind": page, "user_name": user.name}
        return rendering.page(request, f"login_settings/kinds/{page.kind.value}.html", once)
    return rendering.go("login-confirm", enrolment=begun.enrolment_id)


def confirm(request: PortalRequest, enrolment: UUID) -> HttpResponse:
    """Show what a new factor needs to be set up, or judge its first answer."""
    house = request.portal.login
    row = _pending(request, enrolment)
    page = page_of(row.kind, house)
    errand = Errand(
        template=f"login_settings/kinds/{row.kind}.html",
        here=reverse("login-confirm", kwargs={"enrolment": enrolment}),
        again=reverse("login-confirm-again", kwargs={"enrolment": enrolment}),
        back=reverse("login-settings"),
        finish=lambda reply: enrolments.confirm(
            enrolment, reply, holder_of(request), house, request.act
        ),
        done=gettext("Your new factor is active. Give it a name, so that you know it again."),
        enrolment_id=enrolment,
        extra=page.more(request, enrolment),
        after=reverse("login-factor", kwargs={"enrolment": enrolment}),
    )
    return answered(request, errand)


def confirm_again(request: PortalRequest, enrolment: UUID) -> HttpResponse:
    """Ask a new factor once more; after a step-up, a browser comes here with GET."""
    if request.method != "POST":
        return rendering.go("login-confirm", enrolment=enrolment)
    row = _pending(request, enrolment)
    user, house = request.known.user, request.portal.login
    enrolments.ask_again(user, row.pk, holder_of(request), house, request.act)
    return rendering.go("login-confirm", enrolment=enrolment)


def _pending(request: PortalRequest, enrolment_id: UUID) -> Enrolment:
    row = enrolments.find(request.known.user, enrolment_id)
    if row.state != EnrolmentState.PENDING or row.kind in _ELSEWHERE:
        raise login_refusals.FACTOR_UNKNOWN.because()
    return row


_ELSEWHERE = (FactorKind.CARD, FactorKind.CODE_CARD)


def one(request: PortalRequest, enrolment: UUID) -> HttpResponse:
    """Show a factor and what can be done with it."""
    row = _there(request, enrolment)
    [line] = rows_of(request, [row])
    shown = {
        "row": line,
        "form": NameForm(initial={"label": row.label}),
        "is_own_card": row.kind == FactorKind.CARD and row.shared_from is None,
        "is_named": row.kind not in (FactorKind.SMS, FactorKind.RECOVERY),
        "confirmed_at": row.confirmed_at,
    }
    return rendering.page(request, "login_settings/factor.html", shown)


def rename(request: PortalRequest, enrolment: UUID) -> HttpResponse:
    """Call a factor otherwise."""
    form = NameForm(request.POST)
    if form.is_valid():
        user = request.known.user
        factor_names.rename(user, enrolment, form.cleaned_data["label"], request.act)
        holding.note(request, gettext("The name is saved."))
    return rendering.go("login-factor", enrolment=enrolment)


def prefer(request: PortalRequest, enrolment: UUID) -> HttpResponse:
    """Ask this factor first from now on (SLS-10)."""
    enrolments.prefer(request.known.user, enrolment, request.act)
    holding.note(request, gettext("This factor is asked first from now on."))
    return rendering.go("login-settings")


def retire(request: PortalRequest, enrolment: UUID) -> HttpResponse:
    """Ask whether it is meant, or take a factor away."""
    row = _there(request, enrolment)
    if request.method != "POST":
        [line] = rows_of(request, [row])
        return rendering.page(request, "login_settings/retire.html", {"row": line})
    try:
        enrolments.retire(request.known.user, enrolment, request.portal.login, request.act)
    except Refused as refused:
        if refused.kind is not login_refusals.FACTOR_LAST:
            raise
        holding.note(request, sentence(refused), tone="bad")
        return rendering.go("login-factor", enrolment=enrolment)
    holding.note(request, gettext("The factor is removed."))
    return rendering.go("login-settings")


def _there(request: PortalRequest, enrolment_id: UUID) -> Enrolment:
    """Return a factor of the list. Raises Refused (FACTOR-UNKNOWN), also for a stranger's."""
    for row in enrolments.listed(request.known.user):
        if row.pk == enrolment_id:
            return row
    raise login_refusals.FACTOR_UNKNOWN.because()
