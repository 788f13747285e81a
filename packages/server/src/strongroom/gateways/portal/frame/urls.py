"""Every address of the portal: the routes of all areas, each behind its guard.

An area adds its ROUTES here; a path that no area has does not exist.
"""

from django.urls import URLPattern, path

from strongroom.gateways.portal.bell.routes import ROUTES as BELL
from strongroom.gateways.portal.callbacks.routes import ROUTES as CALLBACKS
from strongroom.gateways.portal.communication.routes import ROUTES as COMMUNICATION
from strongroom.gateways.portal.demonstration.routes import ROUTES as DEMONSTRATION
from strongroom.gateways.portal.frame import assets, pages
from strongroom.gateways.portal.frame.guard import Guarded
from strongroom.gateways.portal.frame.routes import Needs, Route
from strongroom.gateways.portal.login_settings.routes import ROUTES as LOGIN_SETTINGS
from strongroom.gateways.portal.registration.routes import ROUTES as REGISTRATION
from strongroom.gateways.portal.security.routes import ROUTES as SECURITY
from strongroom.gateways.portal.sign_in.routes import ROUTES as SIGN_IN
from strongroom.gateways.portal.single_sign_on.routes import ROUTES as SINGLE_SIGN_ON
from strongroom.gateways.portal.statements.routes import ROUTES as STATEMENTS

FRAME: tuple[Route, ...] = (
    Route("assets/<str:name>", "asset", assets.serve, Needs.ANYONE, is_stateless=True),
    Route("session/alive", "session-alive", pages.stay, Needs.RESTRICTED),
    Route("language", "language", pages.switch_language, Needs.ANYONE, ("POST",)),
)

ROUTES: tuple[Route, ...] = (
    *FRAME,
    *BELL,
    *CALLBACKS,
    *DEMONSTRATION,
    *COMMUNICATION,
    *LOGIN_SETTINGS,
    *REGISTRATION,
    *SECURITY,
    *SIGN_IN,
    *SINGLE_SIGN_ON,
    *STATEMENTS,
)

urlpatterns: list[URLPattern] = [
    path(route.path, Guarded(route), name=route.name) for route in ROUTES
]

handler400 = "strongroom.gateways.portal.frame.errors.bad_request"
handler403 = "strongroom.gateways.portal.frame.errors.forbidden"
handler404 = "strongroom.gateways.portal.frame.errors.not_found"
handler500 = "strongroom.gateways.portal.frame.errors.went_wrong"
