"""The key pairs of an enrolment: made or found, and on the disk before anything is sent (KEY-1).

A run that was killed finds them again; no key is made twice, and none is written over.
"""

import os
from datetime import UTC, datetime
from pathlib import Path

from strongroom_formats.one_line import clean_text
from strongroom_formats.ssh_public_key import SshPublicKey

from strongbox.enrolment.ports import Person, Step
from strongbox.enrolment.progress import Enrolment
from strongbox.keys.files import read_key_file, write_key_file, write_public_file
from strongbox.keys.making import NewKind, make_key
from strongbox.keys.openpgp_making import make_pgp_key
from strongbox.keys.reading import KeyFormat, PrivateKey
from strongbox.keys.secrets import new_passphrase, passphrase_source
from strongbox.keys.writing import public_line, write_private
from strongbox.profiles.box import Box
from strongbox.profiles.private_files import sync_folder

SSH_NAME = "ssh-key"
PGP_NAME = "pgp-secret.asc"
_NO_LOCK = "none"
_MOST_NAMES = 1000


class Passphrases:
    """Where the passphrases of one enrolment come from; a person types a new one twice, once."""

    def __init__(self, secret: str, *, what: str) -> None:
        self._secret = secret
        self._what = what
        self._known: bytes | None = None

    def new(self) -> bytes | None:
        """The passphrase for a pair that is being made, None for none. Raises Refused."""
        if self._secret == _NO_LOCK:
            return None
        if self._known is None:
            self._known = new_passphrase(self._secret, what=self._what)
        return self._known

    def known(self) -> bytes:
        """The passphrase of a pair that is there. Raises Refused."""
        if self._known is None:
            self._known = passphrase_source(self._secret, what=self._what)()
        return self._known


def free_path(box: Box, name: str, wanted: str) -> Path:
    """A path in the profile's folder of keys that nothing has yet: keys are never written over."""
    folder = box.keys(name).absolute()
    stem, dot, ending = wanted.partition(".")
    for number in range(1, _MOST_NAMES):
        path = folder / (wanted if number == 1 else f"{stem}-{number}{dot}{ending}")
        if not os.path.lexists(path):
            return path
    raise FileExistsError(f"{folder}: {wanted}")


def ssh_key(enrolment: Enrolment, passphrases: Passphrases, person: Person) -> PrivateKey:
    """Open the SSH key, or make it: RSA with 3,072 bits. Raises Refused (KEY-…), OSError."""
    path = enrolment.ssh_key
    if not enrolment.is_own_key and not path.exists():
        key = make_key(NewKind.RSA_3072, enrolment.bundle.login)
        locked = write_private(key, KeyFormat.OPENSSH, passphrases.new())
        write_whole(path, locked)
        step = Step.KEY_MADE
    else:
        key = read_key_file(path, passphrases.known)
        step = Step.KEY_FOUND
    if not enrolment.is_own_key:
        write_public(path, key.public, enrolment.bundle.login)
    person.tell(step, _facts(path, key.public))
    return key


def pgp_certificate(enrolment: Enrolment, passphrases: Passphrases, person: Person) -> str | None:
    """The armoured certificate of the OpenPGP pair, which is made if need be; None without one.

    Raises Refused (PGP-…, KEY-…), OSError.
    """
    secret, certificate = enrolment.pgp_key, enrolment.pgp_certificate
    if secret is None or certificate is None:
        return None
    if not secret.exists():
        user_id = clean_text(f"{enrolment.bundle.login} at {enrolment.bundle.firm}", 60)
        pair = make_pgp_key(user_id, passphrases.new(), at=datetime.now(UTC))
        certificate.unlink(missing_ok=True)  # of a pair whose secret half never came to be
        write_public_file(certificate, pair.certificate)
        write_whole(secret, pair.secret)
        person.tell(Step.PGP_MADE, {"path": secret, "fingerprint": pair.fingerprint})
    return certificate.read_text("ascii")


def write_whole(path: Path, data: bytes) -> None:
    """Write a private key under a working name first: a file with its real name is a whole one."""
    part = path.with_name(path.name + ".part")
    part.unlink(missing_ok=True)
    write_key_file(part, data)
    part.rename(path)
    sync_folder(path.parent)


def write_public(path: Path, key: SshPublicKey, comment: str) -> None:
    """Write the public half beside the private one, for people and other programs."""
    public = path.with_name(path.name + ".pub")
    public.unlink(missing_ok=True)
    write_public_file(public, public_line(key, comment).encode("ascii"))


def _facts(path: Path, key: SshPublicKey) -> dict[str, object]:
    return {
        "path": path,
        "kind": f"{key.algorithm} {key.bits}",
        "fingerprint": key.fingerprint_sha256,
    }
