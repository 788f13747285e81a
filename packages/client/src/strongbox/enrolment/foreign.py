"""A profile for a server that runs no Strongroom: put together by hand, its host key compared.

Published facts of known firms are in profiles.presets.
"""

import base64
from collections.abc import Sequence
from itertools import pairwise

from strongroom_formats.ssh_faults import KeyFault
from strongroom_formats.ssh_public_key import SshPublicKey, read_blob

from strongbox.enrolment import refusals
from strongbox.wire.pinned import pinned_keys

_FINGERPRINT = "SHA256:"


def given_lines(wanted: Sequence[str]) -> tuple[str, ...]:
    """The whole lines among what a person gave; fingerprints need a look at the server.

    A line of known_hosts may begin with host names. Raises Refused: ADD-HOST-KEY.
    """
    return tuple(_line(text) for text in wanted if not text.startswith(_FINGERPRINT))


def confirmed(shown: Sequence[str], wanted: Sequence[str], *, host: str) -> tuple[str, ...]:
    """The shown host keys whose fingerprints a person gave. Raises Refused: ADD-HOST-KEY-OTHER.

    Every fingerprint has to be among the shown ones: a wrong one is never passed over.
    """
    found = {key.fingerprint_sha256: key.openssh_line() for key in pinned_keys(shown)}
    fingerprints = [text.rstrip("=") for text in wanted if text.startswith(_FINGERPRINT)]
    for fingerprint in fingerprints:
        if fingerprint not in found:
            raise refusals.ADD_HOST_KEY_OTHER.because(
                host=host, shown=", ".join(found), wanted=fingerprint
            )
    return tuple(found[fingerprint] for fingerprint in fingerprints)


def _line(text: str) -> str:
    """The key in a line, as OpenSSH writes it without comment."""
    words = text.split()
    for kind, blob in pairwise(words):
        try:
            key: SshPublicKey = read_blob(base64.b64decode(blob, validate=True))
        except (KeyFault, ValueError):
            continue
        if kind == str(key.algorithm):
            return key.openssh_line()
    raise refusals.ADD_HOST_KEY.because(text=text[:80])
