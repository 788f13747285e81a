"""The text of PuTTY's private key files, versions 2 and 3, taken apart and put together strictly.

The secrets inside are locked and unlocked in `ppk_secrets`. Source: PuTTY manual, appendix C.
"""

import base64
import binascii
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, StrEnum

FILE_MOST = 64 * 1024
"""Bytes of the largest file that is looked at; RSA with 16,384 bits has about 14,000."""

COMMENT_MOST = 1024
"""Bytes of the longest comment that is read."""

_COLUMNS = 64
_MOST_LINES = 400
_MARK = b"PuTTY-User-Key-File-"
_MAC_SIZES = {2: 20, 3: 32}
_LEAST_SALT, _MOST_SALT = 8, 64
_MOST_DIGITS = 10


class PpkProblem(Enum):
    """What is the matter with a file of PuTTY's."""

    COSTLY = "a key derivation that asks for too much memory or time"
    DAMAGED = "bytes that do not follow the format"
    ENCRYPTION = "an encryption that is not known here"
    NOT_PPK = "no file of PuTTY's"
    PAIR = "a private half that is not of the public half"
    VERSION = "a version that is not known here"
    WRONG = "a wrong passphrase, or damage"


class PpkFault(ValueError):
    """A file that cannot be read. `problem` says in which way, `detail` names the place."""

    def __init__(self, problem: PpkProblem, detail: str) -> None:
        super().__init__(f"{problem.value}: {detail}")
        self.problem = problem
        self.detail = detail


class Encryption(StrEnum):
    """What may stand behind `Encryption:`."""

    NONE = "none"
    AES = "aes256-cbc"


class Argon2(StrEnum):
    """The three flavours of RFC 9106, by their names in the file."""

    ID = "Argon2id"
    I = "Argon2i"  # noqa: E741 - the flavour's own name
    D = "Argon2d"


@dataclass(frozen=True, slots=True)
class Derivation:
    """How version 3 makes keys from a passphrase; `memory` in KiB."""

    flavour: Argon2
    memory: int
    passes: int
    parallelism: int
    salt: bytes


@dataclass(frozen=True, slots=True)
class PpkText:
    """One file. `private` is as it stands there: padded, and encrypted where `encryption` says."""

    version: int
    algorithm: str
    encryption: Encryption
    comment: bytes
    public: bytes
    derivation: Derivation | None
    private: bytes
    mac: bytes


def is_ppk(data: bytes) -> bool:
    """Whether the data begin as every version of the format does."""
    return data.startswith(_MARK)


def parse(data: bytes) -> PpkText:
    """Take a file apart; line ends may be LF, CR LF or CR, as for PuTTY. Raises PpkFault."""
    if not is_ppk(data):
        raise PpkFault(PpkProblem.NOT_PPK, "the first line")
    if len(data) > FILE_MOST:
        raise damaged(f"more than {FILE_MOST} bytes")
    lines = _Lines(data)
    version, algorithm = lines.head()
    encryption = lines.encryption()
    comment = lines.field("Comment")
    if len(comment) > COMMENT_MOST:
        raise damaged("Comment")
    public = lines.counted("Public-Lines")
    is_derived = version == 3 and encryption is not Encryption.NONE
    derivation = lines.derivation() if is_derived else None
    private = lines.counted("Private-Lines")
    mac = lines.hexadecimal("Private-MAC")
    if len(mac) != _MAC_SIZES[version]:
        raise damaged("Private-MAC")
    lines.end()
    return PpkText(version, algorithm, encryption, comment, public, derivation, private, mac)


def composed(text: PpkText) -> bytes:
    """The file as PuTTY writes it, with LF."""
    head = [
        f"PuTTY-User-Key-File-{text.version}: {text.algorithm}".encode(),
        f"Encryption: {text.encryption}".encode(),
        b"Comment: " + text.comment,
    ]
    rest = [*_counted("Public-Lines", text.public)]
    if text.derivation is not None:
        rest += _derived(text.derivation)
    rest += [*_counted("Private-Lines", text.private), f"Private-MAC: {text.mac.hex()}", ""]
    return b"\n".join([*head, *(line.encode() for line in rest)])


def damaged(detail: str) -> PpkFault:
    """Build the commonest of the faults."""
    return PpkFault(PpkProblem.DAMAGED, detail)


def _counted(label: str, data: bytes) -> Iterator[str]:
    text = base64.b64encode(data).decode()
    lines = [text[start : start + _COLUMNS] for start in range(0, len(text), _COLUMNS)]
    yield f"{label}: {len(lines)}"
    yield from lines


def _derived(derivation: Derivation) -> Iterator[str]:
    yield f"Key-Derivation: {derivation.flavour}"
    yield f"Argon2-Memory: {derivation.memory}"
    yield f"Argon2-Passes: {derivation.passes}"
    yield f"Argon2-Parallelism: {derivation.parallelism}"
    yield f"Argon2-Salt: {derivation.salt.hex()}"


class _Lines:
    """Reads the file line by line; the order is part of the format."""

    def __init__(self, data: bytes) -> None:
        text = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        self._lines = text.rstrip(b"\n").split(b"\n")
        self._at = 0

    def head(self) -> tuple[int, str]:
        """The version and the kind of key."""
        name, _, algorithm = self._next("the first line").partition(b": ")
        version = name.removeprefix(_MARK)
        if version not in (b"2", b"3"):
            raise PpkFault(PpkProblem.VERSION, version[:8].decode("ascii", "replace"))
        return int(version), algorithm[:64].decode("ascii", "replace")

    def field(self, label: str) -> bytes:
        """The value of the next line, which has to have this label."""
        name, colon, value = self._next(label).partition(b": ")
        # An empty comment has lost its blank where a mail program trimmed the line.
        if not colon:
            name, _, value = name.partition(b":")
        if name != label.encode():
            raise damaged(label)
        return value

    def encryption(self) -> Encryption:
        """The kind of encryption."""
        name = self.field("Encryption")[:64].decode("ascii", "replace")
        try:
            return Encryption(name)
        except ValueError:
            raise PpkFault(PpkProblem.ENCRYPTION, name) from None

    def derivation(self) -> Derivation:
        """The five lines of Argon2; whether its cost is bearable is judged by `ppk_secrets`."""
        name = self.field("Key-Derivation")[:64].decode("ascii", "replace")
        try:
            flavour = Argon2(name)
        except ValueError:
            raise PpkFault(PpkProblem.ENCRYPTION, name) from None
        memory, passes = self.number("Argon2-Memory"), self.number("Argon2-Passes")
        parallelism = self.number("Argon2-Parallelism")
        salt = self.hexadecimal("Argon2-Salt")
        if not _LEAST_SALT <= len(salt) <= _MOST_SALT:
            raise damaged("Argon2-Salt")
        return Derivation(flavour, memory, passes, parallelism, salt)

    def counted(self, label: str) -> bytes:
        """Base64 over as many lines as the label's number says."""
        count = self.number(label)
        if count > _MOST_LINES:
            raise damaged(label)
        text = b"".join(self._next(label) for _ in range(count))
        try:
            return base64.b64decode(text, validate=True)
        except binascii.Error:
            raise damaged(label) from None

    def number(self, label: str) -> int:
        """A number in decimal digits."""
        value = self.field(label)
        if not value.isdigit() or len(value) > _MOST_DIGITS:
            raise damaged(label)
        return int(value)

    def hexadecimal(self, label: str) -> bytes:
        """Bytes as hexadecimal digits."""
        try:
            return bytes.fromhex(self.field(label).decode("ascii"))
        except ValueError:
            raise damaged(label) from None

    def end(self) -> None:
        """Nothing may follow but blank lines."""
        if any(line.strip() for line in self._lines[self._at :]):
            raise damaged("text after the last line")

    def _next(self, label: str) -> bytes:
        if self._at == len(self._lines):
            raise damaged(f"the file ends before {label}")
        self._at += 1
        return self._lines[self._at - 1]
