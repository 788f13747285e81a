"""`strongbox schedule`: the daily run set up, shown and taken away again.

Schedulers are in `strongbox.schedule`.
"""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import click

from strongbox.commands.rim import (
    answering,
    as_json_option,
    pass_box,
    print_json,
    print_pairs,
    profile_option,
)
from strongbox.commands.schedule_words import shown_rows, tell_installed
from strongbox.profiles import files
from strongbox.profiles.box import Box
from strongbox.words import say

if TYPE_CHECKING:
    from strongbox.profiles.profile import Profile
    from strongbox.schedule.record import Record
    from strongbox.schedule.task import Kind
    from strongbox.schedule.times import Daily

Answer = TypeVar("Answer")

_KINDS = ("systemd", "windows", "launchd", "cron")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a run is set up: a scheduler or None for this machine's; the user's or all users'."""

    kind: str | None
    is_system: bool


def _place_options(command: Callable[..., Answer]) -> Callable[..., Answer]:
    """Give a command `--kind` and `--system`; it gets them as one `place`."""

    @functools.wraps(command)
    def run(*args: object, kind: str | None, is_system: bool, **given: object) -> Answer:
        return command(*args, place=Place(kind, is_system), **given)

    run = click.option(
        "--system",
        "is_system",
        is_flag=True,
        help=say("Run also when nobody is logged in; takes the administrator's rights."),
    )(run)
    return click.option(
        "--kind",
        type=click.Choice(_KINDS),
        help=say("The scheduler, if not the one of this machine."),
    )(run)


@click.group(help=say("Run the morning fetch by itself."))
def schedule() -> None:
    """Hold the three commands."""


@schedule.command("install", help=say("Set up the daily run of a profile, or change its time."))
@profile_option
@click.option(
    "--at",
    metavar=say("HH:MM"),
    default="",
    help=say("When, on this machine's clock; else a quarter of an hour after the firm's promise."),
)
@_place_options
@click.option("--print", "is_draft", is_flag=True, help=say("Show it only; change nothing."))
@pass_box
@answering
def install(box: Box, *, profile_name: str, at: str, place: Place, is_draft: bool) -> None:
    """Check the passphrase's source first: a run that nobody watches cannot ask."""
    from datetime import UTC, datetime

    from strongbox.schedule import choosing, making, secrets
    from strongbox.schedule.record import Record

    profile = files.load(box, profile_name)
    chosen = _kind(box, profile.name, place.kind)
    scheduler = choosing.scheduler(chosen, is_system=place.is_system)
    way = secrets.way_for(box, profile, chosen, is_system=place.is_system)
    daily = _daily(profile, at)
    task = making.task_for(box, profile, chosen, daily=daily, way=way)
    now = datetime.now(UTC)
    if is_draft:
        for where, text in scheduler.drafts(task, now).items():
            click.echo(f"# {where}\n{text}")
        return
    choosing.check_present(chosen)
    record = Record(chosen, place.is_system, daily)
    _remove_other(box, profile.name, record)
    try:
        scheduler.install(task, now)
    except PermissionError as error:
        if place.is_system:
            raise making.needs_root(box, error) from error
        raise
    _keep(box, profile.name, record)
    tell_installed(record, way.warning, now=now)


@schedule.command("show", help=say("Show the daily run: when it comes next, how the last went."))
@profile_option
@as_json_option
@pass_box
@answering
def show(box: Box, *, profile_name: str, as_json: bool) -> None:
    """What the scheduler says counts, not what is remembered of it."""
    from datetime import UTC, datetime

    from strongbox.schedule import choosing
    from strongbox.schedule.record import remembered
    from strongbox.sync.status import last_run

    name = files.load(box, profile_name).name
    record = remembered(box, name)
    if record is not None:
        scheduler = choosing.scheduler(record.kind, is_system=record.is_system)
        record = record if scheduler.is_there(name) else None
    last = last_run(box, name)
    row: dict[str, object] = {
        "profile": name,
        "installed": record is not None,
        "kind": record.kind.value if record else None,
        "system": record.is_system if record else None,
        "at": record.daily.shown if record else None,
        "next": record.daily.next_after(datetime.now(UTC)) if record else None,
        "last_started": last.started_at if last else None,
        "last_state": last.state.value if last else None,
        "last_exit": last.exit if last else None,
        "last_code": last.code if last else None,
    }
    if as_json:
        print_json(row)
    else:
        print_pairs(shown_rows(row))


@schedule.command("remove", help=say("Take the daily run away; statements and keys stay."))
@profile_option
@_place_options
@pass_box
@answering
def remove(box: Box, *, profile_name: str, place: Place) -> None:
    """Also what was set up before a record was kept, if its kind is named."""
    from strongbox.schedule import choosing, making, record

    name = files.load(box, profile_name).name
    known = record.remembered(box, name)
    kind = place.kind or (known.kind.value if known else None)
    is_system = place.is_system or (known is not None and known.is_system)
    try:
        scheduler = choosing.scheduler(_kind(box, name, kind), is_system=is_system)
        was_there = scheduler.remove(name)
    except PermissionError as error:
        if is_system:
            raise making.needs_root(box, error) from error
        raise
    record.forget(box, name)
    gone = say("The daily run of {name} is taken away.", name=name)
    click.echo(gone if was_there else say("There was no daily run of {name}.", name=name))


def _kind(box: Box, name: str, kind: str | None) -> "Kind":
    from strongbox.schedule import choosing, making
    from strongbox.schedule.task import Kind

    if kind:
        return Kind(kind)
    return choosing.usual_kind(command=" ".join(making.command_for(box, name)))


def _daily(profile: "Profile", at: str) -> "Daily":
    from strongbox.schedule.times import read_daily, usual_for

    return read_daily(at) if at else usual_for(profile.calendar)


def _remove_other(box: Box, name: str, record: "Record") -> None:
    """One profile has one daily run: an earlier one elsewhere ends."""
    from strongbox.schedule import choosing
    from strongbox.schedule.record import remembered

    old = remembered(box, name)
    if old and (old.kind, old.is_system) != (record.kind, record.is_system):
        choosing.scheduler(old.kind, is_system=old.is_system).remove(name)


def _keep(box: Box, name: str, record: "Record") -> None:
    from strongbox.schedule import choosing
    from strongbox.schedule.record import remember

    try:
        remember(box, name, record)
    except BaseException:
        choosing.scheduler(record.kind, is_system=record.is_system).remove(name)
        raise
