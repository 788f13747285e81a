"""`strongbox profile`: the names of its commands.

Each lives in a module of its own and is imported when it is used.
"""

import click

from strongbox.commands.lazy import Entry, lazy_group
from strongbox.words import mark, say

_COMMANDS = {
    "add": Entry("profile_add", mark("Add a firm that runs no Strongroom.")),
    "export": Entry("profile_exchange", mark("Set up another program from a profile.")),
    "import": Entry("profile_exchange", mark("Take a connection from another program."), "import_"),
    "list": Entry("profile_show", mark("List the profiles."), "list_"),
    "remove": Entry("profile_show", mark("Forget a profile; its files stay.")),
    "set": Entry("profile_set", mark("Change settings of a profile."), "set_"),
    "show": Entry("profile_show", mark("Show a profile.")),
}


@click.command(
    cls=lazy_group(_COMMANDS),
    help=say("Profiles: add, show, change, and exchange with other programs."),
)
def profile() -> None:
    """Hold the commands together."""
