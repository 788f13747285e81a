"""Files that are no private key, told by what they are instead, so that the right one is found.

Private keys are read in `reading`.
"""

import re

from strongroom_formats.private_kinds import PrivateKind, TooDense
from strongroom_formats.private_material import find_private

from strongbox.keys import refusals
from strongbox.refusal import RefusalKind, Refused

_KIND = rb"(?:ssh-(?:rsa|dss|ed25519)|ecdsa-sha2-nistp\d{3}|sk-[a-z0-9@.-]{1,60})"
_CERTIFICATE = re.compile(rb"(?:^|\s)[a-z0-9-]{3,40}-cert-v0[0-9]@openssh\.com\s+AAAA")
_PUBLIC = re.compile(rb"(?m)^\s*" + _KIND + rb"\s+AAAA")
_KNOWN_HOST = re.compile(
    rb"(?m)^\s*(?:@[a-z-]{1,20}\s+)?(?:\|1\||\[|[A-Za-z0-9])[^\s]{0,500}\s+" + _KIND + rb"\s+AAAA"
)
_SIGNS: tuple[tuple[bytes, RefusalKind], ...] = (
    (b"---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----", refusals.KEY_IS_SSH_COM),
    (b"---- BEGIN SSH2 PUBLIC KEY ----", refusals.KEY_IS_PUBLIC),
)
_LINES = (
    (_CERTIFICATE, refusals.KEY_CERTIFICATE),
    (_PUBLIC, refusals.KEY_IS_PUBLIC),
    (_KNOWN_HOST, refusals.KEY_IS_HOST),
)
_PUBLIC_PGP = re.compile(rb"[\x98\x99\xc6]")
_KINDS = {
    PrivateKind.JWK: refusals.KEY_IS_WEB,
    PrivateKind.KEY_STORE: refusals.KEY_IS_STORE,
    PrivateKind.OPENPGP: refusals.KEY_IS_PGP,
    PrivateKind.SSH_COM: refusals.KEY_IS_SSH_COM,
}


def refusal_for(data: bytes) -> Refused:
    """Return the refusal that names what the data are, as far as it can be told."""
    if not data.strip():
        return refusals.KEY_EMPTY.because()
    for sign, kind in _SIGNS:
        if sign in data:
            return kind.because()
    for pattern, kind in _LINES:
        if pattern.search(data):
            return kind.because(detail="known_hosts")
    if _PUBLIC_PGP.match(data):
        return refusals.KEY_IS_PGP.because()
    return _kind_in(data).because()


def _kind_in(data: bytes) -> RefusalKind:
    try:
        for found in find_private(data):
            if found.kind in _KINDS:
                return _KINDS[found.kind]
    except TooDense:
        return refusals.KEY_NOT_KEY
    return refusals.KEY_NOT_KEY
