"""`strongroom receipts`: who fetched what, when, from where and with which key."""

import click

from strongroom.runtime.commands.context import (
    Context,
    answering,
    as_json_option,
    pass_context,
    show,
)

_SHORT = ("recipient", "name", "fetched_at", "key", "fetches", "acknowledged")


@click.command()
@click.option("--recipient", metavar="LOGIN", help="Only this recipient's.")
@as_json_option
@pass_context
@answering
def receipts(context: Context, recipient: str | None, *, as_json: bool) -> None:
    """List receipts, newest first; --json adds the signed evidence itself."""
    context.open()
    from strongroom.statements.reads import receipt_rows

    rows = receipt_rows(recipient)
    if not as_json:
        rows = ({key: row[key] for key in _SHORT} for row in rows)
    show(rows, as_json=as_json, empty="Nothing was fetched yet.")
