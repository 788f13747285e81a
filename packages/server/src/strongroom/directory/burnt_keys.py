"""The burnt list: fingerprints that can never be enrolled again, by anyone (KEY-7, ATK-38)."""

from datetime import datetime

from strongroom.directory.models import BurntKey
from strongroom.rules import refusals


def burn(fingerprint: str, *, reason: str, at: datetime) -> None:
    """Put a fingerprint on the list for ever. Safe to repeat."""
    BurntKey.objects.get_or_create(
        fingerprint=fingerprint, defaults={"burnt_at": at, "reason": reason[:100]}
    )


def is_burnt(fingerprint: str) -> bool:
    """Whether the fingerprint is on the list."""
    return BurntKey.objects.filter(fingerprint=fingerprint).exists()


def refuse_burnt(fingerprint: str) -> None:
    """Raise Refused (KEY-BURNT) when the fingerprint is on the list."""
    if is_burnt(fingerprint):
        raise refusals.KEY_BURNT.because(fingerprint=fingerprint)
