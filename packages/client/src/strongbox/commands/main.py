"""The `strongbox` command: its global options, and the names of its commands.

Each command lives in a module of its own and is imported when it is used, so help is quick.
"""

import gettext
import os
from pathlib import Path

import click

from strongbox.commands.lazy import Entry, lazy_group
from strongbox.profiles.box import Box, default_box
from strongbox.refusal import Exit
from strongbox.words import language, mark, say

# click says its own words through gettext's domain for programs without a name of their own.
gettext.bindtextdomain("messages", str(Path(__file__).parent / "locale"))
os.environ["LANGUAGE"] = language()

_COMMANDS = {
    "ack": Entry("ack", mark("Tell the firm that statements were processed.")),
    "doctor": Entry("doctor", mark("Say why it does not work, and what to do.")),
    "enrol": Entry("enrol", mark("Set everything up from the firm's invitation.")),
    "get": Entry("get", mark("Fetch statements by name.")),
    "keys": Entry("keys", mark("Key pairs: make, show, convert, back up, restore, rotate.")),
    "ls": Entry("ls", mark("List what lies at the firm.")),
    "profile": Entry(
        "profile", mark("Profiles: add, show, change, and exchange with other programs.")
    ),
    "request": Entry("request", mark("Write the enrolment mail for firms that want one.")),
    "schedule": Entry("schedule", mark("Run the morning fetch by itself.")),
    "sync": Entry("sync", mark("Fetch what is new, verified, once.")),
    "watch": Entry("watch", mark("Go on fetching as statements appear.")),
}


@click.command(
    cls=lazy_group(_COMMANDS),
    context_settings={"help_option_names": ["-h", "--help"]},
    help=say(
        "Fetch account statements from a firm, verified, and keep the keys for it.\n\n"
        "Exit statuses: 0 done or nothing new, 64 usage, 65 damaged or unsigned, 66 expected but "
        "absent, 67 login unknown, 68 no such host, 69 server away, 73 cannot write, 75 try "
        "again, 76 protocol or host key, 77 refused, 78 configuration."
    ),
)
@click.option(
    "--box",
    type=click.Path(path_type=Path),
    envvar="STRONGBOX_HOME",
    default=default_box,
    help=say("The folder of profiles and keys. Also STRONGBOX_HOME."),
)
@click.version_option(package_name="strongbox", prog_name="strongbox")
@click.pass_context
def strongbox(ctx: click.Context, box: Path) -> None:
    """Keep the box for the commands."""
    ctx.obj = Box(box)


def main() -> None:
    """Run the command line with our exit statuses."""
    click.UsageError.exit_code = int(Exit.USAGE)
    strongbox.main(prog_name="strongbox")
