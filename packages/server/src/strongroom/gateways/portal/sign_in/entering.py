"""The first page: user name and password (F6).

Which factor is asked next is in `factor`.
"""

from django.http import HttpResponse

from strongroom.gateways.portal.frame import holding, rendering
from strongroom.gateways.portal.frame.asking import PortalRequest
from strongroom.gateways.portal.frame.next_address import HOME, safe_next
from strongroom.gateways.portal.frame.refusing import show_in
from strongroom.gateways.portal.sign_in import factor
from strongroom.gateways.portal.sign_in.forms import SignInForm
from strongroom.login.entry import signing_in
from strongroom.rules.refusals import Refused
from strongroom.rules.secret import Secret


def sign_in(request: PortalRequest) -> HttpResponse:
    """Show the form, or judge it. Unknown, wrong and locked look the same (LATK-11)."""
    if request.method == "POST":
        return _judged(request)
    if request.person is not None:
        return rendering.see(_next_of(request) or HOME)
    return _page(request, SignInForm())


def _judged(request: PortalRequest) -> HttpResponse:
    form = SignInForm(request.POST)
    if not form.is_valid():
        return _page(request, form)
    house, visitor = request.portal.login, request.visitor
    password = Secret(form.cleaned_data["password"])
    try:
        begun = signing_in.begin(form.cleaned_data["name"], password, visitor, house, request.act)
    except Refused as refused:
        show_in(form, refused)
        return _page(request, form)
    holding.begin_sign_in(request, begun, then=_next_of(request))
    request.sign_in_id = begun
    return factor.first(request, begun)


def _page(request: PortalRequest, form: SignInForm) -> HttpResponse:
    shown = {"form": form, "next": _next_of(request)}
    return rendering.page(request, "sign_in/sign_in.html", shown)


def _next_of(request: PortalRequest) -> str:
    given = request.POST if request.method == "POST" else request.GET
    return safe_next(given.get("next", ""))
