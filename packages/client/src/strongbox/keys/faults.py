"""The refusals for faults that the formats raise, and checks that every opened key passes.

The formats themselves are in `strongroom_formats`; sentences are in `refusals`.
"""

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from strongroom_formats.one_line import clean_text
from strongroom_formats.ppk_numbers import MOST_RSA_BITS, SshPrivate, public_of
from strongroom_formats.ppk_text import PpkFault, PpkProblem
from strongroom_formats.ssh_faults import KeyFault, KeyProblem
from strongroom_formats.ssh_public_key import SshPublicKey

from strongbox.keys import refusals
from strongbox.refusal import Refused

_DETAIL_MOST = 100

_KEY_SENTENCES = {
    KeyProblem.CERTIFICATE: refusals.KEY_CERTIFICATE,
    KeyProblem.CUT_OFF: refusals.KEY_DAMAGED,
    KeyProblem.DSA: refusals.KEY_DSA,
    KeyProblem.EXPONENT: refusals.KEY_EXPONENT,
    KeyProblem.MALFORMED: refusals.KEY_DAMAGED,
    KeyProblem.SECURITY_KEY: refusals.KEY_IS_SECURITY_TOKEN,
    KeyProblem.TOO_LARGE: refusals.KEY_LONG,
    KeyProblem.UNKNOWN_KIND: refusals.KEY_KIND,
}
_PPK_SENTENCES = {
    PpkProblem.COSTLY: refusals.KEY_COSTLY,
    PpkProblem.DAMAGED: refusals.KEY_DAMAGED,
    PpkProblem.ENCRYPTION: refusals.KEY_CIPHER,
    PpkProblem.NOT_PPK: refusals.KEY_NOT_KEY,
    PpkProblem.PAIR: refusals.KEY_NOT_PAIR,
    PpkProblem.VERSION: refusals.KEY_PPK_VERSION,
    PpkProblem.WRONG: refusals.KEY_PASSPHRASE,
}


def refusal_of(fault: KeyFault | PpkFault) -> Refused:
    """The sentence for a fault in the bytes of a key."""
    detail = clean_text(fault.detail, _DETAIL_MOST)
    if isinstance(fault, PpkFault):
        return _PPK_SENTENCES[fault.problem].because(detail=detail)
    return _KEY_SENTENCES[fault.problem].because(detail=detail, most=MOST_RSA_BITS)


def checked(private: object, public: SshPublicKey | None = None) -> SshPrivate:
    """A key that cryptography read, judged: its kind, its size, its numbers, and its pair.

    RSA keys come here unchecked, because checking a huge one would take hours.
    Raises Refused: KEY-KIND, KEY-LONG, KEY-DAMAGED, KEY-NOT-PAIR, KEY-EXPONENT.
    """
    if isinstance(private, RSAPrivateKey):
        private = _checked_rsa(private)
    if not isinstance(private, RSAPrivateKey | Ed25519PrivateKey | EllipticCurvePrivateKey):
        name = type(private).__name__.removesuffix("PrivateKey")
        raise refusals.KEY_KIND.because(detail=clean_text(name, _DETAIL_MOST))
    try:
        found = public_of(private)
    except KeyFault as fault:
        raise refusal_of(fault) from fault
    if public is not None and found.blob != public.blob:
        raise refusals.KEY_NOT_PAIR.because()
    return private


def _checked_rsa(private: RSAPrivateKey) -> RSAPrivateKey:
    numbers = private.private_numbers()
    parts = (numbers.p, numbers.q, numbers.d, numbers.dmp1, numbers.dmq1, numbers.iqmp)
    if max(private.key_size, *(part.bit_length() for part in parts)) > MOST_RSA_BITS:
        raise refusals.KEY_LONG.because(most=MOST_RSA_BITS)
    try:
        return numbers.private_key()
    except ValueError as error:
        raise refusals.KEY_NOT_PAIR.because() from error
