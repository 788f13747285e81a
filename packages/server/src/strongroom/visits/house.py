"""What every visit works with: the pipeline's parts, the spool for uploads and bounds."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from strongroom.documents.uploads import Spool, UploadRules
from strongroom.login.house import LoginHouse
from strongroom.statements.pipeline import Pipeline
from strongroom.visits.bridge import Bridge
from strongroom.visits.listings import Listings
from strongroom.visits.room import Room


@dataclass(frozen=True, slots=True)
class House:
    """One value for a gateway process; `now` is the clock, aware and in UTC.

    Without `login`, recipients whose policy asks for a person's code are refused.
    """

    pipeline: Pipeline
    spool: Spool
    uploads: UploadRules
    sessions_per_recipient: int
    allowed_signers: bytes
    now: Callable[[], datetime]
    bridge: Bridge
    room: Room = field(default_factory=Room)
    listings: Listings = field(default_factory=Listings)
    login: LoginHouse | None = None
