"""Changing the password in the settings (PWD-2, PWD-7), behind a fresh factor (F10)."""

from django.http import HttpResponse
from django.utils.translation import gettext

from strongroom.gateways.portal.frame import holding, rendering
from strongroom.gateways.portal.frame.asking import PortalRequest
from strongroom.gateways.portal.frame.refusing import show_in
from strongroom.gateways.portal.login_settings.forms import ChangePasswordForm
from strongroom.login.credentials import passwords
from strongroom.login.entry.choosing import had_factor
from strongroom.rules import login_refusals
from strongroom.rules.passwords import Profile, lengths
from strongroom.rules.refusals import Refused
from strongroom.rules.secret import Secret


def change(request: PortalRequest) -> HttpResponse:
    """Show the form, or take the new password."""
    form = ChangePasswordForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid() and _changed(request, form):
        holding.renew(request)
        holding.note(
            request,
            gettext("Your password is changed. All other sessions and trusted browsers ended."),
        )
        return rendering.go("login-settings")
    profile = Profile(request.portal.login.policy.passwords)
    allowed = lengths(profile, has_factor=had_factor(request.known.user))
    shown = {
        "form": form,
        "user_name": request.known.user.name,
        "least": allowed.least,
        "most": allowed.most,
        "needs_kinds": profile is Profile.CORE,
    }
    return rendering.page(request, "login_settings/password.html", shown)


def _changed(request: PortalRequest, form: ChangePasswordForm) -> bool:
    given, house = form.cleaned_data, request.portal.login
    old, new = Secret(given["old"]), Secret(given["password"])
    try:
        passwords.change_password(request.known.session, old, new, house, request.act)
    except Refused as refused:
        if refused.kind is login_refusals.STEP_UP_NEEDED:
            raise
        is_old = refused.kind is login_refusals.PASSWORD_OLD
        show_in(form, refused, "old" if is_old else "password")
        return False
    return True
