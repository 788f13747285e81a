"""Public keys in ASN.1 as OpenSSL writes them, made into SSH blobs (RFC 5280, 5480, 8017, 8410).

The DER reader is shared with the search for private keys; PEM armour is read by the callers.
"""

from strongroom_formats.ssh_faults import KeyFault, KeyProblem, malformed
from strongroom_formats.ssh_public_key import ecdsa_blob, ed25519_blob, rsa_blob

SEQUENCE, INTEGER, BIT_STRING, OCTET_STRING, NULL, OBJECT = 0x30, 0x02, 0x03, 0x04, 0x05, 0x06

RSA_OBJECT = bytes.fromhex("2a864886f70d010101")
EC_OBJECT = bytes.fromhex("2a8648ce3d0201")
ED25519_OBJECT = bytes.fromhex("2b6570")
DSA_OBJECT = bytes.fromhex("2a8648ce380401")
CURVE_OBJECTS = {
    bytes.fromhex("2a8648ce3d030107"): "nistp256",
    bytes.fromhex("2b81040022"): "nistp384",
    bytes.fromhex("2b81040023"): "nistp521",
}

_MOST_LENGTH_BYTES = 4


class DerReader:
    """Reads DER values one after the other; every fault is a KeyFault."""

    __slots__ = ("_at", "_data")

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def next_tag(self) -> int | None:
        """The tag of the next value, None at the end."""
        return self._data[self._at] if self._at < len(self._data) else None

    def header(self, tag: int) -> int:
        """Step over the head of a value with this tag; returns the length of its content."""
        found = self.next_tag()
        if found is None:
            raise KeyFault(KeyProblem.CUT_OFF, "ASN.1", missing=1, is_exact=False)
        if found != tag:
            raise malformed(f"ASN.1 tag {found:#04x} where {tag:#04x} belongs")
        self._at += 1
        return self._length()

    def value(self, tag: int) -> bytes:
        """The content of the next value, which has to have this tag."""
        size = self.header(tag)
        missing = self._at + size - len(self._data)
        if missing > 0:
            raise KeyFault(KeyProblem.CUT_OFF, "ASN.1", missing=missing)
        self._at += size
        return self._data[self._at - size : self._at]

    def positive(self) -> int:
        """The next value as an INTEGER that is not negative, in its shortest form."""
        content = self.value(INTEGER)
        if not content or content[0] & 0x80:
            raise malformed("an ASN.1 integer that is negative or empty")
        if len(content) > 1 and content[0] == 0 and not content[1] & 0x80:
            raise malformed("an ASN.1 integer with a zero too many")
        return int.from_bytes(content, "big")

    def end(self) -> None:
        """Nothing may follow."""
        if self._at != len(self._data):
            raise malformed(f"{len(self._data) - self._at} bytes follow the key")

    def _length(self) -> int:
        """X.690 section 10.1: definite, and in the fewest bytes."""
        head = self._data[self._at : self._at + 1]
        count = head[0] & 0x7F if head and head[0] & 0x80 else 0
        octets = self._data[self._at + 1 : self._at + 1 + count]
        if not head or len(octets) < count:
            raise KeyFault(KeyProblem.CUT_OFF, "ASN.1", missing=1, is_exact=False)
        self._at += 1 + count
        if not head[0] & 0x80:
            return head[0]
        size = int.from_bytes(octets, "big")
        if not 0 < count <= _MOST_LENGTH_BYTES or octets[0] == 0 or size < 0x80:
            raise malformed("an ASN.1 length that is not in its shortest form")
        return size


def blob_from_public_info(data: bytes) -> bytes:
    """The blob of a SubjectPublicKeyInfo, `BEGIN PUBLIC KEY` (RFC 5280 section 4.1).

    Raises KeyFault. The numbers themselves are checked by `read_blob`.
    """
    outer = DerReader(data)
    inside = DerReader(outer.value(SEQUENCE))
    outer.end()
    kind = DerReader(inside.value(SEQUENCE))
    bits = inside.value(BIT_STRING)
    inside.end()
    if not bits or bits[0] != 0:
        raise malformed("a key that is no whole number of bytes")
    algorithm = kind.value(OBJECT)
    if algorithm == RSA_OBJECT:
        return blob_from_rsa_public(bits[1:])
    if algorithm == EC_OBJECT:
        return _ec_blob(kind.value(OBJECT), bits[1:])
    if algorithm == ED25519_OBJECT:
        return ed25519_blob(bits[1:])
    if algorithm == DSA_OBJECT:
        raise KeyFault(KeyProblem.DSA, "DSA in ASN.1")
    raise KeyFault(KeyProblem.UNKNOWN_KIND, f"ASN.1 object {algorithm[:16].hex()}")


def blob_from_rsa_public(data: bytes) -> bytes:
    """The blob of an RSAPublicKey, `BEGIN RSA PUBLIC KEY` (RFC 8017 appendix A.1.1).

    Raises KeyFault.
    """
    outer = DerReader(data)
    inside = DerReader(outer.value(SEQUENCE))
    outer.end()
    modulus, exponent = inside.positive(), inside.positive()
    inside.end()
    return rsa_blob(exponent, modulus)


def _ec_blob(curve: bytes, point: bytes) -> bytes:
    if curve not in CURVE_OBJECTS:
        raise KeyFault(KeyProblem.UNKNOWN_KIND, f"ASN.1 curve {curve[:16].hex()}")
    return ecdsa_blob(CURVE_OBJECTS[curve], point)
