"""The addresses of the messages under the bell."""

from strongroom.gateways.portal.bell import listing
from strongroom.gateways.portal.frame.routes import Needs, Route

ROUTES: tuple[Route, ...] = (
    Route("messages", "messages-list", listing.show, Needs.SESSION),
    Route("messages/read", "messages-read", listing.mark_read, Needs.SESSION, ("POST",)),
)
