"""Requests signed by an SSH key of the login: fresh, for one firm, one purpose, one use.

The form is strongroom_formats.signed_request; the purposes' answers are read in `firm`.
"""

import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Protocol

from strongroom_formats.canonical_json import JsonValue
from strongroom_formats.document_fields import Fields
from strongroom_formats.signed_request import NAMESPACE, Purpose, SignedRequest
from strongroom_formats.sshsig_keys import SigningKey, sign_with

from strongbox.api import https
from strongbox.api.endpoint import endpoint_of
from strongbox.profiles.profile import Profile


class Signer(Protocol):
    """What holds a private key, such as keys.reading.PrivateKey."""

    @property
    def private(self) -> SigningKey:
        """The key that signs; it never leaves this machine."""
        ...


def fresh_nonce() -> str:
    """128 bits that no request had before, in hex."""
    return secrets.token_hex(16)


def signed(
    profile: Profile,
    key: Signer,
    purpose: Purpose,
    body: Mapping[str, JsonValue],
    *,
    nonce: str = "",
) -> Fields:
    """Ask the firm of `profile`, signed with `key`. Raises Refused: API-…."""
    endpoint = endpoint_of(profile)
    request = SignedRequest(
        purpose=purpose,
        login=profile.login,
        at=datetime.now(UTC),
        nonce=nonce or fresh_nonce(),
        audience=endpoint.url,
        body=body,
    ).to_bytes()
    question: dict[str, JsonValue] = {
        "request": request.decode(),
        "signature": sign_with(request, key.private, NAMESPACE).decode("ascii"),
    }
    return https.ask(endpoint, f"/api/1/{purpose.value}", question)
