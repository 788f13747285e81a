"""The pinned host keys of a profile, read strictly from their OpenSSH lines.

Where the lines come from and how new ones are learnt is not decided here.
"""

import base64
from collections.abc import Sequence

from strongroom_formats.one_line import clean_text
from strongroom_formats.ssh_faults import KeyFault
from strongroom_formats.ssh_public_key import SshPublicKey, read_blob

from strongbox.wire import refusals


def pinned_keys(lines: Sequence[str]) -> list[SshPublicKey]:
    """Read `TYPE BASE64 [comment]` lines. Raises Refused (HOST-KEY-BROKEN)."""
    return [_read(line) for line in lines]


def _read(line: str) -> SshPublicKey:
    kind, _, rest = line.strip().partition(" ")
    try:
        key = read_blob(base64.b64decode(rest.partition(" ")[0], validate=True))
    except (KeyFault, ValueError) as problem:
        why = f"{clean_text(line, 80)} ({problem})"
        raise refusals.HOST_KEY_BROKEN.because(why=why) from problem
    if kind != str(key.algorithm):
        raise refusals.HOST_KEY_BROKEN.because(why=clean_text(line, 80))
    return key
