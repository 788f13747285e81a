"""The addresses of single sign-on for the firm's other systems.

What they answer is in the modules beside. Those without a cookie are for programs.
"""

from strongroom.gateways.portal.frame.routes import Needs, Route, View
from strongroom.gateways.portal.single_sign_on import authorizing, facts, leaving

_BOTH = ("GET", "POST")


def _for_programs(path: str, name: str, view: View, *methods: str) -> Route:
    return Route(path, name, view, Needs.ANYONE, methods, max_body=8 * 1024, is_stateless=True)


ROUTES: tuple[Route, ...] = (
    Route("sso/authorize", "sso-authorize", authorizing.authorize, Needs.ANYONE, _BOTH),
    Route("sso/logout", "sso-logout", leaving.leave, Needs.ANYONE, _BOTH),
    _for_programs(".well-known/openid-configuration", "sso-discovery", facts.discovery, "GET"),
    _for_programs("sso/keys", "sso-keys", facts.keys, "GET"),
    _for_programs("sso/token", "sso-token", facts.token, "POST"),
    _for_programs("sso/revoke", "sso-revoke", facts.revoke, "POST"),
    _for_programs("sso/introspect", "sso-introspect", facts.introspect, "POST"),
    _for_programs("sso/userinfo", "sso-userinfo", facts.user_info, "GET", "POST"),
    _for_programs("sso/limits", "sso-limits", facts.limits, "GET"),
)
