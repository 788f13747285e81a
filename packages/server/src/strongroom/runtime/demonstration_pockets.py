"""What the demo's people hold: telephones, security cards, printed cards; and what these show.

The people are made in `demonstration_people`; nothing here knows the database.
"""

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path

from strongroom_formats.canonical_json import JsonValue

from strongroom.gateways.portal.demonstration.ports import Device, Owner
from strongroom.rules import code_cards, ocra, one_time_codes
from strongroom.runtime.home import Home, write_private

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


def write_people(home: Home, people: Sequence[DemoPerson]) -> None:
    """Write the demo's people down."""
    content = json.dumps([asdict(one) for one in people], ensure_ascii=False, indent=1)
    write_private(people_file(home), content.encode())


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


class DemoPockets:
    """Implements the portal's `Pockets` on the file of the demo's people."""

    def __init__(self, home: Home) -> None:
        self._home = home

    def owners(self, now: datetime) -> Sequence[Owner]:
        """Return everybody with what their things show at this moment."""
        return [
            Owner(
                person.name,
                person.full_name,
                person.language,
                person.password,
                tuple(_device(kind, pocket, now) for kind, pocket in person.pockets.items()),
            )
            for person in read_people(self._home)
        ]

    def card_answers(self, name: str, challenge: str, pin: str) -> str:
        """Return what a person's security card shows; its counter moves on, as a card's does."""
        people = read_people(self._home)
        pocket = next((one.pockets.get("card") for one in people if one.name == name), None)
        if not isinstance(pocket, dict):
            return ""
        shown = card_response(pocket, challenge, pin)
        pocket["counter"] = int(str(pocket["counter"])) + 1
        write_people(self._home, people)
        return shown


def _device(kind: str, pocket: JsonValue, now: datetime) -> Device:
    assert isinstance(pocket, dict)
    match kind:
        case "totp":
            return Device(kind, (totp_now(pocket, now),))
        case "card":
            return Device(kind, takes=str(pocket["serial"]))
        case "code-card":
            return Device(kind, _texts(pocket["entries"]), is_indexed=True)
        case "recovery":
            return Device(kind, _texts(pocket["codes"]))
        case "temporary":
            return Device(kind, (str(pocket["code"]),))
        case _:
            return Device(kind)


def _texts(found: JsonValue) -> tuple[str, ...]:
    assert isinstance(found, list)
    return tuple(str(one) for one in found)
