"""The enrolment mail for firms that want one: one public key, the account's last digits, addresses.

It is written to a file and never sent from here. Sources: KEY-8, KEY-10, KEY-12.
"""

import base64
import binascii
import codecs
import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from ipaddress import ip_address
from pathlib import Path

from strongroom_formats.private_material import find_private
from strongroom_formats.ssh_faults import KeyFault
from strongroom_formats.ssh_public_key import SshPublicKey, read_blob

from strongbox.enrolment import refusals
from strongbox.keys.files import key_bytes
from strongbox.keys.reading import read_private
from strongbox.keys.refusals import KEY_IS_PUBLIC
from strongbox.refusal import Refused
from strongbox.words import say

ATTACHMENT = "public.key"
"""The name that the guides of firms use (KEY-2)."""

_ACCOUNT = re.compile(r"[A-Za-z0-9-]{0,30}([0-9]{4})")
_MAILBOX = re.compile(r"[^\s@<>,;:\"()\[\]\\\x00-\x1f]{1,64}@[A-Za-z0-9.-]{1,253}")
_RFC4716 = re.compile(
    r"---- BEGIN SSH2 PUBLIC KEY ----\n(?:[^\n:]{1,64}:(?:[^\n]*\\\n)*[^\n]*\n)*"
    r"(?P<key>[A-Za-z0-9+/=\n]+)---- END SSH2 PUBLIC KEY ----\n*"
)
_LINE = re.compile(r"(?:ssh-|ecdsa-)[a-z0-9-]+ +(?P<key>[A-Za-z0-9+/=]+)(?: [^\n]*)?\n*")


@dataclass(frozen=True, slots=True)
class Request:
    """What a mail says. `sender` and `to` may be "" and are filled in by the mail program."""

    account: str
    key: SshPublicKey
    addresses: Sequence[str]
    to: str
    sender: str


def public_half(path: Path, ask: Callable[[], bytes]) -> SshPublicKey:
    """The public key of a file, private or public; a private part goes no further than this.

    Raises Refused: KEY-…, REQUEST-KEY; and what `ask` raises.
    """
    data = key_bytes(path)
    try:
        return read_private(data, ask).public
    except Refused as refused:
        if refused.kind is not KEY_IS_PUBLIC:
            raise
    try:
        return _read_public(data)
    except (KeyFault, binascii.Error, UnicodeDecodeError) as error:
        raise refusals.REQUEST_KEY.because(path=path, why=str(error)) from error


def mail(request: Request, *, at: datetime) -> bytes:
    """The message as a file that mail programs open as a draft (RFC 5322).

    Raises Refused: REQUEST-ACCOUNT, REQUEST-ADDRESS, REQUEST-MAILBOX.
    """
    digits = _last_digits(request.account)
    addresses = [_public_address(text) for text in request.addresses]
    line = request.key.openssh_line()
    message = EmailMessage(policy=SMTP)
    message["Subject"] = say("SFTP public key for the account ending in {digits}", digits=digits)
    for name, mailbox in (("From", request.sender), ("To", request.to)):
        if mailbox:
            message[name] = _mailbox(mailbox)
    message["Date"] = format_datetime(at)
    message["X-Unsent"] = "1"
    message.set_content(
        say(
            "Please register the attached SSH public key for SFTP access to the statements of "
            "the account ending in {digits}.\n\n"
            "Connections will come from these public addresses: {addresses}\n\n"
            "Fingerprint of the key, to compare by telephone:\n"
            "{fingerprint}\n"
            "{words}\n",
            digits=digits,
            addresses=", ".join(addresses),
            fingerprint=request.key.fingerprint_sha256,
            words=request.key.words,
        )
    )
    message.add_attachment(line + "\n", subtype="plain", charset="us-ascii", filename=ATTACHMENT)
    made = message.as_bytes()
    assert not list(find_private(made)), "only a public line was put in"
    return made


def write_new(path: Path, data: bytes) -> None:
    """Write a file that does not exist yet. Raises Refused: REQUEST-FILE; OSError."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise refusals.REQUEST_FILE.because(path=path) from error
    with open(descriptor, "wb") as file:
        file.write(data)


def _read_public(data: bytes) -> SshPublicKey:
    """One line, or RFC 4716; from Windows too, where files begin with a mark."""
    charset = (
        "utf-16" if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8-sig"
    )
    text = data.decode(charset).replace("\r\n", "\n").lstrip()
    found = _LINE.fullmatch(text) or _RFC4716.fullmatch(text)
    if found is None:
        raise binascii.Error(say("it is neither one line nor RFC 4716"))
    return read_blob(base64.b64decode(found["key"].replace("\n", ""), validate=True))


def _last_digits(account: str) -> str:
    found = _ACCOUNT.fullmatch(account.strip())
    if found is None:
        raise refusals.REQUEST_ACCOUNT.because(text=account[:60])
    return found[1]


def _public_address(text: str) -> str:
    try:
        address = ip_address(text.strip())
    except ValueError as error:
        raise refusals.REQUEST_ADDRESS.because(text=text[:60]) from error
    if not address.is_global or address.is_multicast:
        raise refusals.REQUEST_ADDRESS.because(text=text[:60])
    return str(address)


def _mailbox(text: str) -> str:
    if not _MAILBOX.fullmatch(text.strip()):
        raise refusals.REQUEST_MAILBOX.because(text=text[:60])
    return text.strip()
