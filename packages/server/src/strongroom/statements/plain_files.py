"""Opens files that somebody else put where this program looks, and only if they are plain files.

What is in them is judged by who asked.
"""

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO

from strongroom.rules import refusals
from strongroom.rules.file_names import shown

_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


def open_plain(path: Path) -> BinaryIO:
    """Open a file for reading; a link is not followed and a pipe not waited for (ATK-2).

    Raises Refused (ARRIVAL-NOT-PLAIN), OSError.
    """
    try:
        descriptor = os.open(path, _FLAGS)
    except OSError as error:
        # A link (open(2), O_NOFOLLOW) and a socket.
        if error.errno not in (errno.ELOOP, errno.ENXIO):
            raise
        raise refusals.ARRIVAL_NOT_PLAIN.because(name=shown(path.name)) from error
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise refusals.ARRIVAL_NOT_PLAIN.because(name=shown(path.name))
    return os.fdopen(descriptor, "rb")
