"""Letters for the tests of senders."""

import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from strongroom.messages.ports import Outgoing
from strongroom.rules.secret import Secret

AT = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
CODE = "004217"

SMS = Outgoing(
    id=uuid.UUID(int=9),
    handle="unguessable-handle",
    address="+819012345678",
    language="en",
    subject="",
    text=Secret(f"Example Securities: {CODE} signs you in."),
    created_at=AT,
    expires_at=AT + timedelta(minutes=5),
)
MAIL = replace(SMS, address="marie@client.example", subject="確認番号: 123456", expires_at=None)


def to(address: str, text: str | None = None, letter: Outgoing = SMS) -> Outgoing:
    """Return the letter to another address, with another text."""
    return replace(letter, address=address, text=Secret(text) if text else letter.text)
