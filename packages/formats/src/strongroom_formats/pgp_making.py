"""An OpenPGP certificate made from its recipe: the same recipe gives the same bytes, always.

The form is the one that GnuPG 2.2 makes and reads: a primary key that certifies and signs, one
subkey that encrypts. Nothing here is random, so a paper with the recipe brings all of it back.
Sources: RFC 4880 and RFC 9580, sections 5.2 (signatures) and 10.1 (the order of packets).
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA512

from strongroom_formats.pgp_keys import read_key
from strongroom_formats.pgp_packets import SECRET_KEY, SECRET_SUBKEY, SIGNATURE, USER_ID
from strongroom_formats.pgp_recipe import (
    EDDSA,
    RSA,
    PgpKind,
    PgpRecipe,
    check_user_id,
    encryption_body,
    mpi,
    primary_body,
    rsa_key,
    seconds,
)
from strongroom_formats.pgp_secret_packets import public_body

_POSITIVE_CERTIFICATION, _SUBKEY_BINDING = 0x13, 0x18
_SHA512_ID = 10
_CERTIFY_AND_SIGN, _ENCRYPT = b"\x03", b"\x0c"
# Subpackets of section 5.2.3: what the owner prefers. No compression, because several readers
# cannot verify a signature inside compressed inside encrypted data; integrity protection of the
# kind that GnuPG 2.2 reads, and no newer one.
_PREFERENCES: Sequence[tuple[int, bytes]] = (
    (11, bytes([9, 8, 7])),
    (21, bytes([10, 9, 8])),
    (22, bytes([0])),
    (23, bytes([0x80])),
    (25, bytes([1])),
    (30, bytes([1])),
)


@dataclass(frozen=True, slots=True)
class _Signer:
    """The primary key, ready to sign."""

    recipe: PgpRecipe
    public: bytes
    fingerprint: bytes


def make_secret_key(recipe: PgpRecipe) -> bytes:
    """The packets of the whole secret key, not locked: lock them before they touch a disk.

    Raises PgpFormatError for secrets that make no key, ValueError for a user id that is none.
    """
    check_user_id(recipe.user_id)
    primary, subkey = primary_body(recipe), encryption_body(recipe)
    public = public_body(primary)
    signer = _Signer(recipe, public, bytes.fromhex(read_key(public).fingerprint))
    name = recipe.user_id.encode()
    about_name = _framed(public) + b"\xb4" + len(name).to_bytes(4, "big") + name
    about_subkey = _framed(public) + _framed(public_body(subkey))
    use = ((27, _CERTIFY_AND_SIGN), *_PREFERENCES)
    return b"".join(
        (
            packet(SECRET_KEY, primary),
            packet(USER_ID, name),
            _signature(signer, _POSITIVE_CERTIFICATION, use, about_name),
            packet(SECRET_SUBKEY, subkey),
            _signature(signer, _SUBKEY_BINDING, ((27, _ENCRYPT),), about_subkey),
        )
    )


def packet(tag: int, body: bytes) -> bytes:
    """A packet with the header that RFC 4880 section 4.2.1 calls old, as GnuPG writes keys."""
    if tag < 16 and len(body) <= 0xFFFF:
        width = 0 if len(body) < 256 else 1
        return bytes([0x80 | tag << 2 | width]) + len(body).to_bytes(1 << width, "big") + body
    return bytes([0xC0 | tag, 0xFF]) + len(body).to_bytes(4, "big") + body


def _signature(signer: _Signer, kind: int, use: Sequence[tuple[int, bytes]], about: bytes) -> bytes:
    """A version 4 signature by the primary key, made at the moment when the key was."""
    algorithm = RSA if signer.recipe.kind is PgpKind.RSA else EDDSA
    made = (2, seconds(signer.recipe.created))
    by = (33, b"\x04" + signer.fingerprint)
    hashed = _subpackets((by, made, *use))
    head = bytes([4, kind, algorithm, _SHA512_ID]) + len(hashed).to_bytes(2, "big") + hashed
    trailer = b"\x04\xff" + len(head).to_bytes(4, "big")
    digest = hashlib.sha512(about + head + trailer).digest()
    hint = _subpackets(((16, signer.fingerprint[-8:]),))
    body = head + len(hint).to_bytes(2, "big") + hint + digest[:2] + _signed(signer, digest)
    return packet(SIGNATURE, body)


def _signed(signer: _Signer, digest: bytes) -> bytes:
    """Both ways of signing are deterministic (RFC 8017 section 8.2, RFC 8032)."""
    secret = signer.recipe.primary
    if signer.recipe.kind is PgpKind.RSA:
        key = rsa_key(secret)
        return mpi(int.from_bytes(key.sign(digest, PKCS1v15(), Prehashed(SHA512())), "big"))
    both = Ed25519PrivateKey.from_private_bytes(secret).sign(digest)
    return mpi(int.from_bytes(both[:32], "big")) + mpi(int.from_bytes(both[32:], "big"))


def _subpackets(given: Sequence[tuple[int, bytes]]) -> bytes:
    """All of ours are shorter than 192 bytes (section 5.2.3.1)."""
    return b"".join(bytes([1 + len(content), kind]) + content for kind, content in given)


def _framed(public: bytes) -> bytes:
    return b"\x99" + len(public).to_bytes(2, "big") + public
