"""How a proved key becomes a visit, or the question for a person's factor.

Who may be heard, and what is put on record of those who fail, is the door's.
"""

from collections.abc import Callable, Set
from dataclasses import dataclass
from datetime import datetime

from strongroom_formats.one_line import clean_text

from strongroom.audit.act import Act
from strongroom.login.connections import sessions
from strongroom.messages import key_desk
from strongroom.rules import networks, refusals
from strongroom.rules.login import Ask, Grant, Proof, judge, policy_of
from strongroom.rules.login_causes import Cause
from strongroom.visits.house import House
from strongroom.visits.offers import Offer, look_up
from strongroom.visits.ports import Caller, OfferedKey
from strongroom.visits.visit import RecipientVisit


@dataclass(frozen=True, slots=True)
class Asker:
    """Who wants to enter: a caller who signed with this key."""

    caller: Caller
    login: str
    key: OfferedKey
    client: str


@dataclass(frozen=True, slots=True)
class Guest:
    """What a visit's right to go on depends on; `person` is the user whose factor was proved."""

    recipient_id: int
    fingerprint: str
    candidates: tuple[str, ...]
    entered_at: datetime
    person: int | None


@dataclass(frozen=True, slots=True)
class Opened:
    """A visit, and what it depends on."""

    visit: RecipientVisit
    guest: Guest


class Entrance:
    """Opens visits. `forgive` and `forget` are the door's memory of callers and guests."""

    def __init__(
        self,
        house: House,
        *,
        forgive: Callable[[Caller, Act], None],
        forget: Callable[[str], None],
    ) -> None:
        self._house = house
        self._forgive = forgive
        self._forget = forget

    def enter(self, asker: Asker, proofs: Set[Proof], person: int | None = None) -> Opened | int:
        """Judge again, and open the visit; or return the user whose factor is asked for.

        `person` is the user whose factor is among the proofs. Raises Refused (LOGIN-REFUSED).
        """
        act = Act(f"recipient:{asker.login}", self._house.now())
        offer = look_up(asker.caller, asker.login, asker.key, act.at)
        if offer.cause is not None or offer.recipient is None:
            raise refusals.LOGIN_REFUSED.because(cause=offer.cause)
        wanted = offer.recipient.person
        # Another user's factor proves nothing here.
        counted = proofs if wanted == person else proofs - {Proof.FACTOR}
        match judge(policy_of(asks_person=wanted is not None), counted):
            case Grant():
                return self._open(asker, offer, act)
            case Ask(Proof.FACTOR) if wanted is not None:
                return wanted
            case _:
                raise refusals.LOGIN_REFUSED.because(cause=Cause.CODE_NOBODY)

    def _open(self, asker: Asker, offer: Offer, act: Act) -> Opened:
        caller, address = asker.caller, str(asker.caller.address)
        recipient, key = offer.recipient, offer.key
        assert recipient is not None
        assert key is not None
        opening = sessions.Opening(
            visit=caller.visit,
            recipient_id=recipient.id,
            login=recipient.login,
            key_fingerprint=offer.fingerprint,
            gateway=caller.gateway,
            address=address,
            client=clean_text(asker.client, 100),
        )
        sessions.open_session(opening, act, most=self._house.sessions_per_recipient)
        try:
            self._forgive(caller, act)
            key_desk.note_use(key, login=recipient.login, address=address, act=act)
        except Exception:
            # No visit comes of it, so nobody else would close the session.
            sessions.close_session(caller.visit, "failed to open", act)
            raise
        candidates = networks.candidates(caller.address)
        guest = Guest(recipient.id, offer.fingerprint, candidates, act.at, recipient.person)
        return Opened(RecipientVisit(self._house, opening, act.at, self._forget), guest)
