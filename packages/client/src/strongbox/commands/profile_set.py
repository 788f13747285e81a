"""`strongbox profile set`: settings of a profile, each checked before anything is saved.

Which settings there are is in `enrolment.changing`.
"""

import click

from strongbox.commands.rim import answering, pass_box, profile_option
from strongbox.profiles import files
from strongbox.profiles.box import Box
from strongbox.words import say


@click.command(
    "set",
    help=say(
        "Change settings of a profile, such as landing=/data/statements, streams=8, "
        "keys.secret=keyring or calendar.expected_by=18:30. A wrong one changes nothing."
    ),
)
@click.argument("assignments", nargs=-1, required=True, metavar=say("SETTING=VALUE..."))
@profile_option
@pass_box
@answering
def set_(box: Box, *, assignments: tuple[str, ...], profile_name: str) -> None:
    """Change all of them, or none."""
    from strongbox.enrolment.changing import change

    profile = files.load(box, profile_name)
    for assignment in assignments:
        profile = change(profile, assignment)
    files.save(box, profile)
    click.echo(say("The profile {name} is saved.", name=profile.name))
