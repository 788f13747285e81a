"""When a user was here before: what is newer than that is new to the user.

Sessions are opened and ended in `web_sessions`.
"""

from dataclasses import dataclass
from datetime import datetime

from strongroom.login.models import WebSession


@dataclass(frozen=True, slots=True)
class Visit:
    """An earlier session: when it began and was seen last, and from where."""

    opened_at: datetime
    seen_at: datetime
    address: str


def last_visit(session: WebSession) -> Visit | None:
    """Return the user's visit before this session; None if this is the first."""
    earlier = WebSession.objects.filter(user_id=session.user_id, opened_at__lt=session.opened_at)
    newest = earlier.order_by("-opened_at").first()
    return Visit(newest.opened_at, newest.seen_at, newest.address) if newest else None
