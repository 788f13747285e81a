"""`strongbox profile export` and `profile import`: connections given to and taken from programs.

What the programs' files look like is in `tools`.
"""

from pathlib import Path

import click
from strongroom_formats.one_line import clean_text

from strongbox.commands.rim import answering, as_json_option, pass_box, print_json, profile_option
from strongbox.profiles import files
from strongbox.profiles.box import Box
from strongbox.words import say

# The list of `tools.every`, which is imported when a command runs; a test holds both together.
_NAMES = ("cyberduck", "filezilla", "lftp", "openssh", "rclone", "winscp")

_tool_argument = click.argument("tool", type=click.Choice(_NAMES), metavar=say("PROGRAM"))


@click.command(
    "export",
    help=say(
        "Write a profile's connection for another program, with the host keys where it has a "
        "place for them: {programs}.",
        programs=", ".join(_NAMES),
    ),
)
@_tool_argument
@profile_option
@click.option(
    "--into",
    type=click.Path(path_type=Path, file_okay=False),
    help=say("The folder for the files; otherwise PROFILE-PROGRAM here."),
)
@click.option("--replace", is_flag=True, help=say("Write over files that are there already."))
@as_json_option
@pass_box
@answering
def export(  # noqa: PLR0913, PLR0917 - one for each option
    box: Box, tool: str, profile_name: str, into: Path | None, replace: bool, as_json: bool
) -> None:
    """Write the files and say how to use them."""
    from strongbox.tools import exchange
    from strongbox.tools.every import TOOLS

    profile = files.load(box, profile_name)
    folder = into or Path(f"{profile.name}-{tool}")
    exported = exchange.export(profile, TOOLS[tool], folder, is_replacing=replace)
    if as_json:
        written = [str(path) for path in exported.files]
        print_json({"tool": tool, "files": written, "notes": exported.notes})
        return
    for path in exported.files:
        click.echo(path)
    for note in exported.notes:
        click.echo(note, err=True)


@click.command(
    "import",
    help=say(
        "Make a profile of a connection that another program has. Passwords and other secrets in "
        "its file are never read."
    ),
)
@_tool_argument
@click.argument("source", type=click.Path(path_type=Path), metavar=say("FILE"))
@click.option("--site", default="", help=say("Which connection of the file, by its name."))
@click.option("--name", default="", help=say("The name of the new profile."))
@click.option(
    "--key", type=click.Path(path_type=Path), help=say("Your private key, if the file names none.")
)
@click.option(
    "--landing", type=click.Path(path_type=Path), help=say("The folder where statements land.")
)
@as_json_option
@pass_box
@answering
def import_(  # noqa: PLR0913, PLR0917 - one for each option
    box: Box,
    tool: str,
    source: Path,
    site: str,
    name: str,
    key: Path | None,
    landing: Path | None,
    as_json: bool,
) -> None:
    """Read the connection, save the profile, and say what was passed over."""
    from strongbox.profiles import refusals
    from strongbox.tools import exchange
    from strongbox.tools.every import TOOLS

    found, warnings = exchange.choose(TOOLS[tool], source, site)
    chosen = name or exchange.profile_name(found.name)
    files.check_name(chosen)
    if chosen in files.names(box):
        raise refusals.PROFILE_EXISTS.because(name=chosen)
    lands = (landing or Path.home() / "statements" / chosen).absolute()
    profile = exchange.to_profile(found, chosen, lands, key)
    files.save(box, profile)
    warnings = (*warnings, *exchange.gaps(profile))
    if as_json:
        print_json({"profile": chosen, "host": profile.host, "port": profile.port,
                    "login": profile.login, "key": profile.keys.ssh,
                    "host_keys": profile.host_keys, "warnings": warnings})  # fmt: skip
        return
    click.echo(
        say("Profile {name}: {login} at {host}, port {port}.", name=chosen, login=profile.login,
            host=profile.host, port=profile.port)
    )  # fmt: skip
    for warning in warnings:
        click.echo(clean_text(warning), err=True)
