"""What a firm is asked with an invitation's code, before any key of the login is on record.

What is asked with a key is in `firm`; the order of these questions is in `enrolment`.
"""

from dataclasses import dataclass
from enum import StrEnum
from ipaddress import ip_address

from strongroom_formats.bundle import Bundle, BundleInvalid
from strongroom_formats.canonical_json import JsonValue
from strongroom_formats.document_fields import Fields
from strongroom_formats.one_line import clean_text

from strongbox.api import https
from strongbox.api.dialling import Route
from strongbox.api.endpoint import Endpoint
from strongbox.refusal import Refused

_MOST_ADDRESSES = 100


class EnrolmentState(StrEnum):
    """Where a submission stands at the firm."""

    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Submission:
    """What leaves this machine: public halves, and the proof that their private ones are here."""

    code: str
    challenge: str
    ssh_key: str
    signature: str
    pgp_certificate: str | None
    addresses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Submitted:
    """What the firm took in. `ticket` stands in for the code from now on, and is as secret."""

    ticket: str
    fingerprint: str
    words: str
    pgp_fingerprint: str | None
    state: EnrolmentState


@dataclass(frozen=True, slots=True)
class Progress:
    """`sentence` is the firm's, cleaned. `allowed` are the networks from which logins may come."""

    state: EnrolmentState
    sentence: str
    allowed: tuple[str, ...]


def bundle(endpoint: Endpoint, code: str) -> Bundle:
    """Fetch all that is needed before the first connection; it uses nothing up. Raises Refused."""
    answer = https.ask_bytes(endpoint, "/api/1/enrolment/bundle", {"code": code})
    try:
        return Bundle.from_bytes(answer)
    except BundleInvalid as error:
        raise https.unreadable(endpoint, error) from error


def submit(endpoint: Endpoint, submission: Submission, *, client: str) -> Submitted:
    """Hand the public halves over, once for each code. Raises Refused."""
    addresses: list[JsonValue] = [*submission.addresses]
    question: dict[str, JsonValue] = {
        "code": submission.code,
        "challenge": submission.challenge,
        "ssh_key": submission.ssh_key,
        "signature": submission.signature,
        "pgp_certificate": submission.pgp_certificate,
        "addresses": addresses,
        "client": client,
    }
    fields = https.ask(endpoint, "/api/1/enrolment/submission", question)
    try:
        return Submitted(
            ticket=fields.text("ticket", most=100),
            fingerprint=fields.fingerprint_or_none("fingerprint") or "",
            words=fields.text("words", most=100),
            pgp_fingerprint=fields.text_or_none("pgp_fingerprint", most=100),
            state=fields.choice("state", EnrolmentState),
        )
    except https.AnswerInvalid as error:
        raise https.unreadable(endpoint, error) from error


def status(endpoint: Endpoint, ticket: str) -> Progress:
    """Ask how far the firm is. Raises Refused."""
    fields = https.ask(endpoint, "/api/1/enrolment/status", {"ticket": ticket})
    try:
        return Progress(
            fields.choice("state", EnrolmentState),
            sentence_of(fields),
            fields.texts("allowed", most=_MOST_ADDRESSES, most_each=60),
        )
    except https.AnswerInvalid as error:
        raise https.unreadable(endpoint, error) from error


def seen_address(endpoint: Endpoint, route: Route = Route.ANY) -> str:
    """Ask from which address the firm sees this machine come. Raises Refused."""
    fields = https.ask(endpoint, "/api/1/address", {}, route=route, seconds=10.0)
    try:
        return str(ip_address(fields.text("address", most=60)))
    except ValueError as error:  # AnswerInvalid is one too
        raise https.unreadable(endpoint, https.AnswerInvalid("address", str(error))) from error


def seen_addresses(endpoint: Endpoint) -> tuple[str, ...]:
    """The addresses under which the firm sees this network, one for IPv4 and one for IPv6.

    Neither goes through a proxy. Raises Refused as the last try did when there is none.
    """
    found: list[str] = []
    trouble: Refused | None = None
    for route in (Route.DIRECT_V4, Route.DIRECT_V6):
        try:
            found.append(seen_address(endpoint, route))
        except Refused as refused:
            trouble = trouble or refused
    if not found and trouble is not None:
        raise trouble
    return tuple(dict.fromkeys(found))


def sentence_of(fields: Fields) -> str:
    """The firm's sentence, one clean line; "" where it said none. Raises AnswerInvalid."""
    said = fields.value("sentence")
    return clean_text(said, 1000) if isinstance(said, str) else ""
