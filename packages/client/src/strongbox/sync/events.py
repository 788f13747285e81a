"""What a run tells while it goes on: one event for each thing that happened.

How an event is printed is decided in `commands`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum


class EventKind(Enum):
    """What happened."""

    STARTED = "started"
    TAKEN_OVER = "taken-over"
    MANIFESTS = "manifests"
    PLANNED = "planned"
    PROGRESS = "progress"
    LANDED = "landed"
    HANDED_OVER = "handed-over"
    HOOK_FAILED = "hook-failed"
    MISSING = "missing"
    UNLISTED = "unlisted"
    CHANGING = "changing"
    REFUSED = "refused"
    RECONNECTING = "reconnecting"
    HOST_KEY = "host-key"
    KEY_CHANGED = "key-changed"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened, with its facts as JSON has them."""

    kind: EventKind
    facts: Mapping[str, object] = field(default_factory=dict)


Tell = Callable[[Event], None]
"""Takes the events of a run, in order, in the thread of the run."""
