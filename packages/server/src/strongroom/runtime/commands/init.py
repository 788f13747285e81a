"""`strongroom init`: makes a home, or brings its database up to date."""

import os

import click

from strongroom.runtime.commands.context import Context, answering, operator_name, pass_context


@click.command()
@click.option("--firm", default="Example Securities", show_default=True, help="The firm's name.")
@click.option("--time-zone", default="UTC", show_default=True, help="Whose midnight ends a day.")
@click.option("--upgrade", is_flag=True, help="Bring an existing home's database up to date.")
@pass_context
@answering
def init(context: Context, firm: str, time_zone: str, *, upgrade: bool) -> None:
    """Make a home: folders, settings, secret keys and database."""
    from strongroom.runtime import setting_up

    if upgrade:
        setting_up.upgrade(context.root, os.environ)
        click.echo(f"The database of {context.root} is up to date.")
        return
    setting_up.set_up(context.root, setting_up.Choices(firm, time_zone), operator_name())
    click.echo(f"Made {context.root}. Settings: {context.root / 'strongroom.toml'}")
    click.echo("Next: strongroom account add U1234567 --name TEXT")
