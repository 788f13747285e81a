"""`strongroom recipient`: delivery end points, their allow-lists and encryption."""

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
def recipient() -> None:
    """Delivery end points: logins, allow-lists, encryption."""


@recipient.command()
@click.argument("login")
@click.option("--account", "accounts", multiple=True, metavar="U1234567", help="Repeatable.")
@click.option(
    "--allow",
    multiple=True,
    metavar="CIDR",
    help="An address or network to admit, or the word `any`. Repeatable.",
)
@click.option("--pgp", type=click.Choice(["off", "required"]), default="off", show_default=True)
@pass_context
@answering
def add(
    context: Context, login: str, accounts: tuple[str, ...], allow: tuple[str, ...], pgp: str
) -> None:
    """Add recipient LOGIN for one or more accounts."""
    opened = context.open()
    from strongroom.directory.models import PgpPolicy
    from strongroom.directory.recipients import Enrolment, add_recipient

    add_recipient(
        login,
        Enrolment(accounts, allow, PgpPolicy(pgp)),
        act=opened.act(),
        private_allowed=opened.settings.key_desk.private_addresses,
    )
    click.echo(f"Added recipient {login}. Next: strongroom key submit {login} FILE")
    if not allow:
        click.echo(
            f"Nobody can enter yet: strongroom recipient allow {login} add ADDRESS", err=True
        )


@recipient.command("list")
@as_json_option
@pass_context
@answering
def list_(context: Context, *, as_json: bool) -> None:
    """List all recipients."""
    context.open()
    from strongroom.directory.models import Recipient

    rows = Recipient.objects.order_by("login").values(
        "login", "pgp", "is_enabled", "created_at", "first_entered_at"
    )
    show(rows.iterator(), as_json=as_json, empty="There are no recipients yet.")


@recipient.command("show")
@click.argument("login")
@as_json_option
@pass_context
@answering
def show_(context: Context, login: str, *, as_json: bool) -> None:
    """Show one recipient."""
    context.open()
    from strongroom.directory.recipients import find_recipient
    from strongroom.statements.models import CopyState

    found = find_recipient(login)
    copies = found.copies
    show_one(
        {
            "login": found.login,
            "accounts": list(found.accounts.order_by("number").values_list("number", flat=True)),
            "allow": list(found.networks.order_by("network").values_list("network", flat=True)),
            "pgp": found.pgp,
            "is_enabled": found.is_enabled,
            "created_at": found.created_at,
            "first_entered_at": found.first_entered_at,
            "ssh_keys": found.ssh_keys.count(),
            "pgp_keys": found.pgp_keys.count(),
            "published": copies.filter(state=CopyState.PUBLISHED).count(),
            "held": copies.filter(state=CopyState.HELD).count(),
        },
        as_json=as_json,
    )


@recipient.command()
@click.argument("login")
@pass_context
@answering
def enable(context: Context, login: str) -> None:
    """Let LOGIN enter again."""
    opened = context.open()
    from strongroom.directory import recipients

    recipients.enable(login, act=opened.act())
    click.echo(f"{login} is enabled.")


@recipient.command()
@click.argument("login")
@pass_context
@answering
def disable(context: Context, login: str) -> None:
    """Keep LOGIN out; open sessions end within seconds."""
    opened = context.open()
    from strongroom.directory import recipients

    recipients.disable(login, act=opened.act())
    click.echo(f"{login} is disabled; open sessions end within seconds.")


@recipient.command()
@click.argument("login")
@click.argument("policy", type=click.Choice(["off", "required"]))
@pass_context
@answering
def pgp(context: Context, login: str, policy: str) -> None:
    """Encrypt the statements of LOGIN from now on, or no longer; what is published stays."""
    opened = context.open()
    from strongroom.directory.models import PgpPolicy
    from strongroom.statements.certificates import change_encryption

    change_encryption(login, PgpPolicy(policy), act=opened.act())
    click.echo(f"PGP is {policy} for {login}.")
    if policy == "required":
        click.echo(f"If there is no certificate yet: strongroom pgp-key submit {login} FILE")


@recipient.command()
@click.argument("login")
@click.argument("change", type=click.Choice(["add", "remove"]))
@click.argument("network", metavar="CIDR")
@pass_context
@answering
def allow(context: Context, login: str, change: str, network: str) -> None:
    """Add CIDR to the allow-list of LOGIN, or remove it. CIDR may be an address, or `any`."""
    opened = context.open()
    from strongroom.directory import recipients

    if change == "add":
        private = opened.settings.key_desk.private_addresses
        done = recipients.allow_network(login, network, act=opened.act(), private_allowed=private)
        click.echo(f"{login} may enter from {', '.join(done)} too.")
    else:
        done = recipients.disallow_network(login, network, act=opened.act())
        click.echo(f"{login} may no longer enter from {', '.join(done)}.")
