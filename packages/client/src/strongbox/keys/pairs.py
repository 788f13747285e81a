"""A new pair as files that lie beside each other: the private key, its copy for PuTTY, the line.

Either all of them are written, or none is.
"""

from dataclasses import dataclass
from pathlib import Path

from strongbox.keys.faces import KeyFormat, PrivateKey
from strongbox.keys.files import refuse_existing, write_key_file, write_public_file
from strongbox.keys.openpgp_making import PgpPair
from strongbox.keys.writing import public_line, write_private


@dataclass(frozen=True, slots=True)
class PairFiles:
    """Where a pair lies. Only `public` is ever sent (KEY-8)."""

    private: Path

    @property
    def public(self) -> Path:
        """The one line for the firm."""
        return self.private.with_name(self.private.name + ".pub")

    @property
    def ppk(self) -> Path:
        """The private key as PuTTY, WinSCP and FileZilla like it best."""
        return self.private.with_name(self.private.name + ".ppk")


def save_pair(path: Path, key: PrivateKey, passphrase: bytes | None, *, has_ppk: bool) -> PairFiles:
    """Write a pair: OpenSSH's format at `path`, `.pub` beside it, and `.ppk` on request.

    Raises Refused: KEY-EXISTS where one of them is there already, KEY-TARGET-FOLDER,
    KEY-PASSPHRASE-EMPTY; OSError. What was written before is removed then.
    """
    files = PairFiles(path)
    private = {files.private: write_private(key, KeyFormat.OPENSSH, passphrase)}
    if has_ppk:
        private[files.ppk] = write_private(key, KeyFormat.PPK3, passphrase)
    refuse_existing(*private, files.public)
    written: list[Path] = []
    try:
        for target, data in private.items():
            write_key_file(target, data)
            written.append(target)
        write_public_file(files.public, public_line(key.public, key.comment).encode())
    except BaseException:
        for target in written:
            target.unlink(missing_ok=True)
        raise
    return files


def save_pgp_pair(secret: Path, certificate: Path, pair: PgpPair) -> None:
    """Write both halves of an OpenPGP key. Raises Refused: KEY-EXISTS, KEY-TARGET-FOLDER; OSError.

    No half is left alone.
    """
    write_public_file(certificate, pair.certificate)
    try:
        write_key_file(secret, pair.secret)
    except BaseException:
        certificate.unlink()
        raise
