"""The invitation as a person gives it: a link, CODE@HOST, a file, or `-` for the input.

Its forms are those of strongroom_formats.invitation.
"""

import sys
from pathlib import Path

from strongroom_formats.invitation import LIMIT, Invitation, InvitationInvalid

from strongbox.enrolment import refusals

_INPUT = "-"


def read_invitation(text: str) -> Invitation:
    """Read it. Raises Refused: ENROL-INVITATION, whose sentence never repeats the code; OSError."""
    try:
        if text == _INPUT:
            return _from_bytes(sys.stdin.buffer.read(LIMIT + 1))
        if "://" not in text and "@" not in text and Path(text).is_file():
            with Path(text).open("rb") as file:
                return _from_bytes(file.read(LIMIT + 1))
        return Invitation.from_text(text)
    except (InvitationInvalid, UnicodeDecodeError) as error:
        raise refusals.ENROL_INVITATION.because(why=str(error)) from error


def _from_bytes(data: bytes) -> Invitation:
    """A file holds the JSON form, or the link that somebody saved."""
    if data.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{"):
        return Invitation.from_bytes(data)
    return Invitation.from_text(data.decode("utf-8-sig"))
