"""The online code card: drawn, printed, and activated by two of its entries (CARD-2, CARD-3).

Also for who signed in with a temporary code that opens nothing else any more (TEMP-2).
"""

from uuid import UUID

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext

from strongroom.gateways.portal.frame import rendering
from strongroom.gateways.portal.frame.asking import PortalRequest
from strongroom.gateways.portal.login_settings.answering import (
    Errand,
    answered,
    authority_of,
    holder_of,
)
from strongroom.gateways.portal.login_settings.overview import rows_of
from strongroom.login.entry import step_up
from strongroom.login.factors import code_cards, enrolments
from strongroom.login.factors.enrolments import Wanted
from strongroom.login.models import FactorKind
from strongroom.rules import login_refusals
from strongroom.rules.code_cards import CodeCardFace
from strongroom.rules.scopes import Scope


def draw(request: PortalRequest) -> HttpResponse:
    """Say what a code card is and which there is, or draw a new one."""
    house = request.portal.login
    if request.method != "POST":
        mine = [
            row for row in enrolments.listed(request.known.user) if row.kind == FactorKind.CODE_CARD
        ]
        return rendering.page(
            request, "login_settings/code_card.html", {"rows": rows_of(request, mine)}
        )
    _refuse_changes(request)
    wanted = Wanted(FactorKind.CODE_CARD, holder_of(request), authority=authority_of(request))
    begun = enrolments.begin(request.known.user, wanted, house, request.act)
    return rendering.go("code-card-new", enrolment=begun.enrolment_id)


def activate(request: PortalRequest, enrolment: UUID) -> HttpResponse:
    """Show a new card to print, or judge the two entries that activate it."""
    _refuse_changes(request)
    house = request.portal.login
    face = _face(request, enrolment)
    until = f"{face.expires_at:%Y-%m-%d %H:%M} UTC"
    errand = Errand(
        template="login_settings/code_card_new.html",
        here=reverse("code-card-new", kwargs={"enrolment": enrolment}),
        again=reverse("code-card-again", kwargs={"enrolment": enrolment}),
        back=reverse("code-card"),
        finish=lambda reply: enrolments.confirm(
            enrolment, reply, holder_of(request), house, request.act
        ),
        done=gettext("Your code card is active until {until}.").format(until=until),
        enrolment_id=enrolment,
        extra={"face": face, "entries": list(enumerate(face.entries, 1)), "enrolment": enrolment},
        after=reverse("code-card"),
    )
    return answered(request, errand)


def again(request: PortalRequest, enrolment: UUID) -> HttpResponse:
    """Ask for two entries once more."""
    if request.method != "POST":
        return rendering.go("code-card-new", enrolment=enrolment)
    _refuse_changes(request)
    house, user = request.portal.login, request.known.user
    enrolments.ask_again(user, enrolment, holder_of(request), house, request.act)
    return rendering.go("code-card-new", enrolment=enrolment)


def paper(request: PortalRequest, enrolment: UUID) -> HttpResponse:
    """Hand out the new card as PDF."""
    _refuse_changes(request)
    response = HttpResponse(
        request.portal.print_code_card(_face(request, enrolment)), content_type="application/pdf"
    )
    response["Content-Disposition"] = 'attachment; filename="code-card.pdf"'
    return response


def _face(request: PortalRequest, enrolment: UUID) -> CodeCardFace:
    return code_cards.face_of(request.known.user, enrolment, request.portal.login)


def _refuse_changes(request: PortalRequest) -> None:
    """A fresh factor is needed (LATK-25), and an open login.

    Raises Refused: STEP-UP-NEEDED, SCOPE-READ-ONLY.
    """
    if request.known.scope is Scope.READ_ONLY:
        raise login_refusals.SCOPE_READ_ONLY.because()
    step_up.require(request.known.session, request.portal.login, request.act)
