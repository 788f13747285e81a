"""Proving a factor again before a sensitive act, and going back to where the person was (LATK-25).

Which acts need it stands in the routes; what was typed before is kept by `frame.kept_forms`.
"""

from uuid import UUID

from django.http import HttpResponse
from django.urls import reverse

from strongroom.gateways.portal.frame import challenges, holding, rendering
from strongroom.gateways.portal.frame.asking import PortalRequest
from strongroom.gateways.portal.frame.challenges import AnswerForm
from strongroom.gateways.portal.frame.next_address import HOME, safe_next, with_next
from strongroom.gateways.portal.frame.refusing import sentence, show_in
from strongroom.gateways.portal.sign_in import asking_again
from strongroom.login.entry import step_up
from strongroom.login.entry.challenges import ChallengeView
from strongroom.login.models import FactorKind
from strongroom.login.presence import web_sessions
from strongroom.rules import login_refusals
from strongroom.rules.refusals import Audience, Refused
from strongroom.rules.secret import Secret


def choose(request: PortalRequest) -> HttpResponse:
    """Show why and with what, or ask the factor that was chosen."""
    session, house, act = request.known.session, request.portal.login, request.act
    choices = step_up.options(session, house, act)
    if not choices.options:
        return rendering.page(request, "sign_in/step_up_none.html")
    form = challenges.factor_form(choices, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        kind, enrolment_id = form.cleaned_data["factor"]
        return _asked(request, kind, enrolment_id)
    only = challenges.only_one(choices)
    shown = {
        "form": form,
        "only": challenges.value_of(only) if only else "",
        "only_name": challenges.KIND_NAMES[only.kind] if only else "",
        "next": _next_of(request),
    }
    return rendering.page(request, "sign_in/step_up.html", shown)


def answer(request: PortalRequest) -> HttpResponse:
    """Show the challenge that waits, or judge its answer and go back."""
    try:
        view = step_up.current(request.known.session, request.act)
    except Refused:
        return _over(request)
    if request.method != "POST":
        return _page(request, view, challenges.answer_form(view))
    form = challenges.answer_form(view, request.POST)
    if not form.is_valid():
        return _page(request, view, form)
    given = Secret(form.cleaned_data["answer"])
    try:
        step_up.answer(
            request.known.session,
            form.cleaned_data["challenge"],
            given,
            request.portal.login,
            request.act,
        )
    except Refused as refused:
        return _not_right(request, view, refused)
    holding.renew(request)
    return rendering.see(_next_of(request) or HOME)


def _asked(request: PortalRequest, kind: FactorKind, enrolment_id: UUID) -> HttpResponse:
    asking_again.remember(request, kind, enrolment_id)
    house, act = request.portal.login, request.act
    try:
        step_up.begin(request.known.session, enrolment_id, house, act, kind=kind)
    except Refused as refused:
        if refused.kind.audience is Audience.OPERATOR:
            raise
        holding.note(request, sentence(refused), tone="bad")
        is_soon = refused.kind is login_refusals.SMS_SOON
        place = reverse("step-up-code" if is_soon else "step-up")
        return rendering.see(with_next(place, _next_of(request)))
    return rendering.see(with_next(reverse("step-up-code"), _next_of(request)))


def _not_right(request: PortalRequest, view: ChallengeView, refused: Refused) -> HttpResponse:
    """A wrong answer; too many of them have ended the session."""
    session, house, act = request.known.session, request.portal.login, request.act
    web_sessions.find(session.pk, request.visitor, house, act)
    try:
        again = step_up.current(session, act)
        if view.kind in asking_again.ALWAYS_NEW and view.enrolment_id is not None:
            again = step_up.begin(session, view.enrolment_id, house, act, kind=view.kind)
    except Refused:
        holding.note(request, sentence(refused), tone="bad")
        return rendering.see(with_next(reverse("step-up-code"), _next_of(request)))
    form = challenges.answer_form(again, {"challenge": again.id, "answer": ""})
    form.errors.clear()
    show_in(form, refused)
    return _page(request, again, form)


def _page(request: PortalRequest, view: ChallengeView, form: AnswerForm) -> HttpResponse:
    wanted = _next_of(request)
    shown = {
        **challenges.shown(view, form),
        "action": with_next(reverse("step-up-code"), wanted),
        "again": with_next(reverse("step-up"), wanted),
        "choose": with_next(reverse("step-up"), wanted),
    }
    return rendering.page(request, "sign_in/step_up_code.html", shown)


def _over(request: PortalRequest) -> HttpResponse:
    place = with_next(reverse("step-up"), _next_of(request))
    shown = {"last_factor": asking_again.last(request), "again": place, "choose": place}
    return rendering.page(request, "sign_in/step_up_over.html", shown)


def _next_of(request: PortalRequest) -> str:
    return safe_next(request.GET.get("next", ""))
