"""`strongroom attempts`: connections that did not get in, with the cause in plain words."""

import click

from strongroom.runtime.commands.context import (
    Context,
    answering,
    as_json_option,
    pass_context,
    show,
)


@click.command()
@click.argument("login", required=False)
@click.option(
    "--reference", metavar="7F3K-22", help="The one with this reference, which the client saw."
)
@click.option(
    "--limit", type=click.IntRange(1, 100_000), default=20, show_default=True, help="At most."
)
@as_json_option
@pass_context
@answering
def attempts(
    context: Context, login: str | None, reference: str | None, limit: int, *, as_json: bool
) -> None:
    """Show refused connections, newest first: all of them, or those of LOGIN.

    Each has its cause, what to do about it, and what is known of every key that was offered.
    Equal attempts within an hour are counted on one entry. Entries stay for 100 days.
    """
    context.open()
    from strongroom.runtime import attempt_rows

    if reference is not None:
        rows = attempt_rows.one(reference)
    else:
        rows = attempt_rows.newest(login, limit)
    if as_json:
        show(rows, as_json=True)
        return
    count = 0
    for row in rows:
        click.echo(("\n" if count else "") + attempt_rows.in_words(row))
        count += 1
    if not count:
        click.echo(f"No refused connection of {login}." if login else "No refused connections.")
