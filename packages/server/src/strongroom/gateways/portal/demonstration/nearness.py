"""Whether a browser runs on this very machine: the pages of a demonstration are for no other.

A proxy on this machine lends its address to everybody; what the pages show is beside.
"""

from ipaddress import ip_address
from urllib.parse import urlsplit

from django.http import Http404

from strongroom.gateways.portal.frame.asking import PortalRequest

_BY_PROXY = ("Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP")


def refuse_others(request: PortalRequest) -> None:
    """Raise Http404 unless it is.

    Two signs, because a proxy can be silent: a portal for others has a name that others can find.
    """
    host = urlsplit(request.portal.login.site).hostname or ""
    is_here = ip_address(request.visitor.address).is_loopback
    if host != "localhost" or not is_here or any(one in request.headers for one in _BY_PROXY):
        raise Http404
