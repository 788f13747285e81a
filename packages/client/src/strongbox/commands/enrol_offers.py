"""What is offered when an enrolment is done: the daily run, and files for other programs.

Both are commands of their own, which are run here as a person would run them.
"""

import contextlib
import sys
from collections.abc import Sequence
from dataclasses import dataclass

import click

from strongbox.commands.profile_exchange import export
from strongbox.commands.schedule import schedule
from strongbox.profiles.box import Box
from strongbox.words import say


@dataclass(frozen=True, slots=True)
class Offers:
    """What was asked for on the command line; `may_ask` where a person can be asked for more."""

    programs: Sequence[str]
    has_schedule: bool
    may_ask: bool
    as_json: bool


def offer(box: Box, name: str, offers: Offers) -> None:
    """Do what was asked for, or ask. A failure ends the command with its own exit status."""
    if offers.has_schedule or (offers.may_ask and _wants_schedule()):
        _run(box, schedule, ["install", "--profile", name], is_quiet=offers.as_json)
    programs = list(offers.programs)
    if not programs and offers.may_ask:
        programs = _wanted_programs()
    for program in programs:
        _run(box, export, [program, "--profile", name], is_quiet=offers.as_json)


def _wants_schedule() -> bool:
    return click.confirm(say("Fetch every day by itself from now on?"), err=True)


def _wanted_programs() -> list[str]:
    """The programs that a person names, none for the Enter key."""
    asked = say(
        "Set up other programs too, such as filezilla or openssh? Name them, or press Enter"
    )
    named: str = click.prompt(asked, default="", show_default=False, err=True)
    return named.replace(",", " ").split()


def _run(box: Box, command: click.Command, words: list[str], *, is_quiet: bool) -> None:
    """Run another command; its lines are not for the program that reads our events."""
    with contextlib.redirect_stdout(sys.stderr) if is_quiet else contextlib.nullcontext():
        command.main(words, prog_name="strongbox", standalone_mode=False, obj=box)
