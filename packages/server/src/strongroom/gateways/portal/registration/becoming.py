"""From an invitation to a user with a password.

The code leaves the address with the first button and is then carried by the browser alone; the
telephone number comes next, in `number`.
"""

from django.http import HttpResponse

from strongroom.directory.models import UserInvitation
from strongroom.gateways.portal.frame import carried, holding, rendering
from strongroom.gateways.portal.frame.asking import PortalRequest
from strongroom.gateways.portal.frame.refusing import show_in
from strongroom.gateways.portal.registration.forms import CodeForm, NameForm
from strongroom.login.credentials import registering
from strongroom.login.entry import signing_in
from strongroom.rules import login_refusals, passwords
from strongroom.rules.passwords import Profile
from strongroom.rules.refusals import Refused
from strongroom.rules.secret import Secret

_ERRAND = "invitation"
_LETTERS = ("USER-LETTERS", "USER-LETTERS-UNFIT", "USER-LETTERS-TAKEN")


def type_code(request: PortalRequest) -> HttpResponse:
    """Show the form of the code, for whoever has a letter on paper, or take it."""
    form = CodeForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        code = Secret(form.cleaned_data["code"])
        try:
            registering.invitation(code, request.visitor, request.act)
        except Refused as refused:
            show_in(form, refused, "code")
        else:
            return _carried(code)
    return rendering.page(request, "registration/code.html", {"form": form})


def link(request: PortalRequest, code: str) -> HttpResponse:
    """Open the letter's link: a button, so that a mail filter's look does nothing."""
    secret = Secret(code)
    try:
        found = registering.invitation(secret, request.visitor, request.act)
    except Refused as refused:
        return _refused(request, refused)
    if request.method != "POST":
        return rendering.page(request, "registration/link.html", {"full_name": found.full_name})
    return _carried(secret)


def choose_name(request: PortalRequest) -> HttpResponse:
    """Show the form of letters and password, or make the user."""
    code = carried.carried(request, _ERRAND)
    try:
        found = registering.invitation(code, request.visitor, request.act)
    except Refused as refused:
        return _refused(request, refused)
    form = NameForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        letters, password = form.cleaned_data["letters"], Secret(form.cleaned_data["password"])
        wish = registering.Wish(code, letters, password)
        try:
            user = registering.register(wish, request.visitor, request.portal.login, request.act)
        except Refused as refused:
            if refused.kind is login_refusals.USER_CODE:
                return _refused(request, refused)
            show_in(form, refused, "letters" if refused.code in _LETTERS else "password")
        else:
            return _begun(request, user.name, password)
    return rendering.page(request, "registration/name.html", _shown(request, found, form))


def _begun(request: PortalRequest, name: str, password: Secret) -> HttpResponse:
    """The new user signs in with what was just chosen; the factor is still to come."""
    begun = signing_in.begin(name, password, request.visitor, request.portal.login, request.act)
    holding.begin_sign_in(request, begun)
    response = rendering.go("register-welcome")
    carried.put_down(response)
    return response


def _carried(code: Secret) -> HttpResponse:
    response = rendering.go("register-name")
    carried.carry(response, _ERRAND, code)
    return response


def _refused(request: PortalRequest, refused: Refused) -> HttpResponse:
    form = CodeForm({"code": ""})
    form.errors.clear()
    show_in(form, refused)
    return rendering.page(request, "registration/code.html", {"form": form}, status=410)


def _shown(request: PortalRequest, invitation: UserInvitation, form: NameForm) -> dict[str, object]:
    profile = Profile(request.portal.login.policy.passwords)
    allowed = passwords.lengths(profile, has_factor=False)
    return {
        "form": form,
        "full_name": invitation.full_name,
        "least": allowed.least,
        "most": allowed.most,
        "needs_kinds": profile is Profile.CORE,
    }
