"""The addresses that providers call."""

from strongroom.gateways.portal.callbacks import views
from strongroom.gateways.portal.frame.routes import Needs, Route

_MOST_BYTES = 16 * 1024
_POST = ("POST",)

ROUTES: tuple[Route, ...] = (
    Route(
        "callbacks/reports/<slug:sender>",
        "callback-reports",
        views.take_reports,
        Needs.ANYONE,
        _POST,
        max_body=_MOST_BYTES,
        is_stateless=True,
    ),
    Route(
        "callbacks/calls/<slug:handle>",
        "callback-call",
        views.go_on_with_call,
        Needs.ANYONE,
        _POST,
        max_body=_MOST_BYTES,
        is_stateless=True,
    ),
)
