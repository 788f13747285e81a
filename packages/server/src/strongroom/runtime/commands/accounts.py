"""`strongroom account`: accounts of the firm's clients."""

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
def account() -> None:
    """Accounts of the firm's clients."""


@account.command()
@click.argument("number")
@click.option("--name", required=True, help="The account holder's name.")
@pass_context
@answering
def add(context: Context, number: str, name: str) -> None:
    """Add account NUMBER, such as U1234567."""
    opened = context.open()
    from strongroom.directory.accounts import add_account

    add_account(number, name=name, act=opened.act())
    click.echo(f"Added account {number}. Next: strongroom recipient add LOGIN --account {number}")


@account.command()
@click.argument("number")
@pass_context
@answering
def close(context: Context, number: str) -> None:
    """Close account NUMBER; a user without another open one can read and change nothing."""
    opened = context.open()
    from strongroom.directory.users import close_account

    close_account(number, act=opened.act())
    click.echo(f"Account {number} is closed.")


@account.command("list")
@as_json_option
@pass_context
@answering
def list_(context: Context, *, as_json: bool) -> None:
    """List all accounts."""
    context.open()
    from strongroom.directory.models import Account

    rows = Account.objects.order_by("number").values("number", "name", "created_at")
    show(rows.iterator(), as_json=as_json, empty="There are no accounts yet.")


@account.command("show")
@click.argument("number")
@as_json_option
@pass_context
@answering
def show_(context: Context, number: str, *, as_json: bool) -> None:
    """Show one account and who receives its statements."""
    context.open()
    from strongroom.directory.accounts import find_account

    found = find_account(number)
    show_one(
        {
            "number": found.number,
            "name": found.name,
            "created_at": found.created_at,
            "recipients": list(found.recipients.order_by("login").values_list("login", flat=True)),
            "statements": found.statements.count(),
        },
        as_json=as_json,
    )
