"""Browsers that a user trusts: known by a cookie whose value changes with every login.

An old value that comes back betrays a thief, and ends the browser's trust (LATK-28). Trust never
replaces a factor: it keeps lock-outs apart (LATK-13) and spares alerts about new browsers.
"""

import base64
import hmac
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from strongroom.audit.act import Act
from strongroom.audit.record import record
from strongroom.directory.models import User
from strongroom.login import history, standings
from strongroom.login.contact import mail_tokens
from strongroom.login.history import EventKind
from strongroom.login.house import LoginHouse
from strongroom.login.models import TrustedBrowser, WebSession
from strongroom.login.ports import Alert
from strongroom.login.visitor import Visitor
from strongroom.rules.alerts import AlertKind

GRACE = timedelta(seconds=10)
"""How long the value before the newest is taken: two tabs answered at once have both."""

_SERIES_BYTES = 18
_SECRET_BYTES = 32
_LONGEST = 100


def trust(user: User, visitor: Visitor, house: LoginHouse, act: Act) -> tuple[str, UUID]:
    """Trust the visitor's browser from now on; returns its cookie's value and its id."""
    series, secret = _drawn(house, _SERIES_BYTES), _drawn(house, _SECRET_BYTES)
    with transaction.atomic():
        row = TrustedBrowser.objects.create(
            user=user,
            series_sha256=_digest(series),
            secret_sha256=_digest(secret),
            rotated_at=act.at,
            label=visitor.shown_browser,
            address=visitor.address,
            created_at=act.at,
            expires_at=act.at + house.policy.trusted_browser,
        )
        history.write(user, EventKind.BROWSER_TRUSTED, visitor, act)
        facts = {"address": visitor.address, "browser": visitor.shown_browser}
        link = mail_tokens.not_me(user, house, act)
        house.herald.alert(Alert(AlertKind.BROWSER_TRUSTED, user.pk, facts, link), act)
        record(act, "browser.trusted", f"user:{user.name}")
    return f"{series}.{secret}", row.pk


def recognise(visitor: Visitor, house: LoginHouse, act: Act) -> TrustedBrowser | None:
    """Return the trusted browser that the visitor's cookie stands for, None for any other.

    An old value ends the trust, and whatever was signed in with it; its user is told.
    """
    series, _, secret = visitor.trusted[:_LONGEST].partition(".")
    rows = TrustedBrowser.objects.filter(
        series_sha256=_digest(series), ended_at=None, expires_at__gt=act.at
    )
    found = rows.select_related("user").first()
    if found is None:
        return None
    given = _digest(secret)
    if hmac.compare_digest(given, found.secret_sha256):
        return found
    is_late = act.at - found.rotated_at <= GRACE
    if is_late and hmac.compare_digest(given, found.previous_sha256):
        return found
    _end_stolen(found, visitor, house, act)
    return None


def renew(browser: TrustedBrowser, visitor: Visitor, house: LoginHouse, act: Act) -> str | None:
    """Change the value of a recognised browser's cookie; returns the new one.

    None when another tab's login just changed it: that one's value stands.
    """
    series, _, given = visitor.trusted[:_LONGEST].partition(".")
    secret = _drawn(house, _SECRET_BYTES)
    same = TrustedBrowser.objects.filter(pk=browser.pk, secret_sha256=_digest(given), ended_at=None)
    changed = same.update(
        secret_sha256=_digest(secret), previous_sha256=_digest(given), rotated_at=act.at
    )
    return f"{series}.{secret}" if changed else None


def listed(user: User, now: datetime) -> tuple[TrustedBrowser, ...]:
    """Return the browsers that a user trusts, the newest first."""
    rows = _live(user).filter(expires_at__gt=now)
    return tuple(rows.order_by("-created_at"))


def end(user: User, browser_id: UUID, reason: str, act: Act) -> None:
    """Trust one of the user's browsers no more. Safe to repeat."""
    with transaction.atomic():
        standings.hold(user)
        if _live(user).filter(pk=browser_id).update(ended_at=act.at, end_reason=reason):
            history.write(user, EventKind.BROWSER_FORGOTTEN, None, act, reason=reason)
            record(act, "browser.forgotten", f"user:{user.name}", reason=reason)


def end_all(user: User, reason: str, act: Act) -> int:
    """Trust none of the user's browsers any more; returns how many there were."""
    with transaction.atomic():
        standings.hold(user)
        count = _live(user).update(ended_at=act.at, end_reason=reason)
        if count:
            history.write(user, EventKind.BROWSER_FORGOTTEN, None, act, reason=reason)
            record(act, "browser.forgotten", f"user:{user.name}", reason=reason, count=count)
    return count


def _end_stolen(found: TrustedBrowser, visitor: Visitor, house: LoginHouse, act: Act) -> None:
    with transaction.atomic():
        standings.hold(found.user)
        live = TrustedBrowser.objects.filter(pk=found.pk, ended_at=None)
        if not live.update(ended_at=act.at, end_reason="stolen"):
            return
        WebSession.objects.filter(trusted=found, ended_at=None).update(
            ended_at=act.at, end_reason="browser-stolen"
        )
        history.write(found.user, EventKind.BROWSER_STOLEN, visitor, act)
        facts = {"address": visitor.address, "browser": visitor.shown_browser}
        house.herald.alert(Alert(AlertKind.BROWSER_STOLEN, found.user_id, facts), act)
        record(act, "browser.stolen", f"user:{found.user.name}", browser=str(found.pk))


def _live(user: User) -> QuerySet[TrustedBrowser]:
    return TrustedBrowser.objects.filter(user=user, ended_at=None)


def _drawn(house: LoginHouse, count: int) -> str:
    return base64.urlsafe_b64encode(house.draw(count)).decode("ascii").rstrip("=")


def _digest(text: str) -> str:
    return sha256(text.encode("utf-8", "replace")).hexdigest()
