"""Settings, User settings, Communication: mail address, numbers and language at one look (PHN-4).

Changing them is in the modules beside.
"""

from dataclasses import dataclass

from django.http import HttpResponse
from django.utils.functional import Promise

from strongroom.directory import numbering, phones
from strongroom.directory.models import PhoneNumber
from strongroom.gateways.portal.communication.asking import changer_of
from strongroom.gateways.portal.communication.words import KINDS
from strongroom.gateways.portal.frame import rendering
from strongroom.gateways.portal.frame.asking import PortalRequest
from strongroom.login.contact import code_numbers, email_changes


@dataclass(frozen=True, slots=True)
class Row:
    """A number as its owner sees it: whole."""

    phone: PhoneNumber
    number: str
    kind: str | Promise
    calling_code: int
    is_default: bool
    is_cooling: bool


def communication(request: PortalRequest) -> HttpResponse:
    """Show everything."""
    user = request.known.user
    shown = {
        "email": user.email,
        "pending": email_changes.pending(changer_of(request), request.act),
        "rows": rows(request),
        "chosen": user.language,
    }
    return rendering.page(request, "communication/overview.html", shown)


def numbers(request: PortalRequest) -> HttpResponse:
    """Show the numbers alone, as a table."""
    found = rows(request)
    shown = {"rows": found, "can_add": len(found) < phones.MOST, "most": phones.MOST}
    return rendering.page(request, "communication/numbers.html", shown)


def rows(request: PortalRequest) -> list[Row]:
    """Return the person's numbers."""
    user, house = request.known.user, request.portal.login
    default = code_numbers.of_user(user, house)
    return [
        row_of(phone, request, is_default=default is not None and default.phone.pk == phone.pk)
        for phone in phones.listed(user)
    ]


def row_of(phone: PhoneNumber, request: PortalRequest, *, is_default: bool) -> Row:
    """Return one of them."""
    return Row(
        phone=phone,
        number=numbering.written(phone.number),
        kind=KINDS.get(phone.kind, phone.kind),
        calling_code=numbering.calling_code(phone.country),
        is_default=is_default,
        is_cooling=phone.usable_from is not None and phone.usable_from > request.act.at,
    )
