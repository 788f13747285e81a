"""`strongroom publish`: takes report files in, as the drop folder would."""

import sys
import time
from pathlib import Path
from typing import Any
from uuid import UUID

import click
from strongroom_formats.one_line import clean_text

from strongroom.rules.refusals import Exit
from strongroom.runtime.commands.context import (
    Context,
    Opened,
    answering,
    as_json_option,
    pass_context,
    show,
)

_PAUSE_SECONDS = 0.2
_WORTH_A_BAR = 32 * 1024 * 1024


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE…")
@click.option("--wait", is_flag=True, help="Wait until every file is published, held or parked.")
@click.option("--timeout", default=300.0, show_default=True, help="Seconds that --wait waits.")
@as_json_option
@pass_context
@answering
def publish(
    context: Context, files: tuple[Path, ...], timeout: float, *, wait: bool, as_json: bool
) -> None:
    """Take FILEs in. They stay where they are; a copy goes into the spool.

    With --wait the command does the work itself where no server runs. It ends with status 65
    when a file was parked and 75 when --wait gave up.
    """
    opened = context.open()
    from strongroom.runtime.registry import folders_of
    from strongroom.statements.submitting import submit_file

    folders = folders_of(opened.home)
    arrivals = []
    for file in files:
        with _progress(file, as_json=as_json) as bar:
            arrivals.append(submit_file(file, folders, act=opened.act(), told=bar.update))
    if not wait:
        show(({"arrival": str(one), "state": "waiting"} for one in arrivals), as_json=as_json)
        return
    sys.exit(_wait(opened, arrivals, timeout, as_json=as_json))


def _progress(file: Path, *, as_json: bool) -> Any:  # Any: click's progress bar has no type to name
    size = file.stat().st_size if file.is_file() else 0
    is_quiet = as_json or size < _WORTH_A_BAR
    label = clean_text(file.name, 80)
    return click.progressbar(length=size, label=label, file=sys.stderr, hidden=is_quiet)


def _wait(opened: Opened, arrivals: list[UUID], timeout: float, *, as_json: bool) -> int:
    """Drive the steps until all are settled; safe beside a running worker, which has leases too."""
    from strongroom.runtime.worker import Worker
    from strongroom.statements.reads import outcome

    worker = Worker(opened.settings, opened.home)
    deadline = time.monotonic() + timeout
    try:
        while True:
            moved = worker.run_steps()
            outcomes = [outcome(one) for one in arrivals]
            if all(one["settled"] for one in outcomes) or time.monotonic() > deadline:
                break
            if not moved:
                time.sleep(_PAUSE_SECONDS)
    finally:
        worker.close()
    show(outcomes, as_json=as_json)
    if not all(one["settled"] for one in outcomes):
        return Exit.TRY_AGAIN
    return Exit.BAD_INPUT if any(one["state"] == "parked" for one in outcomes) else Exit.OK
