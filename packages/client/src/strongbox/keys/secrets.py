"""Where passphrases come from: a person, the keyring, a descriptor, a credential, a file.

Never from an argument or an environment variable, which other programs can see.
"""

import getpass
import importlib
import os
import re
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Protocol, cast

from strongbox.keys import refusals
from strongbox.keys.files import is_open_to_others
from strongbox.keys.passphrases import MOST
from strongbox.words import say

SERVICE = "strongbox"
"""The service under which the system's keyring keeps passphrases; the user is the `what`.

Where that is the path of a key in the box, the profile's name is looked for too: runs for a
profile name it, commands for one file name that.
"""

_NAME = re.compile(r"[A-Za-z0-9._-]{1,255}")
_ASK, _KEYRING = "ask", "keyring"
_CREDENTIALS = "CREDENTIALS_DIRECTORY"


class _Keyring(Protocol):
    """The part of the package `keyring` that is used."""

    def get_password(self, service_name: str, username: str) -> str | None: ...

    def set_password(self, service_name: str, username: str, password: str) -> None: ...


def passphrase_source(secret: str, *, what: str) -> Callable[[], bytes]:
    """Return the way to a passphrase: `ask`, `none`, `keyring`, `fd:N`, `credential:NAME` (systemd)
    or `file:PATH`. `what` names the key to the person and to the keyring.

    Nothing is opened before the way is taken. Raises Refused: KEY-SECRET-SOURCE; the way itself
    raises Refused (KEY-LOCKED, KEY-SECRET-…, KEY-PASSPHRASE-LONG, KEY-OPEN-FILE).
    """
    way, _, name = secret.partition(":")
    match way:
        case "ask" if not name:
            return lambda: _bounded(_typed(say("Passphrase of {what}", what=what), what))
        case "none" if not name:
            return _refuse_locked
        case "keyring" if not name:
            return lambda: _from_keyring(what)
        case "fd" if name.isascii() and name.isdigit():
            return lambda: _from_descriptor(int(name))
        case "credential" if _NAME.fullmatch(name) and name not in (".", ".."):
            return lambda: _from_credential(name)
        case "file" if name:
            return lambda: _from_file(Path(name).expanduser())
    # The text is not repeated: people put the passphrase itself there.
    raise refusals.KEY_SECRET_SOURCE.because()


def new_passphrase(secret: str, *, what: str) -> bytes:
    """Take the passphrase of a key that is being made; a person types it twice.

    What is typed for `keyring` is kept there; one that lies there already is taken.
    Raises Refused: KEY-PASSPHRASE-TWICE, KEY-PASSPHRASE-EMPTY, and as `passphrase_source`.
    """
    if secret == _KEYRING:
        return _kept(_keyring(), what) or _typed_and_kept(what)
    if secret != _ASK:
        return passphrase_source(secret, what=what)()
    return _typed_twice(what)


def _typed_twice(what: str) -> bytes:
    passphrase = _bounded(_typed(say("New passphrase for {what}", what=what), what))
    if not passphrase:
        raise refusals.KEY_PASSPHRASE_EMPTY.because()
    if passphrase != _typed(say("The same once more"), what):
        raise refusals.KEY_PASSPHRASE_TWICE.because()
    return passphrase


def _typed_and_kept(what: str) -> bytes:
    passphrase = _typed_twice(what)
    keyring = _keyring()
    try:  # each back end raises what it likes
        keyring.set_password(SERVICE, what, passphrase.decode("utf-8", "surrogateescape"))
    except Exception as error:
        raise refusals.KEY_SECRET_KEYRING.because(why=type(error).__name__) from error
    return passphrase


def _refuse_locked() -> bytes:
    raise refusals.KEY_LOCKED.because()


def _typed(prompt: str, what: str) -> bytes:
    if not sys.stdin.isatty() and not _has_terminal():
        raise refusals.KEY_SECRET_TERMINAL.because(what=what)
    try:
        typed = getpass.getpass(f"{prompt}: ")
    except EOFError as error:
        raise refusals.KEY_SECRET_TERMINAL.because(what=what) from error
    return typed.encode("utf-8", "surrogateescape")


def _has_terminal() -> bool:
    """Whether there is one behind redirected input; getpass asks there."""
    try:
        os.close(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY))
    except OSError:
        return False
    return True


def _from_keyring(what: str) -> bytes:
    found = _kept(_keyring(), what)
    if not found:
        raise refusals.KEY_SECRET_ABSENT.because(source=f"keyring: {SERVICE}, {what}")
    return found


def _kept(keyring: _Keyring, what: str) -> bytes:
    """The passphrase in the keyring, empty where there is none. Raises Refused."""
    try:  # each back end raises what it likes
        found = keyring.get_password(SERVICE, what)
        if not found and os.path.isabs(what):
            found = keyring.get_password(SERVICE, Path(what).parent.name)
    except Exception as error:
        raise refusals.KEY_SECRET_KEYRING.because(why=type(error).__name__) from error
    return _bounded((found or "").encode("utf-8", "surrogateescape"))


def _keyring() -> _Keyring:
    """The optional package, imported late: it is slow and seldom there."""
    try:
        return cast(_Keyring, importlib.import_module("keyring"))
    except ImportError as error:
        raise refusals.KEY_SECRET_KEYRING.because(why="keyring") from error


@cache
def _from_descriptor(number: int) -> bytes:
    """Read once: several keys of one run may have the same passphrase, and a pipe runs dry."""
    source = f"fd:{number}"
    parts = bytearray()
    try:
        while len(parts) <= MOST + 2 and (part := os.read(number, MOST + 3 - len(parts))):
            parts += part
            if b"\n" in part:
                break
    except OSError as error:
        raise refusals.KEY_SECRET_ABSENT.because(source=source) from error
    return _first_line(bytes(parts), source)


def _from_credential(name: str) -> bytes:
    folder = os.environ.get(_CREDENTIALS, "")
    path = Path(folder, name)
    if not folder or not path.is_file():
        raise refusals.KEY_SECRET_ABSENT.because(source=f"credential:{name}")
    return _first_line(_start_of(path), f"credential:{name}")


def _from_file(path: Path) -> bytes:
    if not path.is_file():
        raise refusals.KEY_SECRET_ABSENT.because(source=f"file:{path}")
    if is_open_to_others(path):
        raise refusals.KEY_OPEN_FILE.because(path=path)
    return _first_line(_start_of(path), f"file:{path}")


def _start_of(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(MOST + 3)


def _first_line(data: bytes, source: str) -> bytes:
    line = data.split(b"\n", 1)[0].removesuffix(b"\r")
    if not line:
        raise refusals.KEY_SECRET_ABSENT.because(source=source)
    return _bounded(line)


def _bounded(passphrase: bytes) -> bytes:
    if len(passphrase) > MOST:
        raise refusals.KEY_PASSPHRASE_LONG.because(most=MOST)
    return passphrase
