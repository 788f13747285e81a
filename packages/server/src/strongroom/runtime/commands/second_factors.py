"""`strongroom recipient second-factor`: whose code a login asks for after the key."""

import click

from strongroom.rules import login_refusals
from strongroom.runtime.commands.context import Context, answering, pass_context


@click.command("second-factor")
@click.argument("login")
@click.option("--user", "name", metavar="NAME", help="The user whose code is asked for.")
@click.option("--off", "is_off", is_flag=True, help="Let the key alone open the login again.")
@pass_context
@answering
def second_factor(context: Context, login: str, name: str | None, *, is_off: bool) -> None:
    """Ask for a code of a user after the key of LOGIN, from now on, or no longer.

    Open sessions without one end within seconds. Robots cannot answer: give them a recipient of
    their own.
    """
    if is_off == bool(name):
        raise login_refusals.SECOND_FACTOR_WORDS.because()
    opened = context.open()
    from strongroom.directory import second_factors

    if name:
        second_factors.require_person(login, name, act=opened.act())
        click.echo(f"{login} now needs its key and a code of {name}.")
    else:
        second_factors.require_key_alone(login, act=opened.act())
        click.echo(f"{login} needs its key alone.")
