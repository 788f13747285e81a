"""The person who enrols, as enrolment sees them: somebody to tell and to ask.

Terminals and JSON lines are in `commands`.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Protocol


class Step(StrEnum):
    """What can be told; the facts that come with each are named in `running` and `waiting`."""

    INVITED = "invited"
    KEY_MADE = "key-made"
    KEY_FOUND = "key-found"
    PGP_MADE = "pgp-made"
    ADDRESSES = "addresses"
    SENT = "sent"
    WAITING = "waiting"
    TROUBLE = "trouble"
    APPROVED = "approved"
    CONNECTED = "connected"
    PREPARING = "preparing"
    OPENED = "opened"
    DONE = "done"
    FORGOTTEN = "forgotten"


class Person(Protocol):
    """Whoever runs the command, or the program that reads its events."""

    def tell(self, step: Step, facts: Mapping[str, object]) -> None:
        """Show what happened."""
        ...

    def agrees(self) -> bool:
        """Whether what was told may be sent. Raises Refused where nobody can be asked."""
        ...
