"""The key desk's door: what a client sent becomes one SSH public key, or is refused with a reason.

Nothing else in the product turns bytes into a key. Burning, storing and approving keys is the
directory's; what a private key looks like is known in `strongroom_formats.private_material`.
"""

from dataclasses import dataclass, field

from strongroom_formats.private_kinds import PrivateKind, TooDense
from strongroom_formats.private_material import find_private, find_public
from strongroom_formats.ssh_faults import KeyFault, KeyProblem
from strongroom_formats.ssh_public_key import (
    MOST_MODULUS_BITS,
    SshPublicKey,
    clean_comment,
    read_blob,
    sha256_fingerprint,
)

from strongroom.rules import refusals
from strongroom.rules.key_archives import SUBMISSION_LIMIT, layers, wrapping_of
from strongroom.rules.key_armour import (
    count_blocks,
    is_der,
    outside_blocks,
    read_block,
    read_der,
)
from strongroom.rules.key_charset import readable_text
from strongroom.rules.key_strength import (
    MOST_RSA_BITS,
    NOTHING_KNOWN,
    KnownBad,
    check_strength,
)
from strongroom.rules.key_text import FoundKey, Repair, read_line, refuse_several, starts_of_keys
from strongroom.rules.key_views import Unsearchable

KEY_FILE_LIMIT = 64 * 1024
"""Bytes of the largest file that is read as a public key, once it was searched."""

_MOST_BURNT = 100
_CONVERSIONS = frozenset({Repair.DER, Repair.LINE_ENDS, Repair.PKCS1, Repair.PKCS8, Repair.RFC4716})
_SENTENCES = {
    KeyProblem.CERTIFICATE: refusals.KEY_CERTIFICATE,
    KeyProblem.DSA: refusals.KEY_DSA,
    KeyProblem.EXPONENT: refusals.KEY_EXPONENT,
    KeyProblem.MALFORMED: refusals.KEY_DAMAGED,
    KeyProblem.SECURITY_KEY: refusals.KEY_SECURITY_KEY,
    KeyProblem.UNKNOWN_KIND: refusals.KEY_KIND,
}


@dataclass(frozen=True, slots=True)
class Submission:
    """One public key as it may be stored: of what was sent only the key itself is kept (ATK-39).

    `comment` is a suggestion for a label: one printable line of at most 64 characters.
    """

    key: SshPublicKey
    comment: str
    repairs: tuple[Repair, ...]

    @property
    def needs_confirmation(self) -> bool:
        """Whether the sender should compare the fingerprint: something was guessed or left out.

        Mere conversions between formats need none.
        """
        return not _CONVERSIONS.issuperset(self.repairs)


def read_submission(data: bytes, *, file_name: str, known: KnownBad = NOTHING_KNOWN) -> Submission:
    """Read the one public key in `data`; its size, secrets, form, number and strength are checked
    in this order. `file_name` only serves as a label where the key has none.

    Raises Refused: as `refuse_private_material`, and KEY-WRAPPED, KEY-NOT-SSH, KEY-UNREADABLE,
    KEY-MORE-TEXT, KEY-TWO, KEY-TRUNCATED, KEY-DAMAGED, KEY-EXPONENT, KEY-DSA, KEY-CERTIFICATE,
    KEY-SECURITY-KEY, KEY-KIND, KEY-SHORT, KEY-LONG, KEY-WEAK.
    """
    refuse_private_material(data)
    try:
        found = _found(data)
        key = read_blob(found.blob)
    except KeyFault as fault:
        raise _refusal(fault) from fault
    check_strength(key, known)
    label = clean_comment(found.comment) or _label_from(file_name)
    return Submission(key, label, found.repairs)


def refuse_private_material(data: bytes) -> None:
    """Look for private keys in any kind of submission, mail with attachments included (KEY-7).

    Raises Refused: KEY-TOO-LARGE; E-KEYREG-1, whose facts hold `fingerprints` (SHA-256, of every
    public half that can be read and of every public key sent along) and `certificates` (OpenPGP
    fingerprints, upper-case hex), both tuples, to be burnt; KEY-UNSEARCHABLE where nothing
    private was seen but a part could not be opened.
    """
    if len(data) > SUBMISSION_LIMIT:
        raise refusals.KEY_TOO_LARGE.because(size=len(data), most=SUBMISSION_LIMIT)
    seen = _Seen()
    closed = ""
    try:
        for layer in layers(data):
            seen.look_at(layer)
    except Unsearchable as fault:
        closed = str(fault)
    except TooDense:
        closed = "it looks like a key in too many places"
    if seen.kinds:
        raise refusals.KEY_PRIVATE.because(
            kinds=", ".join(kind.value for kind in seen.kinds),
            fingerprints=tuple(seen.fingerprints)[:_MOST_BURNT],
            certificates=tuple(seen.certificates)[:_MOST_BURNT],
        )
    if closed:
        raise refusals.KEY_UNSEARCHABLE.because(why=closed)


@dataclass(frozen=True, slots=True)
class _Seen:
    """What was seen so far in the layers of a submission; dictionaries keep the order."""

    kinds: dict[PrivateKind, None] = field(default_factory=dict)
    fingerprints: dict[str, None] = field(default_factory=dict)
    certificates: dict[str, None] = field(default_factory=dict)

    def look_at(self, layer: bytes) -> None:
        for key in find_public(layer):
            self.fingerprints[key.fingerprint_sha256] = None
        for finding in find_private(layer):
            self.kinds[finding.kind] = None
            if finding.blob:
                self.fingerprints[sha256_fingerprint(finding.blob)] = None
            if finding.certificate:
                self.certificates[finding.certificate] = None


def _found(data: bytes) -> FoundKey:
    """Read the form. Raises Refused and KeyFault."""
    wrapping = wrapping_of(data)
    if wrapping:
        raise refusals.KEY_WRAPPED.because(what=wrapping)
    if len(data) > KEY_FILE_LIMIT:
        raise refusals.KEY_TOO_LARGE.because(size=len(data), most=KEY_FILE_LIMIT)
    if is_der(data):
        return read_der(data)
    text, repairs = readable_text(data)
    starts, blocks = starts_of_keys(outside_blocks(text)), count_blocks(text)
    if blocks + len(starts) > 1:
        raise refuse_several(text, blocks + len(starts))
    if blocks:
        found = read_block(text)
    elif starts:
        found = read_line(text, starts[0])
    else:
        found = read_der(data)
    return FoundKey(found.blob, found.comment, tuple(dict.fromkeys((*repairs, *found.repairs))))


def _refusal(fault: KeyFault) -> refusals.Refused:
    """The sentence for a fault in the bytes of the key."""
    if fault.problem is KeyProblem.TOO_LARGE:
        return refusals.KEY_LONG.because(bits=f"over {MOST_MODULUS_BITS}", most=MOST_RSA_BITS)
    if fault.problem is KeyProblem.CUT_OFF:
        amount = f"{fault.missing} byte{' is' if fault.missing == 1 else 's are'}"
        amount = amount if fault.is_exact else f"at least {amount}"
        return refusals.KEY_CUT_OFF.because(amount=amount, missing=fault.missing)
    return _SENTENCES[fault.problem].because(detail=fault.detail)


def _label_from(file_name: str) -> str:
    """The last part of a file's name without its ending; only ever a label, never a path."""
    name = file_name[-1024:].replace("\\", "/").rsplit("/", 1)[-1]
    return clean_comment(name.rsplit(".", 1)[0])
