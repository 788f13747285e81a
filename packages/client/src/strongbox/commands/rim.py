"""The rim of the command line: refusals become a sentence and an exit status, results lines.

The commands themselves are in the modules beside this one.
"""

import functools
import json
import os
import sys
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date, datetime
from enum import Enum
from pathlib import Path
from typing import NoReturn, ParamSpec, TypeVar

import click
from strongroom_formats.one_line import clean_text, is_clean

from strongbox.commands import refusals
from strongbox.profiles.box import Box
from strongbox.refusal import Exit, Refused
from strongbox.words import say

_LONGEST = 4000

Given = ParamSpec("Given")
Answer = TypeVar("Answer")

pass_box = click.make_pass_decorator(Box)
"""Hands the `Box` to a command."""

as_json_option = click.option(
    "--json", "as_json", is_flag=True, help=say("One JSON object a line, for programs.")
)
"""The option of every command that lists, shows or reports."""

profile_option = click.option(
    "--profile",
    "profile_name",
    metavar=say("NAME"),
    envvar="STRONGBOX_PROFILE",
    default="",
    help=say("Which profile; not needed while there is only one."),
)
"""The option of every command that works with one firm."""


def passphrase_option(
    default: str = "ask",
) -> Callable[[Callable[Given, Answer]], Callable[Given, Answer]]:
    """Make the option of a command that makes or opens keys of this machine's own."""
    return click.option(
        "--passphrase-from",
        "secret",
        metavar=say("SOURCE"),
        default=default,
        help=say(
            "Where the passphrase comes from: ask, keyring, fd:N, credential:NAME, file:PATH."
        ),
    )


def answering(command: Callable[Given, Answer]) -> Callable[Given, Answer]:
    """Turn refusals and trouble with the disk into a sentence on stderr and an exit status."""

    @functools.wraps(command)
    def run(*args: Given.args, **named: Given.kwargs) -> Answer:
        try:
            return command(*args, **named)
        except Refused as refused:
            fail(refused)
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            sys.exit(Exit.OK)
        except KeyboardInterrupt:
            fail(refusals.INTERRUPTED.because())
        except FileNotFoundError as error:
            fail(refusals.NO_FILE.because(path=error.filename or say("a file")))
        except OSError as error:
            path, why = error.filename or say("a file"), error.strerror or str(error)
            fail(refusals.DISK.because(path=path, why=why))

    return run


def fail(refused: Refused) -> NoReturn:
    """Say what happened on stderr and end with the refusal's exit status."""
    click.echo(f"{refused.code}: {clean_text(str(refused), _LONGEST)}", err=True)
    sys.exit(int(refused.kind.exit))


def print_json(row: Mapping[str, object]) -> None:
    """Print one JSON object on a line of its own, at once; what acts on a terminal is escaped."""
    text = json.dumps(row, default=_plain, ensure_ascii=False)
    if not is_clean(text):  # JSON itself escapes line ends, and no other control but the oldest
        text = "".join(sign if is_clean(sign) else json.dumps(sign)[1:-1] for sign in text)
    click.echo(text)
    sys.stdout.flush()


def print_pairs(row: Mapping[str, object]) -> None:
    """Print a line for each name and value, aligned."""
    width = max(columns(name) for name in row)
    for name, value in row.items():
        gap = " " * (width - columns(name) + 2)
        click.echo(f"{name}{gap}{clean_text(str(value), _LONGEST)}")


def columns(text: str) -> int:
    """Return how many columns of a terminal a text takes; Japanese signs take two."""
    return sum(2 if unicodedata.east_asian_width(sign) in {"W", "F"} else 1 for sign in text)


def _plain(value: object) -> object:
    match value:
        case datetime() | date():
            return value.isoformat()
        case Enum():
            return value.value
        case Path():
            return str(value)
        case _:
            return str(value)
