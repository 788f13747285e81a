"""A forgotten password: asked for, the link of the letter, the new password (F14).

Proving a factor in between is in `reset_proof`. The answer to who asks is always the same
(LATK-11); other systems link here after a wrong login, with `?user=` (LOGIN-7).
"""

from django.http import HttpResponse

from strongroom.gateways.portal.frame import carried, rendering
from strongroom.gateways.portal.frame.asking import PortalRequest
from strongroom.gateways.portal.frame.refusing import show_in
from strongroom.gateways.portal.sign_in.forms import NewPasswordForm, ResetForm
from strongroom.login.credentials import resets
from strongroom.login.credentials.resets import Opened
from strongroom.rules import login_refusals, passwords, user_names
from strongroom.rules.passwords import Profile
from strongroom.rules.refusals import Refused
from strongroom.rules.secret import Secret

ERRAND = "reset"


def ask(request: PortalRequest) -> HttpResponse:
    """Show the form, or take it: the next page says the same to everyone."""
    if request.method != "POST":
        name = request.GET.get("user", "")
        known = {"name": name} if user_names.is_name(name) else {}
        return rendering.page(request, "sign_in/reset.html", {"form": ResetForm(initial=known)})
    form = ResetForm(request.POST)
    if form.is_valid():
        house, name = request.portal.login, form.cleaned_data["name"]
        try:
            resets.ask(name, request.visitor, house, request.act)
        except Refused as refused:
            show_in(form, refused)
        else:
            return rendering.go("reset-sent")
    return rendering.page(request, "sign_in/reset.html", {"form": form})


def sent(request: PortalRequest) -> HttpResponse:
    """Say what happens now, whoever it was."""
    minutes = int(resets.LIFETIME.total_seconds() // 60)
    return rendering.page(request, "sign_in/reset_sent.html", {"minutes": minutes})


def link(request: PortalRequest, token: str) -> HttpResponse:
    """Open the letter's link: a button, so that a mail filter's look uses nothing up."""
    secret = Secret(token)
    opened = _opened(request, secret)
    if opened is None:
        return over(request)
    if request.method != "POST":
        return rendering.page(request, "sign_in/reset_link.html")
    response = rendering.go("reset-factor" if opened.needs_factor else "reset-password")
    carried.carry(response, ERRAND, secret)
    return response


def renew(request: PortalRequest) -> HttpResponse:
    """Show the form of the new password with its rules, or take it (PWD-1, PWD-7)."""
    secret = carried.carried(request, ERRAND)
    opened = _opened(request, secret)
    if opened is None:
        return over(request)
    if opened.needs_factor:
        return rendering.go("reset-factor")
    form = NewPasswordForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        new, house = Secret(form.cleaned_data["password"]), request.portal.login
        try:
            resets.finish(secret, new, request.visitor, house, request.act)
        except Refused as refused:
            if refused.kind is login_refusals.RESET_OVER:
                return over(request)
            show_in(form, refused, "password")
        else:
            return _done(request)
    return rendering.page(request, "sign_in/new_password.html", _shown(request, opened, form))


def over(request: PortalRequest) -> HttpResponse:
    """Say that the link is used up or too old."""
    response = rendering.page(request, "sign_in/reset_over.html", status=410)
    carried.put_down(response)
    return response


def _done(request: PortalRequest) -> HttpResponse:
    """Nobody is signed in by a reset (LATK-24)."""
    response = rendering.page(request, "sign_in/reset_done.html")
    carried.put_down(response)
    return response


def _opened(request: PortalRequest, secret: Secret) -> Opened | None:
    try:
        return resets.open_link(secret, request.portal.login, request.act)
    except Refused:
        return None


def _shown(request: PortalRequest, opened: Opened, form: NewPasswordForm) -> dict[str, object]:
    profile = Profile(request.portal.login.policy.passwords)
    allowed = passwords.lengths(profile, has_factor=bool(opened.choices.options))
    return {
        "form": form,
        "least": allowed.least,
        "most": allowed.most,
        "needs_kinds": profile is Profile.CORE,
        "user_name": opened.user.name,
    }
