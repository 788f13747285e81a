"""The second step: which factor, its challenge, its answer (F6, SLS-10).

How each kind looks is in `frame.challenges`; what follows is a session, under a new key.
"""

from uuid import UUID

from django.http import HttpResponse
from django.urls import reverse

from strongroom.gateways.portal.frame import challenges, holding, rendering
from strongroom.gateways.portal.frame.asking import TRUSTED_COOKIE, PortalRequest
from strongroom.gateways.portal.frame.challenges import AnswerForm
from strongroom.gateways.portal.frame.next_address import HOME
from strongroom.gateways.portal.frame.refusing import sentence, show_in
from strongroom.gateways.portal.sign_in import asking_again
from strongroom.gateways.portal.sign_in.forms import TrustForm
from strongroom.login.entry import signing_in
from strongroom.login.entry.challenges import ChallengeView
from strongroom.login.entry.entering import Entered
from strongroom.login.entry.signing_in import Reply
from strongroom.login.models import FactorKind
from strongroom.rules import login_refusals
from strongroom.rules.refusals import Audience, Refused
from strongroom.rules.secret import Secret

_STAFF = Audience.OPERATOR


def first(request: PortalRequest, sign_in_id: UUID) -> HttpResponse:
    """Go on after a right password: to the only factor, to the drop-down, or to a first factor."""
    choices = signing_in.choices(sign_in_id, request.portal.login, request.act)
    if not choices.options:
        return rendering.go("register-phone" if choices.may_enrol else "sign-in-no-factor")
    only = challenges.only_one(choices)
    if only is None:
        return rendering.go("sign-in-factor")
    return _asked(request, sign_in_id, only.kind, only.enrolment_id)


def choose(request: PortalRequest) -> HttpResponse:
    """Show the drop-down, or ask the factor that was chosen."""
    sign_in_id = _waiting(request)
    choices = signing_in.choices(sign_in_id, request.portal.login, request.act)
    if not choices.options:
        return first(request, sign_in_id)
    if request.method == "POST":
        form = challenges.factor_form(choices, request.POST)
        if form.is_valid():
            kind, enrolment_id = form.cleaned_data["factor"]
            return _asked(request, sign_in_id, kind, enrolment_id)
    else:
        form = challenges.factor_form(choices)
    return rendering.page(request, "sign_in/factor.html", {"form": form})


def answer(request: PortalRequest) -> HttpResponse:
    """Show the challenge that waits, or judge its answer."""
    sign_in_id = _waiting(request)
    if request.method == "POST":
        return _judged(request, sign_in_id)
    try:
        view = signing_in.current(sign_in_id, request.portal.login, request.act)
    except Refused as refused:
        return _over(request, refused)
    return _page(request, view, challenges.answer_form(view))


def without(request: PortalRequest) -> HttpResponse:
    """Say what to do when no factor can be used any more (F12-6)."""
    return rendering.page(request, "sign_in/no_factor.html")


def remember_browser(response: HttpResponse, entered: Entered, request: PortalRequest) -> None:
    """Set the trusted browser's cookie, where there is a new one."""
    if entered.trusted_cookie is not None:
        response.set_cookie(
            TRUSTED_COOKIE,
            entered.trusted_cookie,
            max_age=request.portal.login.policy.trusted_browser,
            secure=True,
            httponly=True,
            samesite="Lax",
        )


def _asked(
    request: PortalRequest, sign_in_id: UUID, kind: FactorKind, enrolment_id: UUID
) -> HttpResponse:
    asking_again.remember(request, kind, enrolment_id)
    house, act = request.portal.login, request.act
    try:
        signing_in.choose(sign_in_id, enrolment_id, house, act, kind=kind)
    except Refused as refused:
        if refused.kind is login_refusals.SIGN_IN_OVER or refused.kind.audience is _STAFF:
            raise
        holding.note(request, sentence(refused), tone="bad")
        return rendering.go(_where_next(request, sign_in_id))
    return rendering.go("sign-in-code")


def _where_next(request: PortalRequest, sign_in_id: UUID) -> str:
    """After a challenge that could not be made: the older one where it holds, else the choice."""
    try:
        signing_in.current(sign_in_id, request.portal.login, request.act)
    except Refused:
        return "sign-in-factor"
    return "sign-in-code"


def _judged(request: PortalRequest, sign_in_id: UUID) -> HttpResponse:
    house, act = request.portal.login, request.act
    try:
        view = signing_in.current(sign_in_id, house, act)
    except Refused as refused:
        return _over(request, refused)
    form = challenges.answer_form(view, request.POST)
    if not form.is_valid():
        return _page(request, view, form)
    trust = bool(request.POST.get("trust"))
    reply = Reply(form.cleaned_data["challenge"], Secret(form.cleaned_data["answer"]), trust)
    try:
        entered = signing_in.answer(sign_in_id, reply, request.visitor, house, act)
    except Refused as refused:
        return _not_right(request, sign_in_id, view, refused)
    then = holding.enter(request, entered.session_id)
    response = rendering.see(then or HOME)
    remember_browser(response, entered, request)
    return response


def _not_right(
    request: PortalRequest, sign_in_id: UUID, view: ChallengeView, refused: Refused
) -> HttpResponse:
    """A wrong answer (E-LOGIN-2): the same challenge while it holds, else a new one."""
    if refused.kind is login_refusals.SIGN_IN_OVER or refused.kind.audience is _STAFF:
        raise refused
    house, act = request.portal.login, request.act
    try:
        again = signing_in.current(sign_in_id, house, act)
        if view.kind in asking_again.ALWAYS_NEW and view.enrolment_id is not None:
            again = signing_in.choose(sign_in_id, view.enrolment_id, house, act, kind=view.kind)
    except Refused as over:
        if over.kind is login_refusals.SIGN_IN_OVER:
            raise
        holding.note(request, sentence(refused), tone="bad")
        return rendering.go("sign-in-code")
    form = challenges.answer_form(again, {"challenge": again.id, "answer": ""})
    form.errors.clear()
    show_in(form, refused)
    return _page(request, again, form)


def _page(request: PortalRequest, view: ChallengeView, form: AnswerForm) -> HttpResponse:
    shown = {
        **challenges.shown(view, form),
        "action": reverse("sign-in-code"),
        "again": reverse("sign-in-factor"),
        "choose": reverse("sign-in-factor") if _has_more(request) else "",
        "trust_field": None if _is_trusted(request) else TrustForm()["trust"],
        "is_help_open": request.GET.get("help") == "1",
    }
    return rendering.page(request, "sign_in/code.html", shown)


def _over(request: PortalRequest, refused: Refused) -> HttpResponse:
    """The challenge expired (E-DSC-1): offer a new one of the same factor."""
    if refused.kind is not login_refusals.CHALLENGE_OVER:
        raise refused
    shown = {
        "last_factor": asking_again.last(request),
        "again": reverse("sign-in-factor"),
        "choose": reverse("sign-in-factor") if _has_more(request) else "",
    }
    return rendering.page(request, "sign_in/code_over.html", shown)


def _has_more(request: PortalRequest) -> bool:
    choices = signing_in.choices(_waiting(request), request.portal.login, request.act)
    return challenges.only_one(choices) is None


def _is_trusted(request: PortalRequest) -> bool:
    """Whether this browser is one that this very person trusts."""
    return signing_in.find(_waiting(request), request.act).trusted is not None


def _waiting(request: PortalRequest) -> UUID:
    if request.sign_in_id is None:
        raise login_refusals.SIGN_IN_OVER.because()
    return request.sign_in_id
