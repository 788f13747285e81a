"""`strongroom firewall`: packet-filter rules from the allow-lists, printed and never loaded."""

import sys
from ipaddress import ip_network

import click

from strongroom.runtime.commands.context import Context, answering, pass_context


@click.group()
def firewall() -> None:
    """Packet-filter rules for real silence."""


@firewall.command()
@click.option(
    "--port",
    type=click.IntRange(1, 65535),
    help="The SFTP port as clients see it; the default is the one of sftp.listen.",
)
@pass_context
@answering
def nft(context: Context, port: int | None) -> None:
    """Print an nftables ruleset: no answer at all for addresses on no allow-list."""
    opened = context.open()
    from strongroom.directory.reads import every_network
    from strongroom.rules.nft_ruleset import ruleset

    if port is None:
        port = int(opened.settings.sftp.listen[0].rpartition(":")[2])
    networks = [ip_network(text) for text in every_network()]
    sys.stdout.write(ruleset(networks, port=port))
    click.echo(
        f"{len(networks)} networks, port {port}. Load it as root: "
        "strongroom firewall nft | nft -f -   (again after each change of an allow-list; "
        "see docs/operate/firewall.md)",
        err=True,
    )
