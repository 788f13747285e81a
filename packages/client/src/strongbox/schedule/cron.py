"""Lines in the user's crontab, between two marks; everything outside them stays as it is.

Source: crontab(5). Cron makes up for nothing that it missed, so it runs a second time later.
"""

import re
import shlex
from dataclasses import dataclass
from datetime import datetime

from strongbox.schedule import programs, refusals
from strongbox.schedule.task import Task

_LATER_HOURS = 3
# A crontab's lines end in line feeds; Python's own idea of lines and blanks knows many more signs.
_LINE = re.compile(r"[^\n]*\n|[^\n]+")
_BLANKS = " \t\r\n\v\f"
_TRIES = 3


@dataclass(frozen=True, slots=True)
class Cron:
    """The crontab of this user."""

    def drafts(self, task: Task, now: datetime) -> dict[str, str]:
        """See `Scheduler`."""
        return {"crontab": _block(task, now)}

    def install(self, task: Task, now: datetime) -> None:
        """See `Scheduler`."""
        _change(task.name, _block(task, now))

    def remove(self, name: str) -> bool:
        """See `Scheduler`. A crontab of which nothing is left is removed."""
        return _change(name, "")

    def is_there(self, name: str) -> bool:
        """See `Scheduler`."""
        return _begin(name) in _read().split("\n")


def _change(name: str, block: str) -> bool:
    """Put a block in place of the profile's; whether there was one.

    `crontab -` replaces the whole at once; a change by others in between is looked for before.
    """
    for _ in range(_TRIES):
        before = _read()
        rest = _without(before, name)
        after = rest + ("\n" if rest and not rest.endswith("\n") else "") + block
        if _read() != before:
            continue
        if after.strip(_BLANKS):
            programs.must("crontab", "-", given=after.encode(errors="surrogateescape"))
        elif before:
            programs.must("crontab", "-r")
        return rest != before
    raise refusals.SCHEDULE_CRONTAB.because()


def _read() -> str:
    ran = programs.run("crontab", "-l")
    if ran.status == 0:
        return ran.out.decode(errors="surrogateescape")
    if b"no crontab" in ran.err:
        return ""
    raise ran.refused()


def _without(text: str, name: str) -> str:
    lines = _LINE.findall(text)
    marks = [line.rstrip("\r\n") for line in lines]
    begins, ends = marks.count(_begin(name)), marks.count(_end(name))
    if not begins and not ends:
        return text
    first = marks.index(_begin(name)) if begins else 0
    last = marks.index(_end(name)) if ends else -1
    if (begins, ends) != (1, 1) or last < first:
        raise refusals.SCHEDULE_CRONTAB.because()
    return "".join(lines[:first] + lines[last + 1 :])


def _block(task: Task, now: datetime) -> str:
    """Variables go with the command, because a line of their own would act on all that follow.

    What is printed when all is well goes nowhere; what is not well, cron sends by mail.
    """
    at = task.daily.here(now)
    hours = sorted({at.hour, (at.hour + _LATER_HOURS) % 24})
    variables = [f"{name}={value}" for name, value in task.environment.items()]
    command = shlex.join(["/usr/bin/env", *variables, *task.words]).replace("%", "\\%")
    when = f"{at.minute} {','.join(map(str, hours))} * * *"
    return f"{_begin(task.name)}\n{when} {command} >/dev/null\n{_end(task.name)}\n"


def _begin(name: str) -> str:
    return f"# BEGIN strongbox {name} (`strongbox schedule remove` takes this away)"


def _end(name: str) -> str:
    return f"# END strongbox {name}"
