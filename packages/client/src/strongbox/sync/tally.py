"""What became of a run's files, counted while it goes on.

What a whole run came to is in `summary`.
"""

from dataclasses import dataclass, field

from strongbox.refusal import Refused


@dataclass(slots=True)
class Tally:
    """What became of a run's files. `left` were not begun before the deadline.

    `handed` were taken by the hook, or landed where there is none; `failed` it did not take.
    """

    landed: int = 0
    reissued: int = 0
    handed: int = 0
    failed: int = 0
    changing: int = 0
    left: int = 0
    refused: list[Refused] = field(default_factory=list)

    def begin_again(self) -> None:
        """After a lost connection: what is done stays done, what failed is tried again."""
        self.failed = self.changing = self.left = 0
        self.refused.clear()
