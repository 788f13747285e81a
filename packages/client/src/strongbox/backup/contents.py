"""What a back-up holds, and its document: one JSON object in canonical form (RFC 8785).

How it is sealed is in `sealing`; the shorter form for paper is in `paper`.
"""

import re
from dataclasses import dataclass, field, replace
from datetime import datetime

from strongroom_formats import canonical_json
from strongroom_formats.canonical_json import JsonValue, NotCanonical
from strongroom_formats.document_fields import DocumentInvalid, Fields, moment_text
from strongroom_formats.pgp_armour import PRIVATE_BLOCK, armoured, read_private_block
from strongroom_formats.pgp_packets import PgpFormatError
from strongroom_formats.pgp_transferable import needs_passphrase, read_secret_key

from strongbox.keys.faces import KeyFormat, PrivateKey
from strongbox.keys.reading import read_private
from strongbox.keys.writing import write_private
from strongbox.refusal import Refused

SCHEMA = "strongbox-backup-1"
PROOF_BYTES = 10
MOST_KEYS = 8

_NAME = re.compile(r"[a-z][a-z0-9_-]{0,59}")
_FILE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")
_PROOF = re.compile(rf"[0-9a-f]{{{2 * PROOF_BYTES}}}")
_MOST_KEY_TEXT = 128 * 1024


class ContentsInvalid(DocumentInvalid):
    """What was sealed is no back-up as this version knows it."""


@dataclass(frozen=True, slots=True)
class Site:
    """The profile's name, and where its keys log in."""

    name: str
    host: str
    port: int
    login: str


@dataclass(frozen=True, slots=True)
class KeptSsh:
    """An SSH key and the name of its file, without folders."""

    file: str
    key: PrivateKey


@dataclass(frozen=True, slots=True)
class KeptPgp:
    """The packets of an OpenPGP secret key, not locked, and the name of its file."""

    file: str
    packets: bytes = field(repr=False)
    was_locked: bool


@dataclass(frozen=True, slots=True)
class Contents:
    """Everything in a back-up. `ssh` has the key that logs in first, then the coming one.

    `proof` is in the back-up of a move, random, known only to who opens it: with it the move ends.
    `profile` is the text of the profile's file, `sender` the firm's certificate; neither is on
    paper.
    """

    site: Site
    made_at: datetime
    ssh: tuple[KeptSsh, ...]
    pgp: tuple[KeptPgp, ...]
    profile: str | None = None
    sender: str | None = None
    proof: bytes | None = field(default=None, repr=False)


def to_document(contents: Contents) -> bytes:
    """The document of a back-up file."""
    site = contents.site
    return canonical_json.dumps(
        {
            "schema": SCHEMA,
            "made_at": moment_text(contents.made_at),
            "proof": None if contents.proof is None else contents.proof.hex(),
            "name": site.name,
            "host": site.host,
            "port": site.port,
            "login": site.login,
            "profile": contents.profile,
            "sender_certificate": contents.sender,
            "ssh": [_ssh_row(one) for one in contents.ssh],
            "pgp": [_pgp_row(one) for one in contents.pgp],
        }
    )


def from_document(data: bytes) -> Contents:
    """Read a document, strictly. Raises ContentsInvalid."""
    try:
        fields = Fields(canonical_json.loads(data, 1 << 20), ContentsInvalid)
    except NotCanonical as error:
        raise ContentsInvalid("", str(error)) from error
    fields.constant("schema", SCHEMA)
    contents = Contents(
        site=Site(
            name=checked_name(fields.text("name")),
            host=fields.text("host", most=255),
            port=fields.whole("port", least=1, most=65_535),
            login=fields.text("login"),
        ),
        made_at=fields.moment("made_at"),
        proof=_proof(fields),
        ssh=tuple(_read_ssh(row) for row in fields.list_of("ssh", most=MOST_KEYS)),
        pgp=tuple(_read_pgp(row) for row in fields.list_of("pgp", most=MOST_KEYS)),
        profile=fields.block_or_none("profile", most=64 * 1024),
        sender=fields.block_or_none("sender_certificate", most=64 * 1024),
    )
    fields.close()
    check_files(contents)
    return contents


def check_files(contents: Contents) -> None:
    """Refuse names of files that are paths or stand twice. Raises ContentsInvalid."""
    names = [one.file.lower() for one in contents.ssh]
    names += [one.file.lower() for one in contents.pgp]
    if len(set(names)) != len(names) or not all(map(_FILE.fullmatch, names)):
        raise ContentsInvalid("file", "not a plain name of its own")


def checked_name(name: str) -> str:
    """Return a profile's name. Raises ContentsInvalid."""
    if not _NAME.fullmatch(name):
        raise ContentsInvalid("name", "not the name of a profile")
    return name


def plain_file_name(path_name: str, otherwise: str) -> str:
    """The name under which a key file is kept: its own, if that can stand in any folder."""
    return path_name if _FILE.fullmatch(path_name) else otherwise


def checked_packets(packets: bytes) -> bytes:
    """Return the packets of one unlocked secret key. Raises ContentsInvalid."""
    try:
        if needs_passphrase(read_secret_key(packets)):
            raise ContentsInvalid("pgp", "a key that is locked")
    except ValueError as error:
        raise ContentsInvalid("pgp", str(error)) from error
    return packets


def _proof(fields: Fields) -> bytes | None:
    if fields.is_null("proof"):
        return None
    return bytes.fromhex(fields.matching("proof", _PROOF, "a proof"))


def _ssh_row(kept: KeptSsh) -> JsonValue:
    text = write_private(kept.key, KeyFormat.OPENSSH, None)
    return {
        "file": kept.file,
        "format": kept.key.format.value,
        "was_locked": kept.key.was_locked,
        "key": text.decode("ascii"),
    }


def _pgp_row(kept: KeptPgp) -> JsonValue:
    text = armoured(kept.packets, PRIVATE_BLOCK).decode("ascii")
    return {"file": kept.file, "was_locked": kept.was_locked, "key": text}


def _read_ssh(row: Fields) -> KeptSsh:
    file, form = row.text("file"), row.choice("format", KeyFormat)
    was_locked = row.flag("was_locked")
    text = row.block("key", most=_MOST_KEY_TEXT)
    row.close()
    try:
        key = read_private(text.encode(), lambda: b"")
    except Refused as refused:
        raise ContentsInvalid("ssh", refused.code) from refused
    return KeptSsh(file, replace(key, format=form, was_locked=was_locked))


def _read_pgp(row: Fields) -> KeptPgp:
    file, was_locked = row.text("file"), row.flag("was_locked")
    text = row.block("key", most=_MOST_KEY_TEXT)
    row.close()
    try:
        packets = read_private_block(text.encode())
    except PgpFormatError as error:
        raise ContentsInvalid("pgp", str(error)) from error
    return KeptPgp(file, checked_packets(packets), was_locked)
