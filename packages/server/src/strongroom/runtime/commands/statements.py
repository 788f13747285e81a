"""`strongroom statement`: statements and their copies."""

import click

from strongroom.runtime.commands.context import (
    Context,
    answering,
    as_json_option,
    pass_context,
    show,
    show_one,
)


@click.group()
def statement() -> None:
    """Statements and their copies: list, show, hold, release."""


@statement.command("list")
@click.option("--account", metavar="U1234567", help="Only this account's.")
@click.option("--held", is_flag=True, help="Only those that are held, whole or for a recipient.")
@as_json_option
@pass_context
@answering
def list_(context: Context, account: str | None, *, held: bool, as_json: bool) -> None:
    """List statements, newest first."""
    context.open()
    from strongroom.statements.reads import statement_rows

    rows = statement_rows(account, held_only=held)
    show(rows, as_json=as_json, empty="There are no statements.")


@statement.command("show")
@click.argument("statement_id", metavar="ID")
@as_json_option
@pass_context
@answering
def show_(context: Context, statement_id: str, *, as_json: bool) -> None:
    """Show a statement and its copies; the first 8 characters of the ID are enough."""
    context.open()
    from strongroom.statements.holds import find_statement
    from strongroom.statements.reads import copy_rows, statement_row

    found = find_statement(statement_id)
    copies = list(copy_rows(found))
    if as_json:
        show_one({**statement_row(found), "recipients": copies}, as_json=True)
        return
    show_one(statement_row(found), as_json=False)
    click.echo()
    show(copies, as_json=False, empty="It has no copies.")


@statement.command()
@click.argument("statement_id", metavar="ID")
@click.option("--reason", required=True, help="Why; it is on record.")
@pass_context
@answering
def hold(context: Context, statement_id: str, reason: str) -> None:
    """Neither publish nor remove this statement until it is released."""
    opened = context.open()
    from strongroom.statements import holds

    held = holds.hold(statement_id, reason, act=opened.act())
    click.echo(f"{held.id} is held.")


@statement.command()
@click.argument("statement_id", metavar="ID")
@pass_context
@answering
def release(context: Context, statement_id: str) -> None:
    """Let a held statement go on."""
    opened = context.open()
    from strongroom.statements import holds

    released = holds.release(statement_id, act=opened.act())
    click.echo(f"{released.id} is released.")
