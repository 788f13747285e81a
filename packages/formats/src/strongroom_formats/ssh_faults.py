"""Why bytes are not an SSH public key: the faults that the `ssh_` modules raise.

The sentences for people are refusals of the server and of the client, not written here.
"""

from enum import Enum


class KeyProblem(Enum):
    """What is the matter with the bytes of a public key."""

    CERTIFICATE = "an SSH certificate instead of a key"
    CUT_OFF = "the bytes end within the key"
    DSA = "a DSA key"
    EXPONENT = "an RSA exponent that is not in use"
    MALFORMED = "bytes that do not follow the format"
    SECURITY_KEY = "a key in a security token (sk-…)"
    TOO_LARGE = "an RSA modulus too large to be looked at"
    UNKNOWN_KIND = "a kind of key that is not known here"


class KeyFault(ValueError):
    """Bytes that are no SSH public key. `problem` says in which way, `detail` names the place.

    For CUT_OFF `missing` counts the bytes that are not there, as the key itself states its
    length; `is_exact` is false where the cut hides a length, so that more may be missing.
    """

    def __init__(
        self, problem: KeyProblem, detail: str, *, missing: int = 0, is_exact: bool = True
    ) -> None:
        super().__init__(f"{problem.value}: {detail}")
        self.problem = problem
        self.detail = detail
        self.missing = missing
        self.is_exact = is_exact


def malformed(detail: str) -> KeyFault:
    """Build the commonest of the faults."""
    return KeyFault(KeyProblem.MALFORMED, detail)
