"""All that a recipient's program needs before the first connection, given for an invitation.

What is asked for with it, the proof of possession, is in `possession`.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from strongroom_formats import canonical_json
from strongroom_formats.canonical_json import JsonValue, NotCanonical
from strongroom_formats.document_fields import DocumentInvalid, Fields, day_text, moment_text

SCHEMA = "strongroom-bundle-1"
LIMIT = 1024 * 1024
"""Bytes of the longest bundle."""

MOST_HOLIDAYS = 2000
MOST_KEYS = 20
CERTIFICATE_MOST = 256 * 1024
NAMES_MOST = 16 * 1024

_CHALLENGE = re.compile(r"[0-9a-f]{64}")
_EXPECTED_BY = re.compile(r"(?:(?:[01]\d|2[0-3]):[0-5]\d)?")
_FOLDER = re.compile(r"/[A-Za-z0-9._-]{1,60}")
_DIGITS = re.compile(r"[A-Za-z0-9]{1,4}")
_TIME_ZONE = re.compile(r"[A-Za-z][A-Za-z0-9_+-]*(?:/[A-Za-z][A-Za-z0-9_+-]*){0,2}")


class BundleInvalid(DocumentInvalid):
    """Not a bundle in the format `strongroom-bundle-1`."""


class PgpChoice(StrEnum):
    """Whether the recipient's statements are encrypted to an OpenPGP certificate of theirs."""

    OFF = "off"
    REQUIRED = "required"


@dataclass(frozen=True, slots=True)
class Folders:
    """The absolute paths of the repository's folders, `/outgoing` and so on."""

    outgoing: str
    manifests: str
    test: str
    incoming: str


@dataclass(frozen=True, slots=True)
class Calendar:
    """The firm's days. `expected_by` is `HH:MM` in `time_zone` (IANA's name), "" when unsaid."""

    time_zone: str
    holidays: tuple[date, ...]
    expected_by: str


@dataclass(frozen=True, slots=True)
class Bundle:
    """`host_keys` and `signers` are public keys in OpenSSH's one line, without options.

    `signers` made the manifests; `sender_certificate` is the armoured OpenPGP certificate that
    signs statements, None when they are not signed. `names` tells people how files are named.
    `accounts` are the last four characters of each. `challenge` is what the new key signs,
    before `expires_at`.
    """

    firm: str
    host: str
    port: int
    login: str
    folders: Folders
    host_keys: tuple[str, ...]
    signers: tuple[str, ...]
    pgp: PgpChoice
    sender_certificate: str | None
    calendar: Calendar
    names: str
    api: str
    accounts: tuple[str, ...]
    seen_address: str
    challenge: str
    expires_at: datetime

    def to_bytes(self) -> bytes:
        """The canonical JSON to deliver. Raises BundleInvalid for a field out of bounds."""
        document: dict[str, JsonValue] = {
            "schema": SCHEMA,
            "firm": self.firm,
            "host": self.host,
            "port": self.port,
            "login": self.login,
            "folders": {
                "outgoing": self.folders.outgoing,
                "manifests": self.folders.manifests,
                "test": self.folders.test,
                "incoming": self.folders.incoming,
            },
            "host_keys": list(self.host_keys),
            "signers": list(self.signers),
            "pgp": self.pgp.value,
            "sender_certificate": self.sender_certificate,
            "calendar": {
                "time_zone": self.calendar.time_zone,
                "holidays": [day_text(day) for day in self.calendar.holidays],
                "expected_by": self.calendar.expected_by,
            },
            "names": self.names,
            "api": self.api,
            "accounts": list(self.accounts),
            "seen_address": self.seen_address,
            "challenge": self.challenge,
            "expires_at": moment_text(self.expires_at),
        }
        _read(document)
        return canonical_json.dumps(document)

    @classmethod
    def from_bytes(cls, data: bytes) -> "Bundle":
        """Read a bundle strictly. Raises BundleInvalid, which names the field."""
        try:
            document = canonical_json.loads(data, LIMIT)
        except NotCanonical as error:
            raise BundleInvalid("", str(error)) from error
        return _read(document)


def _read(found: object) -> Bundle:
    fields = Fields(found, BundleInvalid)
    fields.constant("schema", SCHEMA)
    bundle = Bundle(
        firm=fields.text("firm"),
        host=fields.text("host", most=253),
        port=fields.whole("port", least=1, most=65_535),
        login=fields.text("login", most=64),
        folders=_folders(fields.inner("folders")),
        host_keys=fields.texts("host_keys", most=MOST_KEYS, most_each=8192),
        signers=fields.texts("signers", most=MOST_KEYS, most_each=8192),
        pgp=fields.choice("pgp", PgpChoice),
        sender_certificate=fields.block_or_none("sender_certificate", most=CERTIFICATE_MOST),
        calendar=_calendar(fields.inner("calendar")),
        names=fields.block("names", most=NAMES_MOST),
        api=fields.text("api", most=300),
        accounts=_accounts(fields),
        seen_address=fields.address("seen_address"),
        challenge=fields.matching("challenge", _CHALLENGE, "64 lower-case hex digits"),
        expires_at=fields.moment("expires_at"),
    )
    if not bundle.host_keys:
        fields.refuse("host_keys", "empty")
    fields.close()
    return bundle


def _folders(fields: Fields) -> Folders:
    paths = {
        name: fields.matching(name, _FOLDER, "a folder like /outgoing")
        for name in ("outgoing", "manifests", "test", "incoming")
    }
    fields.close()
    return Folders(**paths)


def _calendar(fields: Fields) -> Calendar:
    calendar = Calendar(
        time_zone=fields.matching("time_zone", _TIME_ZONE, "the name of a time zone"),
        holidays=tuple(
            fields.as_day("holidays", text)
            for text in fields.texts("holidays", most=MOST_HOLIDAYS, most_each=10)
        ),
        expected_by=fields.matching("expected_by", _EXPECTED_BY, "a time like 18:30"),
    )
    fields.close()
    return calendar


def _accounts(fields: Fields) -> tuple[str, ...]:
    accounts = fields.texts("accounts", most=10_000, most_each=4)
    if not all(map(_DIGITS.fullmatch, accounts)):
        fields.refuse("accounts", "not the last four characters of an account")
    return accounts
