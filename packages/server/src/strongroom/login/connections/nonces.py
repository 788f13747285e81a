"""Verbs on the nonces of signed requests: each is taken once while its time could still fit."""

from datetime import timedelta

from django.db import IntegrityError, transaction
from strongroom_formats.signed_request import CLOCK_SECONDS

from strongroom.audit.act import Act
from strongroom.login.models import Nonce
from strongroom.rules import refusals

_KEEP = timedelta(seconds=3 * CLOCK_SECONDS)


def take_nonce(login: str, nonce: str, act: Act) -> None:
    """Write a nonce down. Raises Refused (REQUEST-REPEATED) when it is there already."""
    try:
        with transaction.atomic():
            Nonce.objects.create(login=login, nonce=nonce, at=act.at)
    except IntegrityError:
        raise refusals.REQUEST_REPEATED.because() from None


def forget_old_nonces(act: Act) -> int:
    """Remove the nonces of requests that would be too old by now; returns how many."""
    count, _ = Nonce.objects.filter(at__lt=act.at - _KEEP).delete()
    return count
