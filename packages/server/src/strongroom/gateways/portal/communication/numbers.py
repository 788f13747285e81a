"""Adding, changing, naming and removing a telephone number (PHN-4, F15).

What may be changed when is the login's to judge; verifying is in `verifying`.
"""

from django.http import HttpResponse
from django.utils.translation import gettext

from strongroom.directory import phones
from strongroom.gateways.portal.communication.asking import changer_of, fresh_changer, noted
from strongroom.gateways.portal.communication.forms import (
    HoursForm,
    LabelForm,
    LabelledNumberForm,
)
from strongroom.gateways.portal.communication.overview import row_of
from strongroom.gateways.portal.communication.verifying import sent
from strongroom.gateways.portal.frame import holding, kept_forms, rendering
from strongroom.gateways.portal.frame.asking import PortalRequest
from strongroom.gateways.portal.frame.refusing import show_in
from strongroom.login.contact import code_numbers, phone_changes
from strongroom.login.contact.phone_changes import Typed
from strongroom.rules import login_refusals
from strongroom.rules.refusals import Refused


def add(request: PortalRequest) -> HttpResponse:
    """Show the form of a number, or take it and send the code."""
    return _given(request, None)


def change(request: PortalRequest, phone_id: int) -> HttpResponse:
    """The same for a number in another's place, which stays until the new one is verified."""
    return _given(request, phone_id)


def _given(request: PortalRequest, replaces: int | None) -> HttpResponse:
    changer = fresh_changer(request)
    user, allowed = changer.user, request.portal.login.policy.countries
    old = None if replaces is None else phones.find(user, replaces)
    if request.method == "POST":
        form = LabelledNumberForm(request.POST, allowed=allowed)
        if form.is_valid():
            phone_id = _added(request, form, replaces)
            if phone_id is not None:
                return sent(request, phone_id)
    else:
        home = old.country if old else user.residence or ("JP" if user.language == "ja" else "US")
        known = {"country": home, "label": old.label if old else ""}
        known |= kept_forms.take(request, "phone-change" if old else "phone-add")
        form = LabelledNumberForm(initial=known, allowed=allowed)
    row = row_of(old, request, is_default=False) if old else None
    return rendering.page(request, "communication/number_form.html", {"form": form, "old": row})


def _added(request: PortalRequest, form: LabelledNumberForm, replaces: int | None) -> int | None:
    given = form.cleaned_data
    typed = Typed(given["number"], given["country"], given["label"], replaces)
    house, act = request.portal.login, request.act
    try:
        return phone_changes.add(changer_of(request), typed, house=house, act=act).pk
    except Refused as refused:
        if refused.kind is login_refusals.STEP_UP_NEEDED:
            raise
        show_in(form, refused, "number")
        return None


def one(request: PortalRequest, phone_id: int) -> HttpResponse:
    """Show a number with what can be done about it."""
    user, house = request.known.user, request.portal.login
    phone = phones.find(user, phone_id)
    default = code_numbers.of_user(user, house)
    row = row_of(phone, request, is_default=default is not None and default.phone.pk == phone.pk)
    hours = {"start": phone.hours_from, "end": phone.hours_to}
    shown = {
        "row": row,
        "label_form": LabelForm(initial={"label": phone.label}),
        "hours_form": HoursForm(initial=hours),
        "delivers_now": phones.delivers_at(phone, request.act.at),
    }
    return rendering.page(request, "communication/number.html", shown)


def rename(request: PortalRequest, phone_id: int) -> HttpResponse:
    """Give a number another name."""
    form = LabelForm(request.POST)
    phone = phones.find(request.known.user, phone_id)
    try:
        phones.rename(phone, form["label"].data or "", act=request.act)
    except Refused as refused:
        return noted(request, refused, "phone", phone_id=phone_id)
    holding.note(request, gettext("The name is saved."))
    return rendering.go("phone", phone_id=phone_id)


def set_hours(request: PortalRequest, phone_id: int) -> HttpResponse:
    """Remember when its carrier delivers (PHN-6)."""
    form = HoursForm(request.POST)
    phone = phones.find(request.known.user, phone_id)
    try:
        if not form.is_valid():
            raise login_refusals.PHONE_HOURS.because()
        phones.set_carrier_hours(phone, form.hours(), act=request.act)
    except Refused as refused:
        return noted(request, refused, "phone", phone_id=phone_id)
    holding.note(request, gettext("The hours are saved."))
    return rendering.go("phone", phone_id=phone_id)


def remove(request: PortalRequest, phone_id: int) -> HttpResponse:
    """Ask, then take a number away."""
    changer = fresh_changer(request)
    phone = phones.find(changer.user, phone_id)
    if request.method != "POST":
        row = row_of(phone, request, is_default=False)
        return rendering.page(request, "communication/number_remove.html", {"row": row})
    try:
        phone_changes.remove(changer, phone_id, house=request.portal.login, act=request.act)
    except Refused as refused:
        return noted(request, refused, "phone", phone_id=phone_id)
    holding.note(request, gettext("The number is removed."))
    return rendering.go("phones")


def use_for_codes(request: PortalRequest, phone_id: int) -> HttpResponse:
    """Ask, then let the login codes go to this number."""
    changer = fresh_changer(request)
    phone = phones.find(changer.user, phone_id)
    if request.method != "POST":
        row = row_of(phone, request, is_default=False)
        return rendering.page(request, "communication/number_codes.html", {"row": row})
    try:
        phone_changes.use_for_codes(changer, phone_id, house=request.portal.login, act=request.act)
    except Refused as refused:
        return noted(request, refused, "phone", phone_id=phone_id)
    holding.note(request, gettext("Login codes go to this number from now on."))
    return rendering.go("phone", phone_id=phone_id)
