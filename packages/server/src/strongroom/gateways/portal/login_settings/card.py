"""The security card: ordered, cancelled, activated when it has arrived, its PIN changed (DSC-2 to
DSC-4, F12)."""

from uuid import UUID

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext

from strongroom.directory.models import Account
from strongroom.gateways.portal.frame import holding, kept_forms, rendering
from strongroom.gateways.portal.frame.asking import PortalRequest
from strongroom.gateways.portal.frame.refusing import sentence, show_in
from strongroom.gateways.portal.login_settings.answering import (
    Errand,
    answered,
    authority_of,
    holder_of,
)
from strongroom.gateways.portal.login_settings.forms import CardOrderForm, PinForm
from strongroom.login.factors import card_orders, card_pins, enrolments
from strongroom.login.factors.card_orders import Activation, CardWish, Quote
from strongroom.login.factors.card_pins import NewPin
from strongroom.rules import login_refusals
from strongroom.rules.cards import HOLD_USD, REPLACEMENT_FEE_USD, address_lines
from strongroom.rules.refusals import Refused
from strongroom.rules.secret import Secret


def show(request: PortalRequest) -> HttpResponse:
    """Show what a card is, whether there can be one, and the order that is on its way."""
    quotes, refused = _quotes(request)
    order = card_orders.open_order(request.known.user)
    shown = {
        "order": order,
        "can_order": bool(quotes) and order is None,
        "why_not": sentence(refused) if refused and not quotes and order is None else "",
        "hold_usd": HOLD_USD,
        "fee_usd": REPLACEMENT_FEE_USD,
    }
    return rendering.page(request, "login_settings/card.html", shown)


def order(request: PortalRequest) -> HttpResponse:
    """Take the order in two steps: where to, then review and PIN (DSC-4)."""
    quotes, refused = _quotes(request)
    if not quotes:
        raise refused or login_refusals.CARD_ACCOUNT.because(account="-")
    is_sent = request.method == "POST"
    form = CardOrderForm(request.POST if is_sent else None, accounts=list(quotes))
    if not is_sent:
        form.initial = dict(kept_forms.take(request, "card-order"))
    pins = PinForm(request.POST if request.POST.get("step") == "review" else None)
    if not is_sent or not form.is_valid() or not _is_address(form):
        return _order_page(request, form)
    if pins.is_bound and pins.is_valid() and _ordered(request, form, pins):
        return rendering.go("card")
    quote = quotes[form.cleaned_data["account"]]
    shown = {"form": form, "pins": pins, "quote": quote, "current": 2, **form.cleaned_data}
    return rendering.page(request, "login_settings/card_review.html", shown)


def _order_page(request: PortalRequest, form: CardOrderForm) -> HttpResponse:
    return rendering.page(request, "login_settings/card_order.html", {"form": form, "current": 1})


def _is_address(form: CardOrderForm) -> bool:
    try:
        address_lines(form.cleaned_data["ship_to"])
    except Refused as refused:
        show_in(form, refused, "ship_to")
        return False
    return True


def _ordered(request: PortalRequest, form: CardOrderForm, pins: PinForm) -> bool:
    given, typed = form.cleaned_data, pins.cleaned_data
    wish = CardWish(
        given["account"], given["ship_to"], Secret(typed["pin"]), Secret(typed["again"])
    )
    try:
        made = card_orders.order_card(request.known.user, wish, request.portal.login, request.act)
    except Refused as refused:
        is_twice = refused.kind is login_refusals.CARD_PIN_TWICE
        show_in(pins, refused, "again" if is_twice else "pin")
        return False
    text = gettext("Your card is ordered. It is expected to be sent on {day}.")
    holding.note(request, text.format(day=made.ships_on.isoformat()))
    return True


def _quotes(request: PortalRequest) -> tuple[dict[str, Quote], Refused | None]:
    """Return the accounts that can pay for a card, or why none can."""
    user, house = request.known.user, request.portal.login
    mine = Account.objects.filter(users=user, closed_at=None).order_by("number")
    quotes: dict[str, Quote] = {}
    why = None
    for number in mine.values_list("number", flat=True)[:100]:
        try:
            quotes[number] = card_orders.quote(user, number, house, request.act)
        except Refused as refused:
            why = refused
    return quotes, why


def cancel(request: PortalRequest, order: UUID) -> HttpResponse:
    """Ask whether it is meant, or give an order up."""
    found = card_orders.find(order, user=request.known.user)
    if request.method != "POST":
        return rendering.page(request, "login_settings/card_cancel.html", {"order": found})
    card_orders.cancel_order(found, request.portal.login, request.act)
    holding.note(request, gettext("The order is cancelled, and the hold is free again."))
    return rendering.go("card")


def activate(request: PortalRequest, order: UUID) -> HttpResponse:
    """Ask the card that arrived, once more with each POST."""
    if request.method != "POST":
        return rendering.go("card")
    house, user = request.portal.login, request.known.user
    wanted = Activation(order, holder_of(request), authority_of(request))
    card_orders.begin_activation(user, wanted, house, request.act)
    return rendering.go("card-active", order=order)


def active(request: PortalRequest, order: UUID) -> HttpResponse:
    """Show the challenge for the card, or judge its response."""
    house = request.portal.login
    found = card_orders.find(order, user=request.known.user)
    errand = Errand(
        template="login_settings/card_answer.html",
        here=reverse("card-active", kwargs={"order": order}),
        again=reverse("card-activate", kwargs={"order": order}),
        back=reverse("card"),
        finish=lambda reply: card_orders.finish_activation(
            found, reply, holder_of(request), house, request.act
        ),
        done=gettext("Your security card is active. Codes by SMS are no longer used to sign in."),
        extra={"title": gettext("Activate your security card")},
    )
    return answered(request, errand)


def pin(request: PortalRequest, enrolment: UUID) -> HttpResponse:
    """Ask for a card's new PIN, and then the card itself (DSC-3)."""
    enrolments.find(request.known.user, enrolment)
    form = PinForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid() and _pin_begun(request, enrolment, form):
        return rendering.go("card-pin-answer", enrolment=enrolment)
    shown = {"form": form, "enrolment": enrolment}
    return rendering.page(request, "login_settings/card_pin.html", shown)


def _pin_begun(request: PortalRequest, enrolment: UUID, form: PinForm) -> bool:
    typed = form.cleaned_data
    wanted = NewPin(enrolment, holder_of(request), Secret(typed["pin"]), Secret(typed["again"]))
    try:
        card_pins.begin(request.known.user, wanted, request.portal.login, request.act)
    except Refused as refused:
        if refused.kind is login_refusals.FACTOR_UNKNOWN:
            raise
        is_twice = refused.kind is login_refusals.CARD_PIN_TWICE
        show_in(form, refused, "again" if is_twice else "pin")
        return False
    return True


def pin_answer(request: PortalRequest, enrolment: UUID) -> HttpResponse:
    """Show the challenge that the card answers with its new PIN, or judge the response."""
    house, user = request.portal.login, request.known.user
    enrolments.find(user, enrolment)
    errand = Errand(
        template="login_settings/card_answer.html",
        here=reverse("card-pin-answer", kwargs={"enrolment": enrolment}),
        again="",
        back=reverse("card-pin", kwargs={"enrolment": enrolment}),
        finish=lambda reply: card_pins.finish(user, reply, holder_of(request), house, request.act),
        done=gettext("The PIN of your security card is changed."),
        enrolment_id=enrolment,
        extra={
            "title": gettext("Answer with the new PIN"),
            "lead": gettext("Operate the card with its new PIN; a right answer changes it here."),
        },
        after=reverse("login-factor", kwargs={"enrolment": enrolment}),
    )
    return answered(request, errand)
