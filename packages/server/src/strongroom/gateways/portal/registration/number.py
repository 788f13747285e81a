"""The first telephone number of a new user, and with it the first factor (F15, SMS2FA-2).

Whoever has a password and never had a factor comes here too, after signing in.
"""

from django.http import HttpResponse

from strongroom.directory import phones
from strongroom.directory.models import PhoneNumber
from strongroom.directory.numbering import written
from strongroom.gateways.portal.frame import holding, rendering
from strongroom.gateways.portal.frame.asking import PortalRequest
from strongroom.gateways.portal.frame.next_address import HOME
from strongroom.gateways.portal.frame.refusing import sentence, show_in
from strongroom.gateways.portal.registration.forms import ConfirmationForm, NumberForm
from strongroom.gateways.portal.registration.newcomer import newcomer, waiting_sign_in
from strongroom.login.contact import phone_changes, phone_checks
from strongroom.login.contact.contact_guard import Changer
from strongroom.login.contact.phone_changes import Typed
from strongroom.login.credentials import registering
from strongroom.rules.refusals import Audience, Refused
from strongroom.rules.secret import Secret

_PHONE = "new_phone"


def welcome(request: PortalRequest) -> HttpResponse:
    """Show the whole user name, to be written down."""
    return rendering.page(request, "registration/welcome.html", {"user": newcomer(request).user})


def give(request: PortalRequest) -> HttpResponse:
    """Show the form of the number, or take it and send the code."""
    changer, house = newcomer(request), request.portal.login
    allowed = house.policy.countries
    if request.method == "POST":
        form = NumberForm(request.POST, allowed=allowed)
        if form.is_valid() and _added(request, changer, form):
            return _sent(request, changer)
    else:
        known = {"country": changer.user.residence or _home_of(changer.user.language)}
        form = NumberForm(initial=known, allowed=allowed)
    return rendering.page(request, "registration/number.html", {"form": form})


def confirm(request: PortalRequest) -> HttpResponse:
    """Show the form of the code, or judge it and sign in."""
    changer, phone = newcomer(request), _phone(request)
    if phone is None:
        return rendering.go("register-phone")
    form = ConfirmationForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        answer, house, act = Secret(form.cleaned_data["answer"]), request.portal.login, request.act
        try:
            phone_checks.confirm(changer, phone.pk, answer, house=house, act=act)
        except Refused as refused:
            show_in(form, refused, "answer")
        else:
            return _entered(request, phone)
    waiting = phone_checks.current(changer, phone.pk, request.act)
    shown = {"form": form, "number": written(phone.number), "waiting": waiting}
    return rendering.page(request, "registration/confirm.html", shown)


def send_again(request: PortalRequest) -> HttpResponse:
    """Send another code, not more often than every two minutes (PHN-5)."""
    if _phone(request) is None:
        return rendering.go("register-phone")
    return _sent(request, newcomer(request))


def _added(request: PortalRequest, changer: Changer, form: NumberForm) -> bool:
    old = _phone(request)
    typed = Typed(
        form.cleaned_data["number"],
        form.cleaned_data["country"],
        replaces=old.pk if old else None,
    )
    try:
        phone = phone_changes.add(changer, typed, house=request.portal.login, act=request.act)
    except Refused as refused:
        show_in(form, refused, "number")
        return False
    request.session[_PHONE] = phone.pk
    return True


def _sent(request: PortalRequest, changer: Changer) -> HttpResponse:
    phone_id = int(request.session[_PHONE])
    try:
        phone_checks.send(changer, phone_id, house=request.portal.login, act=request.act)
    except Refused as refused:
        if refused.kind.audience is Audience.OPERATOR:
            raise
        holding.note(request, sentence(refused), tone="bad")
    return rendering.go("register-code")


def _entered(request: PortalRequest, phone: PhoneNumber) -> HttpResponse:
    house, act = request.portal.login, request.act
    entered = registering.finish(waiting_sign_in(request), phone.pk, request.visitor, house, act)
    holding.enter(request, entered.session_id)
    return rendering.see(HOME)


def _phone(request: PortalRequest) -> PhoneNumber | None:
    """The number that waits to be verified: the one just given, or one from an earlier visit."""
    user = newcomer(request).user
    waiting = [phone for phone in phones.listed(user) if phone.verified_at is None]
    chosen = request.session.get(_PHONE)
    for phone in waiting:
        if chosen == phone.pk:
            return phone
    return None


def _home_of(language: str) -> str:
    return "JP" if language == "ja" else "US"
