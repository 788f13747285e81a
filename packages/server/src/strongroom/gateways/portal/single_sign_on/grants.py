"""The grants and the token end points, as this product narrows Authlib's.

Codes with PKCE's S256 for persons, and a token of its own for a system with a secret; no refresh
tokens, no implicit or hybrid flow, no algorithm but ES256.
"""

from datetime import timedelta
from typing import Any

from authlib.oauth2.rfc6749 import InvalidGrantError, InvalidRequestError, InvalidScopeError, grants
from authlib.oauth2.rfc7009 import RevocationEndpoint
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oauth2.rfc7662 import IntrospectionEndpoint
from authlib.oidc.core.grants import OpenIDCode
from authlib.oidc.core.util import create_half_hash

from strongroom.gateways.portal.single_sign_on import claims, signing
from strongroom.gateways.portal.single_sign_on.parties import LIMITS, Party
from strongroom.login.models import SsoCode, SsoToken
from strongroom.login.parties import sign_on
from strongroom.login.parties.sign_on import CodeWish
from strongroom.rules.refusals import Refused
from strongroom.rules.secret import Secret

ID_TOKEN_LIFETIME = timedelta(minutes=5)
_LONGEST_NONCE = 200
_LONGEST_STATE = 1000
_WITH_SECRET = ["client_secret_basic", "client_secret_post"]


class Code:
    """A code's row as Authlib asks about it."""

    code_challenge_method = "S256"

    def __init__(self, row: SsoCode) -> None:
        self.row = row
        self.code_challenge = row.challenge

    def get_redirect_uri(self) -> str:
        """Return the address that it was sent to."""
        return self.row.redirect_uri

    def get_scope(self) -> str:
        """Return what it grants."""
        return self.row.scope


class CodeGrant(grants.AuthorizationCodeGrant):  # type: ignore[misc]  # Authlib is untyped
    """RFC 6749, section 4.1. `server` is the `Provider`."""

    TOKEN_ENDPOINT_AUTH_METHODS = (*_WITH_SECRET, "none")

    def save_authorization_code(self, code: str, request: Any) -> None:
        """See Authlib; `code` was made by `generate_authorization_code`, which kept it."""

    def generate_authorization_code(self) -> str:
        """Make a code for the person who is here."""
        request, data = self.request, self.request.payload.data
        wish = CodeWish(
            party=request.client.row,
            session=request.user.session,
            redirect_uri=request.payload.redirect_uri,
            scope=request.scope,
            nonce=data.get("nonce", ""),
            challenge=data["code_challenge"],
        )
        return sign_on.issue_code(wish, self.server.house.login, self.server.asked.act).reveal()

    def query_authorization_code(self, code: str, client: Party) -> Code | None:
        """See Authlib."""
        house, act = self.server.house.login, self.server.asked.act
        try:
            return Code(sign_on.find_code(Secret(code), client.row, house, act))
        except Refused:
            return None

    def authenticate_user(self, authorization_code: Code) -> Any:
        """Use the code up before anything is given for it: of two at once one gets a token."""
        try:
            sign_on.use_code(authorization_code.row, self.server.asked.act)
        except Refused as refused:
            raise InvalidGrantError(str(refused)) from refused
        return authorization_code.row.session

    def delete_authorization_code(self, authorization_code: Code) -> None:
        """Nothing: it is used up already, and stays to tell when it comes again."""


class S256(CodeChallenge):  # type: ignore[misc]  # Authlib is untyped
    """PKCE for everyone, with S256 alone (RFC 9700, section 2.1.1)."""

    SUPPORTED_CODE_CHALLENGE_METHOD = ("S256",)

    def validate_code_challenge(self, grant: Any, redirect_uri: str) -> None:
        """Refuse a request without a challenge, or with one in clear; bound what is kept."""
        data = grant.request.payload.data
        if not data.get("code_challenge") or data.get("code_challenge_method") != "S256":
            raise InvalidRequestError("PKCE with S256 is required")
        if len(data["code_challenge"]) != 43:
            raise InvalidRequestError("Invalid code_challenge")
        nonce = data.get("nonce", "")
        if len(nonce) > _LONGEST_NONCE or not (nonce.isascii() and nonce.isprintable()):
            raise InvalidRequestError("The nonce has to be 200 printable characters at most")
        if len(data.get("state", "")) > _LONGEST_STATE:
            raise InvalidRequestError("The state is too long")
        super().validate_code_challenge(grant, redirect_uri)


class IdToken(OpenIDCode):  # type: ignore[misc]  # Authlib is untyped
    """OpenID Connect Core, section 3.1.3.3."""

    def exists_nonce(self, nonce: str, request: Any) -> bool:
        """A nonce is the asker's, to be compared there; coming back to our page repeats it."""
        return False

    def encode_id_token(self, token: dict[str, Any], request: Any) -> str:
        """Return who signed in, how, and what the firm's systems have to hold to."""
        code: SsoCode = request.authorization_code.row
        house, now = request.house, request.now
        half = create_half_hash(token["access_token"], signing.ALGORITHM)
        body = {
            "iss": house.login.site,
            "aud": request.client.get_client_id(),
            "azp": request.client.get_client_id(),
            "iat": int(now.timestamp()),
            "exp": int((now + ID_TOKEN_LIFETIME).timestamp()),
            "at_hash": half.decode("ascii"),
            **({"nonce": code.nonce} if code.nonce else {}),
            **claims.of_session(code.session, house.login),
            **claims.of_person(code.session, code.scope, now),
        }
        return signing.signed(body, house)

    def process_token(self, grant: Any, response: Any) -> Any:
        """Hand the house on, which Authlib's signature has no place for."""
        grant.request.house, grant.request.now = grant.server.house, grant.server.asked.act.at
        return super().process_token(grant, response)


class OwnGrant(grants.ClientCredentialsGrant):  # type: ignore[misc]  # Authlib is untyped
    """A system for itself, to read the table of limits (RFC 6749, section 4.4)."""

    TOKEN_ENDPOINT_AUTH_METHODS = tuple(_WITH_SECRET)

    def validate_requested_scope(self) -> None:
        """Nothing of a person's is granted without the person."""
        if self.request.payload.scope not in {None, "", LIMITS}:
            raise InvalidScopeError("Only limits are granted so")


class Token:
    """A token's row as Authlib asks about it; it is looked up only while it is good."""

    def __init__(self, row: SsoToken) -> None:
        self.row = row

    def check_client(self, client: Party) -> bool:
        """Whether it was given to this party."""
        return bool(self.row.party_id == client.get_client_id())

    def is_expired(self) -> bool:
        """It was found, so it is not."""
        return False

    is_revoked = is_expired


def _find(server: Any, text: str) -> Token | None:
    try:
        return Token(sign_on.find_token(Secret(text), server.house.login, server.asked.act))
    except Refused:
        return None


class Revocation(RevocationEndpoint):  # type: ignore[misc]  # Authlib is untyped
    """RFC 7009."""

    CLIENT_AUTH_METHODS = (*_WITH_SECRET, "none")

    def query_token(self, token_string: str, token_type_hint: str | None) -> Token | None:
        """See Authlib."""
        return _find(self.server, token_string)

    def revoke_token(self, token: Token, request: Any) -> None:
        """See Authlib."""
        sign_on.revoke_token(token.row, self.server.asked.act)


class Introspection(IntrospectionEndpoint):  # type: ignore[misc]  # Authlib is untyped
    """RFC 7662, for the firm's systems that have a secret."""

    CLIENT_AUTH_METHODS = tuple(_WITH_SECRET)

    def query_token(self, token_string: str, token_type_hint: str | None) -> Token | None:
        """See Authlib."""
        return _find(self.server, token_string)

    def check_permission(self, token: Token, client: Party, request: Any) -> bool:
        """All are the firm's own: an API asks about a token that a platform brought."""
        return client.has_secret

    def introspect_token(self, token: Token) -> dict[str, Any]:
        """See Authlib."""
        row, house = token.row, self.server.house
        shown: dict[str, Any] = {
            "active": True,
            "iss": house.login.site,
            "client_id": row.party_id,
            "token_type": "Bearer",
            "scope": row.scope,
            "iat": int(row.made_at.timestamp()),
            "exp": int(row.expires_at.timestamp()),
        }
        if row.session is not None:
            shown |= claims.of_session(row.session, house.login)
            shown |= claims.of_person(row.session, row.scope, self.server.asked.act.at)
            shown["username"] = row.session.user.name
        return shown
