"""Another system of the firm, which knows nothing of the provider's library.

It checks ID tokens by itself, with `cryptography` alone (OpenID Connect Core, section 3.1.3.7).
"""

import base64
import hashlib
import json
import secrets
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils

from tests.unit.portal.portal_house import SITE

BACK = "https://trade.example.test/back?from=strongroom"


def b64(data: bytes) -> str:
    """Base64 for URLs, without padding."""
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def unb64(text: str) -> bytes:
    """The reverse of `b64`."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass
class System:
    """A relying party with its browser-less side."""

    programs: Any
    client_id: str
    secret: str
    verifier: str = field(default_factory=lambda: b64(secrets.token_bytes(32)))
    nonce: str = field(default_factory=lambda: b64(secrets.token_bytes(12)))
    state: str = field(default_factory=lambda: b64(secrets.token_bytes(12)))

    def address(self, **changes: str | None) -> str:
        """Where the system sends a browser; None leaves a parameter out."""
        asked = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": BACK,
            "scope": "openid profile email",
            "state": self.state,
            "nonce": self.nonce,
            "code_challenge": b64(hashlib.sha256(self.verifier.encode()).digest()),
            "code_challenge_method": "S256",
            **changes,
        }
        kept = {name: value for name, value in asked.items() if value is not None}
        return f"/sso/authorize?{urlencode(kept)}"

    def code(self, browser: Any, **changes: str | None) -> str:
        """Go through the page and take the code."""
        response = browser.post(self.address(**changes))
        assert response.status_code == 303, response.content
        told = query(response["Location"])
        assert told["state"] == self.state
        assert told["iss"] == SITE
        assert told["from"] == "strongroom"
        return told["code"]

    def basic(self) -> dict[str, str]:
        """The header in which it proves itself."""
        text = base64.b64encode(f"{self.client_id}:{self.secret}".encode()).decode()
        return {"HTTP_AUTHORIZATION": f"Basic {text}"}

    def redeem(self, code: str, **changes: str | None) -> Any:
        """Ask for tokens; with a secret in the header, unless there is none."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": BACK,
            "code_verifier": self.verifier,
            **changes,
        }
        if not self.secret:
            form.setdefault("client_id", self.client_id)
        kept = {name: value for name, value in form.items() if value is not None}
        return self.programs.post("/sso/token", kept, **(self.basic() if self.secret else {}))

    def tokens(self, browser: Any, **changes: str | None) -> dict[str, Any]:
        """The whole way."""
        response = self.redeem(self.code(browser, **changes))
        assert response.status_code == 200, response.content
        assert response["Cache-Control"] == "no-store"
        return dict(response.json())

    def claims(self, id_token: str, access_token: str) -> dict[str, Any]:
        """Check an ID token as Core asks, and return what it says."""
        head, body, signature = id_token.split(".")
        header = json.loads(unb64(head))
        [key] = self.programs.get("/sso/keys").json()["keys"]
        assert (header["alg"], header["kid"], key["kty"]) == ("ES256", key["kid"], "EC")
        raw = unb64(signature)
        whole = utils.encode_dss_signature(
            int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big")
        )
        public_key(key).verify(whole, f"{head}.{body}".encode(), ec.ECDSA(hashes.SHA256()))
        told: dict[str, Any] = json.loads(unb64(body))
        assert (told["iss"], told["aud"], told["nonce"]) == (SITE, self.client_id, self.nonce)
        assert told["at_hash"] == b64(hashlib.sha256(access_token.encode()).digest()[:16])
        return told

    def bearer(self, path: str, token: str) -> Any:
        """Read something with a token."""
        return self.programs.get(path, HTTP_AUTHORIZATION=f"Bearer {token}")


def public_key(jwk: dict[str, str]) -> ec.EllipticCurvePublicKey:
    """A P-256 key from its JWK (RFC 7518, section 6.2.1); no private part may stand in it."""
    assert "d" not in jwk
    x, y = (int.from_bytes(unb64(jwk[name]), "big") for name in ("x", "y"))
    return ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()


def query(address: str) -> dict[str, str]:
    """The parameters of an address."""
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}


def signed_by(key: Any, header: dict[str, Any], claims: dict[str, Any]) -> str:
    """A token made by hand; without a key it has no signature."""
    said = ".".join(b64(json.dumps(part).encode()) for part in (header, claims))
    if key is None:
        return said + "."
    r, s = utils.decode_dss_signature(key.sign(said.encode(), ec.ECDSA(hashes.SHA256())))
    return f"{said}.{b64(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"
