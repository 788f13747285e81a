"""What tests of the portal's pages use.

`portal_house`  a `PortalHouse` on the test's clock: real factors, a herald that keeps everything
`portal`        a browser (`PortalClient`) of that house; `portal.house.login.herald` has the codes
`new_browser`   a factory of further browsers of the same house
`make_user`     a factory: `make_user("anova123")`, with a verified number unless told otherwise
`signed_in`     a factory: `signed_in(user)` is a browser with a session, freshly stepped up unless
                `stepped_up=False`; `scope=` a value of `rules.scopes.Scope`
"""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings as django_settings
from django.test import override_settings

from tests.conftest import StillClock

if TYPE_CHECKING:
    from tests.unit.portal.portal_house import PortalClient


@pytest.fixture
def portal_settings() -> Iterator[None]:
    """Django as the portal's process has it."""
    from strongroom.runtime.portal_django import values_for

    from tests.unit.portal.portal_house import SITE

    values = values_for(site=SITE, secret_key="k" * 64)
    # Django refuses to go back to the other tests' empty key, so this one stays.
    django_settings.SECRET_KEY = values.pop("SECRET_KEY")
    with override_settings(**values):
        yield


@pytest.fixture
def portal_house(portal_settings: None, clock: StillClock) -> Any:
    """The house."""
    from tests.unit.portal.portal_house import make_house

    return make_house(clock.now)


@pytest.fixture
def new_browser(portal_house: Any) -> "Callable[..., PortalClient]":
    """A factory of browsers; `enforce_csrf_checks=True` for one that has to send tokens."""

    from tests.unit.portal.portal_house import PortalClient

    def make(**kwargs: Any) -> PortalClient:
        return PortalClient(portal_house, **kwargs)

    return make


@pytest.fixture
def portal(new_browser: "Callable[..., PortalClient]") -> "PortalClient":
    """A browser."""
    return new_browser()


@pytest.fixture
def make_user(db: None, clock: StillClock) -> Callable[..., Any]:
    """A factory of users."""
    from strongroom.directory.models import PhoneNumber, User

    def make(
        name: str = "anova123", *, language: str = "en", is_verified: bool = True, **more: Any
    ) -> Any:
        given = {"full_name": "Anna Nova", "email": f"{name}@example.test", **more}
        user = User.objects.create(name=name, language=language, created_at=clock.now(), **given)
        PhoneNumber.objects.create(
            user=user,
            number=f"+1202555{user.pk % 10000:04}",
            country="US",
            kind="mobile",
            added_at=clock.now(),
            verified_at=clock.now() if is_verified else None,
        )
        return user

    return make


@pytest.fixture
def signed_in(
    new_browser: "Callable[..., PortalClient]", clock: StillClock
) -> "Callable[..., PortalClient]":
    """A factory of browsers with a session."""
    from strongroom.login.models import WebSession
    from strongroom.login.presence.session_store import SessionStore

    from tests.unit.portal.portal_house import HERE

    def make(user: Any, *, scope: str = "full", stepped_up: bool = True, **kwargs: Any) -> Any:
        now = clock.now()
        session = WebSession.objects.create(
            user=user,
            proofs=[{"kind": "totp", "at": now.isoformat()}],
            assurance=30,
            scope=scope,
            address=HERE,
            browser="Firefox",
            opened_at=now,
            seen_at=now,
            stepped_up_at=now if stepped_up else None,
            stepped_up_by="totp" if stepped_up else "",
        )
        browser = new_browser(**kwargs)
        stored = SessionStore()
        stored["web_session"] = str(session.pk)
        stored.create()
        browser.cookies["__Host-session"] = stored.session_key
        return browser

    return make


@pytest.fixture
def trading_user(make_user: Callable[..., Any], clock: StillClock) -> Any:
    """A user with an open account."""
    from strongroom.directory.models import Account, Right

    user = make_user()
    account = Account.objects.create(number="U1234567", name="A", created_at=clock.now())
    Right.objects.create(
        user=user, account=account, role="primary", given_at=clock.now(), given_by="test"
    )
    return user


@pytest.fixture
def new_system(portal_house: Any, act: Callable[..., Any], db: None) -> Callable[..., Any]:
    """A factory of the firm's other systems, on a portal that has a signing key."""
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        NoEncryption,
        PrivateFormat,
    )
    from strongroom.login.parties import relying_parties
    from strongroom.rules.secret import Secret

    from tests.unit.portal.portal_house import PortalClient
    from tests.unit.portal.sign_on_client import BACK, System

    key = ec.generate_private_key(ec.SECP256R1())
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    object.__setattr__(portal_house, "sign_on_key", Secret(pem))

    def make(client_id: str, *, secret: str = "s" * 43, is_platform: bool = True) -> System:
        name = "Trading platform" if is_platform else "Tax forms"
        relying_parties.add_party(client_id, name, [BACK], is_platform=is_platform, act=act())
        if secret:
            relying_parties.renew_secret(client_id, Secret(secret), act=act())
        return System(PortalClient(portal_house), client_id, secret)

    return make


@pytest.fixture
def system(new_system: Callable[..., Any]) -> Any:
    """A trading platform with a secret."""
    return new_system("trading")


@pytest.fixture
def other_system(new_system: Callable[..., Any]) -> Any:
    """A system that is no platform."""
    return new_system("tax-forms", secret="t" * 43, is_platform=False)


@pytest.fixture
def public_system(new_system: Callable[..., Any]) -> Any:
    """A platform that can keep no secret."""
    return new_system("phone", secret="")


@pytest.fixture
def trader(system: Any, signed_in: "Callable[..., PortalClient]", trading_user: Any) -> Any:
    """A browser of somebody who may trade."""
    return signed_in(trading_user)
