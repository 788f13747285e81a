"""Groups of commands whose modules are imported when one of their commands is called.

So help is quick: it lists all of them and loads none. The tables are with the groups.
"""

import importlib
from collections.abc import Mapping
from typing import NamedTuple

import click

from strongbox.words import say


class Entry(NamedTuple):
    """A command's module, its line of help as a marked text, and its name there if another."""

    module: str
    text: str
    held_as: str = ""


def lazy_group(entries: Mapping[str, Entry]) -> type[click.Group]:
    """Return the class of a group with these commands."""

    class LazyGroup(click.Group):
        """Loads a command's module when it is called, and lists all without loading any."""

        def list_commands(self, ctx: click.Context) -> list[str]:
            return sorted(entries)

        def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
            if cmd_name not in entries:
                return None
            entry = entries[cmd_name]
            module = importlib.import_module(f"strongbox.commands.{entry.module}")
            command: click.Command = getattr(module, entry.held_as or cmd_name)
            return command

        def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
            rows = [(name, say(entry.text)) for name, entry in sorted(entries.items())]
            with formatter.section(say("Commands")):
                formatter.write_dl(rows)

    return LazyGroup
