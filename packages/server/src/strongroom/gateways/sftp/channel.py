"""What the engine needs of whatever carries it: a stream of bytes with back-pressure.

The engine is written against this alone, so that another transport can take asyncssh's place.
"""

from collections.abc import Sequence
from typing import Protocol

Piece = bytes | memoryview


class Channel(Protocol):
    """One session channel. Its owner calls the engine's feed, drained, ended and lost."""

    def write(self, pieces: Sequence[Piece]) -> None:
        """Queue the pieces, in order; they may not change afterwards.

        Never calls the engine back before it has returned.
        """
        ...

    def unsent(self) -> int:
        """How many bytes wait in this process because the peer does not take them."""
        ...

    def pause_reading(self) -> None:
        """Stop feeding; what arrives meanwhile is bounded by the receive window."""
        ...

    def resume_reading(self) -> None:
        """Go on feeding."""
        ...

    def finish(self) -> None:
        """Say goodbye once everything queued is gone: exit status 0, then close."""
        ...

    def break_off(self, reason: str) -> None:
        """End this session at once, and no other; `reason` is for the record."""
        ...
