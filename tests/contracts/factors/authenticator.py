"""A passkey made of software, so that each part of an answer can be made wrong on purpose."""

import hashlib
import json
import os
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from webauthn.helpers import bytes_to_base64url

UP, UV, BE, BS, AT = 0x01, 0x04, 0x08, 0x10, 0x40


@dataclass
class Authenticator:
    """One credential on one device. `count` is what the next answer says; None never counts.

    The fields after `count` are what a browser and a device tell, true ones at first.
    """

    origin: str
    party: str
    count: int | None = 1
    is_synced: bool = False
    is_user_verified: bool = True
    cross_origin: object = False
    top_origin: str | None = None
    ceremony: str | None = None
    handle: str | None = None
    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )
    credential: bytes = field(default_factory=lambda: os.urandom(16))

    def create(self, options: dict[str, Any]) -> str:
        """Answer `navigator.credentials.create`; returns the credential's JSON text."""
        self.handle = options["user"]["id"]
        client_data = self._client_data("webauthn.create", options["challenge"])
        statement = {"fmt": "none", "attStmt": {}, "authData": self._data(with_key=True)}
        return self._credential(
            {
                "clientDataJSON": bytes_to_base64url(client_data),
                "attestationObject": bytes_to_base64url(cbor2.dumps(statement)),
            }
        )

    def get(self, options: dict[str, Any]) -> str:
        """Answer `navigator.credentials.get`; returns the credential's JSON text."""
        client_data = self._client_data("webauthn.get", options["challenge"])
        data = self._data(with_key=False)
        signed = data + hashlib.sha256(client_data).digest()
        return self._credential(
            {
                "clientDataJSON": bytes_to_base64url(client_data),
                "authenticatorData": bytes_to_base64url(data),
                "signature": bytes_to_base64url(self.key.sign(signed, ec.ECDSA(hashes.SHA256()))),
                "userHandle": self.handle,
            }
        )

    def _credential(self, response: dict[str, object]) -> str:
        name = bytes_to_base64url(self.credential)
        return json.dumps(
            {
                "id": name,
                "rawId": name,
                "type": "public-key",
                "response": response,
                "clientExtensionResults": {},
            }
        )

    def _client_data(self, ceremony: str, challenge: str) -> bytes:
        told: dict[str, object] = {
            "type": self.ceremony or ceremony,
            "challenge": challenge,
            "origin": self.origin,
            "crossOrigin": self.cross_origin,
        }
        if self.top_origin is not None:
            told["topOrigin"] = self.top_origin
        return json.dumps(told).encode()

    def _data(self, *, with_key: bool) -> bytes:
        flags = UP | (UV if self.is_user_verified else 0) | (BE | BS if self.is_synced else 0)
        head = hashlib.sha256(self.party.encode()).digest()
        count = (self.count or 0).to_bytes(4, "big")
        if self.count is not None:
            self.count += 1
        if not with_key:
            return head + bytes([flags]) + count
        size = len(self.credential).to_bytes(2, "big")
        attested = bytes(16) + size + self.credential + self._public_key()
        return head + bytes([flags | AT]) + count + attested

    def _public_key(self) -> bytes:
        numbers = self.key.public_key().public_numbers()
        x, y = numbers.x.to_bytes(32, "big"), numbers.y.to_bytes(32, "big")
        return cbor2.dumps({1: 2, 3: -7, -1: 1, -2: x, -3: y})
