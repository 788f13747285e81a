"""Reads the file in which a vendor hands over the keys of cards (PSKC, RFC 6030).

Encrypted values are opened by `pskc_keys`; taking cards into stock is a verb of `login.factors`.
A signature over the file is not checked: `is_signed` says that there was one.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from strongroom.backends.factors.card.pskc_keys import Opener, decoded, key_of, number
from strongroom.backends.factors.card.pskc_xml import Element, broken, read_tree
from strongroom.rules.cards import CardRecord, CardSecret, card_suite
from strongroom.rules.secret import Secret

NAMESPACE = "urn:ietf:params:xml:ns:keyprov:pskc"
MOST_KEYS = 20_000
LONGEST_SERIAL = 64
LARGEST_COUNTER = 2**63 - 1

_LEAST_KEY = 16
_MOST_KEY = 64


@dataclass(frozen=True, slots=True, repr=False)
class VendorKey:
    """One key of a file; `key` is empty where the file only names it (section 4.3.4)."""

    serial: str
    maker: str
    algorithm: str
    suite: str
    key: bytes
    counter: int
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class VendorFile:
    """What was in the file."""

    keys: tuple[VendorKey, ...]
    is_signed: bool


def read_pskc(data: bytes, secret: Secret | None = None) -> VendorFile:
    """Read a file; `secret` is its pre-shared key in hexadecimal, or its password.

    Raises Refused (PSKC-BROKEN, PSKC-KEY).
    """
    root = read_tree(data)
    if root.name != "KeyContainer" or root.space != NAMESPACE:
        raise broken("it is not a key container of RFC 6030")
    packages = [one for one in root.children if one.name == "KeyPackage"]
    if len(packages) > MOST_KEYS:
        raise broken(f"it has more than {MOST_KEYS} keys")
    opener = Opener(root, key_of(root, secret))
    keys = tuple(_key(one, opener) for one in packages if one.child("Key") is not None)
    return VendorFile(keys, is_signed=root.child("Signature") is not None)


def _key(package: Element, opener: Opener) -> VendorKey:
    key = package.child("Key")
    assert key is not None
    secret, counter = key.child("Data", "Secret"), key.child("Data", "Counter")
    return VendorKey(
        serial=package.value("DeviceInfo", "SerialNo"),
        maker=package.value("DeviceInfo", "Manufacturer"),
        algorithm=key.attributes.get("Algorithm", ""),
        suite=key.value("AlgorithmParameters", "Suite"),
        key=_secret(secret, opener) if secret is not None else b"",
        counter=_counter(counter, opener) if counter is not None else 0,
        expires_at=_moment(key.value("Policy", "ExpiryDate")),
    )


def _secret(element: Element, opener: Opener) -> bytes:
    if element.child("PlainValue") is not None:
        return decoded(element.value("PlainValue"))
    return opener.value(element)


def _counter(element: Element, opener: Opener) -> int:
    """An encrypted number is eight bytes, the highest first (section 4.2)."""
    if element.child("PlainValue") is not None:
        return number(element.value("PlainValue"), most=LARGEST_COUNTER)
    return number(str(int.from_bytes(opener.value(element), "big")), most=LARGEST_COUNTER)


def _moment(text: str) -> datetime | None:
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise broken(f"{text[:40]!a} is not a date") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def cards_of(found: VendorFile, now: datetime, *, suite: str = "") -> tuple[CardRecord, ...]:
    """Return the cards for the stock; `suite` is for files that do not name one.

    PINs that a vendor preset are left out: their owners choose others. Raises Refused
    (PSKC-BROKEN, OCRA-SUITE, CARD-SUITE).
    """
    records = tuple(
        _record(key, now, suite) for key in found.keys if not key.algorithm.endswith(":pin")
    )
    serials = {record.serial for record in records}
    if not records or len(serials) != len(records):
        raise broken("it has no cards, or two with the same serial number")
    return records


def _record(key: VendorKey, now: datetime, suite: str) -> CardRecord:
    serial = key.serial
    if not serial or len(serial) > LONGEST_SERIAL or not serial.isprintable():
        raise broken("a card has no serial number, or one that cannot be printed")
    if not _LEAST_KEY <= len(key.key) <= _MOST_KEY:
        raise broken(f"the key of {serial!a} has not {_LEAST_KEY} to {_MOST_KEY} bytes")
    if key.expires_at is not None and key.expires_at <= now:
        raise broken(f"the card {serial!a} has expired")
    named = key.suite or suite
    if not named:
        raise broken(f"the card {serial!a} has no suite; name it with --suite")
    return CardRecord(
        serial=serial,
        maker=key.maker[:60],
        suite=card_suite(named).text,
        secret=CardSecret(key.key.hex()),
        counter=key.counter,
    )
