"""A back-up tried out in memory: its keys sign and decrypt, and are the ones used here (KEY-18).

The way over the network is tried by the command, with `strongbox.opening.rehearsal`; the date of
the last good rehearsal is kept here.
"""

import json
import os
from dataclasses import dataclass
from datetime import datetime

import pysequoia
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA512
from strongroom_formats.document_fields import DocumentInvalid, Fields, moment_text
from strongroom_formats.pgp_transferable import certificate_of
from strongroom_formats.ppk_numbers import SshPrivate

from strongbox.backup import refusals
from strongbox.backup.contents import Contents, KeptPgp, KeptSsh
from strongbox.backup.pgp_files import fingerprint_of
from strongbox.keys.files import look_at_file
from strongbox.profiles.box import Box
from strongbox.profiles.profile import Profile
from strongbox.refusal import Refused
from strongbox.words import say

_SCHEMA = "strongbox-rehearsed-1"
_FILE = "rehearsed.json"
_MOST = 4096
_CHALLENGE = 64


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """Fingerprints of the keys that did their work, and whether the SSH key is this machine's."""

    ssh: tuple[str, ...]
    pgp: tuple[str, ...]
    is_key_in_use: bool


@dataclass(frozen=True, slots=True)
class LastRehearsal:
    """The last good one. `is_whole` means that the firm's test statement was fetched and opened
    with the keys of the back-up; otherwise they were tried in memory alone."""

    at: datetime
    made_at: datetime
    is_whole: bool


def rehearse(contents: Contents, profile: Profile | None) -> Rehearsed:
    """Try every key of an opened back-up in memory; nothing is written.

    Raises Refused: REHEARSAL-KEY for one that does not work, REHEARSAL-PAIR where the profile of
    this machine logs in with another.
    """
    for ssh in contents.ssh:
        _try_ssh(ssh)
    for pgp in contents.pgp:
        _try_pgp(pgp)
    return Rehearsed(
        ssh=tuple(one.key.public.fingerprint_sha256 for one in contents.ssh),
        pgp=tuple(fingerprint_of(one.packets) for one in contents.pgp),
        is_key_in_use=_is_in_use(contents, profile),
    )


def keep_date(box: Box, name: str, last: LastRehearsal) -> None:
    """Remember a good rehearsal for `doctor`. Raises OSError."""
    folder = box.state(name)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    row = {
        "schema": _SCHEMA,
        "at": moment_text(last.at),
        "made_at": moment_text(last.made_at),
        "is_whole": last.is_whole,
    }
    part = folder / f"{_FILE}.part"
    part.write_text(json.dumps(row), "utf-8")
    part.replace(folder / _FILE)


def last_rehearsal(box: Box, name: str) -> LastRehearsal | None:
    """Return the last good rehearsal of a profile's back-up; None where none is on record."""
    try:
        with (box.state(name) / _FILE).open("rb") as file:
            fields = Fields(json.loads(file.read(_MOST)), DocumentInvalid)
        fields.constant("schema", _SCHEMA)
        return LastRehearsal(
            at=fields.moment("at"),
            made_at=fields.moment("made_at"),
            is_whole=fields.flag("is_whole"),
        )
    except (OSError, ValueError, RecursionError):
        return None


def _is_in_use(contents: Contents, profile: Profile | None) -> bool:
    """Whether this machine logs in with a key of the back-up; a locked file may hide its key."""
    if profile is None or not profile.keys.ssh.is_file():
        return False
    here = look_at_file(profile.keys.ssh).public
    kept = [one.key.public for one in contents.ssh]
    if here is None or not kept:
        return False
    if here.blob not in {one.blob for one in kept}:
        raise refusals.REHEARSAL_PAIR.because(
            kept=kept[0].fingerprint_sha256, here=here.fingerprint_sha256
        )
    return True


def _try_ssh(kept: KeptSsh) -> None:
    try:
        _sign_and_verify(kept.key.private, os.urandom(_CHALLENGE))
    except (InvalidSignature, ValueError) as error:
        raise _useless(kept.file, say("it signs nothing that holds")) from error


def _sign_and_verify(private: SshPrivate, challenge: bytes) -> None:
    if isinstance(private, RSAPrivateKey):
        signed = private.sign(challenge, PKCS1v15(), SHA512())
        private.public_key().verify(signed, challenge, PKCS1v15(), SHA512())
    elif isinstance(private, EllipticCurvePrivateKey):
        signed = private.sign(challenge, ECDSA(SHA512()))
        private.public_key().verify(signed, challenge, ECDSA(SHA512()))
    else:
        private.public_key().verify(private.sign(challenge), challenge)


def _try_pgp(kept: KeptPgp) -> None:
    """Encrypt to the certificate and open that with the secret half."""
    challenge = os.urandom(_CHALLENGE)
    try:
        certificate = pysequoia.Cert.from_bytes(certificate_of(kept.packets))
        message = pysequoia.encrypt(challenge, recipients=[certificate])
        key = pysequoia.Tsk.from_bytes(kept.packets)
        opened = pysequoia.decrypt(message, decryptor=key.decryptor()).bytes
    except Exception as error:  # pysequoia raises whatever its parts do
        raise _useless(kept.file, say("nothing can be encrypted to it and opened")) from error
    if opened is None or bytes(opened) != challenge:
        raise _useless(kept.file, say("nothing can be encrypted to it and opened"))


def _useless(file: str, why: str) -> Refused:
    return refusals.REHEARSAL_KEY.because(file=file, why=why)
