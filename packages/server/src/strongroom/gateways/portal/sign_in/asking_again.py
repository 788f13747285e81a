"""Remembers which factor was asked last, so that an expired code can be followed by a new one.

What a challenge is, and whether it holds, is the login's to know.
"""

from uuid import UUID

from django.http import HttpRequest

from strongroom.login.models import FactorKind

ALWAYS_NEW = (FactorKind.CARD, FactorKind.CODE_CARD, FactorKind.PASSKEY)
"""After a wrong answer these are asked something else (E-LOGIN-2); sent codes keep their tries."""

_NAME = "last_factor"


def remember(request: HttpRequest, kind: FactorKind, enrolment_id: UUID) -> None:
    """Remember a factor for this browser."""
    request.session[_NAME] = f"{kind.value}:{enrolment_id}"


def last(request: HttpRequest) -> str:
    """Return the factor asked last, as the drop-down writes it, or ''."""
    return str(request.session.get(_NAME, ""))
