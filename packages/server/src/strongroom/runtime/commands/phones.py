"""`strongroom phone`: people's telephone numbers, and why codes do not reach one (PHN-6, SMS-1).

Numbers are masked here as well; what they are and whether codes go there is in `directory.phones`.
"""

import click

from strongroom.runtime.commands.context import (
    Context,
    answering,
    as_json_option,
    pass_context,
    show,
)


@click.group()
def phone() -> None:
    """People's telephone numbers: list, do-not-call, hours."""


@phone.command("list")
@click.argument("name")
@as_json_option
@pass_context
@answering
def list_(context: Context, name: str, *, as_json: bool) -> None:
    """List the numbers of user NAME, and what became of the last message to each."""
    opened = context.open()
    from strongroom.directory.users import find_user
    from strongroom.runtime.phone_rows import phone_rows

    rows = phone_rows(find_user(name), opened.act().at)
    show(rows, as_json=as_json, empty=f"{name} has no number.")


@phone.command("do-not-call")
@click.argument("name")
@click.argument("number_id", type=int, metavar="ID")
@click.option("--off", is_flag=True, help="The number is on no register any more.")
@pass_context
@answering
def do_not_call(context: Context, name: str, number_id: int, *, off: bool) -> None:
    """Note that number ID of user NAME is on a do-not-call register: it gets no codes."""
    opened = context.open()
    from strongroom.directory import numbering, phones
    from strongroom.directory.users import find_user

    found = phones.find(find_user(name), number_id)
    phones.set_do_not_call(found, is_listed=not off, act=opened.act())
    ending = "is on no do-not-call register" if off else "is on a do-not-call register"
    click.echo(f"{numbering.masked(found.number)} {ending}.")


@phone.command()
@click.argument("name")
@click.argument("number_id", type=int, metavar="ID")
@click.option("--from", "start", type=click.IntRange(0, 23), help="The hour it begins at.")
@click.option("--until", "end", type=click.IntRange(1, 24), help="The hour it ends at.")
@pass_context
@answering
def hours(
    context: Context, name: str, number_id: int, *, start: int | None, end: int | None
) -> None:
    """Note when the carrier of number ID of user NAME delivers; without hours, always.

    The hours are those of the number's own place.
    """
    opened = context.open()
    from strongroom.directory import numbering, phones
    from strongroom.directory.phones import CarrierHours
    from strongroom.directory.users import find_user
    from strongroom.rules import login_refusals

    if (start is None) != (end is None):
        raise login_refusals.PHONE_HOURS.because()
    given = None if start is None or end is None else CarrierHours(start, end)
    found = phones.find(find_user(name), number_id)
    phones.set_carrier_hours(found, given, act=opened.act())
    when = f"from {start} to {end} o'clock" if given else "at all hours"
    click.echo(f"{numbering.masked(found.number)} gets messages {when}.")
