"""How a mail server is reached; the mails themselves are made in `sender`."""

from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from strongroom.rules.secret import Secret


class Protection(Enum):
    """STARTTLS and TLS are verified; none is for a server on the same machine."""

    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class SmtpSettings:
    """`sender` is the address mails come from; `ca_certificates` a file to trust instead."""

    host: str
    port: int
    sender: str
    firm: str
    protection: Protection = Protection.STARTTLS
    user: str = ""
    password: Secret = Secret("")
    ca_certificates: Path | None = None
    time_limit: float = 15.0
