"""The addresses of Settings > User settings > Security, and of the security check-up.

Whatever a thief of a session could use asks for a fresh factor; ending sessions never does.
"""

from strongroom.gateways.portal.frame.routes import Needs, Route
from strongroom.gateways.portal.security import addresses, check_up, overview, past, presence

_BOTH = ("GET", "POST")
_POST = ("POST",)
_SECURITY = "settings/security"
_ONE = f"{_SECURITY}/addresses/<str:user>"

ROUTES: tuple[Route, ...] = (
    Route("security-check-up", "security-check-up", check_up.show),
    Route("settings", "settings", overview.settings),
    Route(_SECURITY, "security", overview.show),
    Route(f"{_SECURITY}/statement", "security-statement", overview.statement, Needs.FULL, _POST),
    Route(f"{_SECURITY}/addresses", "security-addresses", addresses.mine),
    Route(_ONE, "security-list", addresses.show),
    Route(f"{_ONE}/change", "security-list-change", addresses.change, Needs.STEP_UP, _BOTH),
    Route(f"{_ONE}/waiting", "security-list-waiting", addresses.waiting, Needs.STEP_UP, _BOTH),
    Route(f"{_SECURITY}/sessions", "security-sessions", presence.sessions),
    Route(f"{_SECURITY}/sessions/end", "security-session-end", presence.end, methods=_POST),
    Route(f"{_SECURITY}/sessions/end-all", "security-sessions-end", presence.end_others,
          methods=_POST),
    Route(f"{_SECURITY}/browsers", "security-browsers", presence.browsers),
    Route(f"{_SECURITY}/browsers/forget", "security-browser-forget", presence.forget,
          methods=_POST),
    Route(f"{_SECURITY}/history", "security-history", past.show),
)  # fmt: skip
