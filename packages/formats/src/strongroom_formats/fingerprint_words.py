"""Fingerprints in five words that can be said, so that two people can compare two screens.

Where they are shown is for the callers. The words are proquints (Wilkerson, arXiv:0901.4016): five
letters for 16 bits, consonants and vowels in turn. The form never changes; both ends must agree.
"""

WORD_COUNT = 5
"""Five words are 80 bits: enough that nobody can make a second key with the same words."""

_CONSONANTS = "bdfghjklmnprstvz"
_VOWELS = "aiou"


def fingerprint_words(digest: bytes) -> str:
    """The first ten bytes of a SHA-256 `digest` as five words, `lusab-babad-gutih-tugad-bihof`.

    Raises ValueError for another length.
    """
    if len(digest) != 32:
        raise ValueError("a SHA-256 digest has 32 bytes")
    pairs = range(0, 2 * WORD_COUNT, 2)
    return "-".join(_word(int.from_bytes(digest[at : at + 2], "big")) for at in pairs)


def _word(number: int) -> str:
    """A number of 16 bits: 4 bits, 2 bits, 4 bits, 2 bits, 4 bits, the highest first."""
    return "".join(
        (
            _CONSONANTS[number >> 12],
            _VOWELS[number >> 10 & 3],
            _CONSONANTS[number >> 6 & 15],
            _VOWELS[number >> 4 & 3],
            _CONSONANTS[number & 15],
        )
    )
