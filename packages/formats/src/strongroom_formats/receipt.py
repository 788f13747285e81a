"""The signed evidence that a recipient fetched a delivered file whole.

When a fetch counts as whole, and how receipts are stored, is decided elsewhere.
"""

from dataclasses import dataclass
from datetime import datetime

from strongroom_formats import canonical_json
from strongroom_formats.canonical_json import JsonValue, NotCanonical
from strongroom_formats.document_fields import DocumentInvalid, Fields, moment_text

SCHEMA = "strongroom-receipt-1"
NAMESPACE = "receipt@strongroom"
"""The signature namespace of receipts."""

LIMIT = 16 * 1024
"""Bytes of the longest receipt."""


class ReceiptInvalid(DocumentInvalid):
    """Not a receipt in the format `strongroom-receipt-1`."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """Every byte of a file was sent, and the client closed it cleanly (ATK-72).

    `size` (bytes) and `sha256` are of the file as it was delivered. `opened_at` is when the client
    opened it, `fetched_at` when it closed it; the order is not checked, for a clock set back must
    not cost the evidence. `key_fingerprint` is of the SSH key that signed the
    login, in OpenSSH's form, or None where no key was used. `client` is what the client program
    said about itself, through `one_line.clean_text`; None when it said nothing. `visit` is the id
    under which the log has the connection.
    """

    id: str
    firm: str
    recipient: str
    statement_id: str
    revision: int
    name: str
    size: int
    sha256: str
    fetched_at: datetime
    opened_at: datetime
    gateway: str
    address: str
    key_fingerprint: str | None
    client: str | None
    visit: str

    def to_bytes(self) -> bytes:
        """The canonical JSON to sign. Raises ReceiptInvalid for a field out of bounds."""
        document: dict[str, JsonValue] = {
            "schema": SCHEMA,
            "id": self.id,
            "firm": self.firm,
            "recipient": self.recipient,
            "statement_id": self.statement_id,
            "revision": self.revision,
            "name": self.name,
            "size": self.size,
            "sha256": self.sha256,
            "fetched_at": moment_text(self.fetched_at),
            "opened_at": moment_text(self.opened_at),
            "gateway": self.gateway,
            "address": self.address,
            "key_fingerprint": self.key_fingerprint,
            "client": self.client,
            "visit": self.visit,
        }
        _read(document)
        return canonical_json.dumps(document)

    @classmethod
    def from_bytes(cls, data: bytes) -> "Receipt":
        """Read a receipt strictly. Raises ReceiptInvalid, which names the field."""
        try:
            document = canonical_json.loads(data, LIMIT)
        except NotCanonical as error:
            raise ReceiptInvalid("", str(error)) from error
        return _read(document)


def _read(found: object) -> Receipt:
    fields = Fields(found, ReceiptInvalid)
    fields.constant("schema", SCHEMA)
    receipt = Receipt(
        id=fields.uuid("id"),
        firm=fields.text("firm"),
        recipient=fields.text("recipient", most=64),
        statement_id=fields.uuid("statement_id"),
        revision=fields.whole("revision", least=1, most=9999),
        name=fields.file_name("name"),
        size=fields.whole("size"),
        sha256=fields.sha256("sha256"),
        fetched_at=fields.moment("fetched_at"),
        opened_at=fields.moment("opened_at"),
        gateway=fields.token("gateway", most=20),
        address=fields.address("address"),
        key_fingerprint=fields.fingerprint_or_none("key_fingerprint"),
        client=fields.text_or_none("client"),
        visit=fields.uuid("visit"),
    )
    fields.close()
    return receipt
