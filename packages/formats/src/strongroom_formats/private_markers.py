"""The words by which private keys in text give themselves away, however the text was mangled.

Keys in binary are found by `private_der` and `private_openpgp`.
"""

import base64
import re
from collections.abc import Iterator

from strongroom_formats.private_kinds import PrivateFinding, PrivateKind, TooDense
from strongroom_formats.ssh_public_key import ecdsa_blob, ed25519_blob, rsa_blob

# What is left: ASCII without white space, the marks of quoting in mail, and the back-slashes of
# JSON in JSON. So UTF-16, byte order marks, no-break spaces and broken lines all fall away.
_NO_TEXT = bytes(set(range(256)) - (set(range(0x21, 0x7F)) - set(b">|\\")))

_MARKERS = (
    (
        PrivateKind.PEM,
        re.compile(
            rb"-(?:BEGIN|END)[A-Z0-9]{0,24}?(?:PRIVATE|SECRET)KEY"
            rb"|BEGIN(?:RSA|DSA|EC|OPENSSH|(?:SSH2)?ENCRYPTED|PGP)(?:PRIVATE|SECRET)KEY"
            rb"|END(?:RSA|DSA|EC|OPENSSH|(?:SSH2)?ENCRYPTED|PGP)(?:PRIVATE|SECRET)KEY"
            rb"|(?:BEGIN|END)PRIVATEKEY-"
            rb"|PROC-TYPE:4,ENCRYPTED"
        ),
    ),
    (
        PrivateKind.PUTTY,
        re.compile(
            rb"PUTTY-USER-KEY-FILE-?[0-9]|PRIVATE-LINES:[0-9]|PRIVATE-MAC:[0-9A-F]{16}"
            rb"|PUTTY-PRIVATE-KEY-FILE-ENCRYPTION"
        ),
    ),
    (PrivateKind.SSH_COM, re.compile(rb"SSHPRIVATEKEYFILEFORMAT1\.")),
    (
        PrivateKind.OPENPGP,
        re.compile(rb"\((?:[0-9]{2}:)?(?:PROTECTED-)?PRIVATE-KEY\("),
    ),
)
_OPENSSH_IN_BASE64 = base64.b64encode(b"openssh-key-v1")[:18]
_OPENSSH = b"openssh-key-v1\0"

_JSON_OBJECT = re.compile(rb"\{[^{}]{40,40000}+\}")
_JWK_MEMBER = re.compile(rb'"(kty|crv|n|e|x|y|d)":"([A-Za-z0-9_-]{2,4000}+)"')
_JWK_CURVES = {b"P-256": "nistp256", b"P-384": "nistp384", b"P-521": "nistp521"}
_MOST_OBJECTS = 1000


def find_markers(data: bytes) -> Iterator[PrivateFinding]:
    """What text in `data` says of private keys. Linear in `data`, which the caller has bounded.

    Raises TooDense for more JSON than anyone has reason to send.
    """
    compact = data.translate(None, _NO_TEXT)
    upper = compact.upper()
    for kind, pattern in _MARKERS:
        if pattern.search(upper):
            yield PrivateFinding(kind)
    if _OPENSSH in data or _OPENSSH_IN_BASE64 in compact:
        yield PrivateFinding(PrivateKind.OPENSSH)
    if b'"kty":"' in compact:
        yield from _json_web_keys(compact)


def _json_web_keys(compact: bytes) -> Iterator[PrivateFinding]:
    """RFC 7517 and 7518: the member `d` is the private number of RSA, EC and OKP keys."""
    for count, found in enumerate(_JSON_OBJECT.finditer(compact)):
        if count == _MOST_OBJECTS:
            raise TooDense("JSON")
        members = dict(_JWK_MEMBER.findall(found[0]))
        if b"d" in members and b"kty" in members:
            yield PrivateFinding(PrivateKind.JWK, blob=_jwk_blob(members))


def _jwk_blob(members: dict[bytes, bytes]) -> bytes:
    numbers = {name: _unpadded(members.get(name, b"")) for name in (b"n", b"e", b"x", b"y")}
    curve = members.get(b"crv", b"")
    if members[b"kty"] == b"RSA":
        return rsa_blob(int.from_bytes(numbers[b"e"], "big"), int.from_bytes(numbers[b"n"], "big"))
    if curve in _JWK_CURVES:
        return ecdsa_blob(_JWK_CURVES[curve], b"\x04" + numbers[b"x"] + numbers[b"y"])
    return ed25519_blob(numbers[b"x"]) if curve == b"Ed25519" else b""


def _unpadded(text: bytes) -> bytes:
    """Base64 for URLs, without padding (RFC 7515 section 2); a stray last digit is dropped."""
    whole = text[: len(text) - (len(text) % 4 == 1)]
    return base64.urlsafe_b64decode(whole + b"=" * (-len(whole) % 4))
