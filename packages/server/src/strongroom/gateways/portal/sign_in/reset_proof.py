"""The factor that a reset asks for: the link of a letter alone changes no password (PWD-8).

What is changed afterwards is in `reset`.
"""

from uuid import UUID

from django.http import HttpResponse
from django.urls import reverse

from strongroom.gateways.portal.frame import carried, challenges, holding, rendering
from strongroom.gateways.portal.frame.asking import PortalRequest
from strongroom.gateways.portal.frame.challenges import AnswerForm
from strongroom.gateways.portal.frame.refusing import sentence, show_in
from strongroom.gateways.portal.sign_in import asking_again, reset
from strongroom.login.credentials import resets
from strongroom.login.credentials.resets import Opened
from strongroom.login.entry import challenges as asked
from strongroom.login.entry.challenges import ChallengeView
from strongroom.login.entry.signing_in import Reply
from strongroom.login.models import FactorKind
from strongroom.rules import login_refusals
from strongroom.rules.refusals import Audience, Refused
from strongroom.rules.secret import Secret


def choose(request: PortalRequest) -> HttpResponse:
    """Show the factors, or ask the one that was chosen."""
    secret = carried.carried(request, reset.ERRAND)
    try:
        opened = resets.open_link(secret, request.portal.login, request.act)
    except Refused:
        return reset.over(request)
    if not opened.needs_factor:
        return rendering.go("reset-password")
    if request.method == "POST":
        form = challenges.factor_form(opened.choices, request.POST)
        if form.is_valid():
            kind, enrolment_id = form.cleaned_data["factor"]
            return _asked(request, secret, kind, enrolment_id)
    else:
        form = challenges.factor_form(opened.choices)
    only = challenges.only_one(opened.choices)
    shown = {
        "form": form,
        "only": challenges.value_of(only) if only else "",
        "only_name": challenges.KIND_NAMES[only.kind] if only else "",
    }
    return rendering.page(request, "sign_in/reset_factor.html", shown)


def answer(request: PortalRequest) -> HttpResponse:
    """Show the challenge that waits, or judge its answer."""
    secret = carried.carried(request, reset.ERRAND)
    try:
        opened = resets.open_link(secret, request.portal.login, request.act)
    except Refused:
        return reset.over(request)
    view = asked.current(str(opened.id), request.act.at)
    if not opened.needs_factor:
        return rendering.go("reset-password")
    if view is None:
        return _expired(request)
    form = challenges.answer_form(view, request.POST if request.method == "POST" else None)
    if request.method != "POST" or not form.is_valid():
        return _page(request, view, form)
    reply = Reply(form.cleaned_data["challenge"], Secret(form.cleaned_data["answer"]))
    try:
        resets.prove(secret, reply, request.portal.login, request.act)
    except Refused as refused:
        return _not_right(request, opened, view, refused)
    return rendering.go("reset-password")


def _asked(
    request: PortalRequest, secret: Secret, kind: FactorKind, enrolment: UUID
) -> HttpResponse:
    house, act = request.portal.login, request.act
    asking_again.remember(request, kind, enrolment)
    try:
        resets.choose(secret, enrolment, house, act, kind=kind)
    except Refused as refused:
        if refused.kind.audience is Audience.OPERATOR:
            raise
        holding.note(request, sentence(refused), tone="bad")
        is_soon = refused.kind is login_refusals.SMS_SOON
        return rendering.go("reset-code" if is_soon else "reset-factor")
    return rendering.go("reset-code")


def _not_right(
    request: PortalRequest, opened: Opened, view: ChallengeView, refused: Refused
) -> HttpResponse:
    if refused.kind is login_refusals.RESET_OVER:
        return reset.over(request)
    house, act = request.portal.login, request.act
    again = asked.current(str(opened.id), act.at)
    secret = carried.carried(request, reset.ERRAND)
    if again is not None and view.kind in asking_again.ALWAYS_NEW and view.enrolment_id:
        again = resets.choose(secret, view.enrolment_id, house, act, kind=view.kind)
    if again is None:
        holding.note(request, sentence(refused), tone="bad")
        return rendering.go("reset-code")
    form = challenges.answer_form(again, {"challenge": again.id, "answer": ""})
    form.errors.clear()
    show_in(form, refused)
    return _page(request, again, form)


def _page(request: PortalRequest, view: ChallengeView, form: AnswerForm) -> HttpResponse:
    place = reverse("reset-factor")
    shown = {
        **challenges.shown(view, form),
        "action": reverse("reset-code"),
        "again": place,
        "choose": place,
    }
    return rendering.page(request, "sign_in/reset_code.html", shown)


def _expired(request: PortalRequest) -> HttpResponse:
    place = reverse("reset-factor")
    shown = {"last_factor": asking_again.last(request), "again": place, "choose": place}
    return rendering.page(request, "sign_in/code_over.html", shown)
