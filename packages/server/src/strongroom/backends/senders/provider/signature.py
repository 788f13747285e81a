"""How a provider signs what it sends to us: HMAC-SHA-256 over the time and the whole body.

The headers are `X-Timestamp` (seconds since 1970) and `X-Signature` (`sha256=` and hexadecimal
digits, over the timestamp, a full stop, and the body).
"""

import hashlib
import hmac
import json
from collections.abc import Mapping

from strongroom_formats.canonical_json import JsonValue

from strongroom.messages.ports import Callback
from strongroom.rules import login_refusals
from strongroom.rules.secret import Secret

TIMESTAMP, SIGNATURE = "x-timestamp", "x-signature"
_WINDOW_SECONDS = 300
_SHORTEST_SECRET = 16


def sign(body: bytes, timestamp: str, secret: Secret) -> str:
    """Return the value of the signature's header."""
    signed = timestamp.encode() + b"." + body
    return "sha256=" + hmac.digest(secret.reveal().encode(), signed, hashlib.sha256).hex()


def verified(callback: Callback, secret: Secret) -> Mapping[str, JsonValue]:
    """Return the members of a call-back that is signed and of the last five minutes.

    Raises Refused: CALLBACK-SIGNATURE, CALLBACK-UNREADABLE. A short secret signs nothing.
    """
    timestamp = callback.headers.get(TIMESTAMP, "")
    given = callback.headers.get(SIGNATURE, "")
    expected = sign(callback.body, timestamp, secret)
    is_signed = hmac.compare_digest(expected.encode(), given.encode("utf-8", "replace"))
    if not is_signed or len(secret.reveal()) < _SHORTEST_SECRET:
        raise login_refusals.CALLBACK_SIGNATURE.because()
    if not (timestamp.isascii() and timestamp.isdecimal() and len(timestamp) <= 12):
        raise login_refusals.CALLBACK_SIGNATURE.because()
    if abs(callback.at.timestamp() - int(timestamp)) > _WINDOW_SECONDS:
        raise login_refusals.CALLBACK_SIGNATURE.because()
    try:
        found = json.loads(callback.body)
    except (ValueError, RecursionError) as error:
        raise login_refusals.CALLBACK_UNREADABLE.because(why="it is no JSON") from error
    if not isinstance(found, dict):
        raise login_refusals.CALLBACK_UNREADABLE.because(why="it is no JSON object")
    return found
