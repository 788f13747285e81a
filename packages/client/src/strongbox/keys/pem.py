"""Private keys in PEM, and what else stands between BEGIN and END.

The ASN.1 inside is read in `asn1`, OpenSSH's format in `openssh`. Sources: RFC 7468, RFC 1421
section 4.6 (the old locks).
"""

import base64
import binascii
import re
from dataclasses import dataclass, field

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from strongbox.keys import asn1, faults, openssh, refusals
from strongbox.keys.faces import KeyFace, KeyFormat, PrivateKey, Sealed

_EDGE = re.compile(rb"-----(BEGIN|END) ([A-Z0-9 ]{1,40})-----")
_PARAMETERS = b"EC PARAMETERS"
_OLD = {b"RSA PRIVATE KEY": KeyFormat.PKCS1, b"EC PRIVATE KEY": KeyFormat.SEC1}
_ASN1 = (*_OLD, b"PRIVATE KEY", b"ENCRYPTED PRIVATE KEY")
_FOREIGN = {
    b"CERTIFICATE": refusals.KEY_CERTIFICATE,
    b"CERTIFICATE REQUEST": refusals.KEY_CERTIFICATE,
    b"DSA PRIVATE KEY": refusals.KEY_DSA,
    b"PGP PRIVATE KEY BLOCK": refusals.KEY_IS_PGP,
    b"PGP PUBLIC KEY BLOCK": refusals.KEY_IS_PGP,
    b"PUBLIC KEY": refusals.KEY_IS_PUBLIC,
    b"RSA PUBLIC KEY": refusals.KEY_IS_PUBLIC,
}


@dataclass(frozen=True, slots=True)
class Block:
    """One block: its label, and its lines without the blanks that mail puts around them."""

    label: bytes
    lines: tuple[bytes, ...] = field(repr=False)


def find_blocks(data: bytes) -> list[Block]:
    """Every block in a text, in order. Raises Refused: KEY-DAMAGED where one has no end."""
    blocks, begun, start = [], b"", 0
    for edge in _EDGE.finditer(data):
        if edge[1] == b"BEGIN":
            if begun:
                break
            begun, start = edge[2], edge.end()
        elif edge[2] == begun:
            lines = data[start : edge.start()].replace(b"\r", b"\n").split(b"\n")
            blocks.append(Block(begun, tuple(line.strip() for line in lines)))
            begun = b""
    if begun:
        label = begun.decode("ascii")
        raise refusals.KEY_DAMAGED.because(detail=f"-----END {label}-----")
    return [block for block in blocks if block.label != _PARAMETERS]


def seal(block: Block) -> Sealed:
    """Read the private key in a block. Raises Refused, also for what is no private key."""
    if block.label in _FOREIGN:
        raise _FOREIGN[block.label].because()
    if block.label == openssh.LABEL:
        return openssh.seal(b"".join(block.lines))
    if block.label not in _ASN1:
        raise refusals.KEY_NOT_KEY.because()
    if any(line.startswith(b"Proc-Type:") for line in block.lines):
        return _old_lock(block)
    try:
        der = base64.b64decode(b"".join(block.lines), validate=True)
    except binascii.Error as error:
        raise refusals.KEY_DAMAGED.because(detail="base64") from error
    return asn1.seal(der, is_pem=True)


def _old_lock(block: Block) -> Sealed:
    """Locked by OpenSSL's old way, of which old ssh-keygen made use: MD5, one round."""
    if block.label not in _OLD:
        raise refusals.KEY_DAMAGED.because(detail="Proc-Type")
    form = _OLD[block.label]
    face = KeyFace(form, is_locked=True, public=None, comment="")
    label = block.label
    text = b"\n".join([line for line in block.lines if line.startswith(b"Proc-Type:")])
    text += b"\n" + b"\n".join([line for line in block.lines if line.startswith(b"DEK-Info:")])
    text += b"\n\n" + b"\n".join([line for line in block.lines if line and b":" not in line])
    pem = b"-----BEGIN %b-----\n%b\n-----END %b-----\n" % (label, text, label)
    return Sealed(face, lambda passphrase: _opened(pem, form, passphrase))


def _opened(pem: bytes, form: KeyFormat, passphrase: bytes) -> PrivateKey:
    if not passphrase:
        raise refusals.KEY_PASSPHRASE.because()
    try:
        private = load_pem_private_key(pem, passphrase, unsafe_skip_rsa_key_validation=True)
    except UnsupportedAlgorithm as error:
        raise refusals.KEY_CIPHER.because(detail="DEK-Info") from error
    except (ValueError, TypeError) as error:
        raise refusals.KEY_PASSPHRASE.because() from error
    return PrivateKey(faults.checked(private), "", form, was_locked=True)
