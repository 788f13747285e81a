"""Strings and integers as SSH writes them on the wire (RFC 4251 section 5), read strictly.

What the strings mean is not known here.
"""

from strongroom_formats.ssh_faults import KeyFault, KeyProblem, malformed


def wire_string(content: bytes) -> bytes:
    """`content` with its length in front, four bytes."""
    return len(content).to_bytes(4, "big") + content


def wire_integer(number: int) -> bytes:
    """A number that is not negative, as an `mpint`: no leading zero but the sign's."""
    return wire_string(number.to_bytes(number.bit_length() // 8 + 1, "big") if number else b"")


def positive_integer(content: bytes, name: str) -> int:
    """The number in an `mpint`. Raises KeyFault: MALFORMED for zero, minus, or a needless zero."""
    if not content:
        raise malformed(f"{name} is zero")
    if content[0] & 0x80:
        raise malformed(f"{name} is negative")
    if content[0] == 0 and (len(content) == 1 or not content[1] & 0x80):
        raise malformed(f"{name} begins with a zero too many")
    return int.from_bytes(content, "big")


class WireReader:
    """Reads strings one after the other; every fault is a KeyFault that names the field."""

    __slots__ = ("_at", "_data")

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def string(self, name: str, *, most: int) -> bytes:
        """The next string, of at most `most` bytes.

        Raises KeyFault: MALFORMED where it states more, CUT_OFF where the data end before it does.
        """
        return self._string(name, most, is_last=False)

    def last_string(self, name: str, *, most: int) -> bytes:
        """As `string`; where this one is cut off, what is missing is all that is missing."""
        return self._string(name, most, is_last=True)

    def _string(self, name: str, most: int, *, is_last: bool) -> bytes:
        size = self.stated_length(name)
        if size > most:
            raise malformed(f"{name} states a length of {size} bytes; {most} is the most")
        start = self._at + 4
        missing = start + size - len(self._data)
        if missing > 0:
            raise KeyFault(KeyProblem.CUT_OFF, name, missing=missing, is_exact=is_last)
        self._at = start + size
        return self._data[start : self._at]

    def stated_length(self, name: str) -> int:
        """The length that the next string states, which is not read yet."""
        start = self._at + 4
        if start > len(self._data):
            missing = start - len(self._data)
            raise KeyFault(KeyProblem.CUT_OFF, name, missing=missing, is_exact=False)
        return int.from_bytes(self._data[self._at : start], "big")

    def end(self) -> None:
        """Nothing may follow. Raises KeyFault: MALFORMED where something does."""
        left = len(self._data) - self._at
        if left:
            raise malformed(f"{left} bytes follow the key")

    @property
    def position(self) -> int:
        """How many bytes have been read."""
        return self._at
