"""Writes PuTTY's private key files, version 3, unencrypted (PuTTY manual, appendix C).

Reading them, and the encrypted forms, is not here.
"""

import base64
import hmac
from collections.abc import Sequence

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, rsa_crt_iqmp

from strongroom_formats.one_line import is_clean
from strongroom_formats.ssh_public_key import rsa_blob
from strongroom_formats.ssh_wire import wire_integer, wire_string

_COLUMNS = 64


def plain_ppk(key: RSAPrivateKey, comment: str) -> str:
    """Return the text of a `.ppk` file for `key`; keep it as you keep the key itself.

    Raises ValueError for a comment that is not one printable line.
    """
    if not is_clean(comment) or len(comment) > 100:
        raise ValueError("a comment has to be one printable line")
    numbers = key.private_numbers()
    public = rsa_blob(numbers.public_numbers.e, numbers.public_numbers.n)
    inverse = rsa_crt_iqmp(numbers.p, numbers.q)
    private = b"".join(wire_integer(n) for n in (numbers.d, numbers.p, numbers.q, inverse))
    return _file(public, private, comment)


def _file(public: bytes, private: bytes, comment: str) -> str:
    name = "ssh-rsa"
    signed = [name.encode(), b"none", comment.encode(), public, private]
    # Without a passphrase the MAC key is empty; the MAC then only finds damage.
    mac = hmac.digest(b"", b"".join(wire_string(part) for part in signed), "sha256")
    return "\n".join(
        [
            f"PuTTY-User-Key-File-3: {name}",
            "Encryption: none",
            f"Comment: {comment}",
            *_counted("Public-Lines", public),
            *_counted("Private-Lines", private),
            f"Private-MAC: {mac.hex()}",
            "",
        ]
    )


def _counted(label: str, data: bytes) -> Sequence[str]:
    text = base64.b64encode(data).decode()
    lines = [text[start : start + _COLUMNS] for start in range(0, len(text), _COLUMNS)]
    return [f"{label}: {len(lines)}", *lines]
