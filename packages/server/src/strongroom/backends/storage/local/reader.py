"""An object of the local storage, opened for reading; the way to its folder is not known here."""

import os
import stat
import threading

from strongroom.backends.storage.local.errors import disk_errors
from strongroom.statements.ports import StorageError

_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


class LocalReader:
    """Reads by position, so threads share it. It owns its descriptor until `close`."""

    def __init__(self, folder: int, name: str) -> None:
        """Open `name` in the open folder. Raises OSError, or StorageError if it is no file.

        O_NONBLOCK keeps a planted named pipe from holding the thread; files do not heed it.
        """
        self._lock = threading.Lock()
        self._descriptor: int | None = os.open(name, _FLAGS, dir_fd=folder)
        status = os.fstat(self._descriptor)
        self._size = status.st_size
        if not stat.S_ISREG(status.st_mode):
            self.close()
            raise StorageError("the object is not a regular file", is_permanent=True)

    @property
    def size(self) -> int:
        """The object's length in bytes."""
        return self._size

    @property
    def descriptor(self) -> int | None:
        """The descriptor, for `pread` by who makes sure not to outlive `close`; None after it."""
        return self._descriptor

    def read(self, offset: int, size: int) -> bytes:
        """At most `size` bytes from `offset`; b"" at the end. Raises StorageError.

        The lock makes sure that a read never meets a descriptor number which `close` has freed
        and which by then is somebody else's file.
        """
        with self._lock, disk_errors("reading an object"):
            if self._descriptor is None:
                raise StorageError("the object is closed", is_permanent=True)
            return os.pread(self._descriptor, size, offset)

    def close(self) -> None:
        """Free the descriptor; closing twice is fine."""
        with self._lock:
            descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            os.close(descriptor)
