"""Why a message did not reach a person, in our own words whatever the carrier called it (PHN-6).

What a person is advised to do about each is in `sms_advice`; who records them is `messages`.
"""

from enum import StrEnum


class Failure(StrEnum):
    """The values are stable: they stand in letters and in the operator's figures."""

    DO_NOT_CALL = "do-not-call"
    VIRTUAL_NUMBER = "virtual-number"
    CARRIER_HOURS = "carrier-hours"
    BLOCKED_BY_CARRIER = "blocked-by-carrier"
    UNREACHABLE = "unreachable"
    """The telephone was off or out of reach until the message's time was over."""
    UNKNOWN_NUMBER = "unknown-number"
    NOT_ANSWERED = "not-answered"
    NO_KEY = "no-key"
    """The call was taken, and nobody pressed a key: perhaps a voicemail (LATK-3)."""
    UNKNOWN_MAILBOX = "unknown-mailbox"
    REFUSED = "refused"
    """Whoever carries messages would not take it, and gave no reason that we know."""
    BUDGET = "budget"
    EXPIRED = "expired"
    """It was still here when its time was over."""
    WITHDRAWN = "withdrawn"
    """Its challenge ended before it left."""
    GAVE_UP = "gave-up"
    NO_SENDER = "no-sender"
    NOBODY = "nobody"
    """It was for an unknown user, and never meant to leave (LATK-12)."""


_WORDS = (
    (
        Failure.DO_NOT_CALL,
        ("donotcall", "dnd", "ndnc", "dnc", "optout", "optedout", "unsubscribed"),
    ),
    (Failure.VIRTUAL_NUMBER, ("virtual", "voip", "landline", "fixedline")),
    (Failure.CARRIER_HOURS, ("hours", "timewindow", "quiettime")),
    (Failure.BLOCKED_BY_CARRIER, ("block", "spam", "filter", "fraud", "barred", "rejectd")),
    (
        Failure.UNKNOWN_NUMBER,
        (
            *("unknownnumber", "unknownsubscriber", "unknowndestination", "unknownrecipient"),
            *("invalidnumber", "invaliddestination", "invalidrecipient", "invalidto"),
            *("notexist", "unallocated", "nosuchnumber", "notinservice"),
        ),
    ),
    (Failure.UNREACHABLE, ("unreach", "absent", "expired", "undeliv", "switchedoff", "roaming")),
    (Failure.NO_KEY, ("nokey", "nodtmf", "noinput", "voicemail", "machine")),
    (Failure.NOT_ANSWERED, ("noanswer", "notanswered", "busy", "unanswered", "cancel")),
)
"""Parts of what providers say, without spaces and signs; the first that is found decides."""

_SMPP_STATUS = {0x0B: Failure.UNKNOWN_NUMBER}
"""ESME_RINVDSTADR; the others of SMPP 3.4 section 5.1.3 say nothing of the number."""

_SMPP_STATE = {
    "EXPIRED": Failure.UNREACHABLE,
    "DELETED": Failure.REFUSED,
    "UNDELIV": Failure.UNREACHABLE,
    "REJECTD": Failure.BLOCKED_BY_CARRIER,
}
"""Final states of a receipt (SMPP 3.4 appendix B)."""

# Causes of MAP (3GPP TS 29.002) that many carriers put into `err:`; the field itself is theirs.
_SMPP_CAUSE = {
    "001": Failure.UNKNOWN_NUMBER,
    "006": Failure.UNREACHABLE,
    "011": Failure.UNREACHABLE,
    "013": Failure.BLOCKED_BY_CARRIER,
    "021": Failure.BLOCKED_BY_CARRIER,
    "027": Failure.UNREACHABLE,
}


def from_words(text: str) -> Failure:
    """Return the reason that a provider's word or sentence comes nearest to."""
    letters = "".join(sign for sign in text[:200].lower() if sign.isalnum())
    for failure, words in _WORDS:
        if any(word in letters for word in words):
            return failure
    return Failure.REFUSED


def from_smpp_status(status: int) -> Failure:
    """Return what a refused submit_sm says of the number."""
    return _SMPP_STATUS.get(status, Failure.REFUSED)


def from_smpp_receipt(state: str, cause: str) -> Failure:
    """Return what a receipt's `stat:` and `err:` say; the cause is the more exact of the two."""
    return _SMPP_CAUSE.get(cause) or _SMPP_STATE.get(state.upper(), Failure.REFUSED)
