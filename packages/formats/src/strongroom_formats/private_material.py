"""Private keys of every kind in one piece of data: all searches, and what they tell together.

Archives, mail and base64 around a key are opened by the callers, who pass each layer here.
"""

import re
from collections.abc import Iterator

from strongroom_formats.private_der import find_der
from strongroom_formats.private_kinds import PrivateFinding
from strongroom_formats.private_markers import find_markers
from strongroom_formats.private_openpgp import find_openpgp
from strongroom_formats.ssh_faults import KeyFault
from strongroom_formats.ssh_public_key import BLOB_MOST, SshPublicKey, length_of_blob, read_blob

_PUBLIC = re.compile(
    rb"\0\0\0(?:\x07ssh-rsa\0|\x0bssh-ed25519\0|\x13ecdsa-sha2-nistp(?:256|384|521)\0)"
)
_MOST_PUBLIC = 100


def find_private(data: bytes) -> Iterator[PrivateFinding]:
    """Every private key that can be seen in `data` as it is.

    Raises TooDense where the search would take too long; what was found before that counts.
    """
    yield from find_markers(data)
    yield from find_der(data)
    yield from find_openpgp(data)


def find_public(data: bytes) -> Iterator[SshPublicKey]:
    """The first hundred SSH public keys whose blobs lie in `data`, such as the readable half of
    a locked private key. For burning, never for enrolling.
    """
    for count, found in enumerate(_PUBLIC.finditer(data)):
        if count == _MOST_PUBLIC:
            return
        start = data[found.start() : found.start() + BLOB_MOST]
        try:
            yield read_blob(start[: length_of_blob(start)])
        except KeyFault:
            continue
