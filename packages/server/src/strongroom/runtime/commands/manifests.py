"""`strongroom manifest`: the signed daily lists."""

from datetime import datetime

import click

from strongroom.runtime.commands.context import Context, answering, pass_context


@click.group()
def manifest() -> None:
    """The signed daily lists."""


@manifest.command()
@click.argument("login")
@click.argument("day", metavar="DATE", type=click.DateTime(["%Y-%m-%d"]))
@click.option("--signature", is_flag=True, help="Print the signature instead.")
@click.option("--signers", is_flag=True, help="Print the allowed_signers line to verify with.")
@pass_context
@answering
def show(context: Context, login: str, day: datetime, *, signature: bool, signers: bool) -> None:
    """Print the newest manifest of DATE for LOGIN, exactly as it was signed."""
    opened = context.open()
    from strongroom.directory.recipients import find_recipient
    from strongroom.runtime.secret_keys import allowed_signers
    from strongroom.statements.reads import find_manifest

    if signers:
        click.echo(allowed_signers(opened.home), nl=False)
        return
    found = find_manifest(find_recipient(login), day.date())
    click.echo(bytes(found.signature if signature else found.body), nl=False)
