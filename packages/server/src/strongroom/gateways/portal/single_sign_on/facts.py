"""What other systems read without a browser: metadata, keys, tokens, facts, limits.

Each answer is JSON. Who asks proves itself by a secret or a token, never by a cookie.
"""

from typing import Any

from django.http import HttpResponse, JsonResponse

from strongroom.gateways.portal.frame.asking import PortalRequest
from strongroom.gateways.portal.single_sign_on import claims, metadata, parties, signing
from strongroom.gateways.portal.single_sign_on.provider import Provider
from strongroom.login.models import SsoToken
from strongroom.login.parties import sign_on
from strongroom.rules import login_refusals
from strongroom.rules.assurance import Assurance
from strongroom.rules.refusals import Refused
from strongroom.rules.secret import Secret

_LONGEST_HEADER = 500
_KEYS_SECONDS = 600


def discovery(request: PortalRequest) -> HttpResponse:
    """Say what this provider can do (OpenID Connect Discovery, section 4.2)."""
    signing.key_of(request.portal)
    return _public(metadata.of(request.portal))


def keys(request: PortalRequest) -> HttpResponse:
    """Give the public key."""
    return _public(signing.public_keys(request.portal))


def _public(shown: dict[str, Any]) -> HttpResponse:
    response = JsonResponse(shown)
    response["Cache-Control"] = f"public, max-age={_KEYS_SECONDS}"
    response["Access-Control-Allow-Origin"] = "*"
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


def token(request: PortalRequest) -> HttpResponse:
    """Give tokens for a code, or for a system itself."""
    response: HttpResponse = Provider(request).create_token_response(request)
    return response


def revoke(request: PortalRequest) -> HttpResponse:
    """End a token."""
    response: HttpResponse = Provider(request).create_endpoint_response("revocation", request)
    return response


def introspect(request: PortalRequest) -> HttpResponse:
    """Say what a token is good for."""
    response: HttpResponse = Provider(request).create_endpoint_response("introspection", request)
    return response


def user_info(request: PortalRequest) -> HttpResponse:
    """Say who a token's person is, as of now (Core, section 5.3)."""
    signing.key_of(request.portal)
    try:
        row = _bearer(request)
    except Refused:
        return _no_token()
    if row.session is None:
        return _no_token()
    shown = {
        **claims.of_session(row.session, request.portal.login),
        **claims.of_person(row.session, row.scope, request.act.at),
    }
    return JsonResponse(shown)


def limits(request: PortalRequest) -> HttpResponse:
    """Give the table of limits, and the row of the token's session (LIM, SLS-11)."""
    signing.key_of(request.portal)
    shown = claims.limits_table(request.portal.login.factors)
    try:
        if parties.by_basic(request.headers.get("Authorization", "")) is None:
            row = _bearer(request)
            if row.session is not None:
                shown["session"] = claims.limit_row(Assurance(row.session.assurance))
    except Refused:
        return _no_token()
    return JsonResponse(shown)


def _bearer(request: PortalRequest) -> SsoToken:
    """Return the token of the Authorization header (RFC 6750). Raises Refused."""
    kind, _space, text = request.headers.get("Authorization", "")[:_LONGEST_HEADER].partition(" ")
    if kind.lower() != "bearer" or not text:
        raise login_refusals.SIGN_ON_TOKEN.because()
    return sign_on.find_token(Secret(text.strip()), request.portal.login, request.act)


def _no_token() -> HttpResponse:
    response = JsonResponse({"error": "invalid_token"}, status=401)
    response["WWW-Authenticate"] = 'Bearer error="invalid_token"'
    return response
