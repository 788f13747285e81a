"""Cuts a connection off that takes too long altogether, however lively it drips.

The libraries bound each wait by itself; who uses this bounds the whole conversation.
"""

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator


@contextlib.contextmanager
def cut_after(seconds: float, wire: Callable[[], socket.socket | None]) -> Iterator[None]:
    """Shut the socket that `wire` gives down, unless the block ends before.

    Raises TimeoutError, an OSError, when it was cut off: what was read then may be half of it.
    """
    was_cut = threading.Event()

    def cut() -> None:
        was_cut.set()
        found = wire()
        if found is not None:
            with contextlib.suppress(OSError):
                # The plain socket's own: TLS's would take the object away under a reader.
                socket.socket.shutdown(found, socket.SHUT_RDWR)

    timer = threading.Timer(seconds, cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
    if was_cut.is_set():
        raise TimeoutError
