"""The provider: Authlib's server over our rows, made anew for each request.

What is granted is in `grants`; pages and answers are in `authorizing`, `facts` and `leaving`.
"""

import logging
from collections.abc import Iterable, Mapping
from typing import Any

from authlib.common.urls import add_params_to_uri
from authlib.integrations.django_oauth2.requests import DjangoOAuth2Request
from authlib.oauth2 import AuthorizationServer, OAuth2Error
from django.http import HttpResponse, JsonResponse

from strongroom.gateways.portal.frame.asking import PortalRequest
from strongroom.gateways.portal.house import PortalHouse
from strongroom.gateways.portal.single_sign_on import grants, parties, signing
from strongroom.gateways.portal.single_sign_on.parties import LIMITS, SCOPES, Party
from strongroom.login.parties import sign_on
from strongroom.login.parties.sign_on import TokenWish
from strongroom.login.presence.web_sessions import Person
from strongroom.rules import login_refusals
from strongroom.rules.secret import Secret

# Authlib's own DEBUG lines hold whole tokens (LATK-29).
logging.getLogger("authlib").setLevel(logging.INFO)


class Provider(AuthorizationServer):  # type: ignore[misc]  # Authlib is untyped
    """Raises Refused (SIGN-ON-OFF) where the firm has no signing key."""

    def __init__(self, request: PortalRequest) -> None:
        super().__init__(scopes_supported=[*SCOPES, LIMITS])
        self.asked = request
        self.house: PortalHouse = request.portal
        signing.key_of(self.house)
        self.register_grant(grants.CodeGrant, [grants.S256(required=True), grants.IdToken()])
        self.register_grant(grants.OwnGrant)
        self.register_endpoint(grants.Revocation)
        self.register_endpoint(grants.Introspection)
        self.register_token_generator("default", self._token)
        self.register_client_auth_method("client_secret_basic", _by_basic)

    def query_client(self, client_id: str) -> Party | None:
        """See Authlib."""
        return parties.find(client_id)

    def create_oauth2_request(self, request: Any) -> Any:  # Any: Authlib's and Django's
        """See Authlib. It repeats values in errors, which may be ASCII alone (RFC 6749, 4.1.2.1).

        Raises Refused (SIGN-ON-REQUEST).
        """
        asked = DjangoOAuth2Request(request)
        for name, values in asked.payload.datalist.items():
            if not all(text.isascii() and text.isprintable() for text in (name, *values)):
                raise login_refusals.SIGN_ON_REQUEST.because()
        return asked

    def _token(self, *, scope: str | None = None, **_more: object) -> dict[str, object]:
        token = sign_on.new_token(self.house.login)
        return {
            "token_type": "Bearer",
            "access_token": token.reveal(),
            "expires_in": int(sign_on.TOKEN_LIFETIME.total_seconds()),
            "scope": scope or LIMITS,
        }

    def save_token(self, token: Mapping[str, Any], request: Any) -> None:  # Any: Authlib's
        """See Authlib."""
        code = getattr(request, "authorization_code", None)
        wish = TokenWish(request.client.row, token["scope"], code.row if code else None)
        sign_on.issue_token(wish, Secret(token["access_token"]), self.asked.act)

    def grant_code(self, grant: Any, person: Person) -> HttpResponse:  # Any: Authlib's
        """Send the person back with a code."""
        response: HttpResponse = self.create_authorization_response(
            grant.request, grant_user=person, grant=grant
        )
        return response

    def refuse(self, error: OAuth2Error) -> HttpResponse:
        """Send the person back with an error."""
        return self.handle_response(*error(None))

    def send_signal(self, name: str, *args: object, **kwargs: object) -> None:
        """Nobody listens; the audit log is written by the verbs."""

    def handle_response(
        self, status: int, body: Any, headers: Iterable[tuple[str, str]]
    ) -> HttpResponse:
        """Answer; a redirect says who we are (RFC 9207), and is fetched with GET."""
        named = dict(headers)
        if "Location" in named:
            place = add_params_to_uri(named["Location"], [("iss", self.house.login.site)])
            return _redirect(place)
        response = JsonResponse(body if isinstance(body, dict) else {}, status=status)
        for name, value in named.items():
            if name != "Content-Type":
                response[name] = value
        return response


def _by_basic(_find: object, request: Any) -> Party | None:  # Any: Authlib's
    """Authlib's own fails over headers that are no text."""
    return parties.by_basic(request.headers.get("Authorization", ""))


def _redirect(place: str) -> HttpResponse:
    """A redirect to a registered address; Django's own class refuses schemes by its own list."""
    response = HttpResponse(status=303)
    response["Location"] = place
    return response
