"""The kinds of factor that the settings offer, the best first.

Which of them the firm has is in `LoginHouse.factors`.
"""

from collections.abc import Iterator

from strongroom.gateways.portal.login_settings.kinds import (
    card,
    code_card,
    passkey,
    recovery,
    sms,
    totp,
)
from strongroom.gateways.portal.login_settings.kinds.page import KindPage
from strongroom.login.house import LoginHouse
from strongroom.rules import login_refusals

KINDS: tuple[KindPage, ...] = (
    passkey.PAGE,
    card.PAGE,
    totp.PAGE,
    sms.PAGE,
    code_card.PAGE,
    recovery.PAGE,
)


def offered(house: LoginHouse) -> Iterator[KindPage]:
    """Yield the kinds that the firm has."""
    return (page for page in KINDS if page.kind in house.factors)


def page_of(kind: str, house: LoginHouse) -> KindPage:
    """Return one of them by its stable value. Raises Refused (FACTOR-OFF)."""
    for page in offered(house):
        if page.kind == kind:
            return page
    raise login_refusals.FACTOR_OFF.because()
