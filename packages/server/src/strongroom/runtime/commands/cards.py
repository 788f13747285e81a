"""`strongroom card`: the stock of security cards, and the orders for them."""

from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

import click

from strongroom.rules import refusals
from strongroom.rules.secret import Secret
from strongroom.runtime.commands.context import (
    Context,
    Opened,
    answering,
    as_json_option,
    pass_context,
    show,
)

if TYPE_CHECKING:
    from strongroom.login.house import LoginHouse

_LARGEST_CARD_FILE = 16 * 1024 * 1024
_LARGEST_KEY_FILE = 4096
_KEY_SIZES = (16, 24, 32)

_path = click.Path(path_type=Path)


@click.group()
def card() -> None:
    """Security cards: import a vendor's file, see orders, ship."""


@card.command("import")
@click.argument("file", type=_path)
@click.option("--key-file", type=_path, help="The vendor's key: hexadecimal, or the bytes.")
@click.option("--password-file", type=_path, help="The vendor's password, on the first line.")
@click.option("--suite", default="", metavar="OCRA-1:…", help="For a file that names no suite.")
@pass_context
@answering
def import_(
    context: Context, file: Path, key_file: Path | None, password_file: Path | None, *, suite: str
) -> None:
    """Take the cards of FILE (PSKC, RFC 6030) into stock, all or none."""
    opened = context.open()
    from strongroom.login.factors import cards
    from strongroom.runtime import registry

    act = opened.act()
    data, secret = _read(file, _LARGEST_CARD_FILE), _secret(key_file, password_file)
    found = registry.read_card_file(data, secret, suite=suite, now=act.at)
    count = cards.import_cards(found.cards, _house(opened), act)
    click.echo(f"Imported {count} card(s). Next: strongroom card list")
    if found.is_signed:
        click.echo("The file is signed; this program does not check such signatures.", err=True)


@card.command("list")
@as_json_option
@pass_context
@answering
def list_(context: Context, *, as_json: bool) -> None:
    """List all cards and where they are."""
    context.open()
    from strongroom.login.models import Card

    names = ("serial", "maker", "suite", "state", "imported_at", "imported_by")
    rows = Card.objects.order_by("serial").values(*names)
    show(rows.iterator(), as_json=as_json, empty="There are no cards yet.")


@card.command("orders")
@click.option("--all", "is_all", is_flag=True, help="Those that are over, too.")
@as_json_option
@pass_context
@answering
def orders(context: Context, *, is_all: bool, as_json: bool) -> None:
    """List the orders, with the address each card goes to."""
    context.open()
    from strongroom.login.factors.card_orders import every_order

    rows = (
        {
            "order": order.pk,
            "user": order.user.name,
            "account": order.account,
            "state": order.state,
            "ordered_at": order.ordered_at,
            "ships_on": order.ships_on,
            "hold_usd": order.hold_usd,
            "card": order.card_id,
            "ship_to": order.ship_to.splitlines(),
        }
        for order in every_order(is_over=is_all)
    )
    show(rows, as_json=as_json, empty="There are no orders.")


@card.command("ship")
@click.argument("order", type=click.UUID)
@click.argument("serial")
@pass_context
@answering
def ship(context: Context, order: UUID, serial: str) -> None:
    """Send the card SERIAL for ORDER, and tell the person."""
    opened = context.open()
    from strongroom.login.factors import card_orders

    sent = card_orders.ship_order(order, serial, _house(opened), opened.act())
    click.echo(f"Shipped {serial} to {sent.user.name}:")
    click.echo(sent.ship_to)


@card.command("cancel")
@click.argument("order", type=click.UUID)
@pass_context
@answering
def cancel(context: Context, order: UUID) -> None:
    """Cancel ORDER and free its hold; a card that was sent is written off."""
    opened = context.open()
    from strongroom.login.factors import card_orders

    card_orders.cancel_order(card_orders.find(order), _house(opened), opened.act())
    click.echo(f"Cancelled order {order}.")


def _house(opened: Opened) -> "LoginHouse":
    from strongroom.runtime.login_house import build_login_house

    return build_login_house(opened.settings, opened.home)


def _secret(key_file: Path | None, password_file: Path | None) -> Secret | None:
    """Return what opens the vendor's file: a key in hexadecimal, or a password."""
    if key_file is not None and password_file is not None:
        raise click.UsageError("Name a key file or a password file, not both.")
    if password_file is not None:
        lines = _read(password_file, _LARGEST_KEY_FILE).decode("utf-8", "replace").splitlines()
        return Secret(lines[0] if lines else "")
    if key_file is None:
        return None
    data = _read(key_file, _LARGEST_KEY_FILE)
    return Secret(data.hex() if len(data) in _KEY_SIZES else data.decode("ascii", "replace"))


def _read(file: Path, most: int) -> bytes:
    """Return a file of bounded size. Raises Refused (DISK), OSError."""
    with file.open("rb") as opened:
        data = opened.read(most + 1)
    if len(data) > most:
        raise refusals.DISK.because(path=file, why=f"it is larger than {most} bytes")
    return data
