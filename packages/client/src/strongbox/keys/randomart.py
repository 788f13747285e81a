"""The picture of a key's fingerprint, the same one that `ssh-keygen -lv` draws.

Source: Loss, Limmer, von Gernler, "The drunken bishop", 2009, and OpenSSH's sshkey.c.
"""

import hashlib

from strongroom_formats.ssh_public_key import SshAlgorithm, SshPublicKey

_WIDTH, _HEIGHT = 17, 9
_SIGNS = " .o+=*BOX@%&#/^"
_START, _END = "S", "E"
_NAMES = {SshAlgorithm.RSA: "RSA", SshAlgorithm.ED25519: "ED25519"}


def randomart(key: SshPublicKey) -> tuple[str, ...]:
    """The eleven lines of the picture, framed by the kind of key and the kind of hash."""
    visits = [[0] * _WIDTH for _ in range(_HEIGHT)]
    x, y = _WIDTH // 2, _HEIGHT // 2
    for byte in hashlib.sha256(key.blob).digest():
        for shift in (0, 2, 4, 6):
            step = byte >> shift
            x = min(max(x + (1 if step & 1 else -1), 0), _WIDTH - 1)
            y = min(max(y + (1 if step & 2 else -1), 0), _HEIGHT - 1)
            visits[y][x] += 1
    rows = [[_SIGNS[min(count, len(_SIGNS) - 1)] for count in row] for row in visits]
    rows[_HEIGHT // 2][_WIDTH // 2] = _START
    rows[y][x] = _END
    title = f"[{_NAMES.get(key.algorithm, 'ECDSA')} {key.bits}]"
    return (_edge(title), *(f"|{''.join(row)}|" for row in rows), _edge("[SHA256]"))


def _edge(title: str) -> str:
    left = (_WIDTH - len(title)) // 2
    return f"+{'-' * left}{title}{'-' * (_WIDTH - len(title) - left)}+"
