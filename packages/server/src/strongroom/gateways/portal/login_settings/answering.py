"""Shows the challenge that an errand of the settings waits for, and judges its answer.

The errands (a new factor, a card, its PIN, sharing) are in the modules beside; whether an answer
is right is the login's to judge.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from django.http import HttpResponse
from django.urls import reverse

from strongroom.gateways.portal.frame import challenges as pages
from strongroom.gateways.portal.frame import holding, rendering
from strongroom.gateways.portal.frame.asking import PortalRequest
from strongroom.gateways.portal.frame.challenges import AnswerForm
from strongroom.gateways.portal.frame.refusing import show_in
from strongroom.login.entry import challenges
from strongroom.login.entry.challenges import ChallengeView
from strongroom.login.entry.signing_in import Reply
from strongroom.rules.assurance import Assurance, level_of
from strongroom.rules.refusals import Refused
from strongroom.rules.secret import Secret


@dataclass(frozen=True, slots=True)
class Errand:
    """What waits for an answer. `here` is its own address; `again` that of a form which asks once
    more, `back` where to go without an answer; `finish` judges, and `done` is said after it."""

    template: str
    here: str
    again: str
    back: str
    finish: Callable[[Reply], object]
    done: str
    enrolment_id: UUID | None = None
    extra: Mapping[str, object] = field(default_factory=dict)
    after: str = ""


def holder_of(request: PortalRequest) -> str:
    """Who alone may answer: this session."""
    return str(request.known.session.pk)


def authority_of(request: PortalRequest) -> int:
    """The level of the factor that vouches for a new one (LATK-18)."""
    session = request.known.session
    return level_of(session.stepped_up_by) if session.stepped_up_by else Assurance.NONE


def answered(request: PortalRequest, errand: Errand) -> HttpResponse:
    """Show the challenge, or judge the answer and go on."""
    view = _waiting(request, errand)
    if view is None:
        shown = {"errand": errand, **errand.extra}
        return rendering.page(request, "login_settings/over.html", shown)
    if request.method != "POST":
        return _page(request, errand, view, pages.answer_form(view))
    form = pages.answer_form(view, request.POST)
    if not form.is_valid():
        return _page(request, errand, view, form)
    given = form.cleaned_data
    try:
        errand.finish(Reply(given["challenge"], Secret(given["answer"])))
    except Refused as refused:
        return _not_right(request, errand, refused)
    holding.renew(request)
    holding.note(request, errand.done)
    return rendering.see(errand.after or reverse("login-settings"))


def _waiting(request: PortalRequest, errand: Errand) -> ChallengeView | None:
    view = challenges.current(holder_of(request), request.act.at)
    if view is None or (errand.enrolment_id and view.enrolment_id != errand.enrolment_id):
        return None
    return view


def _not_right(request: PortalRequest, errand: Errand, refused: Refused) -> HttpResponse:
    view = _waiting(request, errand)
    if view is None:
        shown = {"errand": errand, "is_wrong": True, **errand.extra}
        return rendering.page(request, "login_settings/over.html", shown)
    form = pages.answer_form(view, {"challenge": view.id, "answer": ""})
    form.errors.clear()
    show_in(form, refused)
    return _page(request, errand, view, form)


def _page(
    request: PortalRequest, errand: Errand, view: ChallengeView, form: AnswerForm
) -> HttpResponse:
    shown = {
        **pages.shown(view, form),
        **errand.extra,
        "errand": errand,
        "action": errand.here,
        "again": errand.again,
    }
    return rendering.page(request, errand.template, shown)
