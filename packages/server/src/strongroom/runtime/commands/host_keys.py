"""`strongroom host-key`: the keys by which clients know the server, shown and rotated."""

from collections.abc import Mapping, Sequence

import click

from strongroom.runtime.commands.context import (
    Context,
    answering,
    as_json_option,
    pass_context,
    show_one,
)


@click.group("host-key")
def host_key() -> None:
    """The server's host keys: show and rotate them."""


@host_key.command("show")
@click.option(
    "--known-hosts",
    metavar="HOST:PORT",
    help="Print lines for a client's known_hosts file instead, for the server at HOST:PORT.",
)
@as_json_option
@pass_context
@answering
def show_(context: Context, known_hosts: str | None, *, as_json: bool) -> None:
    """Show the keys in use and those announced, with fingerprints in every usual form."""
    opened = context.open()
    from strongroom.runtime import host_key_rows, secret_keys

    keys = secret_keys.host_keys(opened.home)
    if known_hosts is not None:
        for line in host_key_rows.known_hosts_lines(keys, known_hosts):
            click.echo(line)
        return
    _show_keys([host_key_rows.host_key_row(key) for key in keys], as_json=as_json)


@host_key.command()
@click.option("--activate", is_flag=True, help="Let the announced keys take over now.")
@click.option(
    "--rsa",
    is_flag=True,
    help="With --activate: make a new RSA key too. It cannot be announced, so clients that "
    "know the server by its RSA key alone will be alarmed; tell them first.",
)
@pass_context
@answering
def rotate(context: Context, *, activate: bool, rsa: bool) -> None:
    """Announce the next host keys; later, with --activate, let them take over.

    Clients that ask for it (OpenSSH with UpdateHostKeys) learn announced keys at their next
    visit. A running server picks both steps up within seconds, without a restart.
    """
    if rsa and not activate:
        raise click.UsageError("--rsa goes with --activate.")
    opened = context.open()
    from strongroom.runtime import host_key_rows

    if activate:
        host_key_rows.activate(opened.home, opened.act(), with_rsa=rsa)
        click.echo("The announced host keys are in use for new connections. They are:")
    else:
        host_key_rows.announce(opened.home, opened.act())
        click.echo("The next host keys are announced. Give clients some weeks to learn them, then:")
        click.echo("  strongroom host-key rotate --activate")
    newest = host_key_rows.newest(opened.home)
    _show_keys([host_key_rows.host_key_row(key) for key in newest], as_json=False)


def _show_keys(rows: Sequence[Mapping[str, object]], *, as_json: bool) -> None:
    """A key's fingerprints are too long for columns, so each key is a paragraph."""
    for row in rows:
        if not as_json and row is not rows[0]:
            click.echo()
        show_one(row, as_json=as_json)
