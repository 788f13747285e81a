"""The product's clock: aware, in UTC. Everything below the runtime gets the time as an argument."""

from datetime import UTC, datetime


def now() -> datetime:
    """Return the present time."""
    return datetime.now(UTC)
