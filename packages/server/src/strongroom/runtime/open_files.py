"""How many files the SFTP gateway may have open, and how many of them strangers may take.

The bounds themselves are kept in `strongroom.gateways.sftp`.
"""

import resource
from dataclasses import replace

from strongroom.gateways.sftp.settings import SftpSettings

_ENOUGH = 65_536
_STRANGERS_SHARE = 4


def raise_limit() -> int:
    """Raise this process's limit of open files as far as it may; returns what it is now.

    The usual 1024 are there for programs that call select(2), which this one does not.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = _ENOUGH if hard == resource.RLIM_INFINITY else min(hard, _ENOUGH)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
        soft = most
    return _ENOUGH if soft == resource.RLIM_INFINITY else soft


def fitted(settings: SftpSettings, limit: int) -> SftpSettings:
    """Leave strangers who are held in silence a share of the open files and no more (ATK-23)."""
    share = max(1, limit // _STRANGERS_SHARE)
    return replace(
        settings,
        silent_most=min(settings.silent_most, share),
        arriving_most=min(settings.arriving_most, share),
    )
