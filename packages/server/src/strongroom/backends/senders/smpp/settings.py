"""How an SMS centre is reached over SMPP 3.4; the conversation itself is in `link`."""

from dataclasses import dataclass, field
from pathlib import Path

from strongroom.rules.secret import Secret


@dataclass(frozen=True, slots=True)
class SmppSettings:
    """`origin` is the sender that a telephone shows: up to 11 letters, or digits.

    SMPP has no protection of its own: `is_protected` wraps it in TLS, verified.
    """

    host: str
    port: int
    system_id: str
    password: Secret = field(default_factory=lambda: Secret(""))
    system_type: str = ""
    origin: str = ""
    is_protected: bool = True
    ca_certificates: Path | None = None
    time_limit: float = 10.0
