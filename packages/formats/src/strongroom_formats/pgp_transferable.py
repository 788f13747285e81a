"""A transferable secret key, packet by packet: locked, unlocked, its certificate, its recipe.

How one packet is locked stands in `pgp_secret_packets`; armour in `pgp_armour`.
"""

from collections.abc import Callable
from datetime import UTC, datetime

from strongroom_formats.pgp_keys import KeyFacts, read_key
from strongroom_formats.pgp_making import make_secret_key, packet
from strongroom_formats.pgp_packets import (
    PUBLIC_KEY,
    PUBLIC_SUBKEY,
    SECRET_KEY,
    SECRET_SUBKEY,
    USER_ID,
    Packet,
    PgpFormatError,
    broken,
    packets,
)
from strongroom_formats.pgp_recipe import EDDSA, RSA, PgpKind, PgpRecipe
from strongroom_formats.pgp_secret_packets import (
    is_locked,
    lock,
    public_body,
    secret_numbers,
    unlock,
)

MOST_BYTES = 64 * 1024
"""Of a secret key: hundreds of signatures fit; more is only work for us."""

_MOST_PACKETS = 512
_MOST_SECRETS = 16
_SEED = 32

Salts = Callable[[int], bytes]
"""Returns that many fresh random bytes."""


def read_secret_key(data: bytes) -> tuple[Packet, ...]:
    """The packets of one secret key, the primary first.

    Raises PgpFormatError for anything else, for two keys, and for what only keeps us busy.
    """
    if len(data) > MOST_BYTES:
        raise broken(f"more than {MOST_BYTES} bytes")
    found = packets(data, most=_MOST_PACKETS)
    secrets = [one for one in found if one.tag in (SECRET_KEY, SECRET_SUBKEY)]
    if not found or found[0].tag != SECRET_KEY or len(secrets) > _MOST_SECRETS:
        raise broken("no secret key begins here")
    if sum(one.tag in (SECRET_KEY, PUBLIC_KEY) for one in found) != 1:
        raise broken("more than one key")
    return found


def facts_of(key: tuple[Packet, ...]) -> KeyFacts:
    """Algorithm, time and fingerprint of the primary key. Raises PgpFormatError."""
    return read_key(key[0].body)


def needs_passphrase(key: tuple[Packet, ...]) -> bool:
    """Whether any of its secrets is locked. Raises PgpFormatError, ProtectionUnknown."""
    return any(is_locked(one.body) for one in key if one.tag in (SECRET_KEY, SECRET_SUBKEY))


def unlocked(data: bytes, passphrase: bytes) -> bytes:
    """The same key with nothing locked. Raises PassphraseWrong, ProtectionUnknown, PgpFormatError.

    Each secret takes up to a quarter of a second.
    """
    return _changed(data, lambda body: unlock(body, passphrase))


def locked(data: bytes, passphrase: bytes, salts: Salts) -> bytes:
    """An unlocked key with every secret locked. Raises as `unlocked`."""
    return _changed(data, lambda body: lock(body, passphrase, salt=salts(8), iv=salts(16)))


def certificate_of(data: bytes) -> bytes:
    """The packets that everybody may see. Raises PgpFormatError, ProtectionUnknown."""
    public = {SECRET_KEY: PUBLIC_KEY, SECRET_SUBKEY: PUBLIC_SUBKEY}
    return b"".join(
        packet(public[one.tag], public_body(one.body)) if one.tag in public else one.raw
        for one in read_secret_key(data)
    )


def recipe_of(data: bytes) -> PgpRecipe | None:
    """The recipe that gives exactly this unlocked key, None where a key was made otherwise."""
    key = read_secret_key(data)
    if [one.tag for one in key] != [SECRET_KEY, USER_ID, 2, SECRET_SUBKEY, 2]:
        return None
    try:
        recipe = _guess(key)
        return recipe if recipe is not None and make_secret_key(recipe) == data else None
    except (PgpFormatError, ValueError):
        return None


def _guess(key: tuple[Packet, ...]) -> PgpRecipe | None:
    first, second = key[0].body, key[3].body
    kind = {RSA: PgpKind.RSA, EDDSA: PgpKind.CURVE25519}.get(first[5])
    if kind is None:
        return None
    return PgpRecipe(
        kind=kind,
        created=datetime.fromtimestamp(int.from_bytes(first[1:5], "big"), UTC),
        user_id=key[1].body.decode(),
        primary=_secret(kind, secret_numbers(first), order="big"),
        encryption=_secret(kind, secret_numbers(second), order="little"),
    )


def _secret(kind: PgpKind, numbers: bytes, *, order: str) -> bytes:
    found = _integers(numbers)
    if kind is PgpKind.RSA:
        small, large = found[1], found[2]
        width = (large.bit_length() + 7) // 8
        return small.to_bytes(width, "big") + large.to_bytes(width, "big")
    return found[0].to_bytes(_SEED, "little" if order == "little" else "big")


def _integers(numbers: bytes) -> list[int]:
    found, at = [], 0
    while at < len(numbers):
        end = at + 2 + (int.from_bytes(numbers[at : at + 2], "big") + 7) // 8
        found.append(int.from_bytes(numbers[at + 2 : end], "big"))
        at = end
    return found


def _changed(data: bytes, change: Callable[[bytes], bytes]) -> bytes:
    return b"".join(
        packet(one.tag, change(one.body)) if one.tag in (SECRET_KEY, SECRET_SUBKEY) else one.raw
        for one in read_secret_key(data)
    )
