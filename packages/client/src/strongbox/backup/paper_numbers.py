"""A back-up as few bytes as can be: of each key only the numbers from which the rest follows.

What becomes of the bytes on the page is in `paper`. docs/formats/key-backup.md describes them.
"""

import zlib
from datetime import UTC, datetime

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey, derive_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import (
    RSAPrivateKey,
    RSAPrivateNumbers,
    RSAPublicNumbers,
    rsa_crt_dmp1,
    rsa_crt_dmq1,
    rsa_crt_iqmp,
    rsa_recover_private_exponent,
)
from strongroom_formats.pgp_making import make_secret_key
from strongroom_formats.pgp_recipe import PgpKind, PgpRecipe
from strongroom_formats.pgp_transferable import MOST_BYTES as MOST_PGP
from strongroom_formats.pgp_transferable import recipe_of
from strongroom_formats.ppk_numbers import MOST_RSA_BITS, SshPrivate, public_of
from strongroom_formats.ssh_faults import KeyFault
from strongroom_formats.ssh_points import NIST_CURVES
from strongroom_formats.ssh_public_key import clean_comment

from strongbox.backup import refusals
from strongbox.backup.contents import (
    MOST_KEYS,
    Contents,
    ContentsInvalid,
    KeptPgp,
    KeptSsh,
    Site,
    check_files,
    checked_name,
    checked_packets,
)
from strongbox.backup.paper_entries import (
    MOST_SECRET,
    Entry,
    Kind,
    NumberReader,
    entry_bytes,
    read_entry,
    short_text,
)
from strongbox.keys.faces import KeyFormat, PrivateKey

_VERSION = 1


_CURVE_OF = {
    Kind.SSH_NISTP256: "nistp256",
    Kind.SSH_NISTP384: "nistp384",
    Kind.SSH_NISTP521: "nistp521",
}
_OF_CURVE = {
    "secp256r1": Kind.SSH_NISTP256,
    "secp384r1": Kind.SSH_NISTP384,
    "secp521r1": Kind.SSH_NISTP521,
}
_OF_RECIPE = {PgpKind.RSA: Kind.PGP_RSA, PgpKind.CURVE25519: Kind.PGP_CURVE25519}


def to_numbers(contents: Contents) -> bytes:
    """Return the bytes; profile and certificate are left out. Raises Refused (PAPER-TOO-MUCH)."""
    site = contents.site
    entries = [_of_ssh(one) for one in contents.ssh] + [_of_pgp(one) for one in contents.pgp]
    return b"".join(
        (
            bytes([_VERSION]),
            int(contents.made_at.timestamp()).to_bytes(4, "big"),
            *(short_text(text) for text in (site.name, site.host, site.login)),
            site.port.to_bytes(2, "big"),
            bytes([len(entries)]),
            *map(entry_bytes, entries),
        )
    )


def from_numbers(data: bytes) -> Contents:
    """Read the bytes, strictly. Raises ContentsInvalid."""
    reader = NumberReader(data)
    if reader.number(1) != _VERSION:
        raise ContentsInvalid("version", "not known")
    made_at = datetime.fromtimestamp(reader.number(4), UTC)
    name, host, login = checked_name(reader.text()), reader.text(), reader.text()
    site = Site(name, host, reader.number(2), login)
    count = reader.number(1)
    if count > MOST_KEYS:
        raise ContentsInvalid("keys", f"more than {MOST_KEYS}")
    entries = [read_entry(reader) for _ in range(count)]
    reader.end()
    contents = Contents(
        site=site,
        made_at=made_at,
        ssh=tuple(_to_ssh(one) for one in entries if one.kind < Kind.PGP_RSA),
        pgp=tuple(_to_pgp(one) for one in entries if one.kind >= Kind.PGP_RSA),
    )
    check_files(contents)
    return contents


def _of_ssh(kept: KeptSsh) -> Entry:
    private = kept.key.private
    if isinstance(private, RSAPrivateKey):
        kind, secret = Kind.SSH_RSA, _rsa_secret(private)
    elif isinstance(private, Ed25519PrivateKey):
        kind, secret = Kind.SSH_ED25519, private.private_bytes_raw()
    else:
        kind, secret = _OF_CURVE[private.curve.name], _scalar(private)
    key = kept.key
    return Entry(kind, kept.file, key.format.value, key.was_locked, key.comment, 0, secret)


def _of_pgp(kept: KeptPgp) -> Entry:
    recipe = recipe_of(kept.packets)
    if recipe is None:
        packed = zlib.compress(kept.packets, 9)
        if len(packed) > MOST_SECRET:
            raise refusals.PAPER_TOO_MUCH.because(most=MOST_SECRET)
        return Entry(Kind.PGP_PACKETS, kept.file, "", kept.was_locked, "", 0, packed)
    kind, created = _OF_RECIPE[recipe.kind], int(recipe.created.timestamp())
    secret = recipe.primary + recipe.encryption
    return Entry(kind, kept.file, "", kept.was_locked, recipe.user_id, created, secret)


def _to_ssh(entry: Entry) -> KeptSsh:
    try:
        form = KeyFormat(entry.form)
        private = _ssh_private(entry)
        public_of(private)
    except (ValueError, KeyFault) as error:
        raise ContentsInvalid("ssh", "numbers that make no key") from error
    key = PrivateKey(private, clean_comment(entry.text), form, entry.was_locked)
    return KeptSsh(entry.file, key)


def _to_pgp(entry: Entry) -> KeptPgp:
    is_whole = entry.kind is Kind.PGP_PACKETS
    packets = _unpacked(entry.secret) if is_whole else _made_again(entry)
    return KeptPgp(entry.file, checked_packets(packets), entry.was_locked)


def _made_again(entry: Entry) -> bytes:
    half = len(entry.secret) // 2
    recipe = PgpRecipe(
        kind=PgpKind.RSA if entry.kind is Kind.PGP_RSA else PgpKind.CURVE25519,
        created=datetime.fromtimestamp(entry.created, UTC),
        user_id=entry.text,
        primary=entry.secret[:half],
        encryption=entry.secret[half:],
    )
    try:
        return make_secret_key(recipe)
    except ValueError as error:
        raise ContentsInvalid("pgp", "numbers that make no key") from error


def _unpacked(data: bytes) -> bytes:
    stream = zlib.decompressobj()
    try:
        packets = stream.decompress(data, MOST_PGP)
    except zlib.error as error:
        raise ContentsInvalid("pgp", "not packed as it should be") from error
    if not stream.eof or stream.unused_data:
        raise ContentsInvalid("pgp", "packed in another size")
    return packets


def _ssh_private(entry: Entry) -> SshPrivate:
    if entry.kind is Kind.SSH_RSA:
        return _rsa_key(entry.secret)
    if entry.kind is Kind.SSH_ED25519:
        return Ed25519PrivateKey.from_private_bytes(entry.secret)
    curve = NIST_CURVES[_CURVE_OF[entry.kind]]
    return derive_private_key(int.from_bytes(entry.secret, "big"), curve)


def _rsa_secret(private: RSAPrivateKey) -> bytes:
    """The exponent in four bytes, then both primes in the width of the larger."""
    numbers = private.private_numbers()
    width = (max(numbers.p, numbers.q).bit_length() + 7) // 8
    primes = numbers.p.to_bytes(width, "big") + numbers.q.to_bytes(width, "big")
    return numbers.public_numbers.e.to_bytes(4, "big") + primes


def _rsa_key(secret: bytes) -> RSAPrivateKey:
    """Raises ValueError for numbers that make no key."""
    width = (len(secret) - 4) // 2
    if width < 64 or width > MOST_RSA_BITS // 8:
        raise ValueError("primes of a useless size")
    e = int.from_bytes(secret[:4], "big")
    p, q = (int.from_bytes(secret[at : at + width], "big") for at in (4, 4 + width))
    if min(p, q) < 3 or p == q or not p % 2 or not q % 2 or e < 3:
        raise ValueError("no primes")
    d = rsa_recover_private_exponent(e, p, q)
    public = RSAPublicNumbers(e, p * q)
    exponents = rsa_crt_dmp1(d, p), rsa_crt_dmq1(d, q)
    return RSAPrivateNumbers(p, q, d, *exponents, rsa_crt_iqmp(p, q), public).private_key()


def _scalar(private: EllipticCurvePrivateKey) -> bytes:
    width = (private.key_size + 7) // 8
    return private.private_numbers().private_value.to_bytes(width, "big")
