"""Every kind of person that the authorisation matrix asks as, each with a browser.

What each of them gets is the matrix's table.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, cast

from tests.conftest import StillClock
from tests.unit.portal.portal_house import HERE, PortalClient


class Everybody:
    """Browsers of each kind of person, each user made once."""

    def __init__(self, make_user: Any, signed_in: Any, new_browser: Any, clock: StillClock) -> None:
        self._make_user, self._signed_in = make_user, signed_in
        self._new_browser, self._clock = new_browser, clock
        self._users: dict[str, Any] = {}

    def browser_of(self, role: str) -> PortalClient:
        """A new browser of such a person."""
        makers: dict[str, Callable[[], PortalClient]] = {
            "nobody": self._new_browser,
            "waiting": self._waiting,
            "ended": self._ended,
            "elsewhere": self._elsewhere,
            "locked": self._locked,
            "code card": self._with_code_card_alone,
            "closed": lambda: self._in("close123", closed_at=self._clock.now()),
            "unverified": lambda: self._in("unver123", is_verified=False),
            "signed in": lambda: self._signed_in(self._user("signd123"), stepped_up=False),
            "fresh": lambda: self._in("fresh123"),
        }
        return makers[role]()

    def _user(self, name: str, **more: Any) -> Any:
        if name not in self._users:
            self._users[name] = self._make_user(name, **more)
        return self._users[name]

    def _in(self, name: str, **more: Any) -> PortalClient:
        browser: PortalClient = self._signed_in(self._user(name, **more))
        return browser

    def _waiting(self) -> PortalClient:
        from strongroom.login.models import SignIn
        from strongroom.login.presence.session_store import SessionStore

        now, browser = self._clock.now(), self._new_browser()
        row = SignIn.objects.create(
            user=self._user("waitg123"), state="password-ok", address=HERE, browser="Firefox",
            started_at=now, expires_at=now + timedelta(minutes=10),
        )  # fmt: skip
        stored = SessionStore()
        stored["sign_in"] = str(row.pk)
        stored.create()
        browser.cookies["__Host-session"] = stored.session_key
        return cast(PortalClient, browser)

    def _ended(self) -> PortalClient:
        from strongroom.login.models import WebSession

        browser = self._in("ended123")
        mine = WebSession.objects.filter(user=self._user("ended123"))
        mine.update(ended_at=self._clock.now())
        return browser

    def _locked(self) -> PortalClient:
        from strongroom.login.models import Standing

        now = self._clock.now()
        Standing.objects.get_or_create(user=self._user("lockd123"), defaults={"locked_at": now})
        return self._in("lockd123")

    def _with_code_card_alone(self) -> PortalClient:
        from strongroom.login.models import WebSession

        now = self._clock.now()
        browser, issued = self._in("cards123"), (now - timedelta(days=3)).isoformat()
        proof = {"kind": "temporary", "at": str(now), "issued_at": issued}
        mine = WebSession.objects.filter(user=self._user("cards123"))
        mine.update(proofs=[proof], assurance=10)
        return browser

    def _elsewhere(self) -> PortalClient:
        from strongroom.login.models import RestrictionChange

        target = self._user("elsew123")
        if not target.restriction_changes.exists():
            early = self._clock.now() - timedelta(days=2)
            RestrictionChange.objects.create(
                user=target, networks=["203.0.113.0/24"], made_at=early, made_by="x",
                effective_at=early, confirmed_at=early,
            )  # fmt: skip
        return self._in("elsew123")
