"""What the portal's pages work with: one value, put together by the runtime."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from strongroom.gateways.portal.demonstration.ports import Pockets
from strongroom.login.house import LoginHouse
from strongroom.messages.providers import Providers
from strongroom.rules.code_cards import CodeCardFace
from strongroom.rules.file_names import TEMPLATE
from strongroom.rules.networks import Network
from strongroom.rules.secret import Secret
from strongroom.statements.ports import Storage


@dataclass(frozen=True, slots=True)
class PortalHouse:
    """One value for a web process. `login.site` is the origin; `now` is aware and in UTC.

    `allowed_signers` is the firm's line to verify receipts with. `gives_clear_files` is the firm's
    choice: whether the portal hands out clear files of accounts that get only encrypted ones.
    `print_code_card` makes a PDF. `names` is the template of file names (RPT-17).
    `sign_on_key` is a P-256 key as PEM; without one no other system can use this login.
    """

    firm: str
    support: str
    time_zone: str
    login: LoginHouse
    storage: Storage
    trusted_proxies: tuple[Network, ...]
    now: Callable[[], datetime]
    print_code_card: Callable[[CodeCardFace], bytes]
    is_demonstration: bool = False
    allowed_signers: str = ""
    gives_clear_files: bool = True
    names: str = TEMPLATE
    providers: Providers = field(default_factory=Providers)
    pockets: Pockets | None = None
    sign_on_key: Secret | None = None
