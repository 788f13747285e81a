"""The firm's pinned OpenPGP certificate: which keys are its own.

Whether it has expired or is revoked is found out by the engine that judges its signatures.
"""

from dataclasses import dataclass, field

from strongroom_formats.pgp_armour import is_armoured, read_public_block
from strongroom_formats.pgp_certificates import read_certificate
from strongroom_formats.pgp_packets import PgpFormatError

from strongbox.opening import refusals

_LARGEST = 512 << 10


@dataclass(frozen=True, slots=True)
class Sender:
    """The certificate's fingerprint in upper-case hex, all names of its keys, and its bytes."""

    fingerprint: str
    names: frozenset[str]
    data: bytes = field(repr=False)

    def is_any_of(self, issuers: list[str]) -> bool:
        """Whether one of the key ids or fingerprints is a key of this certificate."""
        return any(issuer in self.names for issuer in issuers)


def read_sender(data: bytes) -> Sender:
    """Read the certificate, armoured or binary. Raises Refused (OPEN-SENDER-BROKEN)."""
    try:
        if len(data) > _LARGEST:
            raise refusals.OPEN_SENDER_BROKEN.because()
        parts = read_certificate(read_public_block(data) if is_armoured(data) else data)
    except PgpFormatError as error:
        raise refusals.OPEN_SENDER_BROKEN.because() from error
    keys = [one.facts for one in (parts.primary, *parts.subkeys)]
    names = frozenset(name for key in keys for name in (key.key_id, key.fingerprint))
    return Sender(parts.primary.facts.fingerprint, names, parts.to_bytes())
