"""When a person who has SMS alone is asked for something stronger (SLS-4).

What the person has, and where the question is shown, is not decided here.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

from strongroom.rules.assurance import Assurance, level_of

_LOGINS = 3
_AFTER = timedelta(days=30)


def is_due(
    kinds: Collection[str], logins: int, *, first_at: datetime | None, now: datetime
) -> bool:
    """Whether to ask: after the third login, or a month after the first one."""
    if any(level_of(kind) > Assurance.SMS for kind in kinds):
        return False
    return logins >= _LOGINS or (first_at is not None and now - first_at >= _AFTER)
