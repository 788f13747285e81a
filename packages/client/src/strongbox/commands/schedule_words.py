"""What `strongbox schedule` says: after an installation, and of the run that is set up.

The commands themselves are in `schedule`.
"""

from datetime import datetime
from typing import TYPE_CHECKING

import click

from strongbox.words import mark, say

if TYPE_CHECKING:
    from strongbox.schedule.record import Record

_STATES = {
    "running": mark("still running, or killed"),
    "done": mark("done"),
    "refused": mark("failed"),
    "stopped": mark("stopped"),
}
_NOTES = {
    "systemd": mark(
        "Runs while you are logged in. `loginctl enable-linger` lets it run at other times too."
    ),
    "cron": mark(
        "Cron mails what goes wrong: put MAILTO=your@address at the top of the crontab. It does "
        "not make up for a machine that was off."
    ),
    "launchd": mark("Runs at log-in as well, because a machine that was off misses its time."),
    "windows": mark("Runs while you are logged in; a missed start is made up for."),
}


def tell_installed(record: "Record", warning: str, *, now: datetime) -> None:
    """The result on stdout; what a person should know of this scheduler on stderr."""
    start = record.daily.next_after(now)
    text = say(
        "Runs every day at {at}, next on {next}. `strongbox schedule show` tells how it went.",
        at=record.daily.shown,
        next=f"{start:%Y-%m-%d %H:%M %Z}",
    )
    click.echo(text)
    if record.daily.zone and record.kind.value != "systemd":
        click.echo(
            say(
                "{kind} knows this machine's time only: where {zone} changes its clocks on other "
                "days, the run is an hour off until `strongbox schedule install` is run again.",
                kind=record.kind.value,
                zone=record.daily.zone,
            ),
            err=True,
        )
    if not record.is_system:
        click.echo(say(_NOTES[record.kind.value]), err=True)
    if warning:
        click.echo(warning, err=True)


def shown_rows(row: dict[str, object]) -> dict[str, object]:
    """What `show` found, for a person."""
    never, moment = say("never"), row["next"]
    return {
        say("Profile"): row["profile"],
        say("Daily run"): row["at"] if row["installed"] else say("not set up"),
        say("Scheduler"): row["kind"] or "-",
        say("Next run"): f"{moment:%Y-%m-%d %H:%M %Z}" if row["installed"] else never,
        say("Last run"): f"{row['last_started']:%Y-%m-%d %H:%M %Z}"
        if row["last_started"]
        else never,
        say("Its result"): _result(row),
    }


def _result(row: dict[str, object]) -> str:
    if not row["last_started"]:
        return "-"
    state = say(_STATES[str(row["last_state"])])
    return f"{state} ({row['last_code'] or row['last_exit']})"
