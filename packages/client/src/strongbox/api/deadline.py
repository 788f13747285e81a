"""A moment by which a call has to be over, however slowly the other end drips its answer.

What is read and written until then is in `https`.
"""

import io
import socket
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer


@dataclass(frozen=True, slots=True)
class Deadline:
    """A moment on the monotonic clock."""

    ends: float

    @classmethod
    def after(cls, seconds: float) -> "Deadline":
        """Return the moment so many seconds from now."""
        return cls(time.monotonic() + seconds)

    def left(self, *, most: float = 3600.0) -> float:
        """Return the seconds until then, at most `most`. Raises TimeoutError when it has passed."""
        seconds = self.ends - time.monotonic()
        if seconds <= 0:
            raise TimeoutError
        return min(seconds, most)


class TimedSocket:
    """A connected socket as http.client reads from it: every byte before the deadline."""

    def __init__(self, sock: socket.socket, deadline: Deadline) -> None:
        self._sock = sock
        self._deadline = deadline

    def send(self, data: bytes) -> None:
        """Send everything. Raises TimeoutError, OSError."""
        self._sock.settimeout(self._deadline.left())
        self._sock.sendall(data)

    def makefile(self, mode: str) -> io.BufferedReader:
        """What http.client asks a socket for."""
        return io.BufferedReader(_TimedReader(self._sock, self._deadline))


class _TimedReader(io.RawIOBase):
    def __init__(self, sock: socket.socket, deadline: Deadline) -> None:
        super().__init__()
        self._sock = sock
        self._deadline = deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        self._sock.settimeout(self._deadline.left())
        return self._sock.recv_into(buffer)
