"""What the browser says of the page that asked: origin, kind of ceremony, frames (LATK-26).

The library compares type, challenge and origin; it does not look at frames, so that is done here.
"""

import json
from collections.abc import Mapping

from strongroom_formats.canonical_json import JsonValue

from strongroom.rules import login_refusals
from strongroom.rules.secret import Secret

LONGEST_ANSWER = 16 * 1024


def read_credential(answer: Secret) -> dict[str, JsonValue]:
    """Return the browser's credential. Raises Refused (E-LOGIN-2) for anything but an object."""
    text = answer.reveal()
    if len(text) > LONGEST_ANSWER:
        raise login_refusals.FACTOR_WRONG.because()
    return _object(text)


def refuse_frames(client_data: bytes) -> None:
    """Refuse an answer that was made inside another site's page.

    Raises Refused (PASSKEY-REFUSED). `topOrigin` is only sent from within a frame (WebAuthn
    level 3, section 5.8.1).
    """
    read = _object(client_data.decode("utf-8", "replace"))
    if read.get("crossOrigin", False) is not False or "topOrigin" in read:
        raise login_refusals.PASSKEY_REFUSED.because()


def _object(text: str) -> dict[str, JsonValue]:
    try:
        read = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise login_refusals.FACTOR_WRONG.because() from error
    if not isinstance(read, dict):
        raise login_refusals.FACTOR_WRONG.because()
    return read


def text_of(facts: Mapping[str, JsonValue], name: str) -> str:
    """Return a fact that is text; "" without one."""
    value = facts.get(name, "")
    return value if isinstance(value, str) else ""
