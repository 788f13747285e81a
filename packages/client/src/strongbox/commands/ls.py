"""`strongbox ls`: what lies at the firm, and how each of it stands here.

What is shown is decided in `strongbox.sync.looking`.
"""

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
from strongbox.words import mark, say

if TYPE_CHECKING:
    from strongbox.sync.looking import Shown
    from strongbox.sync.rounds import Round

_STANDINGS = {
    "new": mark("new"),
    "have": mark("have"),
    "re-issued": mark("re-issued"),
    "missing": mark("missing"),
    "unlisted": mark("unlisted"),
}


@click.command(
    help=say(
        "List what lies at the firm: new, had, re-issued, missing, or not on a signed manifest yet."
    )
)
@profile_option
@as_json_option
@pass_box
@answering
def ls(box: Box, *, profile_name: str, as_json: bool) -> None:
    """List one firm's files."""
    profile = files.load(box, profile_name)
    one = fetching.ask_and_read(profile, lambda _event: None, box)
    rows = fetching.stoppable(_look(one))
    if not rows and not as_json:
        click.echo(say("Nothing lies there yet; before the first delivery that is normal."))
    for row in rows:
        if as_json:
            print_json(_facts(row))
        else:
            click.echo(_line(row))


async def _look(one: "Round") -> "list[Shown]":
    from strongbox.sync.looking import look
    from strongbox.sync.rounds import opened_job

    with opened_job(one) as job:
        async with one.connector() as session:
            return await look(job, session)


def _facts(row: "Shown") -> dict[str, object]:
    return {
        "name": row.name,
        "size": row.size,
        "state": row.standing,
        "date": row.day,
        "account": row.account,
        "kind": row.kind,
        "revision": row.revision,
    }


def _line(row: "Shown") -> str:
    from strongbox.commands.telling import readable

    state = say(_STANDINGS[row.standing.value])
    return f"{state:<10} {readable(row.size):>10}  {clean_text(row.name)}"
