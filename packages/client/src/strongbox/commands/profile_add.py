"""`strongbox profile add`: a firm that runs no Strongroom, its host key compared by a person.

Whether a host key is the right one is judged in `enrolment.foreign`.
"""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from strongbox.commands.rim import answering, pass_box, passphrase_option
from strongbox.profiles.box import Box
from strongbox.words import say

if TYPE_CHECKING:
    from strongbox.profiles.presets import Preset


@click.command(
    "add",
    help=say(
        "Add a firm that runs no Strongroom. Its host key is never trusted silently: compare the "
        "fingerprint that is shown with the one that the firm published, or give it with "
        "--host-key."
    ),
)
@click.argument("name", metavar=say("NAME"))
@click.option("--preset", default="", metavar=say("FIRM"), help=say("Published facts: ibkr."))
@click.option("--host", default="", metavar=say("HOST"), help=say("The server's name."))
@click.option("--port", type=click.IntRange(1, 65_535), help=say("The server's port."))
@click.option("--login", required=True, metavar=say("LOGIN"), help=say("Your login name there."))
@click.option(
    "--key",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help=say("Your private SSH key; it stays where it is."),
)
@click.option(
    "--pgp-key",
    "pgp_keys",
    multiple=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help=say("A private OpenPGP key that opens statements."),
)
@click.option(
    "--sender-certificate",
    type=click.Path(path_type=Path, dir_okay=False),
    help=say("The firm's OpenPGP certificate; without it, unsigned statements are let through."),
)
@click.option(
    "--host-key",
    "host_keys",
    multiple=True,
    metavar=say("KEY"),
    help=say("A host key that the firm published: its line, or SHA256:…."),
)
@click.option(
    "--folder",
    default="",
    metavar=say("FOLDER"),
    help=say("The server's folder of statements; the login's own folder otherwise."),
)
@click.option(
    "--landing",
    type=click.Path(path_type=Path, file_okay=False),
    help=say("Where statements will land; ~/statements/NAME otherwise."),
)
@passphrase_option()
@pass_box
@answering
def add(  # noqa: PLR0913 - one parameter for each option
    box: Box,
    *,
    name: str,
    preset: str,
    host: str,
    port: int | None,
    login: str,
    key: Path,
    pgp_keys: tuple[Path, ...],
    sender_certificate: Path | None,
    host_keys: tuple[str, ...],
    folder: str,
    landing: Path | None,
    secret: str,
) -> None:
    """Save the profile."""
    from strongbox.keys.files import look_at_file
    from strongbox.keys.secrets import passphrase_source
    from strongbox.profiles import files
    from strongbox.profiles.profile import OwnKeys, Profile, Sender
    from strongbox.profiles.refusals import PROFILE_EXISTS

    files.check_name(name)
    if name in files.names(box):
        raise PROFILE_EXISTS.because(name=name)
    place = _place(preset, host, port, folder)
    look_at_file(key)
    passphrase_source(secret, what=name)
    paths = tuple(path.absolute() for path in pgp_keys)
    certificate = None if sender_certificate is None else sender_certificate.absolute()
    profile = Profile(
        name=name,
        host=place.host,
        port=place.port,
        login=login,
        host_keys=_accepted(place.host, place.port, host_keys),
        keys=OwnKeys(key.absolute(), pgp=paths, secret=secret),
        landing=(landing or Path.home() / "statements" / name).absolute(),
        firm=place.firm,
        folders=place.folders,
        sender=Sender((), certificate, certificate is not None),
    )
    files.save(box, profile)
    click.echo(say("The profile {name} is saved. Try it: strongbox ls --profile {name}", name=name))


def _place(preset: str, host: str, port: int | None, folder: str) -> "Preset":
    """Where the server is: what was given goes before what is published."""
    from dataclasses import replace

    from strongbox.enrolment.refusals import ADD_HOST
    from strongbox.profiles.presets import PRESETS, Preset
    from strongbox.profiles.profile import Folders

    known = PRESETS.get(preset)
    if (preset and known is None) or (known is None and not (host and port)):
        raise ADD_HOST.because(presets=", ".join(PRESETS))
    if known is None:
        known = Preset("", host, port or 0, Folders(folder or ".", "", "", ""))
    folders = replace(known.folders, outgoing=folder or known.folders.outgoing)
    return replace(known, host=host or known.host, port=port or known.port, folders=folders)


def _accepted(host: str, port: int, wanted: tuple[str, ...]) -> tuple[str, ...]:
    """The host keys to accept: whole lines as given, fingerprints after a look at the server."""
    import asyncio

    from strongbox.enrolment import foreign, refusals
    from strongbox.wire.pinned import pinned_keys
    from strongbox.wire.presented import presented_host_keys

    lines = foreign.given_lines(wanted)
    if lines and len(lines) == len(wanted):
        return lines
    shown = asyncio.run(presented_host_keys(host, port, 15.0))
    if wanted:
        return (*lines, *foreign.confirmed(shown, wanted, host=host))
    fingerprints = [f"{key.algorithm} {key.fingerprint_sha256}" for key in pinned_keys(shown)]
    if has_person():
        click.echo(say("{host} port {port} shows these host keys:", host=host, port=port))
        click.echo("\n".join(f"    {line}" for line in fingerprints))
        if click.confirm(say("Did the firm publish exactly these fingerprints?"), err=True):
            return shown
    raise refusals.ADD_HOST_KEY_UNSEEN.because(host=host, shown=", ".join(fingerprints))


def has_person() -> bool:
    """Whether somebody is there who can compare."""
    return sys.stdin.isatty()
