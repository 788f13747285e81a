"""The addresses of registering: the invitation, the user name, the first factor.

What follows is the portal, signed in.
"""

from strongroom.gateways.portal.frame.routes import Needs, Route
from strongroom.gateways.portal.registration import becoming, number, other_factor

_BOTH = ("GET", "POST")
_ANYONE, _WAITING = Needs.ANYONE, Needs.SIGN_IN

ROUTES: tuple[Route, ...] = (
    Route("register", "register", becoming.type_code, _ANYONE, _BOTH),
    Route("register/name", "register-name", becoming.choose_name, _ANYONE, _BOTH),
    Route("register/welcome", "register-welcome", number.welcome, _WAITING),
    Route("register/number", "register-phone", number.give, _WAITING, _BOTH),
    Route("register/number/code", "register-code", number.confirm, _WAITING, _BOTH),
    Route("register/number/again", "register-again", number.send_again, _WAITING, ("POST",)),
    Route("register/factor", "register-factor", other_factor.choose, _WAITING, _BOTH),
    Route(
        "register/factor/confirm", "register-factor-confirm", other_factor.confirm, _WAITING, _BOTH
    ),
    Route("register/<str:code>", "register-link", becoming.link, _ANYONE, _BOTH),
)
