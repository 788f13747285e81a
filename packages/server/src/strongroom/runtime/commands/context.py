"""What every command needs: the home, its settings, Django, the actor, and how to answer.

The commands themselves are in the modules beside this one.
"""

import functools
import getpass
import json
import os
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import NoReturn, ParamSpec, TypeVar

import click
from strongroom_formats.one_line import clean_text

from strongroom.audit.act import Act
from strongroom.rules import refusals
from strongroom.runtime import clock
from strongroom.runtime.configuration import read_settings
from strongroom.runtime.django_setup import Site, start_django
from strongroom.runtime.home import Home, open_home
from strongroom.runtime.meaning import refuse_nonsense
from strongroom.runtime.settings import Settings

_LONGEST_SENTENCE = 4000

Given = ParamSpec("Given")
Answer = TypeVar("Answer")


@dataclass(slots=True)
class Context:
    """One run of the command line; the home is opened when a command first asks for it.

    `site` is what the process shows over HTTP, if anything.
    """

    root: Path
    operator: str
    site: Site = Site.STATUS
    _opened: "Opened | None" = None

    def open(self) -> "Opened":
        """Open the home and start Django. Raises Refused: HOME-…, CONFIGURATION-…, DATABASE-…."""
        if self._opened is None:
            home = open_home(self.root)
            settings = read_settings(home.settings, os.environ)
            refuse_nonsense(settings)
            start_django(settings, home.root, site=self.site)
            _refuse_old_database(home)
            self._opened = Opened(home, settings, self.operator)
        return self._opened


@dataclass(frozen=True, slots=True)
class Opened:
    """An open home with its settings, and who is at the keyboard."""

    home: Home
    settings: Settings
    operator: str

    def act(self) -> Act:
        """Return who acts, and that it is now."""
        return Act(f"operator:{self.operator}", clock.now())


def _refuse_old_database(home: Home) -> None:
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise refusals.HOME_OLD.because(home=home.root)


def operator_name() -> str:
    """Return the name of the operating system's user; what it does is recorded under it."""
    try:
        return clean_text(getpass.getuser(), 60)
    except (KeyError, OSError):
        return str(os.getuid())


def answering(command: Callable[Given, Answer]) -> Callable[Given, Answer]:
    """Turn refusals and database trouble into a sentence on stderr and an exit status."""

    @functools.wraps(command)
    def run(*args: Given.args, **named: Given.kwargs) -> Answer:
        try:
            return command(*args, **named)
        except refusals.Refused as refused:
            fail(refused)
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            sys.exit(refusals.Exit.OK)
        except Exception as error:  # noqa: BLE001 - the rim: told as a refusal or raised again
            fail(_as_refusal(error))

    return run


def _as_refusal(error: Exception) -> refusals.Refused:
    from django.db import OperationalError

    from strongroom.statements.ports import StorageError

    if isinstance(error, StorageError):
        return refusals.DISK.because(path="The storage", why=error)
    if isinstance(error, OperationalError):
        text = str(error).strip().splitlines()[0] if str(error) else "no answer"
        # What SQLite and PostgreSQL say of a full disk.
        if "is full" in text or "No space left" in text:
            return refusals.DISK.because(path="The database", why="no room is left on its disk")
        if "locked" in text or "busy" in text:
            return refusals.DATABASE_BUSY.because()
        return refusals.DATABASE_DOWN.because(why=text)
    if isinstance(error, OSError) and error.errno is not None:
        return refusals.DISK.because(path=error.filename or "a file", why=error.strerror)
    raise error


def fail(refused: refusals.Refused) -> NoReturn:
    """Say what happened and end with the refusal's exit status."""
    click.echo(f"{refused.code}: {clean_text(str(refused), _LONGEST_SENTENCE)}", err=True)
    sys.exit(int(refused.kind.exit))


def show(rows: Iterable[Mapping[str, object]], *, as_json: bool, empty: str = "None.") -> None:
    """Print rows: one JSON object a line, or aligned columns for people."""
    if as_json:
        for row in rows:
            click.echo(json.dumps(row, default=_plain, ensure_ascii=False))
        return
    table = [{key: _text(value) for key, value in row.items()} for row in rows]
    if not table:
        click.echo(empty)
        return
    widths = {key: max(len(key), *(len(row[key]) for row in table)) for key in table[0]}
    click.echo("  ".join(key.upper().ljust(width) for key, width in widths.items()).rstrip())
    for row in table:
        click.echo("  ".join(row[key].ljust(width) for key, width in widths.items()).rstrip())


def show_one(row: Mapping[str, object], *, as_json: bool) -> None:
    """Print one thing: a JSON object, or a line for each field."""
    if as_json:
        click.echo(json.dumps(row, default=_plain, ensure_ascii=False))
        return
    width = max(len(key) for key in row)
    for key, value in row.items():
        click.echo(f"{key.ljust(width)}  {_text(value)}")


def _plain(value: object) -> object:
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value)


def _text(value: object) -> str:
    """Make a value fit to print: strangers' text cannot move the cursor (ATK-39, ATK-69)."""
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="seconds")
    if isinstance(value, list | tuple):
        return ", ".join(_text(one) for one in value) or "-"
    return clean_text(str(value), 2000)


as_json_option = click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
"""The option of every command that lists or shows."""

pass_context = click.make_pass_decorator(Context)
"""Hands the `Context` to a command."""
