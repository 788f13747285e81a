"""A house with its door for the tests of visits, and callers who come to it."""

import base64
import uuid
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import ip_address
from typing import Any, TypeVar

from cryptography.hazmat.primitives.asymmetric import ed25519
from strongroom.directory.models import SshKey
from strongroom.documents.uploads import Spool, UploadRules
from strongroom.messages import key_desk
from strongroom.visits.bridge import Bridge
from strongroom.visits.door import HouseDoor
from strongroom.visits.house import House
from strongroom.visits.ports import Caller, OfferedKey
from strongroom.visits.visit import RecipientVisit

from tests.unit.directory.keys import PrivateKey, fresh_key, public_line
from tests.unit.statements.firm import RULES, Firm

HERE = "198.51.100.7"
Answer = TypeVar("Answer")


class SameThread(Bridge):
    """The bridge without threads, so that a test's own transaction sees everything."""

    async def quick(self, call: Callable[..., Any], /, *args: Any, **named: Any) -> Any:
        return call(*args, **named)

    heavy = quick


@dataclass
class Place:
    """A firm, its house and its door."""

    firm: Firm
    house: House
    door: HouseDoor

    def run(self, work: Coroutine[Any, Any, Answer]) -> Answer:
        """Await one thing that never really waits; Django wants no event loop in this thread."""
        try:
            work.send(None)
        except StopIteration as done:
            return done.value
        raise AssertionError("it waits for something")

    def key(self, login: str = "fund", state: str = "active") -> ed25519.Ed25519PrivateKey:
        """A fresh key, enrolled for the login in this state."""
        pair = fresh_key()
        row, _ = key_desk.submit_ssh_key(
            login, public_line(pair), file_name="", rules=RULES, act=self.firm.act()
        )
        SshKey.objects.filter(id=row.pk).update(state=state)
        return pair

    def visit(self, login: str = "fund", address: str = HERE) -> RecipientVisit:
        """Let a recipient in with a fresh key."""
        pair = self.key(login)
        found = self.run(self.door.enter(caller(address), login, offered(pair), "SSH-2.0-test"))
        assert isinstance(found, RecipientVisit)
        return found


def caller(address: str = HERE) -> Caller:
    """Somebody who connects."""
    return Caller(str(uuid.uuid4()), ip_address(address), 40000, "sftp")


def offered(pair: PrivateKey, algorithm: str = "") -> OfferedKey:
    """A pair's public half as it is offered on the wire."""
    kind, blob = public_line(pair).split()[:2]
    return OfferedKey(base64.b64decode(blob), algorithm or kind.decode())


def make_place(firm: Firm, *, bridge: Bridge | None = None, **rules: int) -> Place:
    """Build the house over the firm's pipeline."""
    given = {"quota_bytes": 1000, "largest_bytes": 600, "files": 5} | rules
    uploads = UploadRules(**given, keep_parts=timedelta(days=7))
    house = House(
        pipeline=firm.pipeline,
        spool=Spool(firm.pipeline.folders.spool / "uploads", firm.pipeline.storage),
        uploads=uploads,
        sessions_per_recipient=3,
        allowed_signers=b"firm ssh-ed25519 AAAA\n",
        now=firm.clock.now,
        bridge=bridge or SameThread(quick=1, heavy=1),
    )
    return Place(firm, house, HouseDoor(house))
