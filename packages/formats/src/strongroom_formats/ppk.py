"""PuTTY's private key files, versions 2 and 3: read, opened, written.

The text, the secrets and the numbers are the other `ppk_` modules. Source: PuTTY manual,
appendix C.
"""

from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from strongroom_formats.one_line import is_clean
from strongroom_formats.ppk_numbers import SshPrivate, private_blob, private_from, public_of
from strongroom_formats.ppk_secrets import locked, unlocked
from strongroom_formats.ppk_text import (
    Argon2,
    Derivation,
    Encryption,
    PpkText,
    composed,
    damaged,
    parse,
)
from strongroom_formats.ssh_public_key import SshPublicKey, read_blob

COMMENT_MOST = 100
"""Characters of the longest comment that is written."""

# Several times what PuTTYgen chooses; any number is read by all programs that read version 3.
_MEMORY, _PASSES, _PARALLELISM = 64 * 1024, 4, 1


@dataclass(frozen=True, slots=True)
class PpkFile:
    """A file whose public half was read and whose private half was not yet.

    `comment` may hold any character but a line end.
    """

    version: int
    is_locked: bool
    public: SshPublicKey
    comment: str
    text: PpkText = field(repr=False)


@dataclass(frozen=True, slots=True)
class PpkLock:
    """What locks a new file: a passphrase, and 16 random bytes for version 3."""

    passphrase: bytes = field(repr=False)
    salt: bytes = field(repr=False)


def read_ppk(data: bytes) -> PpkFile:
    """Read what can be read without a passphrase. Raises PpkFault, and KeyFault for the key."""
    text = parse(data)
    public = read_blob(text.public)
    if text.algorithm != public.algorithm:
        raise damaged("the kind of key")
    is_locked = text.encryption is not Encryption.NONE
    return PpkFile(text.version, is_locked, public, _decoded(text.comment), text)


def open_ppk(file: PpkFile, passphrase: bytes) -> SshPrivate:
    """The private key; `passphrase` does not matter where the file is not locked.

    Raises PpkFault: COSTLY, WRONG (a wrong passphrase or damage), PAIR; KeyFault.
    """
    return private_from(file.public, unlocked(file.text, passphrase))


def write_ppk(private: SshPrivate, comment: str, *, version: int, lock: PpkLock | None) -> bytes:
    """Return a file of version 2 or 3; without a lock keep it as you keep the key itself.

    Raises ValueError for a comment that is not one printable line of at most 100 characters, and
    for a lock without a passphrase; KeyFault for a key that could never be read again.
    """
    if not is_clean(comment) or len(comment) > COMMENT_MOST:
        raise ValueError("a comment has to be one printable line")
    if lock is not None and not lock.passphrase:
        raise ValueError("a lock needs a passphrase")
    if version not in (2, 3):
        raise ValueError("there are versions 2 and 3")
    public = public_of(private)
    plain = PpkText(
        version=version,
        algorithm=str(public.algorithm),
        encryption=Encryption.NONE if lock is None else Encryption.AES,
        comment=comment.encode(),
        public=public.blob,
        derivation=_derivation(lock) if lock is not None and version == 3 else None,
        private=private_blob(private),
        mac=b"",
    )
    return composed(locked(plain, b"" if lock is None else lock.passphrase))


def plain_ppk(key: RSAPrivateKey, comment: str) -> str:
    """Return the text of an unlocked file of version 3. Raises ValueError as `write_ppk`."""
    return write_ppk(key, comment, version=3, lock=None).decode()


def _derivation(lock: PpkLock) -> Derivation:
    return Derivation(Argon2.ID, _MEMORY, _PASSES, _PARALLELISM, lock.salt)


def _decoded(comment: bytes) -> str:
    """Newer programs write UTF-8, older ones the code page of their machine."""
    try:
        return comment.decode()
    except UnicodeDecodeError:
        return comment.decode("cp1252", "replace")
