"""The shipped list of common and breached passwords: a sorted file of shortened SHA-256 digests.

It is made by tools/make_password_list.py. Without it no password is accepted.
"""

from functools import lru_cache
from hashlib import sha256
from importlib import resources

from strongroom.rules import login_refusals

MAGIC = b"SRPL1\n"
WIDTH = 5
"""Bytes of each digest: one of 10 million passwords that are not listed is refused as well."""

LEAST = 100_000
"""Entries below which the file is taken for damaged."""


def is_common(password: str) -> bool:
    """Whether a password is listed. Raises Refused (PASSWORD-LIST) when the list is not there."""
    entries = _entries()
    wanted = digest(password)
    low, high = 0, len(entries) // WIDTH
    while low < high:
        middle = (low + high) // 2
        if entries[middle * WIDTH : (middle + 1) * WIDTH] < wanted:
            low = middle + 1
        else:
            high = middle
    return entries[low * WIDTH : (low + 1) * WIDTH] == wanted


def digest(password: str) -> bytes:
    """Return what the list has of a password."""
    return sha256(password.encode("utf-8", "surrogatepass")).digest()[:WIDTH]


@lru_cache(maxsize=1)
def _entries() -> bytes:
    try:
        data = (
            resources.files("strongroom.login.credentials")
            .joinpath("common_passwords.bin")
            .read_bytes()
        )
    except OSError as error:
        raise login_refusals.PASSWORD_LIST.because(why="it is not there") from error
    entries = data.removeprefix(MAGIC)
    if not data.startswith(MAGIC) or len(entries) % WIDTH or len(entries) < LEAST * WIDTH:
        raise login_refusals.PASSWORD_LIST.because(why="it is not whole")
    return entries
