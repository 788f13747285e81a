"""A request as the end points see it: its body's fields, who asks, from where, in which language.

Only what is bounded and strict comes through; what is done with it is in the modules beside.
"""

from dataclasses import dataclass

from django.http import HttpRequest
from django.utils import translation
from strongroom_formats import canonical_json
from strongroom_formats.canonical_json import JsonValue, NotCanonical
from strongroom_formats.document_fields import DocumentInvalid, Fields

from strongroom.api.house import ApiHouse
from strongroom.audit.act import Act
from strongroom.rules import networks, refusals
from strongroom.rules.forwarded import client_address
from strongroom.rules.networks import Network

MOST_IN = 64 * 1024
"""Bytes of the largest body."""


class BodyInvalid(DocumentInvalid):
    """A body lacks a field or holds one that does not belong there."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One question. `source` is what penalties are counted for; SFTP's are counted apart."""

    house: ApiHouse
    body: bytes
    address: str
    act: Act
    language: str

    @property
    def source(self) -> str:
        """Where it comes from, as one source (ATK-35)."""
        return f"api {networks.source_key(self.address)}"

    def json(self) -> dict[str, JsonValue]:
        """The body as an object. Raises Refused (ENROL-BODY)."""
        try:
            found = canonical_json.loads_free_form(self.body, MOST_IN)
        except NotCanonical as error:
            raise refusals.ENROL_BODY.because(why=error) from error
        if not isinstance(found, dict):
            raise refusals.ENROL_BODY.because(why="it is not a JSON object")
        return found

    def fields(self) -> Fields:
        """The body's fields, whose reader raises BodyInvalid. Raises Refused (ENROL-BODY)."""
        return Fields(self.json(), BodyInvalid)

    def acting(self, actor: str) -> Act:
        """The same moment, done by somebody else."""
        return Act(actor, self.act.at)


def read_body(request: HttpRequest) -> bytes:
    """Return the body of a POST, of at most `MOST_IN` bytes; no more than those are ever read.

    Raises Refused: ENROL-LARGE, ENROL-BODY.
    """
    kind = request.META.get("CONTENT_TYPE", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise refusals.ENROL_BODY.because(why="its content type is not application/json")
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isascii() or not length.isdigit():
        raise refusals.ENROL_BODY.because(why="its length is no number")
    if len(length) > 9 or int(length) > MOST_IN:
        raise refusals.ENROL_LARGE.because(most=MOST_IN)
    body = request.read(MOST_IN + 1)
    if len(body) > MOST_IN:
        raise refusals.ENROL_LARGE.because(most=MOST_IN)
    return body


def address_of(request: HttpRequest, trusted: tuple[Network, ...]) -> str:
    """The client's address; what a proxy forwards is believed of trusted proxies alone."""
    meta = request.META
    return client_address(
        meta.get("REMOTE_ADDR", ""), meta.get("HTTP_X_FORWARDED_FOR", ""), trusted
    )


def language_of(request: HttpRequest) -> str:
    """`ja` or `en`, as the client prefers."""
    return translation.get_language_from_request(request)
