"""Changing the mail address: with a number at the old one, or with the password (MON-2).

What proves an address, and what is held back afterwards, is the login's to judge.
"""

from collections.abc import Callable

from django.http import HttpResponse
from django.utils.translation import gettext

from strongroom.gateways.portal.communication.asking import changer_of, fresh_changer, noted
from strongroom.gateways.portal.communication.forms import (
    EmailForm,
    EmailNumberForm,
    EmailPasswordForm,
)
from strongroom.gateways.portal.frame import holding, kept_forms, rendering
from strongroom.gateways.portal.frame.asking import PortalRequest
from strongroom.gateways.portal.frame.refusing import show_in
from strongroom.gateways.portal.registration.forms import ConfirmationForm
from strongroom.login.contact import email_changes
from strongroom.rules import login_refusals
from strongroom.rules.refusals import Refused
from strongroom.rules.secret import Secret

_ABOUT_ADDRESS = (login_refusals.USER_EMAIL, login_refusals.EMAIL_SAME)


def choose(request: PortalRequest) -> HttpResponse:
    """Ask whether the old address can still be read; if so a number goes there."""
    changer = fresh_changer(request)
    if request.method == "POST":
        house, act = request.portal.login, request.act
        try:
            email_changes.send_to_old(changer, house=house, act=act)
        except Refused as refused:
            if refused.kind is not login_refusals.EMAIL_SOON:
                return noted(request, refused, "email")
            return noted(request, refused, "email-number")
        return rendering.go("email-number")
    shown = {"email": changer.user.email, "frozen_until": request.known.frozen_until}
    return rendering.page(request, "communication/email.html", shown)


def with_number(request: PortalRequest) -> HttpResponse:
    """Take the number of the old address and the new address."""
    changer = fresh_changer(request)
    form = EmailNumberForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        new, number = form.cleaned_data["email"], Secret(form.cleaned_data["answer"])
        house, act = request.portal.login, request.act
        if _taken(form, "answer", lambda: email_changes.propose_with_number(
            changer, new, number, house=house, act=act
        )):  # fmt: skip
            return rendering.go("email-confirm")
    shown = {
        "form": form,
        "email": changer.user.email,
        "is_waiting": email_changes.is_old_asked(changer, request.act),
    }
    return rendering.page(request, "communication/email_number.html", shown)


def with_password(request: PortalRequest) -> HttpResponse:
    """Take the current password and the new address."""
    changer = fresh_changer(request)
    if request.method == "POST":
        form = EmailPasswordForm(request.POST)
        if form.is_valid():
            new, password = form.cleaned_data["email"], Secret(form.cleaned_data["password"])
            house, act = request.portal.login, request.act
            if _taken(form, "password", lambda: email_changes.propose_with_password(
                changer, new, password, house=house, act=act
            )):  # fmt: skip
                return rendering.go("email-confirm")
    else:
        form = EmailPasswordForm(initial=kept_forms.take(request, "email-password"))
    return rendering.page(request, "communication/email_password.html", {"form": form})


def _taken(form: EmailForm, field: str, propose: Callable[[], None]) -> bool:
    try:
        propose()
    except Refused as refused:
        if refused.kind is login_refusals.STEP_UP_NEEDED:
            raise
        place = "email" if refused.kind in _ABOUT_ADDRESS else field
        show_in(form, refused, place)
        return False
    return True


def confirm(request: PortalRequest) -> HttpResponse:
    """Take the number that the new address got, which changes the address."""
    changer, house, act = changer_of(request), request.portal.login, request.act
    change = email_changes.pending(changer, act)
    if change is None:
        return rendering.go("communication")
    form = ConfirmationForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        number = Secret(form.cleaned_data["answer"])
        try:
            email_changes.confirm(changer, number, house=house, act=act)
        except Refused as refused:
            show_in(form, refused, "answer")
        else:
            holding.note(request, gettext("Your mail address is changed."))
            return rendering.go("communication")
    shown = {"form": form, "new": change.new}
    return rendering.page(request, "communication/email_confirm.html", shown)


def send_again(request: PortalRequest) -> HttpResponse:
    """Send the new address another number."""
    house, act = request.portal.login, request.act
    try:
        email_changes.send_to_new(changer_of(request), house=house, act=act)
    except Refused as refused:
        return noted(request, refused, "email-confirm")
    holding.note(request, gettext("Another number is on its way."))
    return rendering.go("email-confirm")


def cancel(request: PortalRequest) -> HttpResponse:
    """Give the change up."""
    email_changes.cancel(changer_of(request), act=request.act)
    holding.note(request, gettext("Your mail address stays as it was."))
    return rendering.go("communication")
