"""`strongroom user temporary-code`: the code that the telephone desk reads out (TEMP-1)."""

import click

from strongroom.runtime.commands.context import Context, answering, pass_context


@click.command("temporary-code")
@click.argument("name")
@pass_context
@answering
def temporary_code(context: Context, name: str) -> None:
    """Make a temporary code for NAME, after verifying on the telephone who calls.

    It is shown once. All other devices of NAME are suspended; the person is told of it. The code
    opens all for two days, then for ten days the printing of an online code card alone. The next
    code can be made only after another device was used.
    """
    opened = context.open()
    from strongroom.directory.users import find_user
    from strongroom.login.factors import temporary_codes
    from strongroom.runtime.login_house import build_login_house

    house = build_login_house(opened.settings, opened.home)
    code = temporary_codes.issue(find_user(name), house, opened.act())
    click.echo(code.reveal())
