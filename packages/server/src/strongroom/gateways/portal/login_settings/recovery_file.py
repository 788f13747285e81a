"""Gives back the recovery codes that a page just showed, as a text file to keep.

The product has them no more when the page was made: the page itself sends them.
"""

import re

from django.http import HttpResponse
from django.utils.translation import gettext

from strongroom.gateways.portal.frame.asking import PortalRequest
from strongroom.rules import login_refusals

_CODES = re.compile(r"(?:[A-Z2-7]{4}(?:[ -][A-Z2-7]{4}){3}\n?){1,10}")


def save(request: PortalRequest) -> HttpResponse:
    """Make the file. Raises Refused (FACTOR-UNKNOWN) for anything but codes."""
    codes = request.POST.get("codes", "").replace("\r\n", "\n").strip()
    if not _CODES.fullmatch(codes):
        raise login_refusals.FACTOR_UNKNOWN.because()
    house, user = request.portal, request.known.user
    title = gettext("{firm}: recovery codes of {user}, each works once").format(
        firm=house.firm, user=user.name
    )
    response = HttpResponse(f"{title}\n\n{codes}\n", content_type="text/plain; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="recovery-codes.txt"'
    return response
