"""An invitation to enrol, in its three forms: a link, `CODE@HOST`, and a small file.

Making codes by chance, storing their hashes and counting wrong ones is the server's.
"""

import re
from dataclasses import dataclass
from ipaddress import ip_address

from strongroom_formats import canonical_json
from strongroom_formats.canonical_json import JsonValue, NotCanonical
from strongroom_formats.document_fields import DocumentInvalid, Fields

SCHEMA = "strongroom-invitation-1"
LIMIT = 4 * 1024
"""Bytes of the longest invitation, in any form."""

LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""The 30 letters of codes: none can be taken for another, read or heard."""

CODE_LETTERS = 20
CODES = len(LETTERS) ** CODE_LETTERS
"""How many codes there are: a little over 98 bits."""

_GROUP = 4
_CODE = re.compile(rf"([{LETTERS}]{{{_GROUP}}}-){{4}}[{LETTERS}]{{{_GROUP}}}")
_PIN = re.compile(r"[A-Za-z0-9_-]{43}")
_HOST = r"(?:[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252}[A-Za-z0-9])?|\[[0-9A-Fa-f:.]{2,45}\])"
_BASE = re.compile(
    rf"(?P<scheme>https?)://(?P<host>{_HOST})(?::(?P<port>[0-9]{{1,5}}))?"
    r"(?P<path>(?:/[A-Za-z0-9._~-]+){0,8})"
)
_LINK = re.compile(r"(?P<base>[^#]+)/e/(?P<code>[^/#]+)(?:#pin=(?P<pin>[^#]*))?")
_SHORT = re.compile(
    rf"(?P<code>[^@]+)@(?P<place>{_HOST}(?::[0-9]{{1,5}})?)(?:#(?:pin=)?(?P<pin>.*))?"
)


class InvitationInvalid(DocumentInvalid):
    """Not an invitation, in none of its forms."""


@dataclass(frozen=True, slots=True)
class Invitation:
    """`url` is the base URL of the firm's HTTPS part, without a slash at the end.

    `code` is in its written form (see `read_code`). `pin` is the SHA-256 of the server's public key
    (the SPKI of its certificate) in base64url without padding, "" where the system's certificate
    authorities answer for it. Whoever has the code can enrol: it is a secret until it is used.
    """

    url: str
    code: str
    pin: str

    def to_bytes(self) -> bytes:
        """The file form, canonical JSON. Raises InvitationInvalid for a field out of bounds."""
        document: dict[str, JsonValue] = {
            "schema": SCHEMA,
            "url": self.url,
            "code": self.code,
            "pin": self.pin,
        }
        _read(document)
        return canonical_json.dumps(document)

    @classmethod
    def from_bytes(cls, data: bytes) -> "Invitation":
        """Read the file form; spaces and order are free. Raises InvitationInvalid."""
        try:
            return _read(canonical_json.loads_free_form(data.removeprefix(b"\xef\xbb\xbf"), LIMIT))
        except NotCanonical as error:
            raise InvitationInvalid("", str(error)) from error

    @property
    def link(self) -> str:
        """The link form. The pin stands behind `#`, which no browser sends to any server."""
        return f"{self.url}/e/{self.code}" + (f"#pin={self.pin}" if self.pin else "")

    @classmethod
    def from_text(cls, text: str) -> "Invitation":
        """Read a link or `CODE@HOST[:PORT][#pin]`. Raises InvitationInvalid."""
        text = text.strip()
        if len(text) > LIMIT:
            raise InvitationInvalid("", f"longer than {LIMIT} characters")
        if found := _LINK.fullmatch(text):
            url = found["base"]
        elif found := _SHORT.fullmatch(text):
            url = f"https://{found['place']}"
        else:
            raise InvitationInvalid("", "neither a link nor CODE@HOST")
        return _read(
            {"schema": SCHEMA, "url": url, "code": found["code"], "pin": found["pin"] or ""}
        )


def code_of(number: int) -> str:
    """The code for a random `number` below `CODES`, in its written form."""
    if not 0 <= number < CODES:
        raise ValueError("not the number of a code")
    letters = ""
    for _ in range(CODE_LETTERS):
        number, digit = divmod(number, len(LETTERS))
        letters += LETTERS[digit]
    return _grouped(letters)


def read_code(text: str) -> str:
    """A code as people type it, in its written form `XXXX-XXXX-XXXX-XXXX-XXXX`.

    Case, hyphens and spaces do not matter. Raises InvitationInvalid.
    """
    code = _grouped("".join(text[:100].upper().replace("-", " ").split()))
    if not text.isascii() or not _CODE.fullmatch(code):  # Some letters become ASCII in upper case.
        raise InvitationInvalid("code", f"not a code of {CODE_LETTERS} letters and digits")
    return code


def is_loopback(url: str) -> bool:
    """Whether a base URL names this machine itself: then, and only then, it may be without TLS."""
    found = _BASE.fullmatch(url)
    if found is None:
        return False
    host = found["host"].strip("[]")
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def checked_url(url: str) -> str:
    """A base URL: `https://HOST[:PORT][/PATH]` without a slash at the end; http on the loopback.

    Raises InvitationInvalid.
    """
    found = _BASE.fullmatch(url)
    if found is None or len(url) > 300 or not 0 < int(found["port"] or 443) < 65_536:
        raise InvitationInvalid("url", "not a base URL like https://host:port")
    if found["scheme"] == "http" and not is_loopback(url):
        raise InvitationInvalid("url", "without TLS, and not of this machine")
    return url


def _grouped(letters: str) -> str:
    return "-".join(letters[at : at + _GROUP] for at in range(0, len(letters), _GROUP))


def _read(found: object) -> Invitation:
    fields = Fields(found, InvitationInvalid)
    fields.constant("schema", SCHEMA)
    pin = fields.value("pin")
    invitation = Invitation(
        url=checked_url(fields.text("url", most=300)),
        code=read_code(fields.text("code", most=100)),
        pin="" if pin == "" else fields.matching("pin", _PIN, "a pin of 43 characters"),
    )
    fields.close()
    return invitation
