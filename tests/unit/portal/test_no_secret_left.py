"""The canary: every flow runs with secrets that are known, and none is found where it may not be.

Looked through are the log at its finest, every column of every table with audit and letters in
it, addresses, headers and pages. What each page shows once is named here.
"""

import base64
import json
import logging
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.apps import apps

from tests.conftest import StillClock
from tests.unit.portal.portal_house import PortalClient, make_house

pytestmark = pytest.mark.django_db

PASSWORD, NEW_PASSWORD, NEWEST = "heron7canary", "otter8canary", "finch9canary"
WRONG = "wrong5canary"


@dataclass
class Canaries:
    """Secrets by name, and every answer that a browser got."""

    secrets: dict[str, str] = field(default_factory=dict)
    answers: list[Any] = field(default_factory=list)

    def keep(self, name: str, value: object) -> str:
        """Remember a secret."""
        self.secrets[name] = str(value)
        return str(value)


class Watched(PortalClient):
    """A browser whose answers are kept."""

    def __init__(self, house: Any, canaries: Canaries) -> None:
        super().__init__(house)
        self.canaries = canaries

    def generic(self, method: str, path: str, *args: Any, **extra: Any) -> Any:
        response = super().generic(method, path, *args, **extra)
        self.canaries.answers.append((method, path, response))
        for name in ("__Host-session", "__Host-browser", "__Host-csrf"):
            if name in self.cookies and self.cookies[name].value:
                self.canaries.keep(f"{name} {self.cookies[name].value[:4]}",
                                   self.cookies[name].value)  # fmt: skip
        return response


@pytest.fixture
def desk(clock: StillClock) -> Any:
    """A mailroom whose sender keeps what leaves."""
    from tests.unit.letters.desk import Desk

    return Desk(clock)


@pytest.fixture
def portal_house(portal_settings: None, clock: StillClock, desk: Any) -> Any:
    """A portal that speaks through the real outbox."""
    made = make_house(clock.now)
    object.__setattr__(made.login, "herald", desk.herald)
    return made


@pytest.fixture
def canaries() -> Canaries:
    """What is looked for."""
    return Canaries()


@pytest.fixture
def browser(portal_house: Any, canaries: Canaries) -> Watched:
    """The person's browser."""
    return Watched(portal_house, canaries)


def _everything() -> str:
    """All rows of all tables as text."""
    return "\n".join(
        f"{model.__name__} {[bytes(v) if isinstance(v, memoryview) else v for v in row]}"
        for model in apps.get_models()
        for row in model._default_manager.values_list()
    )


def _code(desk: Any, canaries: Canaries) -> str:
    """Take the code that just left; before it did, no letter held it in clear."""
    from strongroom.messages.models import Letter

    waiting = [str(row) for row in Letter.objects.values_list()]
    before = len(desk.sender.taken)
    desk.round()
    texts = [one.text.reveal() for one in desk.sender.taken[before:] if not one.subject]
    [code] = {found for text in texts for found in re.findall(r"\b\d{6}\b", text)}
    assert not any(re.search(rf"\b{code}\b", row) for row in waiting)
    return canaries.keep(f"code {len(canaries.secrets)}", code)


def _link(desk: Any, canaries: Canaries, path: str) -> str:
    """The one-time link of the newest mail that has one."""
    while desk.round():
        pass
    for taken in reversed(desk.sender.taken):
        found = re.search(rf"({path}/([\w.-]+))", taken.text.reveal())
        if found:
            canaries.keep(f"link {found[2][:4]}", found[2])
            return found[1]
    raise AssertionError(path)


def _challenge(page: Any) -> str:
    found = re.search(r'name="challenge" value="([0-9a-f-]{36})"', page.content.decode())
    assert found is not None
    return found[1]


def _answered(browser: Watched, path: str, answer: str, **more: str) -> Any:
    challenge = _challenge(browser.get(path))
    return browser.post(path, {"challenge": challenge, "answer": answer, **more})


def _registered(browser: Watched, desk: Any, canaries: Canaries, act: Any) -> Any:
    from strongroom.directory.accounts import add_account
    from strongroom.directory.models import Account, Role, User
    from strongroom.directory.user_invitations import Person, invite

    add_account("U1234567", name="A", act=act())
    Account.objects.update(equity_usd=900_000)
    person = Person("Mio Example", "mio@example.test", "en", "US")
    code = canaries.keep("invitation", invite(person, [("U1234567", Role.PRIMARY)], act=act())[1])
    browser.post("/register", {"code": "AAAA-BBBB-CANARY"})
    browser.get(f"/register/{code}")
    assert browser.post(f"/register/{code}").status_code == 303
    form = {"letters": "mioex", "password": PASSWORD, "again": PASSWORD}
    assert browser.post("/register/name", form).status_code == 303
    browser.post("/register/number", {"country": "US", "number": "2025550177"})
    browser.post("/register/number/code", {"answer": "000000"})
    answer = browser.post("/register/number/code", {"answer": _code(desk, canaries)})
    assert answer["Location"] == "/"
    return User.objects.get(full_name="Mio Example")


def _signed_in_by_sms(browser: Watched, name: str, desk: Any, canaries: Canaries) -> None:
    browser.post("/sign-out")
    browser.post("/sign-in", {"name": name, "password": WRONG})
    browser.post("/sign-in", {"name": name, "password": PASSWORD})
    _answered(browser, "/sign-in/code", "000000")
    answer = _answered(browser, "/sign-in/code", _code(desk, canaries), trust="on")
    assert answer["Location"] == "/"


def _with_program(browser: Watched, canaries: Canaries, clock: StillClock) -> str:
    """An authenticator is set up; its key is on that page alone."""
    from strongroom.rules.one_time_codes import hotp, step_of

    place = browser.post("/settings/login/add/totp")["Location"]
    page = browser.get(place).content.decode()
    found = re.search(r"\b([A-Z2-7]{4}(?: ?[A-Z2-7]{4}){7})\b", page)
    assert found is not None
    key = canaries.keep("program's key", found[1].replace(" ", ""))
    answer = _answered(browser, place, hotp(base64.b32decode(key), step_of(clock.now())))
    assert answer.status_code == 303
    return key


def _with_recovery_codes(browser: Watched, canaries: Canaries) -> None:
    page = browser.post("/settings/login/add/recovery")
    codes = re.findall(r"\b[0-9A-Z]{4,5}(?:-[0-9A-Z]{4,5}){2,}\b", page.content.decode())
    assert codes
    for number, code in enumerate(dict.fromkeys(codes)):
        canaries.keep(f"recovery {number}", code)


def _with_card(browser: Watched, canaries: Canaries, act: Any) -> None:
    """A card is ordered with a PIN, sent, and its seed imported."""
    from strongroom.login.factors import card_orders, cards
    from strongroom.login.models import CardOrder
    from strongroom.rules.cards import OWN_SUITE, CardRecord, CardSecret

    house = browser.house.login
    seed = canaries.keep("card's seed", "5e" * 31 + "a7")
    cards.import_cards([CardRecord("SN-1", "M", OWN_SUITE, CardSecret(seed), 3)], house, act())
    form = {"account": "U1234567", "ship_to": "Mio\n1 Way\nTown\nUS"}
    browser.post("/settings/login/card/order", form)
    pins = {"step": "review", "pin": "8361", "again": "8361"}
    assert browser.post("/settings/login/card/order", {**form, **pins}).status_code == 303
    browser.post("/settings/login/card/order", {**form, **pins, "again": "8362"})
    card_orders.ship_order(CardOrder.objects.get().pk, "SN-1", house, act())


def _reset(browser: Watched, name: str, desk: Any, canaries: Canaries, program: Any) -> None:
    browser.post("/sign-out")
    assert browser.post("/sign-in/reset", {"name": name})["Location"] == "/sign-in/reset/sent"
    link = _link(desk, canaries, "/sign-in/reset")
    browser.get(link)
    place = browser.post(link)["Location"]
    page = browser.get(place).content.decode()
    found = re.search(r'value="(totp:[0-9a-f-]+)"', page)
    assert found is not None
    browser.post(place, {"factor": found[1]})
    assert _answered(browser, "/sign-in/reset-code", program()).status_code == 303
    form = {"password": NEW_PASSWORD, "again": NEW_PASSWORD}
    assert browser.post("/sign-in/reset-password", form).status_code == 200


@pytest.fixture
def person(browser: Watched, desk: Any) -> tuple[Watched, Any]:
    """A person's browser, and the firm's mailroom."""
    return browser, desk


@pytest.mark.req("LATK-29", "LATK-30", "ATK-57")
def test_no_secret_is_left_anywhere(
    person: tuple[Watched, Any], act: Any, caplog: pytest.LogCaptureFixture, new_system: Any
) -> None:
    browser, desk = person
    canaries, clock = browser.canaries, desk.clock
    from strongroom.rules.one_time_codes import hotp, step_of

    caplog.set_level(logging.DEBUG)
    for name in ("django", "django.db.backends", "asyncssh", "strongroom"):
        caplog.set_level(logging.DEBUG, logger=name)
    user = _registered(browser, desk, canaries, act)
    clock.advance(minutes=3)
    _signed_in_by_sms(browser, user.name, desk, canaries)
    key = base64.b32decode(_with_program(browser, canaries, clock))

    def program() -> str:
        clock.advance(minutes=1)
        return canaries.keep(f"program {len(canaries.secrets)}", hotp(key, step_of(clock.now())))

    _with_recovery_codes(browser, canaries)
    _with_card(browser, canaries, act)
    system = new_system("trading", secret=canaries.keep("client secret", "c" * 20 + "Canary" * 4))
    code = canaries.keep("sso code", system.code(browser))
    tokens = system.redeem(code).json()
    canaries.keep("access token", tokens["access_token"])
    canaries.keep("id token", tokens["id_token"])
    _reset(browser, user.name, desk, canaries, program)
    for name, secret in (
        ("password", PASSWORD), ("new password", NEW_PASSWORD), ("wrong password", WRONG),
        ("login.key", (b"k" * 32).decode()), ("wrong invitation", "AAAA-BBBB-CANARY"),
    ):  # fmt: skip
        canaries.keep(name, secret)
    while desk.round():
        pass
    assert len(canaries.secrets) > 20
    _look_through(canaries, "\n".join(record.getMessage() for record in caplog.records))


_ON_ITS_PAGE = {
    "program's key": "/settings/login/new/",
    "recovery": "/settings/login/add/recovery",
}
"""What is shown once, and where."""


def _look_through(canaries: Canaries, log: str) -> None:
    rows = _everything()
    places = [
        f"{method} {_safe(path)} {response.headers.get('Location', '')}"
        for method, path, response in canaries.answers
    ]
    for name, secret in canaries.secrets.items():
        whole = re.compile(rf"(?<![\w.]){re.escape(secret)}(?!\w)")
        assert not whole.search(rows), (name, [r for r in rows.split("\n") if whole.search(r)])
        assert not whole.search(_without_database(log)), name
        if name != "sso code":  # it travels in an address by RFC 6749, once and for a minute
            assert not [place for place in places if whole.search(place)], name
        shown = next((path for one, path in _ON_ITS_PAGE.items() if name.startswith(one)), None)
        for _method, path, response in canaries.answers:
            if shown and path.startswith(shown):
                continue
            if secret in path:  # a one-time link's own page can be read in another language
                continue
            assert not whole.search(response.content.decode("utf-8", "replace")), (name, path)


def _safe(path: str) -> str:
    """A path, without the last part of a one-time link."""
    return re.sub(r"^(/register|/sign-in/reset|/sign-in/not-me|/email/undo)/[\w.-]+$", r"\1", path)


def _without_database(log: str) -> str:
    """What a database's own debug log holds is not the product's: DEBUG is off in the product."""
    return "\n".join(line for line in log.split("\n") if not re.match(r"\(\d\.\d{3}\)", line))


@pytest.mark.req("LATK-30")
def test_a_sealed_value_opens_in_its_own_row_alone(
    make_user: Callable[..., Any], portal_house: Any, tmp_path: Any
) -> None:
    from strongroom.login.entry.kept_secrets import kept_of
    from strongroom.login.models import Enrolment
    from strongroom.rules.refusals import Refused

    from tests.unit.portal.belongings import SEED, belongings

    mine, other = (
        belongings(make_user(name), number, portal_house, _Nowhere())
        for name, number in (("anova123", "U1234567"), ("other123", "U7654321"))
    )
    own, others = (Enrolment.objects.get(pk=one.named["enrolment"][0]) for one in (mine, other))
    assert kept_of(own, portal_house.login).secret == SEED
    assert json.dumps(SEED.reveal()) not in json.dumps(own.sealed)
    Enrolment.objects.filter(pk=own.pk).update(sealed=others.sealed)
    own.refresh_from_db()
    with pytest.raises(Refused) as caught:
        kept_of(own, portal_house.login)
    assert caught.value.code == "SEAL-BROKEN"


class _Nowhere:
    """A storage that keeps nothing."""

    def put(self, key: str, content: Any) -> None:
        """Take it."""
