"""What a new SSH key signs to prove that its private half is there, before anything is stored.

Signing and checking are in `sshsig_keys`; who gives the challenge, and when it ends, is the
server's.
"""

import re
from dataclasses import dataclass
from hashlib import sha256

from strongroom_formats import canonical_json
from strongroom_formats.canonical_json import JsonValue, NotCanonical
from strongroom_formats.document_fields import DocumentInvalid, Fields

SCHEMA = "strongroom-possession-1"
NAMESPACE = "enrol@strongroom"
"""The signature namespace of proofs of possession."""

LIMIT = 16 * 1024
"""Bytes of the longest proof."""

KEY_LINE_MOST = 8 * 1024
"""Characters of a key's one line; RSA with 16,384 bits has about 2,800 and a comment of 64."""

_CHALLENGE = re.compile(r"[0-9a-f]{32}([0-9a-f]{32})?")


class PossessionInvalid(DocumentInvalid):
    """Not a proof in the format `strongroom-possession-1`."""


@dataclass(frozen=True, slots=True)
class Possession:
    """`challenge` is the bundle's (64 hex digits), or the nonce of a rotation's request (32).

    `ssh_key` is the one line exactly as it is submitted. `pgp_certificate_sha256` is of the bytes
    of the armoured certificate as it is submitted (see `certificate_sha256`), None without one; so
    the signature binds both keys to this login.
    """

    challenge: str
    login: str
    ssh_key: str
    pgp_certificate_sha256: str | None

    def to_bytes(self) -> bytes:
        """The canonical JSON to sign. Raises PossessionInvalid for a field out of bounds."""
        document: dict[str, JsonValue] = {
            "schema": SCHEMA,
            "challenge": self.challenge,
            "login": self.login,
            "ssh_key": self.ssh_key,
            "pgp_certificate_sha256": self.pgp_certificate_sha256,
        }
        _read(document)
        return canonical_json.dumps(document)

    @classmethod
    def from_bytes(cls, data: bytes) -> "Possession":
        """Read a proof strictly. Raises PossessionInvalid, which names the field."""
        try:
            document = canonical_json.loads(data, LIMIT)
        except NotCanonical as error:
            raise PossessionInvalid("", str(error)) from error
        return _read(document)


def certificate_sha256(armoured: str | None) -> str | None:
    """The SHA-256 that a proof holds for the certificate that is submitted with it, or None."""
    return None if armoured is None else sha256(armoured.encode()).hexdigest()


def _read(found: object) -> Possession:
    fields = Fields(found, PossessionInvalid)
    fields.constant("schema", SCHEMA)
    proof = Possession(
        challenge=fields.matching("challenge", _CHALLENGE, "32 or 64 lower-case hex digits"),
        login=fields.text("login", most=64),
        ssh_key=fields.text("ssh_key", most=KEY_LINE_MOST),
        pgp_certificate_sha256=(
            None
            if fields.is_null("pgp_certificate_sha256")
            else fields.sha256("pgp_certificate_sha256")
        ),
    )
    fields.close()
    return proof
