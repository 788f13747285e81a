"""Who does something, and when: what every verb is told."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Act:
    """`operator:NAME`, `recipient:LOGIN`, `gateway` or `worker`, at an aware moment in UTC."""

    actor: str
    at: datetime
