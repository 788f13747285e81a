"""`strongroom parked`: files that were set aside because they matched nobody or were not whole."""

from datetime import date

import click

from strongroom.runtime.commands.context import (
    Context,
    answering,
    as_json_option,
    pass_context,
    show,
)


@click.group()
def parked() -> None:
    """Files that were set aside: list, assign and dismiss them."""


@parked.command("list")
@as_json_option
@pass_context
@answering
def list_(context: Context, *, as_json: bool) -> None:
    """List parked files with the reason of each; they lie below parked/ in the home."""
    context.open()
    from strongroom.statements.reads import parked_rows

    show(parked_rows(), as_json=as_json, empty="Nothing is parked.")


@parked.command()
@click.argument("arrival", metavar="ID")
@click.option("--account", metavar="U1234567", help="The account it belongs to.")
@click.option("--kind", help="The kind of report, such as Activity.")
@click.option("--period", metavar="FROM[..TO]", help="Its days, such as 2026-11-01..2026-11-30.")
@pass_context
@answering
def assign(
    context: Context, arrival: str, account: str | None, kind: str | None, period: str | None
) -> None:
    """Send a parked file through intake again.

    Without options it is tried as it is, once the cause is mended; with them they count instead
    of its name. The first characters of the ID are enough.
    """
    opened = context.open()
    from strongroom.statements import arrivals

    given = {"account": account, "kind": kind, **_days(period)}
    named = {key: text for key, text in given.items() if text is not None}
    row = arrivals.assign(arrival, named, act=opened.act())
    click.echo(f"{row.file_name} goes through intake again; a running server takes it at once.")


@parked.command()
@click.argument("arrival", metavar="ID")
@click.option("--reason", required=True, help="Why it is not wanted; it is on record.")
@pass_context
@answering
def dismiss(context: Context, arrival: str, reason: str) -> None:
    """Say that a parked file is not wanted.

    Its original moves to done/ and is removed with the others there. The first characters of the
    ID are enough.
    """
    opened = context.open()
    from strongroom.runtime.registry import folders_of
    from strongroom.statements import arrivals

    act = opened.act()
    row = arrivals.dismiss(arrival, reason, act=act)
    arrivals.settle_original(row, folders_of(opened.home), act.at)
    click.echo(f"{row.file_name} is dismissed; its original lies in done/ for some days.")


def _days(period: str | None) -> dict[str, str]:
    if period is None:
        return {}
    begin, _, end = period.partition("..")
    try:
        first, last = date.fromisoformat(begin), date.fromisoformat(end or begin)
    except ValueError as error:
        raise click.UsageError("--period is FROM or FROM..TO, each as YYYY-MM-DD.") from error
    if last < first:
        raise click.UsageError("--period ends before it begins.")
    return {"from": first.isoformat(), "to": last.isoformat()}
