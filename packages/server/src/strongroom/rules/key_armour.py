"""One SSH public key out of a block with BEGIN and END lines, or out of DER: converted to a blob.

The one-line form is read in `key_text`; the numbers are checked by `read_blob`.
"""

import re

from strongroom_formats.ssh_der import blob_from_public_info, blob_from_rsa_public
from strongroom_formats.ssh_faults import KeyFault

from strongroom.rules import refusals
from strongroom.rules.key_text import FoundKey, Repair, decoded

_BEGIN = re.compile(r"-{4,5} ?BEGIN ([A-Za-z0-9 ]{1,60}?) ?-{4,5}[ \t]*(?:\n|\Z)")
_END = re.compile(r"-{4,5} ?END [A-Za-z0-9 ]{1,60}? ?-{4,5}")
_BLOCK = re.compile(_BEGIN.pattern + r"(?s:.*?)(?:" + _END.pattern + r"|\Z)")
_HEADER = re.compile(r"([^\s:][^:\n]{0,63}):((?:[^\\\n]|\\(?!\n)|\\\n)*)(?:\n|\Z)")
_FOREIGN = (
    ("PGP", "an OpenPGP key or message"),
    ("CERTIFICATE", "an X.509 certificate or a request for one"),
    ("SSH SIGNATURE", "an SSH signature"),
)
_OPENPGP_PUBLIC = (b"\x98", b"\x99", b"\xc6")


def count_blocks(text: str) -> int:
    """How many lines in `text` begin a block."""
    return len(_BEGIN.findall(text))


def outside_blocks(text: str) -> str:
    """`text` without its blocks; one without an END line reaches to the end."""
    return _BLOCK.sub("", text)


def read_block(text: str) -> FoundKey:
    """Read the one block that `text` was counted to have, which must be all there is.

    Raises Refused: KEY-NOT-SSH, KEY-MORE-TEXT, KEY-DAMAGED; KeyFault as `ssh_der` does.
    """
    begin = _BEGIN.search(text)
    assert begin is not None
    label = begin[1].upper()
    end = _END.search(text, begin.end())
    inside = text[begin.end() : end.start() if end else len(text)]
    _refuse_foreign(label)
    if outside_blocks(text).strip():
        raise refusals.KEY_MORE_TEXT.because()
    if label == "SSH2 PUBLIC KEY":
        return _ssh2(inside)
    blob_of, repair = _FROM_DER[label]
    return FoundKey(blob_of(decoded(inside)), "", (repair,))


def read_der(data: bytes) -> FoundKey:
    """Read a binary file in ASN.1, or say what other binary it is.

    Raises Refused: KEY-NOT-SSH, KEY-UNREADABLE; KeyFault as `ssh_der` does.
    """
    if data.startswith(_OPENPGP_PUBLIC):
        raise refusals.KEY_NOT_SSH.because(what="an OpenPGP key or message")
    if not is_der(data):
        raise refusals.KEY_UNREADABLE.because()
    try:
        return FoundKey(blob_from_rsa_public(data), "", (Repair.DER,))
    except KeyFault:
        return FoundKey(blob_from_public_info(data), "", (Repair.DER,))


def is_der(data: bytes) -> bool:
    """Whether `data` begins like a key in ASN.1, and not like text with a zero in front."""
    return data[:1] == b"0" and (
        data[1:2] in (b"\x81", b"\x82") or (data[2:3] == b"0" and data[3:4] < b" ")
    )


def _refuse_foreign(label: str) -> None:
    for part, what in _FOREIGN:
        if part in label:
            raise refusals.KEY_NOT_SSH.because(what=what)
    if label != "SSH2 PUBLIC KEY" and label not in _FROM_DER:
        raise refusals.KEY_NOT_SSH.because(what=f"a block called {label}")


def _ssh2(inside: str) -> FoundKey:
    """RFC 4716 section 3: headers, which go on after a back-slash at a line's end, then base64."""
    comment, start = "", 0
    inside = inside.lstrip()
    while header := _HEADER.match(inside, start):
        if header[1].lower() == "comment":
            comment = header[2].replace("\\\n", "").strip().strip('"')
        start = header.end()
    return FoundKey(decoded(inside[start:]), comment, (Repair.RFC4716,))


_FROM_DER = {
    "PUBLIC KEY": (blob_from_public_info, Repair.PKCS8),
    "RSA PUBLIC KEY": (blob_from_rsa_public, Repair.PKCS1),
}
