"""How the gateway says no in SFTP: refusals and errors as status replies.

The sentences themselves are in `strongroom.rules.refusals`.
"""

from strongroom_formats.sftp_numbers import Status

from strongroom.gateways.sftp import wire
from strongroom.gateways.sftp.handles import NoSuchHandle, TooManyHandles
from strongroom.rules import refusals
from strongroom.rules.refusals import Audience, Refused

_CODES = {
    refusals.REPO_NOT_FOUND.code: Status.NO_SUCH_FILE,
    refusals.REPO_READ_ONLY.code: Status.PERMISSION_DENIED,
}
_UNSAID = "The server refused this request."


def ok(number: int) -> bytes:
    """Build the plain yes."""
    return wire.status(number, Status.OK, "OK")


def unsupported(number: int) -> bytes:
    """Build the answer to a request that this server does not have (ATK-1, ATK-2)."""
    return wire.status(number, Status.OP_UNSUPPORTED, "This server does not offer that.")


def refusal(number: int, no: Exception) -> bytes:
    """Build the answer to an exception; only sentences for recipients are shown to them."""
    match no:
        case Refused():
            code = _CODES.get(no.code, Status.FAILURE)
            is_for_operators = no.kind.audience is Audience.OPERATOR
            return wire.status(number, code, _UNSAID if is_for_operators else str(no))
        case NoSuchHandle():
            return wire.status(number, Status.FAILURE, "That handle is not open.")
        case TooManyHandles():
            return wire.status(number, Status.FAILURE, "Too many files are open. Close some.")
        case _:
            return wire.status(number, Status.FAILURE, "Something went wrong here.")
