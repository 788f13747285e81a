"""The firm's own OpenPGP key, which signs every copy: making it and showing its public half.

Where it is kept is decided by the configuration; recipients' certificates are read elsewhere.
"""

import pysequoia
from strongroom_formats.pgp_secrets import find_secrets

_LONGEST_NAME = 128


def make_firm_key(firm: str) -> bytes:
    """A new signing key without an end date, for the user id `firm`; binary, no passphrase.

    Version 4 with Curve25519, which GnuPG reads since 2.1; version 6 keys (RFC 9580) it cannot.
    Raises ValueError for a name that cannot stand in a user id.
    """
    if not firm or len(firm) > _LONGEST_NAME or not firm.isprintable() or firm != firm.strip():
        raise ValueError(f"not a firm's name: {firm!r}")
    key = pysequoia.Tsk.generate(
        firm,
        profile=pysequoia.Profile.RFC4880,
        cipher_suite=pysequoia.CipherSuite.Cv25519,
    )
    return bytes(key)


def public_certificate(key: bytes) -> bytes:
    """The armoured public half of the firm's key, to be given to recipients.

    Raises ValueError when `key` is no secret OpenPGP key.
    """
    # pysequoia takes a public certificate for a secret key without a word.
    if not find_secrets(key).is_present:
        raise ValueError("not a secret OpenPGP key")
    try:
        certificate = pysequoia.Tsk.from_bytes(key).extract_certificate()
    except RuntimeError as error:
        raise ValueError("not a secret OpenPGP key") from error
    return str(certificate).encode()
