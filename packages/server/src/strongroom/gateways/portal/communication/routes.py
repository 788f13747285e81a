"""The addresses of Settings, User settings, Communication, and of the help about codes.

What they show is in the modules beside.
"""

from strongroom.gateways.portal.communication import (
    mail_address,
    numbers,
    overview,
    sms_help,
    undoing,
    verifying,
)
from strongroom.gateways.portal.frame.routes import Needs, Route

_BOTH = ("GET", "POST")
_POST = ("POST",)
# Who has no verified number comes here to get one (PHN-2), so a session is enough; what needs a
# fresh factor or may change is judged by the login's verbs.
_HERE, _FULL, _ANYONE = Needs.SESSION, Needs.FULL, Needs.ANYONE
_TYPED = ("country", "number", "label")
_PHONES = "settings/communication/phones"
_PHONE = f"{_PHONES}/<int:phone_id>"
_EMAIL = "settings/communication/email"

ROUTES: tuple[Route, ...] = (
    Route("settings/communication", "communication", overview.communication, _HERE),
    Route(_PHONES, "phones", overview.numbers, _HERE),
    Route(f"{_PHONES}/add", "phone-add", numbers.add, _HERE, _BOTH, keeps=_TYPED),
    Route(_PHONE, "phone", numbers.one, _HERE),
    Route(f"{_PHONE}/change", "phone-change", numbers.change, _HERE, _BOTH, keeps=_TYPED),
    Route(f"{_PHONE}/send", "phone-send", verifying.send, _HERE, _POST),
    Route(f"{_PHONE}/verify", "phone-verify", verifying.verify, _HERE, _BOTH),
    Route(f"{_PHONE}/name", "phone-name", numbers.rename, _FULL, _POST),
    Route(f"{_PHONE}/hours", "phone-hours", numbers.set_hours, _FULL, _POST),
    Route(f"{_PHONE}/codes", "phone-codes", numbers.use_for_codes, _FULL, _BOTH),
    Route(f"{_PHONE}/remove", "phone-remove", numbers.remove, _HERE, _BOTH),
    Route(_EMAIL, "email", mail_address.choose, _FULL, _BOTH),
    Route(f"{_EMAIL}/number", "email-number", mail_address.with_number, _FULL, _BOTH),
    Route(
        f"{_EMAIL}/password",
        "email-password",
        mail_address.with_password,
        _FULL,
        _BOTH,
        keeps=("email",),
    ),
    Route(f"{_EMAIL}/confirm", "email-confirm", mail_address.confirm, _FULL, _BOTH),
    Route(f"{_EMAIL}/again", "email-again", mail_address.send_again, _FULL, _POST),
    Route(f"{_EMAIL}/cancel", "email-cancel", mail_address.cancel, _FULL, _POST),
    Route("email/undo/<str:token>", "email-undo", undoing.undo, _ANYONE, _BOTH),
    Route("help/sms", "sms-help", sms_help.show, _ANYONE),
)
