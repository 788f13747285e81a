"""What a mail address is, as far as we use them: plain ASCII, one @, a host with a dot.

Whether somebody reads there is proved by a code, in `login`.
"""

import re

from strongroom.rules import login_refusals

LONGEST = 254
"""Characters (RFC 5321 section 4.5.3.1.3, less the angle brackets)."""

_LOCAL = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ADDRESS = re.compile(rf"(?P<local>{_LOCAL})@(?P<host>(?:{_LABEL}\.)+{_LABEL})", re.ASCII)
_LONGEST_LOCAL = 64


def check_address(text: str) -> str:
    """Return the address with its host in lower case. Raises Refused (USER-EMAIL).

    Nothing in it can end a header line or begin another recipient.
    """
    text = text.strip()
    found = _ADDRESS.fullmatch(text) if len(text) <= LONGEST else None
    if found is None or len(found["local"]) > _LONGEST_LOCAL:
        raise login_refusals.USER_EMAIL.because()
    return f"{found['local']}@{found['host'].lower()}"


def shortened(address: str) -> str:
    """Return what tells an address to whoever knows it, and to nobody else: `a•••@example.com`."""
    local, _at, host = address.rpartition("@")
    return f"{local[:1]}•••@{host}"
