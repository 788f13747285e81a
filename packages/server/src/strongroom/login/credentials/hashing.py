"""Passwords as Argon2id, with bounded memory and the same time for nobody's (LATK-12).

Which passwords are good enough is in `rules.passwords`.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from strongroom.rules import login_refusals
from strongroom.rules.secret import Secret

_LONGEST = 1024
"""Characters that are hashed at most; whoever sends more has another password."""

_AT_ONCE = 4
_WAIT_SECONDS = 10.0
_slots = threading.BoundedSemaphore(_AT_ONCE)

_hasher: Final = PasswordHasher(time_cost=1, memory_cost=46 * 1024, parallelism=1)
"""OWASP's first choice for Argon2id: 46 MiB, one pass, one lane."""

DECOY: Final = "$argon2id$v=19$m=47104,t=1,p=1$" + "A" * 22 + "$" + "A" * 43
"""The hash of nobody's password: its output is all zeros, which no password is known to give."""


def hash_password(password: Secret) -> str:
    """Return the hash with its parameters. Raises Refused (LOGIN-BUSY)."""
    with _slot():
        return _hasher.hash(password.reveal()[:_LONGEST])


def verify(password: Secret, stored: str) -> bool:
    """Whether a password belongs to a hash. Raises Refused (LOGIN-BUSY)."""
    text = password.reveal()
    try:
        with _slot():
            _hasher.verify(stored, text[:_LONGEST].encode("utf-8", "surrogatepass"))
    except (VerificationError, InvalidHashError):
        return False
    return len(text) <= _LONGEST


def needs_rehash(stored: str) -> bool:
    """Whether a hash was made with other parameters than today's."""
    return _hasher.check_needs_rehash(stored)


@contextmanager
def _slot() -> Iterator[None]:
    """Hold a place among those who hash: each takes 46 MiB."""
    if not _slots.acquire(timeout=_WAIT_SECONDS):
        raise login_refusals.LOGIN_BUSY.because()
    try:
        yield
    finally:
        _slots.release()
