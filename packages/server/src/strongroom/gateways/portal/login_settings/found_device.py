"""A device that was found: asked once more, it ends the temporary code that stood in (TEMP-5).

Which devices rest for a temporary code is the login's to say.
"""

from uuid import UUID

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext

from strongroom.gateways.portal.frame import rendering
from strongroom.gateways.portal.frame.asking import PortalRequest
from strongroom.gateways.portal.login_settings.answering import Errand, answered, holder_of
from strongroom.login.factors import enrolments, temporary_codes


def ask(request: PortalRequest, enrolment: UUID) -> HttpResponse:
    """Ask the device, once more with each POST; after a step-up, a browser comes with GET."""
    if request.method != "POST":
        return rendering.go("login-factor", enrolment=enrolment)
    user, house = request.known.user, request.portal.login
    temporary_codes.begin_return(user, enrolment, holder_of(request), house, request.act)
    return rendering.go("login-found-answer", enrolment=enrolment)


def answer(request: PortalRequest, enrolment: UUID) -> HttpResponse:
    """Show the challenge for the device, or judge its answer."""
    user, house = request.known.user, request.portal.login
    enrolments.find(user, enrolment)
    page = reverse("login-factor", kwargs={"enrolment": enrolment})
    errand = Errand(
        template="login_settings/found_device.html",
        here=reverse("login-found-answer", kwargs={"enrolment": enrolment}),
        again=reverse("login-found", kwargs={"enrolment": enrolment}),
        back=page,
        finish=lambda reply: temporary_codes.finish_return(
            user, reply, holder_of(request), house, request.act
        ),
        done=gettext("This factor is in use again. Your temporary code has ended."),
        enrolment_id=enrolment,
        after=page,
    )
    return answered(request, errand)
