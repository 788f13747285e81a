"""A herald that only listens."""

from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID, uuid4

from strongroom.audit.act import Act
from strongroom.login.ports import Alert, Delivery


@dataclass(slots=True)
class Listener:
    """A herald that keeps what it is told."""

    alerts: list[Alert] = field(default_factory=list)
    mails: list[tuple[Alert, str, str]] = field(default_factory=list)

    def code(
        self, delivery: Delivery, *, phone_id: int, purpose: str, lifetime: timedelta, act: Act
    ) -> UUID:
        """Send a code."""
        return uuid4()

    def entered(self, letter: UUID, act: Act) -> None:
        """A code was used."""

    def withdraw(self, letter: UUID, act: Act) -> None:
        """A challenge is over."""

    def alert(self, alert: Alert, act: Act) -> None:
        """Tell a person."""
        self.alerts.append(alert)

    def mail(self, alert: Alert, *, to: str, language: str, act: Act) -> None:
        """Send a mail."""
        self.mails.append((alert, to, language))
