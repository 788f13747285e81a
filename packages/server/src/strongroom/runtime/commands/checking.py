"""`strongroom check`: tests this installation, one line for each thing."""

import sys

import click
from strongroom_formats.one_line import clean_text

from strongroom.rules.refusals import Exit, Refused
from strongroom.runtime.commands.context import (
    Context,
    answering,
    as_json_option,
    pass_context,
    show,
)

_COLOURS = {"ok": "green", "warn": "yellow", "fail": "red"}


@click.command()
@as_json_option
@pass_context
@answering
def check(context: Context, *, as_json: bool) -> None:
    """Test settings, keys, clock, storage, database and more; change nothing.

    Each line says what was looked at, whether it is good (ok), worth a look (warn) or has to be
    put right (fail), what was measured, and what to do. Ends with status 0 when nothing failed,
    78 when settings, keys or folders did, and 69 when only something else did.
    """
    try:
        opened = context.open()
    except Refused as refused:
        _show(
            {"name": "home", "level": "fail", "measured": str(refused), "advice": ""},
            as_json=as_json,
        )
        sys.exit(int(refused.kind.exit))
    from strongroom.runtime.checks import all as checks

    worst = Exit.OK
    for finding, status in checks.make(opened.settings, opened.home, opened.act().at):
        row = {
            "name": finding.name,
            "level": str(finding.level),
            "measured": finding.measured,
            "advice": finding.advice,
        }
        _show(row, as_json=as_json)
        worst = max(worst, status)
    sys.exit(int(worst))


def _show(row: dict[str, str], *, as_json: bool) -> None:
    if as_json:
        show([row], as_json=True)
        return
    level = click.style(row["level"].ljust(5), fg=_COLOURS[row["level"]])
    click.echo(f"{level} {row['name'].ljust(15)} {clean_text(row['measured'], 1000)}")
    if row["advice"]:
        click.echo(f"{'':21} {clean_text(row['advice'], 1000)}")
