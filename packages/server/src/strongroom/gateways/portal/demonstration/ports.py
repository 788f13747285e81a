"""What a demonstration knows of its people: what lies in their pockets, and what it shows now.

A house with real clients has none of it; the runtime puts it in for `strongroom demo` alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Device:
    """A thing that answers for its owner: `shows` are its codes, in order.

    `kind` is the factor's. `is_indexed` says that the codes are asked for by number, `takes` that
    a security card of this serial number wants a challenge.
    """

    kind: str
    shows: tuple[str, ...] = ()
    is_indexed: bool = False
    takes: str = ""


@dataclass(frozen=True, slots=True)
class Owner:
    """A person of the demonstration."""

    name: str
    full_name: str
    language: str
    password: str
    devices: tuple[Device, ...]


class Pockets(Protocol):
    """The demonstration's people and their things."""

    def owners(self, now: datetime) -> Sequence[Owner]:
        """Return everybody with what their things show at this moment."""
        ...

    def card_answers(self, name: str, challenge: str, pin: str) -> str:
        """Return what a person's security card shows, '' for a person without one."""
        ...
