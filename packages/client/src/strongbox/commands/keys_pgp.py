"""`strongbox keys pgp`: OpenPGP keys, made here and read by GnuPG 2.2 (KEY-17).

How they are made is in `strongbox.keys.openpgp_making`.
"""

from datetime import UTC, datetime
from pathlib import Path

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
from strongbox.words import say

# As in strongbox.keys.openpgp_making, which is too heavy to import for a help text.
KINDS = ("rsa-3072", "rsa-4096", "curve25519")
_OWN, _SECRET, _PUBLIC = "own", "pgp-secret.asc", "pgp-public.asc"


@click.group(help=say("OpenPGP keys, with which statements are opened."))
def pgp() -> None:
    """Hold the commands together."""


@pgp.command(
    help=say(
        "Make an OpenPGP key that GnuPG 2.2 and all newer programs read. FILE is where the secret "
        "key goes; the certificate beside it is the half that is sent. Without FILE both go into "
        "the box.\n\n"
        "The passphrase is asked twice and cannot be recovered."
    )
)
@click.argument("file", type=click.Path(path_type=Path), required=False, metavar=say("[FILE]"))
@click.option("--name", required=True, metavar=say("NAME"), help=say("Your name, or the firm's."))
@click.option("--email", required=True, metavar=say("ADDRESS"), help=say("Your e-mail address."))
@click.option(
    "--type",
    "kind",
    type=click.Choice(KINDS),
    default="rsa-3072",
    show_default=True,
    help=say("The kind of key; every program reads RSA."),
)
@passphrase_option()
@click.option("--no-passphrase", "is_open", is_flag=True, help=say("Leave the secret key open."))
@as_json_option
@pass_box
@answering
def make(  # noqa: PLR0913 - one parameter for each option
    box: Box,
    *,
    file: Path | None,
    name: str,
    email: str,
    kind: str,
    secret: str,
    is_open: bool,
    as_json: bool,
) -> None:
    """Make the key; nothing is left behind when it does not work."""
    from strongbox.keys.files import refuse_existing
    from strongbox.keys.openpgp_making import NewPgpKind, make_pgp_key, user_id_of
    from strongbox.keys.pairs import save_pgp_pair
    from strongbox.keys.secrets import new_passphrase

    path = file or box.keys(_OWN) / _SECRET
    beside = path.with_name(_PUBLIC if path.name == _SECRET else f"{path.stem}-public.asc")
    user_id = user_id_of(name, email)
    refuse_existing(path, beside)
    passphrase = None if is_open else new_passphrase(secret, what=str(path.absolute()))
    pair = make_pgp_key(user_id, passphrase, at=datetime.now(UTC), kind=NewPgpKind(kind))
    save_pgp_pair(path, beside, pair)
    _tell(path, beside, pair.fingerprint, as_json=as_json)
    if passphrase is None:
        click.echo(
            say("The secret key is not locked: whoever gets it can read your statements."), err=True
        )


@pgp.command(
    help=say(
        "Print the certificate of a secret key: what is sent to the firm, and nothing else. No "
        "passphrase is needed, and nothing secret is printed."
    )
)
@click.argument("file", type=click.Path(path_type=Path), metavar=say("FILE"))
@answering
def public(file: Path) -> None:
    """Print the certificate."""
    from strongbox.backup.pgp_files import certificate_in_file

    click.echo(certificate_in_file(file).decode("ascii"), nl=False)


def _tell(secret: Path, certificate: Path, fingerprint: str, *, as_json: bool) -> None:
    if as_json:
        print_json({"secret": secret, "certificate": certificate, "fingerprint": fingerprint})
        return
    groups = " ".join(fingerprint[at : at + 4] for at in range(0, len(fingerprint), 4))
    print_pairs(
        {
            say("Secret key"): secret,
            say("Certificate"): certificate,
            say("Fingerprint"): groups,
        }
    )
    text = say("Send {path} and nothing else. Keep a back-up.", path=certificate)
    click.echo(text, err=True)
