"""The help for codes that do not come: what became of the last one, and the four steps (SMS-1).

Without a session it is bound to the sign-in that waits, and shows a masked number alone.
"""

from django.http import HttpResponse
from django.urls import reverse

from strongroom.directory.numbering import masked
from strongroom.gateways.portal.communication.words import FATES, HINTS, STEPS
from strongroom.gateways.portal.frame import rendering
from strongroom.gateways.portal.frame.asking import PortalRequest
from strongroom.login.contact import code_numbers
from strongroom.login.contact.code_numbers import CodeNumber
from strongroom.messages import sms_help
from strongroom.rules.refusals import Refused
from strongroom.rules.sms_advice import Advice, Step


def show(request: PortalRequest) -> HttpResponse:
    """Show the advice for the number that codes go to, or the four steps alone."""
    number = _number(request)
    layout = "frame/base.html" if request.person is not None else "frame/door.html"
    shown: dict[str, object] = {"layout": layout, "steps": [(step, *STEPS[step]) for step in Step]}
    if number is not None:
        now = request.act.at
        advice = sms_help.advice_for(number.phone, now, can_be_called=number.can_be_called)
        shown |= _told(request, number, advice)
    return rendering.page(request, "communication/sms_help.html", shown)


def _told(request: PortalRequest, number: CodeNumber, advice: Advice) -> dict[str, object]:
    waits = request.sign_in_id is not None
    return {
        "number": masked(number.phone.number),
        "fate": FATES[advice.fate],
        "best": HINTS[advice.best],
        "steps": [(step, *STEPS[step]) for step in advice.steps],
        "can_call": Step.VOICE in advice.steps and waits,
        "again_at": request.act.at + advice.wait if advice.wait else None,
        "factor": f":{number.enrolment_id}" if number.enrolment_id and waits else "",
        "back": reverse("sign-in-code") if waits else reverse("phones"),
        "verify": "" if waits or number.phone.verified_at else number.phone.pk,
    }


def _number(request: PortalRequest) -> CodeNumber | None:
    house = request.portal.login
    if request.person is not None:
        wanted = request.GET.get("phone", "")
        if wanted.isascii() and wanted.isdigit() and len(wanted) < 12:
            return code_numbers.of_own(request.person.user, int(wanted), house)
        return code_numbers.of_user(request.person.user, house)
    if request.sign_in_id is None:
        return None
    try:
        return code_numbers.of_sign_in(request.sign_in_id, house, request.act)
    except Refused:
        return None
