"""A portal for tests: the house with real factors and a herald that keeps what it was given."""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.test import Client
from strongroom.audit.act import Act
from strongroom.backends.factors.card.factor import CardFactor
from strongroom.backends.factors.code_card.factor import CodeCardFactor
from strongroom.backends.factors.passkey.factor import PasskeyFactor
from strongroom.backends.factors.recovery.factor import RecoveryFactor
from strongroom.backends.factors.sms.factor import SmsFactor
from strongroom.backends.factors.temporary.factor import TemporaryFactor
from strongroom.backends.factors.totp.factor import TotpFactor
from strongroom.backends.factors.voice.factor import VoiceFactor
from strongroom.backends.papers.code_card import code_card_pdf
from strongroom.login.house import LoginHouse
from strongroom.login.ports import Alert, Delivery
from strongroom.login.sealing import Sealing
from strongroom.rules.networks import Network

SITE = "https://portal.example.test"
HOST = "portal.example.test"
HERE = "198.51.100.7"


@dataclass
class KeepingHerald:
    """A herald that sends nothing and remembers all."""

    codes: list[tuple[UUID, Delivery, str]] = field(default_factory=list)
    alerts: list[Alert] = field(default_factory=list)
    mails: list[tuple[str, Alert]] = field(default_factory=list)
    used: list[UUID] = field(default_factory=list)
    withdrawn: list[UUID] = field(default_factory=list)

    def code(
        self, delivery: Delivery, *, phone_id: int, purpose: str, lifetime: timedelta, act: Act
    ) -> UUID:
        """Remember a code."""
        letter = uuid4()
        self.codes.append((letter, delivery, purpose))
        return letter

    def entered(self, letter: UUID, act: Act) -> None:
        """Remember that a code was used."""
        self.used.append(letter)

    def withdraw(self, letter: UUID, act: Act) -> None:
        """Remember that a code was held back."""
        self.withdrawn.append(letter)

    def alert(self, alert: Alert, act: Act) -> None:
        """Remember an alert."""
        self.alerts.append(alert)

    def mail(self, alert: Alert, *, to: str, language: str, act: Act) -> None:
        """Remember a mail, also one to nobody."""
        self.mails.append((to, alert))

    @property
    def last_code(self) -> str:
        """The digits of the newest code."""
        return self.codes[-1][1].code.reveal()


class PortalClient(Client):
    """Django's test client as a browser of our own pages: over TLS, at the portal's host."""

    def __init__(self, house: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.house = house

    def generic(self, method: str, path: str, *args: Any, **extra: Any) -> Any:
        """Send a request with what a browser sends."""
        own = {
            "strongroom.portal": self.house,
            "SERVER_NAME": HOST,
            "REMOTE_ADDR": HERE,
            "HTTP_HOST": HOST,
            "HTTP_USER_AGENT": "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0",
            "HTTP_SEC_FETCH_SITE": "same-origin",
            "HTTP_ORIGIN": SITE,
        }
        extra["secure"] = True
        return super().generic(method, path, *args, **{**own, **extra})


def every_factor() -> dict[str, Any]:
    """The factors as the product has them."""
    kinds = (
        SmsFactor,
        VoiceFactor,
        CardFactor,
        CodeCardFactor,
        TemporaryFactor,
        PasskeyFactor,
        TotpFactor,
        RecoveryFactor,
    )
    return {kind().traits.kind: kind() for kind in kinds}


def make_house(
    now: Callable[[], datetime],
    *,
    storage: Any = None,
    factors: Any = None,
    trusted_proxies: tuple[Network, ...] = (),
) -> Any:
    """Build a house with every factor that there is."""
    from strongroom.gateways.portal.house import PortalHouse

    login = LoginHouse(
        firm="Example Securities",
        support="+1 555 0100",
        site=SITE,
        factors=every_factor() if factors is None else factors,
        herald=KeepingHerald(),
        sealing=Sealing(b"k" * 32),
        draw=os.urandom,
    )
    return PortalHouse(
        firm="Example Securities",
        support="+1 555 0100",
        time_zone="UTC",
        login=login,
        storage=storage,
        trusted_proxies=trusted_proxies,
        now=now,
        print_code_card=code_card_pdf,
    )
