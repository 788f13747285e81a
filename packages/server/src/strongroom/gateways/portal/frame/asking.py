"""A request as the portal's pages see it: the house, who asks, from where, at which moment.

`opening` and `guard` fill it in; what the browser's stored session names is in `holding`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from django.http import HttpRequest

from strongroom.audit.act import Act
from strongroom.gateways.portal.house import PortalHouse
from strongroom.login.visitor import Visitor

if TYPE_CHECKING:
    from strongroom.login.presence.web_sessions import Person

HOUSE = "strongroom.portal"
"""The name of the house in WSGI's environ: the application puts it there (`application`)."""

TRUSTED_COOKIE = "__Host-browser"


class PortalRequest(HttpRequest):
    """A Django request with what the frame found out.

    `person` is None for whoever has no session; `known` is the same on pages that need one, and
    not there on others. `sign_in_id` is a login that waits for its factor.
    `act` is the person's, or `portal` acting for nobody in particular.
    """

    portal: PortalHouse
    visitor: Visitor
    act: Act
    person: Person | None
    known: Person
    sign_in_id: UUID | None
