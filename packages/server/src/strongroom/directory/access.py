"""The access clock: it moves on whenever who may enter, with what or from where has changed.

Gateways compare it each second and look again at their open visits only when it moved (ATK-34).
"""

from django.db.models import F

from strongroom.directory.models import AccessClock


def tick() -> None:
    """Move the clock on, inside the transaction of the change."""
    if not AccessClock.objects.filter(id=1).update(ticks=F("ticks") + 1):
        AccessClock.objects.get_or_create(id=1, defaults={"ticks": 1})


def ticks() -> int:
    """Return where the clock stands."""
    return AccessClock.objects.filter(id=1).values_list("ticks", flat=True).first() or 0
