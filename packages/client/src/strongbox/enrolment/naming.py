"""Names and addresses of an enrolment: what the profile is called, where logins come from."""

import re
import unicodedata
from collections.abc import Sequence
from ipaddress import ip_address

from strongroom_formats.bundle import Bundle

from strongbox.enrolment import progress, refusals
from strongbox.profiles import files
from strongbox.profiles.box import Box
from strongbox.profiles.refusals import PROFILE_EXISTS

_OTHER = re.compile(r"[^a-z0-9]+")
_LONGEST = 40
_MOST = 1000


def profile_name(box: Box, wanted: str, bundle: Bundle) -> str:
    """The wanted name, or one made of the firm's. Raises Refused: PROFILE-NAME, PROFILE-EXISTS."""
    taken = {*files.names(box), *(one.name for one in progress.waiting(box))}
    if wanted:
        files.check_name(wanted)
        if wanted in taken:
            raise PROFILE_EXISTS.because(name=wanted)
        return wanted
    stem = _plain(bundle.firm) or _plain(bundle.login) or "firm"
    choices = [stem, *(f"{stem}-{number}" for number in range(2, _MOST))]
    return next(name for name in choices if name not in taken)


def address(text: str) -> str:
    """An IP address in its shortest form. Raises Refused: ENROL-ADDRESS."""
    try:
        return str(ip_address(text.strip()))
    except ValueError as error:
        raise refusals.ENROL_ADDRESS.because(text=text[:60]) from error


def refuse_private(seen: Sequence[str], host: str) -> None:
    """A firm elsewhere that sees private addresses alone cannot know where logins come from.

    Raises Refused: ENROL-ADDRESS-PRIVATE. A firm that is itself at a private address may see one.
    """
    if not any(ip_address(one).is_global for one in seen) and not _is_nearby(host):
        raise refusals.ENROL_ADDRESS_PRIVATE.because(addresses=", ".join(seen))


def _is_nearby(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return not ip_address(host).is_global
    except ValueError:
        return False


def _plain(text: str) -> str:
    """Lower-case ASCII letters, digits and hyphens, beginning with a letter; "" if none remain."""
    ascii_only = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode("ascii")
    return _OTHER.sub("-", ascii_only.lower()).lstrip("-0123456789")[:_LONGEST].rstrip("-")
