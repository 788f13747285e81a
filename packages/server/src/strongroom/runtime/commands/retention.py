"""`strongroom retention`: notices, alarms and removal after the promised days."""

import sys
from dataclasses import replace
from datetime import UTC, datetime

import click

from strongroom.rules.refusals import Exit
from strongroom.runtime.commands.context import (
    Context,
    answering,
    as_json_option,
    pass_context,
    show,
)


@click.group()
def retention() -> None:
    """Notices, alarms and removal after 100 days."""


@retention.command()
@click.option("--dry-run", is_flag=True, help="Only say what would be done.")
@click.option(
    "--now",
    "moment",
    type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"]),
    help="Act as if it were this time, in UTC; only with --dry-run or --confirm-clock.",
)
@click.option("--confirm-clock", is_flag=True, help="The clock is right, though it has jumped.")
@as_json_option
@pass_context
@answering
def run(
    context: Context, moment: datetime | None, *, dry_run: bool, confirm_clock: bool, as_json: bool
) -> None:
    """Do what is due now; a running server does the same every hour.

    Ends with status 75, and removes nothing, while the clock is in doubt.
    """
    if moment is not None and not (dry_run or confirm_clock):
        raise click.UsageError("--now needs --dry-run, or --confirm-clock to mean it.")
    opened = context.open()
    from strongroom.runtime.registry import build_pipeline
    from strongroom.statements.expire import due_row, run_retention

    act = opened.act()
    if moment is not None:
        act = replace(act, at=moment.replace(tzinfo=UTC))
    pipeline = build_pipeline(opened.settings, opened.home)
    report = run_retention(
        pipeline,
        act,
        is_dry=dry_run,
        is_clock_confirmed=confirm_clock or (dry_run and moment is not None),
    )
    show((due_row(due) for due in report.due), as_json=as_json, empty="Nothing is due.")
    if not report.is_clock_believed:
        click.echo(
            f"The clock {report.clock.value} since the last run, so nothing is removed. When it "
            "is right: strongroom retention run --confirm-clock",
            err=True,
        )
        sys.exit(Exit.TRY_AGAIN)
