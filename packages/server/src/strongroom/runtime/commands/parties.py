"""`strongroom party`: the firm's other systems that use this login over OpenID Connect."""

import secrets

import click

from strongroom.rules.secret import Secret
from strongroom.runtime.commands.context import (
    Context,
    answering,
    as_json_option,
    pass_context,
    show,
)

_SECRET_BYTES = 32


@click.group()
def party() -> None:
    """The firm's other systems that use this login over OpenID Connect."""


@party.command()
@click.argument("client_id", metavar="ID")
@click.option("--name", required=True, help="What people read when they go there.")
@click.option(
    "--redirect",
    "addresses",
    multiple=True,
    metavar="URL",
    help="An address that a browser may be sent back to, letter by letter. Repeatable.",
)
@click.option(
    "--platform/--no-platform",
    "is_platform",
    default=True,
    show_default=True,
    help="Whether one trades there, which needs an open account.",
)
@click.option("--public", is_flag=True, help="It can keep no secret: an app, a page.")
@pass_context
@answering
def add(  # noqa: PLR0913 - one for each option
    context: Context,
    client_id: str,
    name: str,
    addresses: tuple[str, ...],
    *,
    is_platform: bool,
    public: bool,
) -> None:
    """Register the system ID, and print its secret once."""
    opened = context.open()
    from strongroom.login.parties import relying_parties

    act = opened.act()
    relying_parties.add_party(client_id, name, addresses, is_platform=is_platform, act=act)
    click.echo(f"{client_id} may use this login.", err=True)
    if not public:
        secret = Secret(secrets.token_urlsafe(_SECRET_BYTES))
        relying_parties.renew_secret(client_id, secret, act=act)
        click.echo(secret.reveal())


@party.command("list")
@as_json_option
@pass_context
@answering
def list_(context: Context, *, as_json: bool) -> None:
    """List the systems that use this login."""
    context.open()
    from strongroom.login.models import RelyingParty

    rows = (
        {
            "id": row.client_id,
            "name": row.name,
            "redirect": row.redirect_uris,
            "is_platform": row.is_platform,
            "has_secret": bool(row.secret_hash),
            "added_at": row.added_at,
        }
        for row in RelyingParty.objects.filter(removed_at=None).order_by("client_id")
    )
    show(rows, as_json=as_json, empty="No other system uses this login.")


@party.command()
@click.argument("client_id", metavar="ID")
@pass_context
@answering
def remove(context: Context, client_id: str) -> None:
    """Let the system ID use this login no more; its tokens end at once."""
    opened = context.open()
    from strongroom.login.parties import relying_parties

    relying_parties.remove_party(client_id, act=opened.act())
    click.echo(f"{client_id} may no longer use this login.")


@party.command()
@click.argument("client_id", metavar="ID")
@pass_context
@answering
def secret(context: Context, client_id: str) -> None:
    """Print a new secret for the system ID; the old one is good for nothing from now on."""
    opened = context.open()
    from strongroom.login.parties import relying_parties

    fresh = Secret(secrets.token_urlsafe(_SECRET_BYTES))
    relying_parties.renew_secret(client_id, fresh, act=opened.act())
    click.echo(fresh.reveal())
