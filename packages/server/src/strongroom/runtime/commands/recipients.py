"""`strongroom recipient`: delivery end points, their allow-lists and encryption."""

from contextlib import nullcontext
from datetime import timedelta
from pathlib import Path

import click

from strongroom.runtime.commands.context import (
    Context,
    answering,
    as_json_option,
    pass_context,
    show,
    show_one,
)
from strongroom.runtime.commands.second_factors import second_factor


@click.group()
def recipient() -> None:
    """Delivery end points: logins, allow-lists, encryption."""


recipient.add_command(second_factor)


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
    if opened.settings.api.listen:
        click.echo(f"Or, for one with strongbox: strongroom recipient invite {login}")
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
            "second_factor_of": getattr(found.second_factor_of, "name", None),
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


@recipient.command()
@click.argument("login")
@click.option("--valid-days", type=click.IntRange(1, 60), help="Instead of api.invitation_days.")
@click.option(
    "--allow-seen-address",
    is_flag=True,
    help="Allow the address that the keys come from when the key is approved.",
)
@click.option(
    "--automatic",
    is_flag=True,
    help="Approve what comes at once; key_desk.automatic_approval has to be on.",
)
@click.option("--file", "path", type=click.Path(path_type=Path), help="Write the invitation here.")
@as_json_option
@pass_context
@answering
def invite(  # noqa: PLR0913 - one for each option
    context: Context,
    login: str,
    valid_days: int | None,
    path: Path | None,
    *,
    allow_seen_address: bool,
    automatic: bool,
    as_json: bool,
) -> None:
    """Make an invitation with which LOGIN can enrol: `strongbox enrol` does the rest."""
    opened = context.open()
    from strongroom.directory.invitations import Leave
    from strongroom.runtime.inviting import in_words, invite_recipient
    from strongroom.runtime.new_file import new_file

    valid = timedelta(days=valid_days or opened.settings.api.invitation_days)
    leave = Leave(valid, is_automatic=automatic, allow_seen_address=allow_seen_address)
    # The file comes first: an invitation that could not be written would be lost.
    with new_file(path) if path else nullcontext() as file:
        invited = invite_recipient(login, leave, opened.settings, opened.home, act=opened.act())
        if file is not None:
            file.write(invited.invitation.to_bytes())
    if as_json:
        show_one(invited.row(), as_json=True)
    else:
        click.echo(in_words(invited, path))


@recipient.command()
@click.argument("login")
@as_json_option
@pass_context
@answering
def invitations(context: Context, login: str, *, as_json: bool) -> None:
    """List the invitations of LOGIN, newest first; codes are kept nowhere."""
    opened = context.open()
    from strongroom.directory.invitations import invitations_of
    from strongroom.runtime.inviting import invitation_row

    at = opened.act().at
    rows = (invitation_row(row, at) for row in invitations_of(login))
    show(rows, as_json=as_json, empty=f"{login} has no invitations.")


@recipient.command()
@click.argument("login")
@pass_context
@answering
def uninvite(context: Context, login: str) -> None:
    """Take back every invitation of LOGIN that nobody used yet."""
    opened = context.open()
    from strongroom.directory.invitations import revoke_invitations

    count = revoke_invitations(login, act=opened.act())
    click.echo(f"Took back {count} invitation(s) of {login}.")
