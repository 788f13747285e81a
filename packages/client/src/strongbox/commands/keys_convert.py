"""`strongbox keys convert`: any format into any other that has a place for the key.

Showing is in `keys_show`.
"""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from strongbox.commands.keys_show import face_of, file_argument, secret_option
from strongbox.commands.rim import answering, as_json_option, print_json, print_pairs
from strongbox.words import mark, say

if TYPE_CHECKING:
    from strongbox.keys.faces import PrivateKey

PUBLIC_FORMATS = ("public", "rfc4716")
"""Formats of public keys; what else can be asked for are the private ones."""

# As KeyFormat, which is too heavy to import for a help text; a test compares them.
ENDINGS = {
    "openssh": ".openssh",
    "pkcs1": ".pem",
    "pkcs1-der": ".der",
    "pkcs8": ".pem",
    "pkcs8-der": ".der",
    "ppk2": ".ppk",
    "ppk3": ".ppk",
    "sec1": ".pem",
    "sec1-der": ".der",
}
"""The private formats, and how a new file's name ends where none was chosen."""

_NOT_PUTTY = mark("PuTTY, psftp, WinSCP and FileZilla cannot read this format.")
_NOT_SSH = mark("Programs for SSH cannot read this format; it is for other programs.")
_WARNINGS = {
    "pkcs8": _NOT_PUTTY,
    "pkcs1-der": _NOT_SSH,
    "pkcs8-der": _NOT_SSH,
    "sec1-der": _NOT_SSH,
    "ppk2": mark("The lock of PPK version 2 is weak: use it only where version 3 is not read."),
}
_IS_OPEN = mark("The new file is not locked: whoever gets it can log in.")


@click.command(
    help=say(
        "Write a key in another format; a locked key stays locked. Private formats go into a new "
        "file; public ones are printed, or go into the file named with -o."
    )
)
@file_argument
@click.option(
    "--to",
    "wanted",
    type=click.Choice((*ENDINGS, *PUBLIC_FORMATS)),
    required=True,
    help=say("The new format."),
)
@click.option(
    "-o",
    "--output",
    "target",
    type=click.Path(path_type=Path),
    metavar=say("FILE"),
    help=say("The new file; else a name is made from the old one."),
)
@secret_option
@click.option(
    "--new-passphrase-from",
    "new_secret",
    metavar=say("SOURCE"),
    help=say("Lock the new file with another passphrase, which comes from here."),
)
@click.option("--no-passphrase", "is_open", is_flag=True, help=say("Leave the new file open."))
@as_json_option
@answering
def convert(  # noqa: PLR0913 - one parameter for each option
    file: Path,
    *,
    wanted: str,
    target: Path | None,
    secret: str,
    new_secret: str | None,
    is_open: bool,
    as_json: bool,
) -> None:
    """Read, write anew; the old file stays as it is."""
    if wanted in PUBLIC_FORMATS:
        _convert_public(file, wanted, target, secret=secret)
        return
    if is_open and new_secret:
        raise click.UsageError(say("Say either --no-passphrase or --new-passphrase-from."))
    path = target or file.with_name(file.name.removesuffix(file.suffix) + ENDINGS[wanted])
    lock = _Lock(secret, new_secret, is_open=is_open)
    is_locked = _convert_private(file, wanted, path, lock=lock)
    _warn(wanted, is_locked=is_locked)
    row = {"path": path, "format": wanted, "locked": is_locked}
    if as_json:
        print_json(row)
    else:
        print_pairs({say("Written"): path})


class _Lock:
    """Where the passphrases of the old and of the new file come from."""

    __slots__ = ("is_open", "new_secret", "old", "secret")

    def __init__(self, secret: str, new_secret: str | None, *, is_open: bool) -> None:
        self.secret = secret
        self.new_secret = new_secret
        self.is_open = is_open
        self.old: bytes | None = None

    def read(self, file: Path) -> "PrivateKey":
        """Open the old file and remember what opened it."""
        from strongbox.keys.files import read_key_file
        from strongbox.keys.secrets import passphrase_source

        source = passphrase_source(self.secret, what=str(file.absolute()))

        def ask() -> bytes:
            self.old = source()
            return self.old

        return read_key_file(file, ask)

    def passphrase(self, path: Path) -> bytes | None:
        """The passphrase of the new file; None leaves it open."""
        from strongbox.keys.secrets import new_passphrase

        if self.is_open:
            return None
        return (
            new_passphrase(self.new_secret, what=str(path.absolute()))
            if self.new_secret
            else self.old
        )


def _convert_private(file: Path, wanted: str, path: Path, *, lock: _Lock) -> bool:
    """Return whether the new file is locked."""
    from strongbox.keys.faces import KeyFormat
    from strongbox.keys.files import refuse_existing, write_key_file
    from strongbox.keys.writing import write_private

    refuse_existing(path)
    key = lock.read(file)
    passphrase = lock.passphrase(path)
    write_key_file(path, write_private(key, KeyFormat(wanted), passphrase))
    return passphrase is not None


def _convert_public(file: Path, wanted: str, target: Path | None, *, secret: str) -> None:
    from strongbox.keys.files import write_public_file
    from strongbox.keys.writing import public_line, public_rfc4716

    face, key = face_of(file, secret)
    text = (public_line if wanted == "public" else public_rfc4716)(key, face.comment)
    if target is None:
        click.echo(text, nl=False)
    else:
        write_public_file(target, text.encode())


def _warn(wanted: str, *, is_locked: bool) -> None:
    if wanted in _WARNINGS:
        click.echo(say(_WARNINGS[wanted]), err=True)
    if not is_locked:
        click.echo(say(_IS_OPEN), err=True)
