"""`strongbox profile`: the names of its commands.

Each lives in a module of its own and is imported when it is used.
"""

import importlib

import click

from strongbox.words import mark, say

_COMMANDS: dict[str, tuple[str, str, str]] = {
    "add": ("profile_add", "add", mark("Add a firm that runs no Strongroom.")),
    "export": ("profile_exchange", "export", mark("Set up another program from a profile.")),
    "import": ("profile_exchange", "import_", mark("Take a connection from another program.")),
    "list": ("profile_show", "list_", mark("List the profiles.")),
    "remove": ("profile_show", "remove", mark("Forget a profile; its files stay.")),
    "set": ("profile_set", "set_", mark("Change settings of a profile.")),
    "show": ("profile_show", "show", mark("Show a profile.")),
}


class _Commands(click.Group):
    """Loads a command's module when it is called, and lists all without loading any."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        module, name, _ = _COMMANDS[cmd_name]
        command: click.Command = getattr(
            importlib.import_module(f"strongbox.commands.{module}"), name
        )
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        rows = [(name, say(text)) for name, (_, _, text) in sorted(_COMMANDS.items())]
        with formatter.section(say("Commands")):
            formatter.write_dl(rows)


@click.command(
    cls=_Commands, help=say("Profiles: add, show, change, and exchange with other programs.")
)
def profile() -> None:
    """Hold the commands together."""
