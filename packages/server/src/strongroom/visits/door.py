"""The door: admits connections, judges keys, opens visits, and ends those that may not go on.

What a visit can do is in `visit`; protocols are the gateways' business.
"""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from strongroom_formats.one_line import clean_text

from strongroom.audit.act import Act
from strongroom.directory import access, gate, reads, ssh_keys
from strongroom.login import attempts, penalties, sessions
from strongroom.messages import key_desk
from strongroom.rules import networks, refusals
from strongroom.rules import penalties as scores
from strongroom.rules.login import most_telling
from strongroom.rules.login_causes import Cause
from strongroom.visits.house import House
from strongroom.visits.offers import Offer, look_up
from strongroom.visits.ports import Admission, Caller, KeyVerdict, OfferedKey, Visit
from strongroom.visits.visit import RecipientVisit

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
    "too many tries": Cause.TOO_MANY_TRIES,
    "left before the login": Cause.NO_LOGIN_IN_TIME,
}


@dataclass(frozen=True, slots=True)
class _Recorded:
    """An attempt that is on record while its connection may still get in."""

    reference: str
    cause: Cause


@dataclass(frozen=True, slots=True)
class _Guest:
    """What a visit's right to go on depends on."""

    recipient_id: int
    fingerprint: str
    candidates: tuple[str, ...]
    entered_at: datetime


class HouseDoor:
    """The Door of one gateway process, over the database that all processes share."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._offers: OrderedDict[str, list[Offer]] = OrderedDict()
        self._recorded: OrderedDict[str, _Recorded] = OrderedDict()
        self._guests: dict[str, _Guest] = {}
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

    async def enter(self, caller: Caller, login: str, key: OfferedKey, client: str) -> Visit:
        """Open the visit of exactly this key. Raises Refused (LOGIN-REFUSED)."""
        visit, guest = await self._house.bridge.quick(self._enter, caller, login, key, client)
        self._offers.pop(caller.visit, None)
        self._recorded.pop(caller.visit, None)
        self._guests[caller.visit] = guest
        return visit

    def _enter(
        self, caller: Caller, login: str, key: OfferedKey, client: str
    ) -> tuple[RecipientVisit, _Guest]:
        act = self._act(f"recipient:{login}")
        offer = look_up(caller, login, key, act.at)
        if offer.cause is not None or offer.recipient is None or offer.key is None:
            raise refusals.LOGIN_REFUSED.because(cause=offer.cause)
        recipient = offer.recipient
        opening = sessions.Opening(
            visit=caller.visit,
            recipient_id=recipient.id,
            login=recipient.login,
            key_fingerprint=offer.fingerprint,
            gateway=caller.gateway,
            address=str(caller.address),
            client=clean_text(client, 100),
        )
        sessions.open_session(opening, act, most=self._house.sessions_per_recipient)
        try:
            self._forgive(caller, act)
            key_desk.note_use(
                offer.key, login=recipient.login, address=str(caller.address), act=act
            )
        except Exception:
            # No visit comes of it, so nobody else would close the session.
            sessions.close_session(caller.visit, "failed to open", act)
            raise
        candidates = networks.candidates(caller.address)
        guest = _Guest(recipient.id, offer.fingerprint, candidates, act.at)
        return RecipientVisit(self._house, opening, act.at, self._forget), guest

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

    def _cut_off(self, guests: dict[str, _Guest]) -> Sequence[str]:
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
        lists = reads.lists_of({g.recipient_id for g in guests.values()})
        ended = [
            visit
            for visit, guest in guests.items()
            if visit not in good
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
