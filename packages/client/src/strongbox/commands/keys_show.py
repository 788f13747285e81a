"""`strongbox keys show` and `strongbox keys public`: what a key file holds, and what to send.

Converting is in `keys_convert`.
"""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from strongbox.commands.rim import answering, as_json_option, print_json, print_pairs
from strongbox.words import say

if TYPE_CHECKING:
    from strongroom_formats.ssh_public_key import SshPublicKey

    from strongbox.keys.faces import KeyFace

file_argument = click.argument("file", type=click.Path(path_type=Path), metavar=say("FILE"))
"""The private key file that a command is about."""

secret_option = click.option(
    "--passphrase-from",
    "secret",
    metavar=say("SOURCE"),
    default="ask",
    help=say(
        "Where the passphrase comes from: ask, none, keyring, fd:N, credential:NAME, file:PATH."
    ),
)
"""The option of every command that may have to open a key."""


@click.command(
    help=say(
        "Show what a private key file holds: format, kind, fingerprints, and the picture that "
        "`ssh-keygen -lv` draws. A locked key is shown without its passphrase, unless its format "
        "hides the public half."
    )
)
@file_argument
@secret_option
@as_json_option
@answering
def show(file: Path, secret: str, *, as_json: bool) -> None:
    """Look at the file."""
    from strongbox.keys.files import is_open_to_others
    from strongbox.keys.randomart import randomart
    from strongbox.keys.showing import facts_of, rows_of

    face, public = face_of(file, secret)
    if as_json:
        print_json({"path": file, **facts_of(face, public), "randomart": randomart(public)})
    else:
        print_pairs(rows_of(face, public))
        click.echo("\n".join(randomart(public)))
    if is_open_to_others(file):
        text = say("{path} can be read by other people on this machine: chmod 600", path=file)
        click.echo(text, err=True)


@click.command(
    help=say(
        "Print the one line that is sent to the firm, and nothing else. No private part is ever "
        "printed."
    )
)
@file_argument
@secret_option
@answering
def public(file: Path, secret: str) -> None:
    """Print the public half (KEY-2, KEY-3)."""
    from strongbox.keys.writing import public_line

    face, key = face_of(file, secret)
    click.echo(public_line(key, face.comment), nl=False)


def face_of(file: Path, secret: str) -> "tuple[KeyFace, SshPublicKey]":
    """The face and the public half; asks for the passphrase only where the format hides it."""
    from strongbox.keys.files import key_bytes
    from strongbox.keys.reading import look, read_private
    from strongbox.keys.secrets import passphrase_source

    data = key_bytes(file)
    face = look(data)
    if face.public is not None:
        return face, face.public
    return face, read_private(data, passphrase_source(secret, what=str(file.absolute()))).public
