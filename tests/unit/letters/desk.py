"""A desk for the tests of letters: herald, mailroom and a sender that remembers, on one clock."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from strongroom.audit.act import Act
from strongroom.directory.models import PhoneNumber, User
from strongroom.login.ports import Delivery
from strongroom.login.sealing import Sealing
from strongroom.messages.calls import CallDesk
from strongroom.messages.herald import OutboxHerald
from strongroom.messages.letter_sending import Mailroom, send_letters
from strongroom.messages.letter_texts.rendering import House
from strongroom.messages.models import Channel
from strongroom.messages.ports import Outgoing, Report
from strongroom.rules.alerts import CodePurpose
from strongroom.rules.secret import Secret
from strongroom.rules.sms_budgets import SmsBudgets

from tests.conftest import StillClock

CODE = "004217"


@dataclass
class Remembering:
    """A sender that remembers what it was given, and raises what `trouble` holds."""

    name: str = "remembering"
    taken: list[Outgoing] = field(default_factory=list)
    trouble: list[Exception] = field(default_factory=list)
    waiting_reports: list[Report] = field(default_factory=list)

    def send(self, outgoing: Outgoing) -> str:
        if self.trouble:
            raise self.trouble.pop(0)
        self.taken.append(outgoing)
        return f"handle-{len(self.taken)}"

    def reports(self) -> Sequence[Report]:
        found, self.waiting_reports = self.waiting_reports, []
        return found


class Desk:
    """Posts and sends; everything is open to the test."""

    def __init__(self, clock: StillClock) -> None:
        self.clock = clock
        self.sealing = Sealing(b"k" * 32)
        self.herald = OutboxHerald(self.sealing, SmsBudgets())
        self.sender = Remembering()
        house = House("Example Securities", "desk@firm.example", "portal.firm.example")
        self.calls = CallDesk(self.sealing, house)
        self.room = Mailroom(dict.fromkeys(Channel, self.sender), self.sealing, house)

    def act(self, actor: str = "portal") -> Act:
        return Act(actor, self.clock.now())

    def round(self) -> int:
        return send_letters(self.room, self.act("worker"))

    def code(
        self,
        phone: PhoneNumber | None = None,
        *,
        channel: str = "sms",
        purpose: CodePurpose = CodePurpose.SIGN_IN,
    ) -> UUID:
        return self.herald.code(
            Delivery(channel, Secret(CODE)),
            phone_id=(phone or self.person()).id,
            purpose=purpose,
            lifetime=timedelta(minutes=5),
            act=self.act(),
        )

    def person(
        self,
        name: str = "marie123",
        *,
        number: str = "+819012345678",
        country: str = "JP",
        language: str = "en",
        is_verified: bool = True,
    ) -> PhoneNumber:
        user, _ = User.objects.get_or_create(
            name=name,
            defaults={
                "full_name": "Marie Tanaka",
                "email": f"{name}@client.example",
                "language": language,
                "created_at": self.clock.now(),
            },
        )
        return PhoneNumber.objects.create(
            user=user,
            number=number,
            country=country,
            kind="mobile",
            added_at=self.clock.now(),
            verified_at=self.clock.now() if is_verified else None,
        )
