"""Verifying a number: the code that an SMS brings is typed into the page (PHN-4, PHN-5).

How often and how long a code can be tried is the login's to count.
"""

from django.http import HttpResponse
from django.utils.translation import gettext

from strongroom.directory import numbering, phones
from strongroom.gateways.portal.communication.asking import changer_of, noted
from strongroom.gateways.portal.frame import holding, rendering
from strongroom.gateways.portal.frame.asking import PortalRequest
from strongroom.gateways.portal.frame.refusing import show_in
from strongroom.gateways.portal.registration.forms import ConfirmationForm
from strongroom.login.contact import phone_checks
from strongroom.rules import login_refusals
from strongroom.rules.refusals import Refused
from strongroom.rules.secret import Secret


def send(request: PortalRequest, phone_id: int) -> HttpResponse:
    """Send a code, not more often than every two minutes."""
    return sent(request, phone_id)


def sent(request: PortalRequest, phone_id: int) -> HttpResponse:
    """Send a code and go to where it is typed."""
    house, act = request.portal.login, request.act
    try:
        phone_checks.send(changer_of(request), phone_id, house=house, act=act)
    except Refused as refused:
        if refused.kind is login_refusals.PHONE_VERIFIED:
            return noted(request, refused, "phone", phone_id=phone_id)
        return noted(request, refused, "phone-verify", phone_id=phone_id)
    return rendering.go("phone-verify", phone_id=phone_id)


def verify(request: PortalRequest, phone_id: int) -> HttpResponse:
    """Show the form of the code, or judge it."""
    changer, house, act = changer_of(request), request.portal.login, request.act
    phone = phones.find(changer.user, phone_id)
    if phone.verified_at is not None:
        return rendering.go("phone", phone_id=phone_id)
    form = ConfirmationForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        answer = Secret(form.cleaned_data["answer"])
        try:
            phone_checks.confirm(changer, phone_id, answer, house=house, act=act)
        except Refused as refused:
            show_in(form, refused, "answer")
        else:
            holding.note(request, gettext("The number is verified."))
            return rendering.go("phones")
    shown = {
        "form": form,
        "phone": phone,
        "number": numbering.written(phone.number),
        "waiting": phone_checks.current(changer, phone_id, act),
    }
    return rendering.page(request, "communication/verify.html", shown)
