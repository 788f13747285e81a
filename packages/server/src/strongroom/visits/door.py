"""The door: admits connections, judges keys, opens visits, and ends those that may not go on.

What a visit can do is in `visit`; protocols are the gateways' business.
"""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from strongroom.audit.act import Act
from strongroom.directory import access, gate, reads, second_factors, ssh_keys
from strongroom.login.connections import attempts, penalties, sessions
from strongroom.rules import networks, refusals
from strongroom.rules import penalties as scores
from strongroom.rules.login import Proof, most_telling
from strongroom.rules.login_causes import Cause
from strongroom.visits.entering import Asker, Entrance, Guest, Opened
from strongroom.visits.factor_desk import FactorDesk
from strongroom.visits.house import House
from strongroom.visits.offers import Offer, look_up
from strongroom.visits.ports import (
    Admission,
    Caller,
    KeyVerdict,
    OfferedKey,
    PersonNeeded,
    Visit,
)
from strongroom.visits.second_step import FactorStep

_MOST_REMEMBERED = 20_000
_MOST_OFFERS = 20
_LOG = logging.getLogger(__name__)
_HEARTBEAT = timedelta(seconds=30)
_LOOK_ANYWAY = timedelta(seconds=15)

_SCORED = {
    Cause.LOGIN_UNKNOWN: scores.Cause.UNKNOWN_LOGIN,
    Cause.LOGIN_DISABLED: scores.Cause.WRONG_KEY,
    Cause.KEY_UNKNOWN: scores.Cause.WRONG_KEY,
    Cause.KEY_FOREIGN: scores.Cause.WRONG_KEY,
    Cause.KEY_BURNT: scores.Cause.WRONG_KEY,
    Cause.ADDRESS_OF_ANOTHER: scores.Cause.WRONG_KEY,
    Cause.SIGNATURE: scores.Cause.WRONG_KEY,
    Cause.NO_KEY_OFFERED: scores.Cause.WRONG_METHOD,
    Cause.PROTOCOL: scores.Cause.PROTOCOL_NONSENSE,
    Cause.TOO_MANY_TRIES: scores.Cause.WRONG_KEY,
}


# What gateways say of a connection whose offers tell nothing.
_SAID = {
    "no key offered": Cause.NO_KEY_OFFERED,
    "signature wrong": Cause.SIGNATURE,
    "visit refused": Cause.TOO_MANY_SESSIONS,
    "no answer of a person": Cause.CODE_MISSING,
    "wrong answer of a person": Cause.CODE_WRONG,
    "nobody to answer": Cause.CODE_NOBODY,
    "too many tries": Cause.TOO_MANY_TRIES,
    "left before the login": Cause.NO_LOGIN_IN_TIME,
}


@dataclass(frozen=True, slots=True)
class _Recorded:
    """An attempt that is on record while its connection may still get in."""

    reference: str
    cause: Cause


class HouseDoor:
    """The Door of one gateway process, over the database that all processes share."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._offers: OrderedDict[str, list[Offer]] = OrderedDict()
        self._recorded: OrderedDict[str, _Recorded] = OrderedDict()
        self._entrance = Entrance(house, forgive=self._forgive, forget=self._forget)
        self._guests: dict[str, Guest] = {}
        self._ticks = -1
        self._looked_at: datetime | None = None
        self._beat_at: datetime | None = None

    async def admit(self, caller: Caller) -> Admission:
        """Welcome an address that is on any list; a stranger hears nothing at all (SFTP-5)."""
        verdict = await self._house.bridge.quick(self._judge_address, caller)
        match verdict:
            case scores.Delayed(seconds=seconds):
                await asyncio.sleep(seconds)
                return Admission.WELCOME
            case scores.Allowed():
                return Admission.WELCOME
            case _:
                return Admission.SILENCE

    def _judge_address(self, caller: Caller) -> scores.Verdict | None:
        act = self._act("gateway")
        candidates = networks.candidates(caller.address)
        address = gate.look_up_address(candidates)
        source = networks.source_key(caller.address)
        # Only a list that names the address makes a partner of it; `any` does not (ATK-35).
        verdict = penalties.judge(source, is_listed=address.is_named, act=act)
        if not address.is_listed or isinstance(verdict, scores.Shut):
            cause = Cause.SHUT_OUT if address.is_listed else Cause.ADDRESS_UNLISTED
            attempts.record_attempt(_refusal(caller, "", "", cause, ()), act)
            return None
        return verdict

    async def judge_key(self, caller: Caller, login: str, key: OfferedKey) -> KeyVerdict:
        """Judge an offered key and remember it for the record."""
        offer = await self._house.bridge.quick(self._look_up, caller, login, key)
        offers = self._offers.setdefault(caller.visit, [])
        if len(offers) < _MOST_OFFERS:
            offers.append(offer)
        _bound(self._offers)
        return KeyVerdict.OPENS if offer.cause is None else KeyVerdict.REFUSED

    def _look_up(self, caller: Caller, login: str, key: OfferedKey) -> Offer:
        now = self._house.now()
        offer = look_up(caller, login, key, now)
        if offer.cause is Cause.KEY_PENDING and offer.key is not None:
            ssh_keys.note_pending_offer(offer.key.id, now)
        recorded = self._recorded.get(caller.visit)
        if recorded is not None:
            attempts.add_offer(recorded.reference, _told(offer), offer.cause)
        return offer

    async def enter(
        self, caller: Caller, login: str, key: OfferedKey, client: str
    ) -> Visit | PersonNeeded:
        """Open the visit of exactly this key, or say that a person is needed as well.

        Raises Refused (LOGIN-REFUSED).
        """
        asker = Asker(caller, login, key, client)
        found = await self._house.bridge.quick(self._entrance.enter, asker, {Proof.KEY})
        if isinstance(found, Opened):
            return self._welcome(caller, found)
        desk = FactorDesk(self._house, asker, found)
        return PersonNeeded(FactorStep(desk, self._house.bridge, partial(self._let_in, asker)))

    async def _let_in(self, asker: Asker, person: int) -> Visit:
        """Open the visit after that user's factor was proved too. Raises Refused."""
        both = {Proof.KEY, Proof.FACTOR}
        found = await self._house.bridge.quick(self._entrance.enter, asker, both, person)
        if not isinstance(found, Opened):
            # Between key and code the recipient was given to another person.
            raise refusals.LOGIN_REFUSED.because(cause=Cause.CODE_NOBODY)
        return self._welcome(asker.caller, found)

    def _welcome(self, caller: Caller, opened: Opened) -> Visit:
        self._offers.pop(caller.visit, None)
        self._recorded.pop(caller.visit, None)
        self._guests[caller.visit] = opened.guest
        return opened.visit

    def _forgive(self, caller: Caller, act: Act) -> None:
        """A client with several keys got in after all: what it tried first was no attempt (W3)."""
        recorded = self._recorded.get(caller.visit)
        if recorded is None:
            return
        attempts.withdraw(recorded.reference)
        if recorded.cause in _SCORED:
            source = networks.source_key(caller.address)
            penalties.forgive(source, _SCORED[recorded.cause], act)

    async def turned_away(self, caller: Caller, login: str, client: str, cause: str) -> str:
        """Put a refused connection on record, with everything it offered."""
        offers = self._offers.pop(caller.visit, [])
        found = _cause(cause, offers)
        refusal = _refusal(caller, login, client, found, offers)
        reference = await self._house.bridge.quick(self._turn_away, caller, refusal)
        self._recorded[caller.visit] = _Recorded(reference, found)
        _bound(self._recorded)
        return reference

    def _turn_away(self, caller: Caller, refusal: attempts.Refusal) -> str:
        act = self._act("gateway")
        if refusal.cause in _SCORED:
            penalties.punish(networks.source_key(caller.address), _SCORED[refusal.cause], act)
        return attempts.record_attempt(refusal, act)

    def refused(self, caller: Caller, what: str) -> None:
        """Log that a recipient asked for something that is no part of file delivery."""
        _LOG.warning("visit %s from %s asked for %s", caller.visit, caller.address, what)

    async def cut_off(self, visits: Sequence[str]) -> Sequence[str]:
        """Name the visits that lost their right, and say of the others that they are alive."""
        self._forget_the_lost(set(visits))
        return await self._house.bridge.quick(self._cut_off, dict(self._guests))

    def _forget_the_lost(self, visits: set[str]) -> None:
        """Drop guests that never took leave; one who enters now may not be named yet."""
        soon = self._house.now() - _HEARTBEAT
        for visit, guest in list(self._guests.items()):
            if visit not in visits and guest.entered_at < soon:
                del self._guests[visit]

    def _cut_off(self, guests: dict[str, Guest]) -> Sequence[str]:
        now = self._house.now()
        if self._beat_at is None or abs(now - self._beat_at) >= _HEARTBEAT:
            sessions.see_alive(list(guests), now)
            self._beat_at = now
        ticks = access.ticks()
        looked = self._looked_at is not None and abs(now - self._looked_at) < _LOOK_ANYWAY
        if ticks == self._ticks and looked:
            return ()
        rows = [(visit, g.recipient_id, g.fingerprint) for visit, g in guests.items()]
        good = reads.still_open(rows, now)
        recipients = {g.recipient_id for g in guests.values()}
        lists = reads.lists_of(recipients)
        persons = second_factors.persons_of(recipients)
        ended = [
            visit
            for visit, guest in guests.items()
            if visit not in good
            or persons.get(guest.recipient_id) not in {None, guest.person}
            or lists.get(guest.recipient_id, frozenset()).isdisjoint(guest.candidates)
        ]
        self._ticks, self._looked_at = ticks, now
        return ended

    def _forget(self, visit: str) -> None:
        self._guests.pop(visit, None)

    def _act(self, actor: str) -> Act:
        return Act(actor, self._house.now())


def _cause(said: str, offers: Sequence[Offer]) -> Cause:
    """Weigh what the offers tell and what the gateway saw; its word counts when none does."""
    seen = _SAID.get(said, Cause.PROTOCOL)
    causes = [offer.cause for offer in offers if offer.cause is not None]
    return most_telling([*causes, seen]) or seen


def _refusal(
    caller: Caller, login: str, client: str, cause: Cause, offers: Sequence[Offer]
) -> attempts.Refusal:
    return attempts.Refusal(
        gateway=caller.gateway,
        login=login,
        address=str(caller.address),
        client=client,
        cause=cause,
        offers=tuple(_told(offer) for offer in offers),
    )


def _told(offer: Offer) -> dict[str, str]:
    return {
        "fingerprint": offer.fingerprint,
        "algorithm": offer.algorithm,
        "cause": str(offer.cause or ""),
    }


def _bound(remembered: OrderedDict[str, Any]) -> None:
    """Forget the oldest connections; only those that never came to an end are left that long."""
    while len(remembered) > _MOST_REMEMBERED:
        remembered.popitem(last=False)
