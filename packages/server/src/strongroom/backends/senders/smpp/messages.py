"""What an SMS looks like on the wire: its alphabet, its parts, and the receipts about it.

Sending them is in `link`.
"""

import contextlib
import re
import secrets
from dataclasses import dataclass

from smpplib import consts, gsm  # type: ignore[import-untyped]  # it has no types

from strongroom.messages.ports import Report
from strongroom.rules import sms_failures
from strongroom.rules.sms_failures import Failure

_MOST_PARTS = 6
_SINGLE = {True: 160, False: 140}
_PART = {True: 153, False: 134}
"""What fits beside a six-byte header: 3GPP TS 23.040 section 9.2.3.24.1."""

_NOT_IN_GSM = "`"
"""smpplib's table uses it for codes without a character."""

_RECEIPT = re.compile(rb"\b(id|stat|err):([0-9A-Za-z_.\-]+)")
_FINAL = {b"DELIVRD", b"EXPIRED", b"DELETED", b"UNDELIV", b"REJECTD"}


@dataclass(frozen=True, slots=True)
class Parts:
    """The bytes of each part, how they are coded, and whether each begins with a header."""

    bodies: tuple[bytes, ...]
    coding: int
    esm_class: int


class TooLong(Exception):
    """The text needs more parts than anything of ours has."""


def split(text: str) -> Parts:
    """Return an SMS in GSM's alphabet where that has all its characters, else in UCS-2.

    No character is cut in two. Raises TooLong.
    """
    pieces, coding = _pieces(text)
    whole = b"".join(pieces)
    is_gsm = coding == consts.SMPP_ENCODING_DEFAULT
    if len(whole) <= _SINGLE[is_gsm]:
        return Parts((whole,), coding, consts.SMPP_MSGTYPE_DEFAULT)
    bodies = _packed(pieces, _PART[is_gsm])
    if len(bodies) > _MOST_PARTS:
        raise TooLong
    # The reference only has to differ from that of the message before it on the same telephone.
    head = bytes((5, 0, 3, secrets.randbelow(256), len(bodies)))
    numbered = tuple(head + bytes((n,)) + body for n, body in enumerate(bodies, 1))
    return Parts(numbered, coding, consts.SMPP_GSMFEAT_UDHI)


def _pieces(text: str) -> tuple[list[bytes], int]:
    if _NOT_IN_GSM not in text:
        with contextlib.suppress(UnicodeError):
            return [gsm.gsm_encode(sign) for sign in text], consts.SMPP_ENCODING_DEFAULT
    return [sign.encode("utf-16-be") for sign in text], consts.SMPP_ENCODING_ISO10646


def _packed(pieces: list[bytes], room: int) -> list[bytes]:
    bodies = [b""]
    for piece in pieces:
        if len(bodies[-1]) + len(piece) > room:
            bodies.append(b"")
        bodies[-1] += piece
    return bodies


def read_receipt(text: bytes, *, sender: str) -> tuple[Report, ...]:
    """Return what a deliver_sm with a receipt says (SMPP 3.4 appendix B); nothing, while it is on
    its way. Carriers' receipts differ, so only the three fields that matter are looked for."""
    fields = dict(reversed(_RECEIPT.findall(text[:500])))
    state = fields.get(b"stat", b"").upper()
    handle = fields.get(b"id", b"").decode("ascii")
    if not handle or state not in _FINAL:
        return ()
    return (Report(sender, handle[:100], _failure(state.decode("ascii"), fields)),)


def _failure(state: str, fields: dict[bytes, bytes]) -> Failure | None:
    if state == "DELIVRD":
        return None
    return sms_failures.from_smpp_receipt(state, fields.get(b"err", b"").decode("ascii"))
