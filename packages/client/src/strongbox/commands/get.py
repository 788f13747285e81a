"""`strongbox get`: fetch files by name, verified, into a folder of one's choice.

How that is done is in `strongbox.sync.getting`.
"""

from pathlib import Path
from typing import TYPE_CHECKING

import click
from strongroom_formats.one_line import clean_text

from strongbox.commands import fetching
from strongbox.commands.rim import (
    answering,
    as_json_option,
    pass_box,
    print_json,
    profile_option,
)
from strongbox.profiles import files
from strongbox.profiles.box import Box
from strongbox.words import say

if TYPE_CHECKING:
    from strongbox.sync.getting import Got
    from strongbox.sync.rounds import Round


@click.command(
    help=say(
        "Fetch files by name, verified and opened. Nothing that is there is written over, and "
        "`sync` still fetches them for itself."
    )
)
@click.argument("names", nargs=-1, required=True, metavar=say("NAME..."))
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(),
    help=say("The folder for them; this one if none is named."),
)
@profile_option
@as_json_option
@pass_box
@answering
def get(
    box: Box, *, names: tuple[str, ...], output: Path, profile_name: str, as_json: bool
) -> None:
    """Fetch files into a folder."""
    profile = files.load(box, profile_name)
    one = fetching.ask_and_read(profile, lambda _event: None, box)
    for got in fetching.stoppable(_get(one, names, output)):
        if as_json:
            print_json(
                {
                    "name": got.name,
                    "path": got.path,
                    "size": got.size,
                    "verdict": got.verdict,
                    "is_manifest_verified": got.is_manifest_verified,
                }
            )
        else:
            click.echo(clean_text(str(got.path)))


async def _get(one: "Round", names: tuple[str, ...], output: Path) -> "list[Got]":
    from strongbox.sync.getting import get_files
    from strongbox.sync.rounds import opened_job

    with opened_job(one) as job:
        async with one.connector() as session:
            return await get_files(job, session, names, output)
