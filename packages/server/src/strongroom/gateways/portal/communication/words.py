"""The words for numbers: kinds of line, what became of a message, what to do about it.

What fits when is decided in `rules.sms_advice`.
"""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from strongroom.directory.numbering import LineKind
from strongroom.rules.sms_advice import Fate, Hint, Step

KINDS: Mapping[str, str | Promise] = {
    LineKind.MOBILE: _("Mobile"),
    LineKind.FIXED_OR_MOBILE: _("Mobile or fixed line"),
}

FATES: Mapping[Fate, str | Promise] = {
    Fate.NOT_SENT: _("No message was sent to this number in the last hours."),
    Fate.ON_ITS_WAY: _("The message is on its way. It can take a few minutes."),
    Fate.NO_REPORT: _("The message left, but the network has not said that it arrived."),
    Fate.DELIVERED: _("The network says that the message arrived."),
    Fate.DO_NOT_CALL: _("The number is on a do-not-call register: networks refuse our messages."),
    Fate.VIRTUAL: _("The number is a virtual one, which gets no codes, to prevent fraud."),
    Fate.CARRIER_HOURS: _("The network of this number delivers messages at certain hours only."),
    Fate.BLOCKED: _("The network blocked the message, perhaps as unwanted advertising."),
    Fate.UNREACHABLE: _("The telephone was off or out of reach."),
    Fate.UNKNOWN_NUMBER: _("The network does not know this number."),
    Fate.NOT_ANSWERED: _("Nobody answered our call."),
    Fate.NO_KEY: _("The call was answered, but no key was pressed, so the code was not spoken."),
    Fate.HELD_BACK: _("No message could be sent to this number now."),
}

HINTS: Mapping[Hint, str | Promise] = {
    Hint.APP: _("Use an app, a passkey or another factor: they do not need your network."),
    Hint.RESTART: _("Switch the telephone off and on, wait a minute, then ask for a new code."),
    Hint.VOICE: _("Let us call you and speak the code. Press a key when you are asked to."),
    Hint.CARRIER: _("Ask your network whether it blocks our messages."),
    Hint.ASK: _("Ask for a code."),
    Hint.WAIT: _("Wait two minutes before you ask for another one."),
    Hint.LOOK: _("Look among blocked and unwanted messages, and use the newest code."),
    Hint.OTHER_NUMBER: _("Use another number, the one of a SIM card of your own."),
}

STEPS: Mapping[Step, tuple[str | Promise, str | Promise]] = {
    Step.APP: (
        _("Set up an app or a passkey"),
        _("It works without your network, also abroad. You find it in Settings, under Login."),
    ),
    Step.RESTART: (
        _("Switch the telephone off and on"),
        _("It then fetches what waits. Abroad, messages can be lost all the same."),
    ),
    Step.VOICE: (
        _("Let us call you"),
        _("The call comes within a minute, asks for a key and speaks the code twice."),
    ),
    Step.CARRIER: (
        _("Ask your network"),
        _("Some take our messages for advertising. Ask it to let them through to your number."),
    ),
}
