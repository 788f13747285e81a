"""`strongroom backup` and `strongroom restore`: everything in one encrypted file, and back."""

import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeVar

import click

from strongroom.rules.refusals import Exit
from strongroom.rules.secret import Secret
from strongroom.runtime.backup import passphrase as passphrases
from strongroom.runtime.commands.context import (
    Context,
    answering,
    as_json_option,
    pass_context,
    show_one,
)

_WORTH_A_BAR = 16 * 1024 * 1024
Command = TypeVar("Command", bound=Callable[..., Any])  # Any: click's commands take what they like


def passphrase_options(command: Command) -> Command:
    """The two ways to give a passphrase to a command that nobody watches."""
    of_file = click.option(
        "--passphrase-file",
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="Read the passphrase from the first line of FILE.",
    )
    of_descriptor = click.option(
        "--passphrase-fd",
        type=click.IntRange(0, 1_000_000),
        metavar="N",
        help="Read it from the open file descriptor N.",
    )
    return of_file(of_descriptor(command))


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@passphrase_options
@as_json_option
@pass_context
@answering
def backup(
    context: Context,
    file: Path,
    passphrase_file: Path | None,
    passphrase_fd: int | None,
    *,
    as_json: bool,
) -> None:
    """Write everything into the new encrypted FILE, while the server runs.

    Settings, secret keys, database, stored objects and files on their way. Without an option the
    passphrase is asked for, twice. Keep it apart from the file: without it nobody can ever open
    the back-up again, and with both anyone has all of the firm's keys.
    """
    opened = context.open()
    from strongroom.runtime.backup.writing import back_up

    passphrase = passphrases.of(passphrase_file, passphrase_fd) or _asked(is_new=True)
    passphrases.refuse_weak(passphrase)
    made = back_up(opened.settings, opened.home, file, passphrase=passphrase, act=opened.act())
    with _progress(made.total(), "Backing up") as bar:
        written = made.run(bar.update)
    if as_json:
        show_one({"file": str(file), **asdict(written)}, as_json=True)
    else:
        click.echo(
            f"Wrote {file}: {written.size} bytes, {written.audit_records} audit records, "
            f"{written.objects} objects, {written.files} files on their way."
        )
        _tell_of_objects(written.missing, written.damaged)
    if not written.are_objects_inside:
        click.echo(
            "The objects lie in an S3 bucket and are not in the file, only their list: back the "
            "bucket up by its own means (versioning, replication).",
            err=True,
        )
    sys.exit(Exit.BAD_INPUT if written.damaged else Exit.OK)


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@passphrase_options
@as_json_option
@pass_context
@answering
def restore(
    context: Context,
    file: Path,
    passphrase_file: Path | None,
    passphrase_fd: int | None,
    *,
    as_json: bool,
) -> None:
    """Bring the back-up FILE into a new home, the one that --home names.

    Nothing that exists is touched: home, database and storage have to be new or empty. If FILE is
    damaged or cut off, or the passphrase wrong, nothing is left behind and the status is 65.
    """
    from strongroom.runtime.backup.restoring import restore as bring_back

    passphrase = passphrases.of(passphrase_file, passphrase_fd) or _asked(is_new=False)
    size = file.stat().st_size
    with _progress(size, "Restoring") as bar:
        done = bring_back(
            context.root, file, passphrase=passphrase, operator=context.operator, told=bar.update
        )
    if as_json:
        show_one({"home": str(context.root), **asdict(done)}, as_json=True)
        return
    click.echo(
        f"Restored {context.root} as it was at {done.made_at}: {done.audit_records} audit "
        f"records, {done.rows} rows, {done.keys} key files, {done.objects} objects, "
        f"{done.files} files on their way."
    )
    _tell_of_objects(done.missing, done.damaged)
    click.echo(f"Next: strongroom --home {context.root} audit verify")
    click.echo(f"Then: strongroom --home {context.root} check")


def _tell_of_objects(missing: int, damaged: int) -> None:
    if missing:
        click.echo(f"{missing} objects named by rows are not there.", err=True)
    if damaged:
        click.echo(f"{damaged} objects are not what their rows say.", err=True)


def _asked(*, is_new: bool) -> Secret:
    """Ask on the terminal, twice for a new passphrase. Raises Refused (BACKUP-PASSPHRASE)."""
    passphrases.refuse_no_terminal(is_terminal=sys.stdin.isatty())
    text = click.prompt(
        "Passphrase of the back-up", hide_input=True, confirmation_prompt=is_new, err=True
    )
    return passphrases.tidy(text)


def _progress(size: int, label: str) -> Any:  # Any: click's progress bar has no type to name
    hidden = size < _WORTH_A_BAR
    return click.progressbar(length=size, label=label, file=sys.stderr, hidden=hidden)
