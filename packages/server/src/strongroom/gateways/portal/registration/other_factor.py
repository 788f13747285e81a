"""A first factor for who has no number that takes codes: a passkey or an authenticator app (F6-2).

Until a number is verified, such a person can look but not change (PHN-2).
"""

from uuid import UUID

import segno
from django.http import HttpResponse
from django.urls import reverse

from strongroom.gateways.portal.frame import challenges as pages
from strongroom.gateways.portal.frame import holding, rendering
from strongroom.gateways.portal.frame.asking import PortalRequest
from strongroom.gateways.portal.frame.challenges import AnswerForm
from strongroom.gateways.portal.frame.next_address import HOME
from strongroom.gateways.portal.frame.refusing import show_in
from strongroom.gateways.portal.registration.newcomer import newcomer, waiting_sign_in
from strongroom.login.entry import challenges, signing_in
from strongroom.login.entry.challenges import ChallengeView
from strongroom.login.entry.signing_in import Reply
from strongroom.login.factors import enrolments, factor_names
from strongroom.login.factors.enrolments import Wanted
from strongroom.login.models import FactorKind
from strongroom.rules.refusals import Refused
from strongroom.rules.secret import Secret

_KINDS = (FactorKind.PASSKEY, FactorKind.TOTP)
_VIA = "registration"


def choose(request: PortalRequest) -> HttpResponse:
    """Show what there is, or begin to set one up."""
    user, house = newcomer(request).user, request.portal.login
    offered = [kind for kind in _KINDS if kind in house.factors]
    kind = request.POST.get("kind", "")
    if request.method == "POST" and kind in offered:
        wanted = Wanted(FactorKind(kind), str(waiting_sign_in(request)), via=_VIA)
        enrolments.begin(user, wanted, house, request.act)
        return rendering.go("register-factor-confirm")
    shown = {"kinds": [(one.value, pages.KIND_NAMES[one]) for one in offered]}
    return rendering.page(request, "registration/factor.html", shown)


def confirm(request: PortalRequest) -> HttpResponse:
    """Show what the new factor needs, or judge its first answer and sign in."""
    newcomer(request)
    sign_in_id = waiting_sign_in(request)
    view = challenges.current(str(sign_in_id), request.act.at)
    if view is None or view.kind not in _KINDS or view.enrolment_id is None:
        return rendering.go("register-factor")
    form = pages.answer_form(view, request.POST if request.method == "POST" else None)
    if request.method != "POST" or not form.is_valid():
        return _page(request, view, form)
    reply = Reply(form.cleaned_data["challenge"], Secret(form.cleaned_data["answer"]))
    house, act = request.portal.login, request.act
    try:
        enrolments.confirm(view.enrolment_id, reply, str(sign_in_id), house, act)
    except Refused as refused:
        return _not_right(request, sign_in_id, refused)
    entered = signing_in.finish_with(sign_in_id, view.enrolment_id, request.visitor, house, act)
    holding.enter(request, entered.session_id)
    return rendering.see(HOME)


def _not_right(request: PortalRequest, sign_in_id: UUID, refused: Refused) -> HttpResponse:
    view = challenges.current(str(sign_in_id), request.act.at)
    if view is None:
        raise refused
    form = pages.answer_form(view, {"challenge": view.id, "answer": ""})
    form.errors.clear()
    show_in(form, refused)
    return _page(request, view, form)


def _page(request: PortalRequest, view: ChallengeView, form: AnswerForm) -> HttpResponse:
    shown = {**pages.shown(view, form), "action": reverse("register-factor-confirm")}
    if view.kind is FactorKind.TOTP:
        shown |= _key(request, view)
    return rendering.page(request, f"registration/{view.kind.value}.html", shown)


def _key(request: PortalRequest, view: ChallengeView) -> dict[str, object]:
    assert view.enrolment_id is not None
    user, house = newcomer(request).user, request.portal.login
    key = factor_names.new_key(user, view.enrolment_id, house)
    text = key.secret.reveal()
    picture = segno.make(key.uri.reveal(), error="m")
    return {
        "key": " ".join(text[at : at + 4] for at in range(0, len(text), 4)),
        "picture": picture.svg_data_uri(scale=5, border=3, dark="#000000", light="#ffffff"),
    }
