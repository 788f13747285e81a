"""The addresses of Settings > User settings > Login, and what each needs.

Whatever a thief of a session could use asks for a fresh factor (LATK-25).
"""

from strongroom.gateways.portal.frame.routes import Needs, Route
from strongroom.gateways.portal.login_settings import (
    card,
    code_card,
    factors,
    found_device,
    overview,
    password,
    platforms,
    recovery_file,
    sharing,
)

_BOTH = ("GET", "POST")
_POST = ("POST",)
_FRESH, _FULL, _HERE = Needs.STEP_UP, Needs.FULL, Needs.RESTRICTED
_LOGIN = "settings/login"
_FACTOR = f"{_LOGIN}/factors/<uuid:enrolment>"
_NEW = f"{_LOGIN}/new/<uuid:enrolment>"
_CODE_CARD = f"{_LOGIN}/code-card"
_CARD = f"{_LOGIN}/card"
_ORDER = f"{_CARD}/<uuid:order>"
_PLATFORMS = f"{_LOGIN}/platforms"

ROUTES: tuple[Route, ...] = (
    Route(_LOGIN, "login-settings", overview.show),
    Route(f"{_LOGIN}/password", "login-password", password.change, _FRESH, _BOTH),
    Route(f"{_LOGIN}/add/<slug:kind>", "login-add", factors.add, _FRESH, _BOTH),
    Route(_NEW, "login-confirm", factors.confirm, _FRESH, _BOTH),
    Route(f"{_NEW}/again", "login-confirm-again", factors.confirm_again, _FRESH, _BOTH),
    Route(f"{_LOGIN}/recovery-codes", "login-recovery-file", recovery_file.save, _FULL, _POST),
    Route(_FACTOR, "login-factor", factors.one),
    Route(f"{_FACTOR}/name", "login-factor-name", factors.rename, _FULL, _POST),
    Route(f"{_FACTOR}/prefer", "login-factor-prefer", factors.prefer, _FULL, _POST),
    Route(f"{_FACTOR}/remove", "login-factor-retire", factors.retire, _FRESH, _BOTH),
    Route(f"{_FACTOR}/found", "login-found", found_device.ask, _FRESH, _BOTH),
    Route(f"{_FACTOR}/found/answer", "login-found-answer", found_device.answer, _FRESH, _BOTH),
    Route(f"{_FACTOR}/pin", "card-pin", card.pin, _FRESH, _BOTH),
    Route(f"{_FACTOR}/pin/answer", "card-pin-answer", card.pin_answer, _FRESH, _BOTH),
    Route(_CODE_CARD, "code-card", code_card.draw, _HERE, _BOTH),
    Route(f"{_CODE_CARD}/<uuid:enrolment>", "code-card-new", code_card.activate, _HERE, _BOTH),
    Route(f"{_CODE_CARD}/<uuid:enrolment>/again", "code-card-again", code_card.again, _HERE, _BOTH),
    Route(f"{_CODE_CARD}/<uuid:enrolment>/paper", "code-card-paper", code_card.paper, _HERE),
    Route(_CARD, "card", card.show),
    Route(f"{_CARD}/order", "card-order", card.order, _FRESH, _BOTH, keeps=("account", "ship_to")),
    Route(f"{_ORDER}/cancel", "card-cancel", card.cancel, _FRESH, _BOTH),
    Route(f"{_ORDER}/activate", "card-activate", card.activate, _FRESH, _BOTH),
    Route(f"{_ORDER}/active", "card-active", card.active, _FRESH, _BOTH),
    Route(f"{_CARD}/share", "card-share", sharing.ask, _FRESH, _BOTH, keeps=("name",)),
    Route(f"{_CARD}/share/answer", "card-share-answer", sharing.answer, _FRESH, _BOTH),
    Route(_PLATFORMS, "login-platforms", platforms.show),
    Route(f"{_PLATFORMS}/opt-out", "login-opt-out", platforms.opt_out, _FRESH, _BOTH),
    Route(f"{_PLATFORMS}/opt-in", "login-opt-in", platforms.opt_in, _FRESH, _BOTH),
)
