"""The users that a login is measured with: their names, addresses, and what their devices show.

Their rows are made in `crowd.py`; the SQL and the Python of this file say the same.
"""

import base64
import time
from ipaddress import IPv4Address

from strongroom.rules import one_time_codes

from bench.filling import Dialect, joined, padded

PASSWORD = "Morning-Ferry-7-Lantern"
SECRET = base64.b32encode(b"strongroom-benchmark").decode()
"""Every user's authenticator has the same key; each row's is sealed for itself."""

BROWSER = "bench"
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_WIDTH, _DIGITS = 5, 3
_NET_TEN = int(IPv4Address("10.0.0.0"))


def name(number: int) -> str:
    """The user name of the user with this running number."""
    letters = number // 10**_DIGITS
    text = "".join(_LETTERS[letters // 26**place % 26] for place in range(_WIDTH))
    return f"{text}{number % 10**_DIGITS:0{_DIGITS}}"


def address(number: int) -> str:
    """Where this user always comes from."""
    return str(IPv4Address(_NET_TEN + number))


def name_sql(dialect: Dialect) -> str:
    """`name` of the running number `n`."""
    letters = [
        f"substr('{_LETTERS}', ((n / {10**_DIGITS * 26**place}) % 26 + 1){_whole(dialect)}, 1)"
        for place in range(_WIDTH)
    ]
    return joined([*letters, padded(dialect, f"n % {10**_DIGITS}", _DIGITS)])


def address_sql(number: str = "n") -> str:
    """`address` of a running number."""
    parts = [f"(({number}) / 65536 % 256)", f"(({number}) / 256 % 256)", f"(({number}) % 256)"]
    return joined(["'10.'", parts[0], "'.'", parts[1], "'.'", parts[2]])


def code_now() -> str:
    """What every user's authenticator shows now (RFC 6238), as the product computes it."""
    step = int(time.time()) // 30
    return one_time_codes.hotp(base64.b32decode(SECRET), step)


def _whole(dialect: Dialect) -> str:
    """PostgreSQL's running numbers are of 64 bits, and its `substr` takes 32."""
    return "::int" if dialect is Dialect.POSTGRESQL else ""
