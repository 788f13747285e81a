"""The status lines of GnuPG, read strictly: what was decrypted, and which signatures stood on it.

They are described in the file DETAILS of GnuPG. What follows from them is judged in `gnupg`.
"""

from collections import Counter
from dataclasses import dataclass

_PREFIX = "[GNUPG:] "
_LARGEST = 1 << 20
_VERDICTS = frozenset({"GOODSIG", "EXPSIG", "EXPKEYSIG", "REVKEYSIG", "BADSIG", "ERRSIG"})
# libgpg-error's numbers in the low sixteen bits.
_BAD_PASSPHRASE, _NO_PASSPHRASE = 11, 177


@dataclass(frozen=True, slots=True)
class SignatureLine:
    """GnuPG's word for one signature, and the key that it names."""

    word: str
    key: str


@dataclass(frozen=True, slots=True)
class Status:
    """Everything that one run of GnuPG said, and its exit status."""

    lines: tuple[tuple[str, ...], ...]
    exit: int

    @property
    def is_decrypted(self) -> bool:
        """Whether one sealed text was decrypted and written whole, and nothing went wrong.

        The exit status has to say so too: GnuPG 2.2 prints GOODMDC for damaged OCB data.
        """
        return self.is_sound and (self.exit == 0 or bool(self._bad_signatures()))

    @property
    def is_sound(self) -> bool:
        """Whether one text lay within one sealed container whose seal held."""
        words = [line[0] for line in self.lines]
        counted = Counter(words)
        marks = ("BEGIN_DECRYPTION", "PLAINTEXT", "DECRYPTION_OKAY", "GOODMDC", "END_DECRYPTION")
        if any(counted[mark] != 1 for mark in marks) or counted["DECRYPTION_FAILED"]:
            return False
        places = [words.index(mark) for mark in marks]
        return places == sorted(places)

    @property
    def length(self) -> int:
        """How many bytes the text says that it has; 0 where it does not say."""
        found = [line[1] for line in self.lines if line[0] == "PLAINTEXT_LENGTH" and line[1:]]
        return int(found[0]) if found and found[0].isdigit() else 0

    @property
    def was_opened(self) -> bool:
        """Whether one of our keys opened it, whatever came then."""
        return any(line[0] == "DECRYPTION_KEY" for line in self.lines)

    @property
    def wants_passphrase(self) -> bool:
        """Whether a passphrase was missing or wrong."""
        return not self.was_opened and any(
            int(line[2]) & 0xFFFF in (_BAD_PASSPHRASE, _NO_PASSPHRASE)
            for line in self.lines
            if line[:2] == ("ERROR", "pkdecrypt_failed") and line[2:] and line[2].isdigit()
        )

    @property
    def imported(self) -> frozenset[str]:
        """The fingerprints that were taken into the keyring."""
        return frozenset(line[-1] for line in self.lines if line[0] == "IMPORT_OK")

    @property
    def signatures(self) -> tuple[SignatureLine, ...]:
        """Each signature that was looked at."""
        found = [line for line in self.lines if line[0] in _VERDICTS]
        return tuple(SignatureLine(line[0], _key(line)) for line in found)

    @property
    def signers(self) -> tuple[str, ...]:
        """The fingerprints of the certificates (not of their subkeys) behind good signatures."""
        return tuple(line[-1] for line in self.lines if line[0] == "VALIDSIG")

    @property
    def is_signed(self) -> bool:
        """Whether at least one signature is good and its maker known."""
        return bool(self.signers) and any(one.word == "GOODSIG" for one in self.signatures)

    def _bad_signatures(self) -> list[SignatureLine]:
        return [one for one in self.signatures if one.word != "GOODSIG"]


def read_status(output: bytes, exit_status: int) -> Status:
    """Read the lines; anything that is none is passed over."""
    lines = []
    for line in output[:_LARGEST].decode("utf-8", "replace").split("\n"):
        words = tuple(line.removeprefix(_PREFIX).split())
        if line.startswith(_PREFIX) and words:
            lines.append(words)
    return Status(tuple(lines), exit_status)


def _key(line: tuple[str, ...]) -> str:
    """ERRSIG ends with the fingerprint where it is known; the others begin with the key's id."""
    if line[0] == "ERRSIG" and len(line) >= 9 and len(line[-1]) >= 40:
        return line[-1]
    return line[1] if len(line) > 1 else "?"
