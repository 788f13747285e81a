"""The addresses of signing in and out, of proving a factor again, and of links in letters.

What they show is in the modules beside.
"""

from strongroom.gateways.portal.frame.routes import Needs, Route
from strongroom.gateways.portal.sign_in import (
    entering,
    factor,
    leaving,
    links,
    reset,
    reset_proof,
    step_up,
)

_BOTH = ("GET", "POST")
_ANYONE, _WAITING, _HERE = Needs.ANYONE, Needs.SIGN_IN, Needs.RESTRICTED

ROUTES: tuple[Route, ...] = (
    Route("sign-in", "sign-in", entering.sign_in, _ANYONE, _BOTH),
    Route("sign-in/factor", "sign-in-factor", factor.choose, _WAITING, _BOTH),
    Route("sign-in/code", "sign-in-code", factor.answer, _WAITING, _BOTH),
    Route("sign-in/no-factor", "sign-in-no-factor", factor.without, _WAITING),
    Route("sign-in/over", "sign-in-over", leaving.took_too_long, _ANYONE),
    Route("session-over", "session-over", leaving.session_over, _ANYONE),
    Route("sign-out", "sign-out", leaving.sign_out, _ANYONE, ("POST",)),
    Route("signed-out", "signed-out", leaving.signed_out, _ANYONE),
    Route("step-up", "step-up", step_up.choose, _HERE, _BOTH),
    Route("step-up/code", "step-up-code", step_up.answer, _HERE, _BOTH),
    Route("sign-in/reset", "reset", reset.ask, _ANYONE, _BOTH),
    Route("sign-in/reset/sent", "reset-sent", reset.sent, _ANYONE),
    Route("sign-in/reset/<str:token>", "reset-link", reset.link, _ANYONE, _BOTH),
    Route("sign-in/reset-factor", "reset-factor", reset_proof.choose, _ANYONE, _BOTH),
    Route("sign-in/reset-code", "reset-code", reset_proof.answer, _ANYONE, _BOTH),
    Route("sign-in/reset-password", "reset-password", reset.renew, _ANYONE, _BOTH),
    Route("sign-in/not-me/<str:token>", "not-me", links.not_me, _ANYONE, _BOTH),
)
