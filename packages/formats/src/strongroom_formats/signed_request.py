"""What a recipient asks of the firm over HTTPS, signed with an SSH key on record.

Signing and checking are in `sshsig_keys`; what each purpose does, and which nonces were seen, is
the server's.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from strongroom_formats import canonical_json
from strongroom_formats.canonical_json import JsonValue, NotCanonical
from strongroom_formats.document_fields import DocumentInvalid, Fields, moment_text

SCHEMA = "strongroom-request-1"
NAMESPACE = "request@strongroom"
"""The signature namespace of requests."""

LIMIT = 256 * 1024
"""Bytes of the longest request; 500 acknowledgements have about 100,000."""

CLOCK_SECONDS = 300
"""How far `at` may be from the server's clock, either way."""

_NONCE = re.compile(r"[0-9a-f]{32}")


class SignedRequestInvalid(DocumentInvalid):
    """Not a request in the format `strongroom-request-1`."""


class Purpose(StrEnum):
    """What is asked for; each has its own path, and a request is worth nothing at another's."""

    EXPLAIN = "explain"
    ACKNOWLEDGE = "acknowledge"
    ROTATE = "rotate"
    REQUEST_ADDRESS = "request-address"


@dataclass(frozen=True, slots=True)
class SignedRequest:
    """`at` is the asker's clock, `nonce` 128 fresh bits, `audience` the base URL it is sent to.

    What `body` holds is the purpose's. The text of `to_bytes` travels beside its signature.
    """

    purpose: Purpose
    login: str
    at: datetime
    nonce: str
    audience: str
    body: Mapping[str, JsonValue]

    def to_bytes(self) -> bytes:
        """The canonical JSON to sign. Raises SignedRequestInvalid for a field out of bounds."""
        document: dict[str, JsonValue] = {
            "schema": SCHEMA,
            "purpose": self.purpose.value,
            "login": self.login,
            "at": moment_text(self.at),
            "nonce": self.nonce,
            "audience": self.audience,
            "body": dict(self.body),
        }
        _read(document)
        data = canonical_json.dumps(document)
        if len(data) > LIMIT:
            raise SignedRequestInvalid("", f"longer than {LIMIT} bytes")
        return data

    @classmethod
    def from_bytes(cls, data: bytes) -> "SignedRequest":
        """Read a request strictly. Raises SignedRequestInvalid, which names the field."""
        try:
            document = canonical_json.loads(data, LIMIT)
        except NotCanonical as error:
            raise SignedRequestInvalid("", str(error)) from error
        return _read(document)


def _read(found: object) -> SignedRequest:
    fields = Fields(found, SignedRequestInvalid)
    fields.constant("schema", SCHEMA)
    request = SignedRequest(
        purpose=fields.choice("purpose", Purpose),
        login=fields.text("login", most=64),
        at=fields.moment("at"),
        nonce=fields.matching("nonce", _NONCE, "32 lower-case hex digits"),
        audience=fields.text("audience", most=300),
        body=fields.mapping("body"),
    )
    fields.close()
    return request
