"""`strongbox keys make`: a key pair, made on this machine (KEY-1 to KEY-5).

What a pair is and how it is written is in `strongbox.keys`.
"""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from strongbox.commands.rim import (
    answering,
    as_json_option,
    pass_box,
    passphrase_option,
    print_json,
    print_pairs,
)
from strongbox.profiles.box import Box
from strongbox.words import mark, say

if TYPE_CHECKING:
    from strongbox.keys.faces import PrivateKey
    from strongbox.keys.pairs import PairFiles

# As in strongbox.keys.making, which is too heavy to import for a help text; a test compares them.
KINDS = ("rsa-2048", "rsa-3072", "rsa-4096", "ed25519")
_LEAST = 12
"""Characters; what a back-up's passphrase has to have, a key's is only advised to."""

_SHORT = mark(
    "The passphrase has fewer than {least} characters: whoever copies the file can guess it. "
    "Better take several words that belong to nothing; `strongbox keys convert` with "
    "--new-passphrase-from writes the key anew."
)
_OWN = "own"
_NAME = "statements"


@click.command(
    help=say(
        "Make a key pair. FILE is where the private key goes; FILE.pub beside it is the half that "
        "is sent. Without FILE it goes into the box.\n\n"
        "The passphrase is asked twice and cannot be recovered: without it, a new pair has to be "
        "made and registered."
    )
)
@click.argument("file", type=click.Path(path_type=Path), required=False, metavar=say("[FILE]"))
@click.option(
    "--type",
    "kind",
    type=click.Choice(KINDS),
    default="rsa-3072",
    show_default=True,
    help=say("The kind of pair."),
)
@passphrase_option()
@click.option("--no-passphrase", "is_open", is_flag=True, help=say("Leave the private key open."))
@click.option(
    "--ppk", "has_ppk", is_flag=True, help=say("Write FILE.ppk too, for PuTTY and WinSCP.")
)
@click.option(
    "--comment", default="strongbox", show_default=True, help=say("The label in the key.")
)
@as_json_option
@pass_box
@answering
def make(  # noqa: PLR0913 - one parameter for each option
    box: Box,
    *,
    file: Path | None,
    kind: str,
    secret: str,
    is_open: bool,
    has_ppk: bool,
    comment: str,
    as_json: bool,
) -> None:
    """Make the pair; nothing is left behind when it does not work."""
    from strongbox.keys.files import refuse_existing
    from strongbox.keys.making import NewKind, make_key
    from strongbox.keys.pairs import PairFiles, save_pair
    from strongbox.keys.secrets import new_passphrase

    path = file or box.keys(_OWN) / _NAME
    planned = PairFiles(path)
    refuse_existing(planned.private, planned.public, *([planned.ppk] if has_ppk else []))
    passphrase = None if is_open else new_passphrase(secret, what=str(path.absolute()))
    key = make_key(NewKind(kind), comment)
    files = save_pair(path, key, passphrase, has_ppk=has_ppk)
    _tell(files, key, has_ppk=has_ppk, as_json=as_json)
    if passphrase is None:
        click.echo(say("The private key is not locked: whoever gets it can log in."), err=True)
    elif len(passphrase.decode("utf-8", "replace")) < _LEAST:
        click.echo(say(_SHORT, least=_LEAST), err=True)


def _tell(files: "PairFiles", key: "PrivateKey", *, has_ppk: bool, as_json: bool) -> None:
    from strongbox.keys.showing import words_of

    public = key.public
    if as_json:
        row: dict[str, object] = {
            "private": files.private,
            "ppk": files.ppk if has_ppk else None,
            "public": files.public,
            "algorithm": str(public.algorithm),
            "bits": public.bits,
            "sha256": public.fingerprint_sha256,
            "words": words_of(public),
        }
        print_json(row)
        return
    rows = {say("Private key"): files.private}
    if has_ppk:
        rows[say("For PuTTY")] = files.ppk
    rows[say("Public key")] = files.public
    print_pairs(
        {
            **rows,
            say("Fingerprint"): public.fingerprint_sha256,
            say("In words"): words_of(public),
        }
    )
    click.echo(say("Send {path} and nothing else. Keep a back-up.", path=files.public), err=True)
