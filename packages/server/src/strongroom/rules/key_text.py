"""One SSH public key out of text, in every form that people send: found, repaired, counted.

Whether there is something private in the text was settled before (`key_intake`); whether the key
is strong is judged after (`key_strength`).
"""

import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from strongroom_formats.ssh_faults import KeyFault, KeyProblem
from strongroom_formats.ssh_public_key import (
    BLOB_MOST,
    SshAlgorithm,
    length_of_blob,
    sha256_fingerprint,
)

from strongroom.rules import refusals


class Repair(Enum):
    """What was done to what was sent before it could be read; the value is for people."""

    BYTE_ORDER_MARK = "a byte order mark was removed"
    DER = "the key was converted from DER"
    HOST_NAME = "a host name in front of the key was left out"
    LINE_ENDS = "line ends of another system were converted"
    MAIL_QUOTES = "the marks of a quoted mail were removed"
    NO_BREAK_SPACES = "no-break spaces and invisible characters were replaced"
    OPTIONS = "the options in front of the key were left out and have no effect"
    PKCS1 = "the key was converted from PKCS#1 (BEGIN RSA PUBLIC KEY)"
    PKCS8 = "the key was converted from PKCS#8 (BEGIN PUBLIC KEY)"
    QUOTES = "quotation marks around the key were removed"
    RFC4716 = "the key was converted from the SSH2 format (RFC 4716)"
    TYPE_WORD = "the missing or misspelt word for the kind of key was put right"
    UTF16 = "the text was converted from UTF-16"
    WRAPPED_LINES = "a key that was broken over several lines was joined"


@dataclass(frozen=True, slots=True)
class FoundKey:
    """The bytes of a key's blob, not judged yet, with the text that stood beside it."""

    blob: bytes
    comment: str
    repairs: tuple[Repair, ...]


_START = re.compile(r"(?<![A-Za-z0-9+/])AAAA[A-P][A-Za-z0-9+/]{2,}={0,3}")
_MORE = re.compile(r"[ \t]*\n[ \t]*([A-Za-z0-9+/]+={0,3})(?=\s|\Z)")
_NAME = re.compile(rb"[a-z0-9][a-z0-9@.-]*")
_OPTION = r'[A-Za-z0-9-]{1,60}(?:="(?:[^"\\]|\\.)*")?'
_OPTIONS = re.compile(rf"{_OPTION}(?:,{_OPTION})*")
_OPTION_WORD = re.compile(
    r"restrict|cert-authority|verify-required|(?:no-)?(?:agent-forwarding|port-forwarding|pty"
    r"|touch-required|user-rc|X11-forwarding)",
    re.IGNORECASE,
)
_HOST = re.compile(r"[^\s@\"'#][^\s\"']{0,1000}")
_MOST_PREFIX = 4096
_MOST_PIECES = 400
_MOST_LISTED = 5
_ALGORITHMS = frozenset(str(algorithm) for algorithm in SshAlgorithm)


def starts_of_keys(text: str) -> list[re.Match[str]]:
    """The places where the base64 of a key begins: a length, and letters of a name."""
    return [found for found in _START.finditer(text) if _is_named(found[0])]


def read_line(text: str, start: re.Match[str]) -> FoundKey:
    """Read the one-line form around its base64, which begins at `start` (sshd(8), KEY-6).

    Raises Refused: KEY-MORE-TEXT, KEY-DAMAGED; KeyFault for a blob that is cut off or no key's.
    """
    blob, end = _joined(text, start)
    length_of_blob(blob)
    is_wrapped = end != start.end()
    repairs = [Repair.WRAPPED_LINES] if is_wrapped else []
    repairs += _repairs_in_front(text[: start.start()], blob)
    comment = _comment(text[end:], is_wrapped=is_wrapped)
    return FoundKey(blob, comment, tuple(dict.fromkeys(repairs)))


def decoded(text: str) -> bytes:
    """Base64 with or without its padding. A cut-off end gives the whole bytes before it.

    Raises Refused: KEY-DAMAGED for characters that are none of base64.
    """
    digits = "".join(text.split()).rstrip("=")
    if not re.fullmatch(r"[A-Za-z0-9+/]*", digits):
        raise refusals.KEY_DAMAGED.because(detail="it holds characters that are not base64")
    whole = digits[: len(digits) - (len(digits) % 4 == 1)]
    return binascii.a2b_base64(whole + "=" * (-len(whole) % 4))


def refuse_several(text: str, count: int) -> refusals.Refused:
    """The refusal that asks which of several keys is meant, with the first few to choose from."""
    names = [
        sha256_fingerprint(blob) for blob in _whole_blobs(text, starts_of_keys(text)[:_MOST_LISTED])
    ]
    choices = ", ".join(names) or "the file that ends in .pub"
    return refusals.KEY_TWO.because(count=count, choices=choices)


def _whole_blobs(text: str, starts: list[re.Match[str]]) -> Iterator[bytes]:
    for start in starts:
        try:
            blob, _ = _joined(text, start)
            yield blob[: length_of_blob(blob)]
        except (KeyFault, refusals.Refused):
            continue


def _is_named(token: str) -> bool:
    start = decoded(token[:120])
    name = start[4 : 4 + int.from_bytes(start[:4], "big")]
    return _NAME.fullmatch(name) is not None


def _joined(text: str, start: re.Match[str]) -> tuple[bytes, int]:
    """The blob and where it ends; lines that follow are taken while the blob wants more bytes."""
    digits, end = start[0], start.end()
    for _ in range(_MOST_PIECES):
        more = _MORE.match(text, end)
        if more is None or len(digits) > 2 * BLOB_MOST or not _wants_more(digits):
            break
        digits += more[1]
        end = more.end()
    if text[end : end + 1].strip():
        raise refusals.KEY_DAMAGED.because(detail="it holds characters that are not base64")
    return decoded(digits), end


def _wants_more(digits: str) -> bool:
    if digits.endswith("="):
        return False
    try:
        length_of_blob(decoded(digits))
    except KeyFault as fault:
        return fault.problem is KeyProblem.CUT_OFF
    return False


def _repairs_in_front(prefix: str, blob: bytes) -> list[Repair]:
    """Judge what stands before the base64: the type word, and options or a host name."""
    if len(prefix) > _MOST_PREFIX:
        raise refusals.KEY_MORE_TEXT.because()
    *above, beside = prefix.split("\n")
    before = "\n".join([line for line in above if not line.strip().startswith("#")] + [beside])
    name = blob[4 : 4 + int.from_bytes(blob[:4], "big")].decode("ascii", "replace")
    rest, word = _without_last_word(before)
    repairs = [] if word == name else [Repair.TYPE_WORD]
    if word.lower() != name:
        _refuse_other_kind(word.lower(), name)
        rest = before.strip()
    elif "\n" in before[len(before.rstrip()) :]:
        repairs.append(Repair.WRAPPED_LINES)
    return [*repairs, _left_out(rest)] if rest else repairs


def _without_last_word(text: str) -> tuple[str, str]:
    words = text.rsplit(maxsplit=1)
    return (words[0] if len(words) == 2 else "", words[-1] if words else "")


def _refuse_other_kind(word: str, name: str) -> None:
    """A word for another kind than the key's is no slip that could be put right."""
    if word in _ALGORITHMS:
        raise refusals.KEY_DAMAGED.because(detail=f"it says {word} but holds {name[:64]}")


def _left_out(rest: str) -> Repair:
    if _OPTIONS.fullmatch(rest) and (
        '="' in rest or _OPTION_WORD.fullmatch(rest.partition(",")[0])
    ):
        return Repair.OPTIONS
    if _HOST.fullmatch(rest):
        return Repair.HOST_NAME
    raise refusals.KEY_MORE_TEXT.because()


def _comment(rest: str, *, is_wrapped: bool) -> str:
    """What follows the base64 on its line. After a broken key one word may be on the next line."""
    first, _, others = rest.partition("\n")
    lines = [line for line in others.split("\n") if line.strip() and not line.startswith("#")]
    if not lines:
        return first.strip()
    if is_wrapped and not first.strip() and len(lines) == 1 and len(lines[0].split()) == 1:
        return lines[0].strip()
    raise refusals.KEY_MORE_TEXT.because()
