"""An SSH public key as its canonical blob, read strictly: the only value that is ever enrolled.

Files that hold keys, and which keys are strong enough, are read and judged on the server.
"""

import base64
import hashlib
from dataclasses import dataclass
from enum import StrEnum

from strongroom_formats.fingerprint_words import fingerprint_words
from strongroom_formats.one_line import clean_text
from strongroom_formats.ssh_faults import KeyFault, KeyProblem, malformed
from strongroom_formats.ssh_points import (
    check_ed25519_point,
    check_nist_point,
    nist_point_size,
)
from strongroom_formats.ssh_wire import WireReader, positive_integer, wire_integer, wire_string

MOST_MODULUS_BITS = 16_384
"""A larger RSA modulus is not even looked at (ATK-17); 8,192 bits is the most that is enrolled."""

LEAST_EXPONENT = 17
"""The smallest RSA exponent that a real tool ever made; see `_check_exponent`."""

MOST_EXPONENT_BITS = 32
COMMENT_MOST = 64
BLOB_MOST = 4 * 1024
"""Bytes of the longest blob that is looked at; RSA with 16,384 bits has about 2,100."""

_NAME_MOST = 64
_ED25519_SIZE = 32


class SshAlgorithm(StrEnum):
    """The kinds of keys that are read, by their names on the wire (RFC 4253, 5656, 8709)."""

    RSA = "ssh-rsa"
    ED25519 = "ssh-ed25519"
    ECDSA_256 = "ecdsa-sha2-nistp256"
    ECDSA_384 = "ecdsa-sha2-nistp384"
    ECDSA_521 = "ecdsa-sha2-nistp521"


@dataclass(frozen=True, slots=True)
class SshPublicKey:
    """One key. Made by `read_blob` alone, so that whoever holds one holds a checked one.

    `bits` is the size of the modulus or of the curve's field. Equal keys have equal blobs.
    """

    algorithm: SshAlgorithm
    blob: bytes
    bits: int

    @property
    def fingerprint_sha256(self) -> str:
        """The fingerprint as OpenSSH and PuTTY print it: `SHA256:` and 43 characters."""
        return sha256_fingerprint(self.blob)

    @property
    def fingerprint_md5(self) -> str:
        """The old fingerprint, for comparison with old tools only: `MD5:aa:bb:…`."""
        digest = hashlib.md5(self.blob, usedforsecurity=False).digest()
        return "MD5:" + digest.hex(":")

    @property
    def words(self) -> str:
        """The fingerprint in five words, to be compared by telephone or on two screens."""
        return fingerprint_words(hashlib.sha256(self.blob).digest())

    def openssh_line(self, comment: str = "") -> str:
        """One line as in `authorized_keys`, without a line end; the comment is cleaned first."""
        encoded = base64.b64encode(self.blob).decode("ascii")
        return f"{self.algorithm} {encoded} {clean_comment(comment)}".rstrip()


@dataclass(frozen=True, slots=True)
class RsaNumbers:
    """The two numbers of an RSA public key."""

    exponent: int
    modulus: int


def sha256_fingerprint(blob: bytes) -> str:
    """Fingerprint of a blob, whether or not it is a key that could be enrolled."""
    digest = base64.b64encode(hashlib.sha256(blob).digest()).decode("ascii")
    return "SHA256:" + digest.rstrip("=")


def clean_comment(text: str) -> str:
    """A key's comment as a label: one line, printable, at most 64 characters (ATK-39)."""
    line = clean_text(" ".join(text[: 4 * COMMENT_MOST].split()), COMMENT_MOST)
    return "".join(character for character in line if character.isprintable())


def read_blob(blob: bytes) -> SshPublicKey:
    """Read a key from its whole blob; there is one blob for each key.

    Raises KeyFault with the exact reason (ATK-17).
    """
    reader = WireReader(blob)
    algorithm = _algorithm(reader)
    match algorithm:
        case SshAlgorithm.RSA:
            bits = _read_rsa(reader).modulus.bit_length()
        case SshAlgorithm.ED25519:
            bits = _read_ed25519(reader)
        case _:
            bits = _read_ecdsa(reader, str(algorithm).removeprefix("ecdsa-sha2-"))
    reader.end()
    return SshPublicKey(algorithm, blob, bits)


def rsa_numbers(key: SshPublicKey) -> RsaNumbers:
    """The numbers of an RSA key. Raises ValueError for a key of another kind."""
    if key.algorithm is not SshAlgorithm.RSA:
        raise ValueError(f"a key of the kind {key.algorithm} has no modulus")
    reader = WireReader(key.blob)
    _algorithm(reader)
    return _read_rsa(reader)


def rsa_blob(exponent: int, modulus: int) -> bytes:
    """The blob of RSA numbers from another format, unchecked (RFC 4253 section 6.6)."""
    return wire_string(b"ssh-rsa") + wire_integer(exponent) + wire_integer(modulus)


def ed25519_blob(point: bytes) -> bytes:
    """The blob of an Ed25519 point from another format, unchecked (RFC 8709 section 4)."""
    return wire_string(b"ssh-ed25519") + wire_string(point)


def ecdsa_blob(curve: str, point: bytes) -> bytes:
    """The blob of a point on `curve`, such as nistp256, unchecked (RFC 5656 section 3.1)."""
    name = curve.encode("ascii")
    return wire_string(b"ecdsa-sha2-" + name) + wire_string(name) + wire_string(point)


def length_of_blob(start: bytes) -> int:
    """How long the blob is that begins in `start`, from the lengths it states.

    Raises KeyFault: CUT_OFF where `start` is too short to tell or for the whole, and as `read_blob`
    for what is no key; what follows the blob does not matter.
    """
    reader = WireReader(start)
    algorithm = _algorithm(reader)
    match algorithm:
        case SshAlgorithm.RSA:
            _rsa_fields(reader)
        case SshAlgorithm.ED25519:
            reader.last_string("the key", most=BLOB_MOST)
        case _:
            reader.string("the curve's name", most=BLOB_MOST)
            reader.last_string("the point", most=BLOB_MOST)
    return reader.position


def _algorithm(reader: WireReader) -> SshAlgorithm:
    name = reader.string("the name of its kind", most=_NAME_MOST)
    try:
        return SshAlgorithm(name.decode("ascii"))
    except ValueError:
        raise _kind_fault(clean_text(name.decode("latin-1"), _NAME_MOST)) from None


def _kind_fault(name: str) -> KeyFault:
    if "-cert-v0" in name:
        return KeyFault(KeyProblem.CERTIFICATE, name)
    if name.startswith("sk-"):
        return KeyFault(KeyProblem.SECURITY_KEY, name)
    if name == "ssh-dss":
        return KeyFault(KeyProblem.DSA, name)
    return KeyFault(KeyProblem.UNKNOWN_KIND, name)


def _read_rsa(reader: WireReader) -> RsaNumbers:
    exponent_field, modulus_field = _rsa_fields(reader)
    exponent = positive_integer(exponent_field, "the exponent")
    _check_exponent(exponent)
    modulus = positive_integer(modulus_field, "the modulus")
    if modulus.bit_length() > MOST_MODULUS_BITS:
        raise KeyFault(KeyProblem.TOO_LARGE, f"it has more than {MOST_MODULUS_BITS} bits")
    if modulus % 2 == 0 or modulus <= exponent:
        raise malformed("the modulus is even or tiny, and so not one of RSA")
    return RsaNumbers(exponent, modulus)


def _rsa_fields(reader: WireReader) -> tuple[bytes, bytes]:
    """The two fields, whose stated sizes are judged before a byte of them is wanted."""
    most_exponent, most_modulus = MOST_EXPONENT_BITS // 8 + 1, MOST_MODULUS_BITS // 8 + 1
    if reader.stated_length("the exponent") > most_exponent:
        raise KeyFault(KeyProblem.EXPONENT, f"it has more than {MOST_EXPONENT_BITS} bits")
    exponent = reader.string("the exponent", most=most_exponent)
    if reader.stated_length("the modulus") > most_modulus:
        raise KeyFault(KeyProblem.TOO_LARGE, f"it has more than {MOST_MODULUS_BITS} bits")
    return exponent, reader.last_string("the modulus", most=most_modulus)


def _check_exponent(exponent: int) -> None:
    """With 1 anybody can sign; an even one cannot work; 3 and its neighbours made verifiers that
    read the padding loosely accept made-up signatures (CVE-2006-4339). Old ssh-keygen took 35 and
    PuTTYgen took 37 for years, and those pairs are good: 17 and more, odd, up to 32 bits.
    """
    if exponent < LEAST_EXPONENT or exponent % 2 == 0:
        raise KeyFault(KeyProblem.EXPONENT, f"it is {exponent}")
    if exponent.bit_length() > MOST_EXPONENT_BITS:
        raise KeyFault(KeyProblem.EXPONENT, f"it has more than {MOST_EXPONENT_BITS} bits")


def _read_ed25519(reader: WireReader) -> int:
    size = reader.stated_length("the key")
    if size != _ED25519_SIZE:
        raise malformed(f"an Ed25519 key has {_ED25519_SIZE} bytes, not {size}")
    check_ed25519_point(reader.last_string("the key", most=_ED25519_SIZE))
    return 256


def _read_ecdsa(reader: WireReader, curve: str) -> int:
    named = reader.string("the curve's name", most=len(curve))
    if named != curve.encode("ascii"):
        raise malformed(f"the curve is not {curve}, which the kind of key names")
    size = nist_point_size(curve)
    if reader.stated_length("the point") != size:
        raise malformed(f"a point of {curve} has {size} bytes")
    check_nist_point(curve, reader.last_string("the point", most=size))
    return int(curve.removeprefix("nistp"))
