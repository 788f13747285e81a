"""Whether the point in an elliptic-curve key is one that an honest tool would have made.

The lengths and names around the points are read in `ssh_public_key`.
"""

from cryptography.hazmat.primitives.asymmetric import ec

from strongroom_formats.ssh_faults import malformed

NIST_CURVES: dict[str, ec.EllipticCurve] = {
    "nistp256": ec.SECP256R1(),
    "nistp384": ec.SECP384R1(),
    "nistp521": ec.SECP521R1(),
}
"""The curves of RFC 5656 section 10.1, by their names on the wire."""

_FIELD = 2**255 - 19
_D = -121665 * pow(121666, -1, _FIELD) % _FIELD
_ROOT_OF_MINUS_ONE = pow(2, (_FIELD - 1) // 4, _FIELD)


def nist_point_size(curve: str) -> int:
    """Bytes of an uncompressed point: the mark 0x04 and two coordinates (SEC 1 section 2.3.3)."""
    return 1 + 2 * ((NIST_CURVES[curve].key_size + 7) // 8)


def check_nist_point(curve: str, point: bytes) -> None:
    """Raises KeyFault: MALFORMED for any but an uncompressed point on the curve (RFC 5656 §3.1)."""
    if len(point) != nist_point_size(curve) or point[0] != 4:
        raise malformed(f"the point is not an uncompressed one of {curve}")
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(NIST_CURVES[curve], point)
    except ValueError:
        raise malformed(f"the point is not on the curve {curve}") from None


def check_ed25519_point(encoded: bytes) -> None:
    """Raises KeyFault: MALFORMED for 32 bytes that are no point or one of small order.

    RFC 8032 section 5.1.3. With one of the eight points of small order as the key, signatures
    can be made up without any private key, and not every verifier looks.
    """
    y = int.from_bytes(encoded, "little")
    sign, y = y >> 255, y & (2**255 - 1)
    if y >= _FIELD:
        raise malformed("the Ed25519 point is not in its canonical form")
    x = _root((y * y - 1) * pow(_D * y * y + 1, -1, _FIELD) % _FIELD)
    if x == 0 and sign:
        raise malformed("the Ed25519 point is not in its canonical form")
    for _ in range(3):
        x, y = _doubled(x, y)
    if (x, y) == (0, 1):
        raise malformed("the Ed25519 point has a small order")


def _root(square: int) -> int:
    """One of the two roots; its sign does not matter to the order of the point."""
    root = pow(square, (_FIELD + 3) // 8, _FIELD)
    if root * root % _FIELD != square:
        root = root * _ROOT_OF_MINUS_ONE % _FIELD
    if root * root % _FIELD != square:
        raise malformed("the Ed25519 point is not on the curve")
    return root


def _doubled(x: int, y: int) -> tuple[int, int]:
    """The law of addition is complete on this curve: no divisor is ever zero (RFC 8032 §5.1)."""
    cross = _D * x * x * y * y % _FIELD
    return (
        2 * x * y * pow(1 + cross, -1, _FIELD) % _FIELD,
        (y * y + x * x) * pow(1 - cross, -1, _FIELD) % _FIELD,
    )
