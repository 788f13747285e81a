"""A registered system as Authlib's grants ask about it.

What is registered, and how, is in `login.parties.relying_parties`.
"""

from base64 import b64decode

from authlib.oauth2.rfc6749 import ClientMixin

from strongroom.login.models import RelyingParty
from strongroom.login.parties import relying_parties
from strongroom.rules.refusals import Refused
from strongroom.rules.secret import Secret

SCOPES = ("openid", "profile", "email")
LIMITS = "limits"
"""The one scope of a system that asks for itself."""

_LONGEST_HEADER = 500

CODE, OWN = "authorization_code", "client_credentials"


class Party(ClientMixin):  # type: ignore[misc]  # Authlib is untyped
    """One system. With a secret it has to prove itself by it; without one PKCE alone proves it."""

    def __init__(self, row: RelyingParty) -> None:
        self.row = row

    @property
    def has_secret(self) -> bool:
        """Whether the system can keep a secret."""
        return bool(self.row.secret_hash)

    def get_client_id(self) -> str:
        """Return its id."""
        return self.row.client_id

    def get_default_redirect_uri(self) -> str:
        """Return none: the address is always said."""
        return ""

    def get_allowed_scope(self, scope: str | None) -> str | None:
        """Return what is granted of what is asked for; None without `openid`."""
        asked = (scope or "").split()
        return " ".join(one for one in SCOPES if one in asked) if "openid" in asked else None

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        """Whether the address is registered, letter by letter (RFC 9700, section 2.1)."""
        return redirect_uri in self.row.redirect_uris

    def check_client_secret(self, client_secret: str) -> bool:
        """Whether this is its secret."""
        return relying_parties.is_secret_of(self.row, Secret(client_secret))

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        """Whether it may prove itself so: one with a secret never without it."""
        if self.has_secret:
            return method in {"client_secret_basic", "client_secret_post"}
        return method == "none" and endpoint in {"token", "revocation"}

    def check_response_type(self, response_type: str) -> bool:
        """Only codes are given out through a browser."""
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        """Codes for persons, and a token of its own for whoever has a secret."""
        return grant_type == CODE or (grant_type == OWN and self.has_secret)


def by_basic(header: str) -> Party | None:
    """Return the system that shows its secret in an Authorization header (RFC 7617), or None."""
    kind, _space, text = header[:_LONGEST_HEADER].partition(" ")
    if kind.lower() != "basic":
        return None
    try:
        name, _colon, secret = b64decode(text.strip(), validate=True).decode().partition(":")
    except ValueError:
        return None
    party = find(name)
    return party if party is not None and party.check_client_secret(secret) else None


def find(client_id: str) -> Party | None:
    """Return a system, or None as Authlib wants it."""
    try:
        return Party(relying_parties.find_party(client_id))
    except Refused:
        return None
