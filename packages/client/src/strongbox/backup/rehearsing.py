"""A back-up tried out in memory: its keys sign and decrypt, and are the ones used here (KEY-18).

The way over the network is tried by the command, with `strongbox.opening.rehearsal`; when a
rehearsal last was good is kept by `last_rehearsal`.
"""

import os
from dataclasses import dataclass

import pysequoia
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA512
from strongroom_formats.pgp_transferable import certificate_of
from strongroom_formats.ppk_numbers import SshPrivate

from strongbox.backup import refusals
from strongbox.backup.contents import Contents, KeptPgp, KeptSsh
from strongbox.backup.pgp_files import fingerprint_of
from strongbox.keys.files import look_at_file
from strongbox.profiles.profile import Profile
from strongbox.refusal import Refused
from strongbox.words import say

_CHALLENGE = 64


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """Fingerprints of the keys that did their work, and whether the SSH key is this machine's."""

    ssh: tuple[str, ...]
    pgp: tuple[str, ...]
    is_key_in_use: bool


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
