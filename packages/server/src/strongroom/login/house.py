"""What the verbs of the login work with: one value, put together by the runtime."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from strongroom.login.models import FactorKind
from strongroom.login.ports import Factor, Herald, NumberCheck
from strongroom.login.sealing import Sealing


@dataclass(frozen=True, slots=True)
class LoginPolicy:
    """The firm's choices ([login] in the settings); the defaults are section 26's.

    `passwords` is `core` or `nist`. `residences_without_opt_out` are ISO 3166 codes (SLS-6).
    """

    passwords: str = "core"
    idle: timedelta = timedelta(minutes=15)
    absolute: timedelta = timedelta(hours=12)
    step_up: timedelta = timedelta(minutes=5)
    failures_most: int = 10
    failures_window: timedelta = timedelta(hours=24)
    factor_failures_most: int = 10
    trusted_browser: timedelta = timedelta(days=30)
    restriction_delay: timedelta = timedelta(0)
    restriction_roll_back: timedelta = timedelta(minutes=30)
    private_addresses: bool = False
    change_freeze: timedelta = timedelta(hours=72)
    factor_cool_down: timedelta = timedelta(hours=24)
    card_equity_usd: int = 500_000
    residences_without_opt_out: tuple[str, ...] = ("HK", "IN")
    countries: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LoginHouse:
    """One value for a process. `site` is the portal's origin, `draw` the source of chance."""

    firm: str
    support: str
    site: str
    factors: Mapping[FactorKind, Factor]
    herald: Herald
    sealing: Sealing
    draw: Callable[[int], bytes]
    policy: LoginPolicy = field(default_factory=LoginPolicy)
    number_check: NumberCheck | None = None
