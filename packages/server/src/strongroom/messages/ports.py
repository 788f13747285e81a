"""What the outbox asks of senders and of those who read their providers' call-backs.

The senders live in `strongroom.backends.senders`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Protocol
from uuid import UUID

from strongroom.messages.notices import Posted
from strongroom.rules.secret import Secret
from strongroom.rules.sms_failures import Failure


class Sender(Protocol):
    """Takes a notice out of the house. May be called again with the same notice."""

    def send(self, notice: Posted, *, subject: str, body: str) -> None:
        """Hand the notice over. Raises SenderError when it has to be tried again."""
        ...


class SenderError(Exception):
    """The message could not be handed over now."""


class Undeliverable(SenderError):
    """It will never be taken; `failure` says why."""

    def __init__(self, failure: Failure, detail: str = "") -> None:
        self.failure = failure
        super().__init__(f"{failure}: {detail}" if detail else str(failure))


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A letter ready to leave. `id` is the same in each try, so a repeat can be dropped.

    `handle` is unguessable and names the letter to providers that call back. The text of a call
    is what is said before a key is pressed, and holds no code (LATK-3).
    """

    id: UUID
    handle: str
    address: str
    language: str
    subject: str
    text: Secret
    created_at: datetime
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class Report:
    """What became of a letter that left: delivered, or the failure."""

    sender: str
    handle: str
    failure: Failure | None = None


class LetterSender(Protocol):
    """Takes letters of one channel out of the house."""

    @property
    def name(self) -> str:
        """The name that stands in letters, at most 20 characters."""
        ...

    def send(self, outgoing: Outgoing) -> str:
        """Hand a letter over; returns the handle that reports will name.

        Raises Undeliverable for this letter alone, SenderError when nothing leaves now.
        """
        ...

    def reports(self) -> Sequence[Report]:
        """Return the reports that came in since the last call, each once."""
        ...


@dataclass(frozen=True, slots=True)
class Callback:
    """What a provider sent to us; `headers` have lower-case names."""

    body: bytes
    headers: Mapping[str, str]
    at: datetime


class ReportReader(Protocol):
    """Reads a provider's delivery reports."""

    def read_reports(self, callback: Callback) -> Sequence[Report]:
        """Return what is reported. Raises Refused (CALLBACK-SIGNATURE, CALLBACK-UNREADABLE)."""
        ...


class CallMoment(Enum):
    """Where a call is."""

    ANSWERED = "answered"
    KEY = "key"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class CallEvent:
    """Something happened to a call. `key` is empty when nobody pressed one in time."""

    moment: CallMoment
    key: str = ""
    failure: Failure | None = None


@dataclass(frozen=True, slots=True)
class Say:
    """A sentence that is spoken."""

    text: Secret
    is_slow: bool = False


@dataclass(frozen=True, slots=True)
class AwaitKey:
    """One key is waited for, then the provider calls back."""

    seconds: int


@dataclass(frozen=True, slots=True)
class HangUp:
    """The call ends."""


Step = Say | AwaitKey | HangUp


class CallReader(Protocol):
    """Reads a provider's call-backs during a call, and writes what it has to do next."""

    @property
    def sender(self) -> str:
        """The name of the sender that made the call."""
        ...

    def read_call(self, callback: Callback) -> CallEvent:
        """Return what happened. Raises Refused (CALLBACK-SIGNATURE, CALLBACK-UNREADABLE)."""
        ...

    def write_steps(self, steps: Sequence[Step], *, language: str) -> bytes:
        """Return the answer in the provider's form, JSON."""
        ...


@dataclass(frozen=True, slots=True)
class Shown:
    """A message that a development sender kept. `handle` is set where a key can be pressed."""

    at: datetime
    channel: str
    address: str
    subject: str
    text: str
    handle: str = ""


class MessageBoard(Protocol):
    """Where a development house looks its messages up."""

    def shown(self) -> Sequence[Shown]:
        """Return the kept messages, newest first."""
        ...
