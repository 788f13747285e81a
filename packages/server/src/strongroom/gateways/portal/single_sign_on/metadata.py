"""What the provider says of itself; it offers nothing that is not named here.

The answers themselves are in `facts`.
"""

from typing import Any

from django.urls import reverse

from strongroom.gateways.portal.house import PortalHouse
from strongroom.gateways.portal.single_sign_on import claims, signing
from strongroom.gateways.portal.single_sign_on.parties import CODE, LIMITS, OWN, SCOPES

_METHODS = ["client_secret_basic", "client_secret_post"]


def of(house: PortalHouse) -> dict[str, Any]:  # Any: JSON
    """Return the metadata (RFC 8414; OpenID Connect Discovery, section 3)."""

    def at(name: str) -> str:
        return house.login.site + reverse(name)

    return {
        "issuer": house.login.site,
        "authorization_endpoint": at("sso-authorize"),
        "token_endpoint": at("sso-token"),
        "userinfo_endpoint": at("sso-userinfo"),
        "jwks_uri": at("sso-keys"),
        "revocation_endpoint": at("sso-revoke"),
        "introspection_endpoint": at("sso-introspect"),
        "end_session_endpoint": at("sso-logout"),
        # Not of the standard: where a system sends a person after a wrong password (LOGIN-7).
        "password_reset_uri": at("reset"),
        "scopes_supported": [*SCOPES, LIMITS],
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": [CODE, OWN],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": [signing.ALGORITHM],
        "token_endpoint_auth_methods_supported": [*_METHODS, "none"],
        "revocation_endpoint_auth_methods_supported": [*_METHODS, "none"],
        "introspection_endpoint_auth_methods_supported": _METHODS,
        "code_challenge_methods_supported": ["S256"],
        "prompt_values_supported": ["none", "login"],
        "acr_values_supported": claims.every_acr(),
        "claims_supported": [
            "sub", "iss", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "sid", "name",
            "locale", "email", "trading_restricted", "penny_stocks", "platform_needs_factor",
            "read_only", "scope_of_session", "accounts", "limits",
        ],
        "claims_parameter_supported": False,
        "request_parameter_supported": False,
        "request_uri_parameter_supported": False,
        "authorization_response_iss_parameter_supported": True,
        "ui_locales_supported": ["en", "ja"],
    }  # fmt: skip
