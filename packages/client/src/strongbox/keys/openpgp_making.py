"""New OpenPGP keys, made on this machine and locked before they touch the disk (KEY-17).

GnuPG 2.2, Sequoia and whatever is newer read them. Their packets are made in
`strongroom_formats.pgp_making`, not by pysequoia: that cannot lock a key, and says of every key
it makes that the owner reads encryption which GnuPG 2.2 does not.
"""

import os
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from strongroom_formats.pgp_armour import PRIVATE_BLOCK, PUBLIC_BLOCK, armoured
from strongroom_formats.pgp_making import make_secret_key
from strongroom_formats.pgp_recipe import (
    EXPONENT,
    MOST_USER_ID,
    PgpKind,
    PgpRecipe,
    check_user_id,
    clamped,
    primes_of,
)
from strongroom_formats.pgp_transferable import certificate_of, facts_of, locked, read_secret_key

from strongbox.keys import refusals

_SEED = 32


class NewPgpKind(StrEnum):
    """The kinds of OpenPGP keys that are made; RSA is what every program reads."""

    RSA_3072 = "rsa-3072"
    RSA_4096 = "rsa-4096"
    CURVE25519 = "curve25519"


@dataclass(frozen=True, slots=True)
class PgpPair:
    """Both halves, armoured, and the fingerprint in upper-case hex."""

    secret: bytes = field(repr=False)
    certificate: bytes
    fingerprint: str


def make_pgp_key(
    user_id: str,
    passphrase: bytes | None,
    *,
    at: datetime,
    kind: NewPgpKind = NewPgpKind.RSA_3072,
) -> PgpPair:
    """Make a key for `user_id`, such as `Name <address>`; RSA takes a second or several.

    Locked unless `passphrase` is None. Raises Refused (PGP-USER-ID).
    """
    try:
        check_user_id(user_id)
    except ValueError as error:
        raise refusals.PGP_USER_ID.because(text=user_id, most=MOST_USER_ID) from error
    plain = make_secret_key(_recipe(user_id, at, kind))
    packets = plain if passphrase is None else locked(plain, passphrase, os.urandom)
    return PgpPair(
        secret=armoured(packets, PRIVATE_BLOCK),
        certificate=armoured(certificate_of(plain), PUBLIC_BLOCK),
        fingerprint=facts_of(read_secret_key(plain)).fingerprint,
    )


def user_id_of(name: str, email: str) -> str:
    """`Name <address>` as programs expect it. Raises Refused (PGP-USER-ID)."""
    text = f"{name} <{email}>"
    if not name or set(name + email) & set("<>") or email.count("@") != 1 or " " in email:
        raise refusals.PGP_USER_ID.because(text=text, most=MOST_USER_ID)
    return text


def _recipe(user_id: str, at: datetime, kind: NewPgpKind) -> PgpRecipe:
    created = at.replace(microsecond=0)
    if kind is NewPgpKind.CURVE25519:
        scalar = clamped(os.urandom(_SEED))
        return PgpRecipe(PgpKind.CURVE25519, created, user_id, os.urandom(_SEED), scalar)
    bits = int(kind.removeprefix("rsa-"))
    primary, encryption = (
        primes_of(generate_private_key(public_exponent=EXPONENT, key_size=bits)) for _ in range(2)
    )
    return PgpRecipe(PgpKind.RSA, created, user_id, primary, encryption)
