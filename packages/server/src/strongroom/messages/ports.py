"""What the outbox asks of a sender; the senders live in `strongroom.backends.senders`."""

from typing import Protocol

from strongroom.messages.notices import Posted


class Sender(Protocol):
    """Takes a notice out of the house. May be called again with the same notice."""

    def send(self, notice: Posted, *, subject: str, body: str) -> None:
        """Hand the notice over. Raises SenderError when it has to be tried again."""
        ...


class SenderError(Exception):
    """The notice could not be handed over now."""
