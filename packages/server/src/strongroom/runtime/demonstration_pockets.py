"""What the demo's people hold: telephones, security cards, printed cards; and what these show.

The people are made in `demonstration_people`; nothing here knows the database.
"""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from strongroom_formats.canonical_json import JsonValue

from strongroom.rules import code_cards, ocra, one_time_codes
from strongroom.runtime.home import Home

CARD_PIN = "2468"
Pocket = Mapping[str, JsonValue]


def people_file(home: Home) -> Path:
    """Return where the demo's people are written down."""
    return home.root / "client" / "people.json"


@dataclass(slots=True)
class DemoPerson:
    """A user of the demo and what this person has; `pockets` by the kind of factor."""

    name: str
    full_name: str
    language: str
    password: str
    number: str
    pockets: dict[str, JsonValue] = field(default_factory=dict)


def read_people(home: Home) -> list[DemoPerson]:
    """Return the demo's users, none where the home has none."""
    file = people_file(home)
    if not file.exists():
        return []
    return [DemoPerson(**one) for one in json.loads(file.read_text("utf-8"))]


def totp_now(pocket: Pocket, now: datetime) -> str:
    """What the telephone of the demo's person shows at this moment (RFC 6238)."""
    key = base64.b32decode(str(pocket["secret"]))
    return one_time_codes.hotp(key, one_time_codes.step_of(now))


def card_response(pocket: Pocket, challenge: str, pin: str) -> str:
    """What the demo's security card shows (RFC 6287)."""
    suite = ocra.read_suite(str(pocket["suite"]))
    place = ocra.Given(
        (challenge,), counter=int(str(pocket["counter"])), pin=ocra.hashed_pin(suite, pin)
    )
    return ocra.response(suite, bytes.fromhex(str(pocket["key"])), place)


def code_card_answer(pocket: Pocket, indexes: JsonValue) -> str:
    """What stands beside the asked indexes of the demo's code card."""
    entries = pocket["entries"]
    assert isinstance(entries, list)
    assert isinstance(indexes, list)
    return code_cards.right_answer([str(one) for one in entries], _pair(indexes))


def _pair(indexes: list[JsonValue]) -> tuple[int, int]:
    first, second = (int(str(one)) for one in indexes)
    return first, second
