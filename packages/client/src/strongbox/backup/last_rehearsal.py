"""When a profile's back-up was last proven to work, remembered in the box.

The proof itself is in `rehearsing`.
"""

import json
from dataclasses import dataclass
from datetime import datetime

from strongroom_formats.document_fields import DocumentInvalid, Fields, moment_text

from strongbox.profiles.box import Box
from strongbox.profiles.private_files import replace_private

_SCHEMA = "strongbox-rehearsed-1"
_FILE = "rehearsed.json"
_MOST = 4096


@dataclass(frozen=True, slots=True)
class LastRehearsal:
    """The last good one. `is_whole` means that the firm's test statement was fetched and opened
    with the keys of the back-up; otherwise they were tried in memory alone."""

    at: datetime
    made_at: datetime
    is_whole: bool


def keep_date(box: Box, name: str, last: LastRehearsal) -> None:
    """Remember a good rehearsal; `strongbox profile show` tells of it. Raises OSError."""
    row = {
        "schema": _SCHEMA,
        "at": moment_text(last.at),
        "made_at": moment_text(last.made_at),
        "is_whole": last.is_whole,
    }
    replace_private(box.state(name) / _FILE, json.dumps(row).encode())


def last_rehearsal(box: Box, name: str) -> LastRehearsal | None:
    """Return the last good rehearsal of a profile's back-up; None where none is on record."""
    try:
        with (box.state(name) / _FILE).open("rb") as file:
            fields = Fields(json.loads(file.read(_MOST)), DocumentInvalid)
        fields.constant("schema", _SCHEMA)
        return LastRehearsal(
            at=fields.moment("at"),
            made_at=fields.moment("made_at"),
            is_whole=fields.flag("is_whole"),
        )
    except (OSError, ValueError, RecursionError):
        return None
