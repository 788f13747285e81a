"""The page on which a person goes on to another system, and the silent way there.

The system's request is judged by Authlib's grant, the person by `login.parties.sign_on`.
"""

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import AccessDeniedError
from authlib.oidc.core.errors import LoginRequiredError
from django.http import HttpResponse
from django.urls import reverse

from strongroom.gateways.portal.frame import headers, rendering
from strongroom.gateways.portal.frame.asking import PortalRequest
from strongroom.gateways.portal.frame.next_address import with_next
from strongroom.gateways.portal.single_sign_on.claims import auth_time
from strongroom.gateways.portal.single_sign_on.provider import Provider
from strongroom.login.parties import sign_on
from strongroom.login.presence.web_sessions import Person
from strongroom.rules import login_refusals
from strongroom.rules.refusals import Refused

_SINCE = "proved_since"
"""Our own parameter: when a fresh proof was asked for, in seconds of the epoch."""


def authorize(request: PortalRequest) -> HttpResponse:
    """Name the system and the person, and go there on a click; with prompt=none at once.

    What is wrong with the request itself is shown here, because its address may be anyone's.
    Raises Refused: SIGN-ON-OFF, SIGN-ON-REQUEST, SESSION-OVER and what `check_person` raises.
    """
    provider = Provider(request)
    try:
        grant = provider.get_consent_grant(request, end_user=request.person)
    except OAuth2Error as error:
        if not error.redirect_uri:
            raise login_refusals.SIGN_ON_REQUEST.because() from error
        return provider.refuse(error)
    is_silent = grant.request.payload.data.get("prompt") == "none"
    try:
        answer = _first(request, grant)
    except Refused as refused:
        if not is_silent:
            raise
        return _redirected(provider, grant, AccessDeniedError(str(refused.code)))
    if answer is not None:
        return answer if not is_silent else _redirected(provider, grant, LoginRequiredError())
    if is_silent or request.method == "POST":
        return provider.grant_code(grant, request.known)
    return _named(request, grant)


def _redirected(provider: Provider, grant: Any, error: OAuth2Error) -> HttpResponse:
    error.redirect_uri, error.state = grant.redirect_uri, grant.request.payload.state
    return provider.refuse(error)


def _first(request: PortalRequest, grant: Any) -> HttpResponse | None:
    """Return where the person has to go first, None when all is well. Raises Refused."""
    if request.person is None:
        if _asks_login(grant):
            return _prove(request, reverse("sign-in"))
        raise login_refusals.SESSION_OVER.because()
    sign_on.check_person(request.person, grant.client.row)
    if _is_fresh(request.person, grant, request):
        return None
    return _prove(request, reverse("step-up"))


def _asks_login(grant: Any) -> bool:
    return "login" in grant.request.payload.data.get("prompt", "").split()


def _is_fresh(person: Person, grant: Any, request: PortalRequest) -> bool:
    """Whether the last proof is as new as the system wants it (Core, section 3.1.2.1)."""
    data, proved_at = grant.request.payload.data, auth_time(person.session)
    if _asks_login(grant):
        return False
    since, most = data.get(_SINCE, ""), data.get("max_age", "")
    if since.isascii() and since.isdigit() and len(since) < 12:
        return int(proved_at.timestamp()) >= int(since)
    if not most:
        return True
    if not (most.isascii() and most.isdigit() and len(most) < 9):
        raise login_refusals.SIGN_ON_REQUEST.because()
    return request.act.at - proved_at <= timedelta(seconds=int(most))


def _prove(request: PortalRequest, page: str) -> HttpResponse:
    """Ask for a proof on that page, and come back with the same request, which then says when.

    A browser could leave that out, as it could leave out prompt=login itself; the system compares
    `auth_time` (Core, section 15.1).
    """
    asked = {name: value for name, value in request.GET.items() if name != "prompt"}
    asked[_SINCE] = str(int(request.act.at.timestamp()))
    again = f"{request.path}?{urlencode(asked)}"
    return rendering.see(with_next(page, again))


def _named(request: PortalRequest, grant: Any) -> HttpResponse:
    """Show whose system it is and who goes there."""
    party, place = grant.client.row, urlsplit(grant.redirect_uri)
    shown = {
        "party": party.name,
        "host": place.hostname,
        "action": request.get_full_path(),
        "user": request.known.user,
    }
    response = rendering.page(request, "single_sign_on/authorize.html", shown)
    headers.let_forms_go_to(response, [f"{place.scheme}://{place.netloc}"])
    return response
