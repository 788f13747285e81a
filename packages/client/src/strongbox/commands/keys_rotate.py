"""`strongbox keys rotate`: the next key is made and handed over; it takes over by itself.

What is done is in `enrolment.rotating`; who tries the next key first is `sync`.
"""

from typing import TYPE_CHECKING

import click
from strongroom_formats.one_line import clean_text

from strongbox.commands.rim import answering, as_json_option, pass_box, print_json, profile_option
from strongbox.profiles import files
from strongbox.profiles.box import Box
from strongbox.words import say

if TYPE_CHECKING:
    from strongbox.enrolment.rotating import Rotated


@click.command(
    help=say(
        "Make the next login key and hand its public half to the firm, signed by the old one. "
        "Every command tries it first from then on; at its first success it takes over, and "
        "until then the old key goes on working."
    )
)
@profile_option
@click.option(
    "--kind",
    type=click.Choice(("rsa-2048", "rsa-3072", "rsa-4096", "ed25519")),
    default="rsa-3072",
    show_default=True,
    help=say("The kind of the next key."),
)
@click.option("--forget", is_flag=True, help=say("Give up a next key that did not take over yet."))
@as_json_option
@pass_box
@answering
def rotate(box: Box, *, profile_name: str, kind: str, forget: bool, as_json: bool) -> None:
    """Begin the change, or give it up."""
    from strongbox.enrolment import rotating
    from strongbox.keys.making import NewKind

    profile = files.load(box, profile_name)
    if forget:
        path = rotating.forget(box, profile)
        click.echo(say("The next key is given up; its file stays: {path}", path=path))
        return
    rotated = rotating.rotate(box, profile, NewKind(kind))
    if as_json:
        print_json(
            {
                "profile": profile.name,
                "path": rotated.path,
                "fingerprint": rotated.fingerprint,
                "words": rotated.words,
                "public": rotated.public_line,
                "state": "by-hand" if rotated.state is None else rotated.state,
            }
        )
        return
    click.echo(_text(rotated, clean_text(profile.firm or profile.host, 200), profile.name))


def _text(rotated: "Rotated", firm: str, name: str) -> str:
    from strongbox.api.enrolling import EnrolmentState

    facts = {
        "path": rotated.path,
        "words": rotated.words,
        "fingerprint": rotated.fingerprint,
        "firm": firm,
        "name": name,
    }
    match rotated.state:
        case None:
            return say(
                "The next key is in {path}. {firm} has to be told by hand. Send it this line, "
                "and nothing else:\n\n"
                "{line}\n\n"
                "Its fingerprint is {fingerprint}. Once the firm has registered it, any command, "
                "such as `strongbox sync --profile {name}`, changes over by itself.",
                line=rotated.public_line,
                **facts,
            )
        case EnrolmentState.APPROVED:
            return say(
                "The next key is in {path}, and {firm} has approved it: {fingerprint}, {words}. "
                "The next `strongbox sync --profile {name}` changes over.",
                **facts,
            )
        case _:
            return say(
                "The next key is in {path}, and {firm} has it: {fingerprint}. It waits for the "
                "firm's approval; be ready to compare these words by telephone:\n\n"
                "    {words}\n\n"
                "Until then the old key goes on working.",
                **facts,
            )
