"""Verbs on refused attempts: each is on record with its cause, in bounded room.

Equal attempts within an hour are counted on one row; the words for a support desk are in
`rules.login_causes`.
"""

import secrets
from dataclasses import dataclass, replace
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.db.models import F
from strongroom_formats.one_line import clean_text

from strongroom.audit.act import Act
from strongroom.login.models import Attempt
from strongroom.rules.login import most_telling
from strongroom.rules.login_causes import Cause

_AGAIN = timedelta(hours=1)
_KEEP = timedelta(days=100)
# Without the letters and digits that are misheard or misread on the telephone.
_LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
_MOST_OFFERS = 20

MOST_AN_HOUR = 5000
"""Rows of one hour; beyond them attempts are only counted, one row for each cause."""

MANY = "many"
"""Stands for the addresses and logins of attempts that are only counted."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A connection that did not get in: all of it is hostile text until it is cleaned here."""

    gateway: str
    login: str
    address: str
    client: str
    cause: Cause
    offers: tuple[dict[str, str], ...]


def record_attempt(refusal: Refusal, act: Act) -> str:
    """Put a refused connection on record; returns its reference such as `7F3K-22`."""
    same = _same(refusal, act)
    if same is None and _are_many(act):
        refusal = replace(refusal, address=MANY, login=MANY)
        same = _same(refusal, act)
    if same is not None:
        Attempt.objects.filter(id=same.pk).update(
            count=F("count") + 1, last_at=act.at, offers=_clean(refusal.offers)
        )
        return same.reference
    return _new_attempt(refusal, act)


def _same(refusal: Refusal, act: Act) -> Attempt | None:
    return Attempt.objects.filter(
        address=refusal.address,
        login=clean_text(refusal.login, 64),
        cause=refusal.cause,
        last_at__gt=act.at - _AGAIN,
    ).first()


def _are_many(act: Act) -> bool:
    """Whether a flood from ever new addresses, or of ever new names, goes on (ATK-35)."""
    return Attempt.objects.filter(last_at__gt=act.at - _AGAIN).count() >= MOST_AN_HOUR


def add_offer(reference: str, offer: dict[str, str], cause: Cause | None) -> None:
    """A connection on record offered one more key; show the cause that tells most."""
    with transaction.atomic():
        row = Attempt.objects.select_for_update().filter(reference=reference).first()
        if row is None or len(row.offers) >= _MOST_OFFERS:
            return
        telling = most_telling([Cause(row.cause), *([cause] if cause else [])])
        Attempt.objects.filter(id=row.pk).update(
            offers=[*row.offers, *_clean((offer,))], cause=telling or row.cause
        )


def withdraw(reference: str) -> None:
    """The connection got in after all: it was no refused attempt."""
    if not Attempt.objects.filter(reference=reference, count=1).delete()[0]:
        Attempt.objects.filter(reference=reference).update(count=F("count") - 1)


def _new_attempt(refusal: Refusal, act: Act) -> str:
    while True:
        reference = _reference()
        try:
            with transaction.atomic():
                Attempt.objects.create(
                    reference=reference,
                    at=act.at,
                    last_at=act.at,
                    gateway=refusal.gateway,
                    login=clean_text(refusal.login, 64),
                    address=refusal.address,
                    client=clean_text(refusal.client, 100),
                    cause=refusal.cause,
                    offers=_clean(refusal.offers),
                )
        except IntegrityError:  # the reference is taken: draw another
            continue
        return reference


def _clean(offers: tuple[dict[str, str], ...]) -> list[dict[str, str]]:
    return [
        {key: clean_text(text, 100) for key, text in offer.items()}
        for offer in offers[:_MOST_OFFERS]
    ]


def _reference() -> str:
    drawn = "".join(secrets.choice(_LETTERS) for _ in range(6))
    return f"{drawn[:4]}-{drawn[4:]}"


def forget_old_attempts(act: Act) -> int:
    """Remove attempts older than 100 days; returns how many."""
    count, _ = Attempt.objects.filter(last_at__lt=act.at - _KEEP).delete()
    return count
