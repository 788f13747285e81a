"""`strongbox keys`: the names of its commands.

Each lives in a module of its own and is imported when it is used.
"""

import importlib

import click

from strongbox.words import mark, say

_COMMANDS: dict[str, tuple[str, str]] = {
    "backup": ("keys_backup", mark("Keep the keys in one locked file, or on paper.")),
    "convert": ("keys_convert", mark("Write a key in another format.")),
    "make": ("keys_make", mark("Make a key pair.")),
    "move": ("keys_backup", mark("Take the keys to another machine.")),
    "pgp": ("keys_backup", mark("OpenPGP keys, with which statements are opened.")),
    "public": ("keys_show", mark("Print what to send to the firm, and nothing else.")),
    "rehearse": ("keys_backup", mark("Prove that the back-up works.")),
    "restore": ("keys_backup", mark("Bring the keys back from a back-up.")),
    "rotate": ("keys_rotate", mark("Replace the key at the firm without a gap.")),
    "show": ("keys_show", mark("Show what a key file holds.")),
}


class _Commands(click.Group):
    """Loads a command's module when it is called, and lists all without loading any."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        module = importlib.import_module(f"strongbox.commands.{_COMMANDS[cmd_name][0]}")
        command: click.Command = getattr(module, cmd_name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        rows = [(name, say(text)) for name, (_, text) in sorted(_COMMANDS.items())]
        with formatter.section(say("Commands")):
            formatter.write_dl(rows)


@click.command(cls=_Commands, help=say("Key pairs: make, show, convert, back up, restore, rotate."))
def keys() -> None:
    """Hold the commands together."""
