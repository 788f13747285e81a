"""What events and the outcomes of the check-up are called in front of people."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext, gettext_noop

from strongroom.gateways.portal.frame.challenges import KIND_NAMES
from strongroom.login.history import EventKind
from strongroom.rules.check_up import Practice

_EVENTS: Mapping[str, str] = {
    EventKind.PASSWORD_RIGHT: gettext_noop("Right password, factor asked"),
    EventKind.PASSWORD_WRONG: gettext_noop("Wrong password"),
    EventKind.REFUSED_LOCKED: gettext_noop("Refused: the login was locked"),
    EventKind.REFUSED_ADDRESS: gettext_noop("Refused: the address is not listed"),
    EventKind.LOCKED_OUT: gettext_noop("Locked after too many failures"),
    EventKind.FACTOR_WRONG: gettext_noop("Wrong code"),
    EventKind.SIGNED_IN: gettext_noop("Signed in"),
    EventKind.SIGNED_OUT: gettext_noop("Signed out"),
    EventKind.SESSION_ENDED: gettext_noop("Session ended"),
    EventKind.STEPPED_UP: gettext_noop("Proved a factor again"),
    EventKind.BROWSER_TRUSTED: gettext_noop("Browser trusted"),
    EventKind.BROWSER_STOLEN: gettext_noop("A copied browser cookie was stopped"),
    EventKind.BROWSER_FORGOTTEN: gettext_noop("Browser no longer trusted"),
    EventKind.FACTOR_ADDED: gettext_noop("Factor added"),
    EventKind.FACTOR_RETIRED: gettext_noop("Factor removed"),
    EventKind.FACTOR_SUSPENDED: gettext_noop("Factor suspended"),
    EventKind.FACTOR_RESTORED: gettext_noop("Factor in use again"),
    EventKind.PASSWORD_CHANGED: gettext_noop("Password changed"),
    EventKind.RESET_ASKED: gettext_noop("Password reset asked for"),
    EventKind.PASSWORD_RESET: gettext_noop("Password reset"),
    EventKind.DISAVOWED: gettext_noop("You said that something was not you"),
    EventKind.RESTRICTION_CHANGED: gettext_noop("List of addresses changed"),
    EventKind.RESTRICTION_CONFIRMED: gettext_noop("List of addresses confirmed"),
    EventKind.RESTRICTION_CANCELLED: gettext_noop("Change of addresses cancelled"),
    EventKind.RESTRICTION_ROLLED_BACK: gettext_noop("List of addresses went back"),
    EventKind.OPTED_OUT: gettext_noop("Opted out of two-factor login on platforms"),
    EventKind.OPTED_IN: gettext_noop("Opted in to two-factor login on platforms"),
    EventKind.PHONE_VERIFIED: gettext_noop("Mobile number verified"),
    EventKind.PHONE_CHOSEN: gettext_noop("Mobile number for codes chosen"),
    EventKind.PHONE_REMOVED: gettext_noop("Mobile number removed"),
    EventKind.EMAIL_CHANGED: gettext_noop("Mail address changed"),
    EventKind.EMAIL_UNDONE: gettext_noop("Change of the mail address undone"),
}
_GRAVE = frozenset(
    {
        EventKind.PASSWORD_WRONG,
        EventKind.REFUSED_LOCKED,
        EventKind.REFUSED_ADDRESS,
        EventKind.LOCKED_OUT,
        EventKind.FACTOR_WRONG,
        EventKind.BROWSER_STOLEN,
        EventKind.FACTOR_SUSPENDED,
        EventKind.DISAVOWED,
    }
)


_TOLD = ("label", "networks", "number", "new")


def event_name(kind: str) -> str:
    """Return an event in words; one that is not known shows as it is."""
    return gettext(_EVENTS[kind]) if kind in _EVENTS else kind


def is_grave(kind: str) -> bool:
    """Whether an event is marked, so that the eye finds it."""
    return kind in _GRAVE


def told_of(facts: Mapping[str, str]) -> str:
    """Return what a line adds to its name: the factor, addresses, a number."""
    parts = [factor_name(facts["factor"])] if "factor" in facts else []
    parts += [str(facts[name]) for name in _TOLD if facts.get(name)]
    return ", ".join(parts)


def factor_name(kind: str) -> str:
    """Return a kind of factor in words."""
    return str(KIND_NAMES.get(kind, kind))


@dataclass(frozen=True, slots=True)
class Advice:
    """What a check found, in words, and where the next step is: a label and a route's name."""

    text: str
    label: str
    page: str


PRACTICES: Mapping[Practice, str] = {
    Practice.MONITOR: gettext_noop("Look at your statements"),
    Practice.CONTACT: gettext_noop("Keep us able to reach you"),
    Practice.COMPUTER: gettext_noop("Know where you are signed in"),
    Practice.DATA: gettext_noop("Keep your password to yourself"),
    Practice.PHISHING: gettext_noop("Be safe from false pages"),
    Practice.PASSWORD: gettext_noop("Choose a good password"),
    Practice.FACTOR: gettext_noop("Use a strong second factor"),
    Practice.ADDRESSES: gettext_noop("List your addresses"),
}

_STATEMENTS = (gettext_noop("Open statements"), "statements-list")
_CONTACT = (gettext_noop("Open communication"), "communication")
_SESSIONS = (gettext_noop("Look at sessions"), "security-sessions")
_HISTORY = (gettext_noop("Look at the history"), "security-history")
_LOGIN = (gettext_noop("Open login settings"), "login-settings")
_LIST = (gettext_noop("Open the list"), "security-addresses")

ADVICE: Mapping[str, Advice] = {
    "unread-long": Advice(
        gettext_noop(
            "Statements have been unread for more than a month. Look at them: you know best what "
            "does not belong there. Call us at once when something looks wrong."
        ),
        *_STATEMENTS,
    ),
    "unread": Advice(gettext_noop("There are statements that you have not read."), *_STATEMENTS),
    "all-read": Advice(
        gettext_noop("You have read everything. Call us at once when something looks wrong."),
        *_STATEMENTS,
    ),
    "no-number": Advice(
        gettext_noop("No mobile number is verified, so we cannot reach you quickly."), *_CONTACT
    ),
    "mail-change": Advice(
        gettext_noop("A change of your mail address is waiting to be confirmed."), *_CONTACT
    ),
    "known": Advice(gettext_noop("We can reach you by mail and telephone."), *_CONTACT),
    "sessions": Advice(
        gettext_noop("You are signed in more than once. End what you do not use."), *_SESSIONS
    ),
    "browsers": Advice(
        gettext_noop("Many browsers are trusted. Keep those on your own devices only."),
        gettext_noop("Look at trusted browsers"),
        "security-browsers",
    ),
    "one-place": Advice(
        gettext_noop("You are signed in here alone. Lock your screen, and install updates."),
        *_SESSIONS,
    ),
    "password-known": Advice(
        gettext_noop(
            "Somebody at a strange address had your password and failed at the second factor. If "
            "it was not you, change the password now."
        ),
        gettext_noop("Change the password"),
        "login-settings",
    ),
    "wrong-tries": Advice(
        gettext_noop("Somebody at a strange address tried wrong passwords."), *_HISTORY
    ),
    "quiet": Advice(
        gettext_noop(
            "Nobody strange tried to get in lately. We never ask for a password or code by mail "
            "or telephone."
        ),
        *_HISTORY,
    ),
    "passkey": Advice(
        gettext_noop("Your passkey works on our own page only: a false page gets nothing."), *_LOGIN
    ),
    "no-passkey": Advice(
        gettext_noop(
            "Codes can be typed into a false page, a passkey cannot. Add one, and check the "
            "address before you sign in."
        ),
        *_LOGIN,
    ),
    "old-password": Advice(
        gettext_noop("Your password is more than a year old."),
        gettext_noop("Change the password"),
        "login-settings",
    ),
    "fresh-password": Advice(
        gettext_noop("Use it nowhere else, and let a password manager remember it."), *_LOGIN
    ),
    "opted-out": Advice(
        gettext_noop("Trading platforms do not ask you for a second factor."), *_LOGIN
    ),
    "no-factor": Advice(gettext_noop("You have no second factor yet."), *_LOGIN),
    "weak-factor": Advice(
        gettext_noop("Codes by SMS or from a card of numbers are the weakest factors."), *_LOGIN
    ),
    "one-factor": Advice(
        gettext_noop("You have one factor. Add a second, or recovery codes, in case it is lost."),
        *_LOGIN,
    ),
    "strong-factor": Advice(gettext_noop("Your factors are strong."), *_LOGIN),
    "listed": Advice(gettext_noop("You sign in from listed addresses only."), *_LIST),
    "anywhere": Advice(
        gettext_noop(
            "You may sign in from anywhere. If your address never changes, list it. This adds to "
            "the second factor and does not replace it."
        ),
        *_LIST,
    ),
    "opted-out-anywhere": Advice(
        gettext_noop(
            "Platforms ask you for no factor and you may sign in from anywhere, so penny stocks "
            "cannot be traded."
        ),
        *_LIST,
    ),
}
