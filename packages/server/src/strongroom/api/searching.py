"""Looks for private keys in a body before anything else is done with it, and burns them (KEY-7).

What a private key looks like is known to `rules.key_intake`.
"""

from collections.abc import Iterator

from strongroom_formats.canonical_json import JsonValue

from strongroom.api.asking import Asked
from strongroom.messages import key_desk
from strongroom.rules.key_intake import refuse_private_material
from strongroom.rules.refusals import Refused

_UNKNOWN = "-"


def refuse_private(asked: Asked, login: str = _UNKNOWN) -> None:
    """Search a body as it came, and each text in it. Raises Refused: E-KEYREG-1, KEY-…."""
    try:
        for part in _parts(asked):
            refuse_private_material(part)
    except Refused as refused:
        key_desk.burn_given_away(login, refused, act=asked.acting(f"recipient:{login}"))
        raise


def _parts(asked: Asked) -> Iterator[bytes]:
    yield asked.body
    try:
        found = asked.json()
    except Refused:
        return  # it was searched as it is, and will be refused for its form
    yield "\n".join(_texts(found)).encode()


def _texts(value: JsonValue) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, dict):
        for name, item in value.items():
            yield name
            yield from _texts(item)
