"""An own key that has expired, or was revoked, made fit to open what was sent to it earlier.

pysequoia refuses such keys, and an expiry date must not cost anybody their archive. The same
secret numbers get a certificate that lives in memory alone and that nobody ever sees.
"""

import os
from datetime import UTC

from strongroom_formats.pgp_keys import KeyAlgorithm, read_key
from strongroom_formats.pgp_making import make_secret_key
from strongroom_formats.pgp_packets import (
    SECRET_KEY,
    SECRET_SUBKEY,
    PgpFormatError,
    packets,
)
from strongroom_formats.pgp_recipe import PgpKind, PgpRecipe
from strongroom_formats.pgp_secret_packets import (
    PassphraseWrong,
    ProtectionUnknown,
    secret_numbers,
    unlock,
)

from strongbox.opening.secret_keys import OpeningKey

_USER_ID = "renewed by strongbox"
_SEED = 32
_MOST = 4096
_KINDS = {KeyAlgorithm.RSA: PgpKind.RSA, KeyAlgorithm.ECDH: PgpKind.CURVE25519}


class NotRenewable(Exception):
    """The key is of another kind than RSA and Curve25519, or locked in an unknown way."""


def renewed(key: OpeningKey, passphrase: bytes) -> bytes:
    """Return the key, unlocked, under a certificate without an end.

    Raises NotRenewable, PassphraseWrong.
    """
    try:
        made = make_secret_key(_recipe(key, passphrase))
    except PassphraseWrong:
        raise  # it is a ValueError too
    except (PgpFormatError, ProtectionUnknown, ValueError) as error:
        raise NotRenewable(key.facts.key_id) from error
    subkeys = [read_key(one.body) for one in packets(made, most=_MOST) if one.tag == SECRET_SUBKEY]
    # Curve25519's messages name the whole fingerprint; another curve, or other parameters of it,
    # would give another one.
    if [one.fingerprint for one in subkeys] != [key.facts.fingerprint]:
        raise NotRenewable(key.facts.key_id)
    return made


def _recipe(key: OpeningKey, passphrase: bytes) -> PgpRecipe:
    kind = _KINDS.get(key.facts.algorithm)
    if kind is None:
        raise NotRenewable(key.facts.key_id)
    numbers = _integers(secret_numbers(unlock(_body(key), passphrase)))
    if kind is PgpKind.RSA:
        small, large = sorted(numbers[1:3])
        width = (large.bit_length() + 7) // 8
        encryption = small.to_bytes(width) + large.to_bytes(width)
        primary = encryption
    else:
        encryption, primary = numbers[0].to_bytes(_SEED, "little"), os.urandom(_SEED)
    return PgpRecipe(kind, key.facts.created.astimezone(UTC), _USER_ID, primary, encryption)


def _body(key: OpeningKey) -> bytes:
    """The key's own packet, not its owner's."""
    for packet in packets(key.alone, most=_MOST):
        is_secret = packet.tag in (SECRET_KEY, SECRET_SUBKEY)
        if is_secret and read_key(packet.body).fingerprint == key.facts.fingerprint:
            return packet.body
    raise NotRenewable(key.facts.key_id)


def _integers(numbers: bytes) -> list[int]:
    """Multiprecision integers one after the other (RFC 9580 §3.2)."""
    found, at = [], 0
    while at < len(numbers):
        end = at + 2 + (int.from_bytes(numbers[at : at + 2]) + 7) // 8
        found.append(int.from_bytes(numbers[at + 2 : end]))
        at = end
    if len(found) not in (1, 4):
        raise ValueError("other numbers than those of RSA or of a curve")
    return found
