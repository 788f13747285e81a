"""The passphrase of a back-up: from a file or a descriptor, never from the command line.

Asking on a terminal is the command's work; what is made of the passphrase is in `sealed`.
"""

import os
import unicodedata
from pathlib import Path

from strongroom.rules import refusals
from strongroom.rules.secret import Secret

_LONGEST = 4096
_SHORTEST = 12


def of(file: Path | None, descriptor: int | None) -> Secret | None:
    """Return the passphrase in a file or behind a descriptor, None when neither is given.

    Raises Refused (BACKUP-PASSPHRASE).
    """
    if file is not None and descriptor is not None:
        raise refusals.BACKUP_PASSPHRASE.because(why="it is given twice")
    try:
        if file is not None:
            with file.open("rb") as opened:
                return _read(opened.read(_LONGEST + 1))
        if descriptor is not None:
            with os.fdopen(descriptor, "rb") as opened:
                return _read(opened.read(_LONGEST + 1))
    except OSError as error:
        raise refusals.BACKUP_PASSPHRASE.because(why=error.strerror) from error
    return None


def _read(data: bytes) -> Secret:
    """The first line; what follows it is most likely a mistake."""
    line, _, rest = data.partition(b"\n")
    if len(data) > _LONGEST or rest.strip():
        raise refusals.BACKUP_PASSPHRASE.because(why="it has to be one line")
    try:
        return tidy(line.removesuffix(b"\r").decode())
    except UnicodeDecodeError as error:
        raise refusals.BACKUP_PASSPHRASE.because(why="it is not UTF-8") from error


def tidy(text: str) -> Secret:
    """Return the passphrase in one spelling, however the keyboard composed its letters."""
    if not text:
        raise refusals.BACKUP_PASSPHRASE.because(why="it is empty")
    return Secret(unicodedata.normalize("NFC", text))


def refuse_weak(passphrase: Secret) -> None:
    """Raise Refused (BACKUP-PASSPHRASE) for one that is soon guessed."""
    if len(passphrase.reveal()) < _SHORTEST:
        why = f"it has fewer than {_SHORTEST} characters; six random words are good"
        raise refusals.BACKUP_PASSPHRASE.because(why=why)


def refuse_no_terminal(*, is_terminal: bool) -> None:
    """Raise Refused (BACKUP-PASSPHRASE) when there is nobody to ask."""
    if not is_terminal:
        raise refusals.BACKUP_PASSPHRASE.because(why="there is no terminal to ask on")
