"""What the errors of an S3 server mean for a caller of the storage; nothing is asked of it here."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from obstore import exceptions

from strongroom.statements.ports import StorageError

_PERMANENT = (
    FileNotFoundError,
    exceptions.AlreadyExistsError,
    exceptions.InvalidPathError,
    exceptions.NotSupportedError,
    exceptions.PermissionDeniedError,
    exceptions.PreconditionError,
    exceptions.UnauthenticatedError,
)
_STATUS = re.compile(r"status code: (\d{3})")
_CODE = re.compile(r"<Code>([A-Za-z]{1,60})</Code>")
_PASSING_STATUSES = {408, 409, 429}
_NOT_IMPLEMENTED = 501
_IN_WORDS: dict[type[Exception], str] = {
    FileNotFoundError: "there is no such object, or no such bucket",
    exceptions.AlreadyExistsError: "an object with this key exists",
    exceptions.PermissionDeniedError: "the server refused access",
    exceptions.UnauthenticatedError: "the server refused the access key",
}


@contextmanager
def server_errors(what: object) -> Iterator[None]:
    """Turn obstore's errors in the block into a StorageError that names `what`."""
    try:
        yield
    except (exceptions.BaseError, FileNotFoundError) as error:
        raise as_storage_error(what, error) from error


def as_storage_error(what: object, error: Exception) -> StorageError:
    """Say what happened in a line. The server's own text is left out but for its error code.

    Access denied, no such object and a wrong request are permanent. Timeouts, refused
    connections, throttling and a server in trouble (5xx) pass.
    """
    text = str(error)
    code = _CODE.search(text)
    status = _STATUS.search(text)
    words = _IN_WORDS.get(type(error), "the server could not be asked")
    if status and type(error) not in _IN_WORDS:
        words = f"the server answered {status[1]}"
    if status and int(status[1]) == _NOT_IMPLEMENTED:
        words += "; if it knows no conditional writes, set storage.second_write to look-first"
    if code:
        words = f"{words} ({code[1]})"
    is_permanent = isinstance(error, _PERMANENT) or (status is not None and _stays(int(status[1])))
    return StorageError(f"{what}: {words}", is_permanent=is_permanent)


def _stays(status: int) -> bool:
    if status == _NOT_IMPLEMENTED:
        return True
    return 400 <= status < 500 and status not in _PASSING_STATUSES
