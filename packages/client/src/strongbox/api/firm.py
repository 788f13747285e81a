"""What a firm is asked with a proof signed by the login's own SSH key.

How the proof is made is in `signing`; what is asked before there is a key is in `enrolling`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from strongroom_formats.canonical_json import JsonValue
from strongroom_formats.document_fields import Fields, moment_text
from strongroom_formats.one_line import clean_text
from strongroom_formats.possession import NAMESPACE as POSSESSION
from strongroom_formats.possession import Possession
from strongroom_formats.signed_request import Purpose
from strongroom_formats.sshsig_keys import public_key_for, sign_with

from strongbox.api import https
from strongbox.api.endpoint import endpoint_of
from strongbox.api.enrolling import EnrolmentState
from strongbox.api.signing import Signer, fresh_nonce, signed
from strongbox.profiles.profile import Profile

MOST_ENTRIES = 200
"""Statements in one acknowledgement: what a question of 64 KiB has room for."""

_MOST_ATTEMPTS = 100
_MOST_ADDRESSES = 100


class StatementState(StrEnum):
    """How far a statement came on the recipient's side."""

    DECRYPTED = "decrypted"
    PROCESSED = "processed"


@dataclass(frozen=True, slots=True)
class Entry:
    """One statement that is acknowledged. `sha256` is of the file as it was delivered."""

    statement_id: str
    sha256: str
    state: StatementState
    at: datetime


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """`unknown` are the statements that the firm never delivered to this login."""

    recorded: int
    unknown: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Attempt:
    """One refused connection as the firm saw it; `cause` is a stable code."""

    reference: str
    at: str
    cause: str
    explanation: str
    address: str
    count: int
    fingerprints: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """What the firm knows of this login, this key and this address."""

    login_state: str
    key_state: str
    allowed: tuple[str, ...]
    seen_address: str
    is_seen_address_allowed: bool
    attempts: tuple[Attempt, ...]


@dataclass(frozen=True, slots=True)
class Rotation:
    """What the firm took in as the next key; both ends show the same words."""

    fingerprint: str
    words: str
    state: EnrolmentState


def explain(profile: Profile, key: Signer, reference: str | None = None) -> Explanation:
    """Ask why logins fail; a `reference` narrows it to one attempt. Raises Refused."""
    endpoint = endpoint_of(profile)
    fields = signed(profile, key, Purpose.EXPLAIN, {"reference": reference})
    try:
        return Explanation(
            login_state=fields.text("login_state"),
            key_state=fields.text("key_state"),
            allowed=fields.texts("allowed", most=_MOST_ADDRESSES, most_each=60),
            seen_address=fields.text("seen_address", most=60),
            is_seen_address_allowed=fields.flag("is_seen_address_allowed"),
            attempts=tuple(map(_attempt, fields.list_of("attempts", most=_MOST_ATTEMPTS))),
        )
    except https.AnswerInvalid as error:
        raise https.unreadable(endpoint, error) from error


def acknowledge(profile: Profile, key: Signer, entries: Sequence[Entry]) -> Acknowledged:
    """Tell the firm how far statements came, so that it can show it. Raises Refused.

    Safe to repeat; many entries go in several requests, and a failure may leave the last ones
    untold.
    """
    endpoint = endpoint_of(profile)
    recorded, unknown = 0, list[str]()
    for at in range(0, len(entries), MOST_ENTRIES):
        rows: list[JsonValue] = [_row(entry) for entry in entries[at : at + MOST_ENTRIES]]
        fields = signed(profile, key, Purpose.ACKNOWLEDGE, {"entries": rows})
        try:
            recorded += fields.whole("recorded")
            unknown += fields.texts("unknown", most=MOST_ENTRIES, most_each=60)
        except https.AnswerInvalid as error:
            raise https.unreadable(endpoint, error) from error
    return Acknowledged(recorded, tuple(unknown))


def rotate(profile: Profile, key: Signer, next_key: Signer) -> Rotation:
    """Hand over the public half of the next key, proved by both keys. Raises Refused."""
    endpoint = endpoint_of(profile)
    nonce = fresh_nonce()
    line = public_key_for(next_key.private).openssh_line()
    proof = Possession(nonce, profile.login, line, None).to_bytes()
    body: dict[str, JsonValue] = {
        "ssh_key": line,
        "signature": sign_with(proof, next_key.private, POSSESSION).decode("ascii"),
    }
    fields = signed(profile, key, Purpose.ROTATE, body, nonce=nonce)
    try:
        return Rotation(
            fields.fingerprint_or_none("fingerprint") or "",
            fields.text("words", most=100),
            fields.choice("state", EnrolmentState),
        )
    except https.AnswerInvalid as error:
        raise https.unreadable(endpoint, error) from error


def request_addresses(profile: Profile, key: Signer, addresses: Sequence[str]) -> EnrolmentState:
    """Ask the firm's operators to allow logins from these addresses too. Raises Refused."""
    endpoint = endpoint_of(profile)
    wanted: list[JsonValue] = [*addresses]
    fields = signed(profile, key, Purpose.REQUEST_ADDRESS, {"addresses": wanted})
    try:
        return fields.choice("state", EnrolmentState)
    except https.AnswerInvalid as error:
        raise https.unreadable(endpoint, error) from error


def _row(entry: Entry) -> dict[str, JsonValue]:
    return {
        "statement_id": entry.statement_id,
        "sha256": entry.sha256,
        "state": entry.state.value,
        "at": moment_text(entry.at),
    }


def _attempt(fields: Fields) -> Attempt:
    return Attempt(
        reference=_said(fields, "reference"),
        at=_said(fields, "at"),
        cause=_said(fields, "cause"),
        explanation=_said(fields, "explanation"),
        address=_said(fields, "address"),
        count=fields.whole("count"),
        fingerprints=fields.texts("fingerprints", most=_MOST_ATTEMPTS, most_each=60),
    )


def _said(fields: Fields, name: str) -> str:
    """Text that may be absent or empty, cleaned."""
    value = fields.value(name) if name in fields.names else ""
    return clean_text(value, 1000) if isinstance(value, str) else ""
