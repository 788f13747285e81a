"""The key of ID tokens: signing with it, its public half, and reading a token of our own again.

ES256 and nothing else, whatever a token says of itself (LATK-8).
"""

from collections.abc import Mapping
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from strongroom.gateways.portal.house import PortalHouse
from strongroom.rules import login_refusals

ALGORITHM = "ES256"


def key_of(house: PortalHouse) -> ECKey:
    """Return the signing key. Raises Refused (SIGN-ON-OFF) where there is none."""
    if house.sign_on_key is None:
        raise login_refusals.SIGN_ON_OFF.because()
    return ECKey.import_key(house.sign_on_key.reveal())


def public_keys(house: PortalHouse) -> dict[str, Any]:  # Any: JSON
    """Return the JWK set (RFC 7517)."""
    key = key_of(house)
    shown = key.as_dict(private=False)
    return {"keys": [{**shown, "kid": key.thumbprint(), "use": "sig", "alg": ALGORITHM}]}


def signed(claims: Mapping[str, object], house: PortalHouse) -> str:
    """Return the claims as a signed token."""
    key = key_of(house)
    header = {"alg": ALGORITHM, "typ": "JWT", "kid": key.thumbprint()}
    return str(jwt.encode(header, dict(claims), key, algorithms=[ALGORITHM]))


def own_claims(token: str, house: PortalHouse) -> dict[str, Any]:  # Any: JSON
    """Return what a token of ours says, however old; nothing for a token that is not.

    All of ours have the same head, so no other is read at all: joserfc fails in ways of its own
    over heads that make no sense.
    """
    if token.partition(".")[0] != signed({}, house).partition(".")[0]:
        return {}
    try:
        found = jwt.decode(token, key_of(house), algorithms=[ALGORITHM])
    except (JoseError, ValueError):
        return {}
    return dict(found.claims) if found.claims.get("iss") == house.login.site else {}
