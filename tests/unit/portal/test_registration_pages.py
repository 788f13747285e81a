"""From an invitation to the first session, on the pages (LOGIN-1, F15)."""

import base64
import hmac
import re
import struct
from typing import Any

import pytest

from tests.conftest import StillClock
from tests.unit.portal.portal_house import PortalClient

pytestmark = pytest.mark.django_db

PASSWORD = "violet7harbour"


@pytest.fixture
def code(db: None, act: Any) -> str:
    """The code of an open invitation."""
    from strongroom.directory.accounts import add_account
    from strongroom.directory.models import Role
    from strongroom.directory.user_invitations import Person, invite

    add_account("U1234567", name="A", act=act())
    person = Person("Mio Example", "mio@example.test", "en", "US")
    return invite(person, [("U1234567", Role.PRIMARY)], act=act())[1]


def _named(browser: PortalClient, letters: str = "mioex", password: str = PASSWORD) -> Any:
    given = {"letters": letters, "password": password, "again": password}
    return browser.post("/register/name", given)


def _numbered(browser: PortalClient, number: str = "2025550177") -> Any:
    return browser.post("/register/number", {"country": "US", "number": number})


@pytest.mark.req("LOGIN-1", "PHN-3", "SMS2FA-2", "LATK-14")
def test_an_invited_person_registers_and_is_signed_in(portal: PortalClient, code: str) -> None:
    from strongroom.directory.models import User

    assert "Welcome, Mio Example" in portal.get(f"/register/{code}").content.decode()
    response = portal.post(f"/register/{code}")
    assert response["Location"] == "/register/name"
    assert _named(portal)["Location"] == "/register/welcome"
    keys = [portal.cookies["__Host-session"].value]
    user = User.objects.get(full_name="Mio Example")
    assert re.fullmatch(r"mioex\d{3}", user.name)
    assert user.name in portal.get("/register/welcome").content.decode()
    assert _numbered(portal)["Location"] == "/register/number/code"
    page = portal.get("/register/number/code").content.decode()
    assert "Another code can be sent in" in page
    herald = portal.house.login.herald
    wrong = portal.post("/register/number/code", {"answer": "000000"}).content.decode()
    assert "not the code that we sent" in wrong
    response = portal.post("/register/number/code", {"answer": herald.last_code})
    assert response["Location"] == "/"
    keys.append(portal.cookies["__Host-session"].value)
    assert len(set(keys)) == 2
    assert portal.get("/step-up").status_code == 200
    assert [one.kind for one in user.enrolments.all()] == ["sms"]
    assert portal.get(f"/register/{code}").status_code == 410


@pytest.mark.req("LATK-29")
def test_the_code_of_an_invitation_leaves_the_address(portal: PortalClient, code: str) -> None:
    response = portal.post(f"/register/{code}")
    assert code not in response["Location"]
    assert code not in portal.get("/register/name").content.decode()


def test_a_code_on_paper_is_typed(portal: PortalClient, code: str) -> None:
    assert portal.post("/register", {"code": code.lower()})["Location"] == "/register/name"
    page = portal.post("/register", {"code": "AAAA-BBBB"}).content.decode()
    assert "is not known" in page


@pytest.mark.parametrize(
    ("letters", "password", "words"),
    [
        ("Mioex", PASSWORD, "all in lower case"),
        ("mio12", PASSWORD, "all in lower case"),
        ("admin", PASSWORD, "cannot be used"),
        ("mioex", "mioex1234", "cannot have your user name"),
        ("mioex", "short", "at least 6 characters"),
    ],
)
def test_letters_and_passwords_that_cannot_be_are_refused_with_their_rule(
    portal: PortalClient, code: str, letters: str, password: str, words: str
) -> None:
    from strongroom.directory.models import User

    portal.post(f"/register/{code}")
    assert words in _named(portal, letters, password).content.decode()
    assert not User.objects.exists()


@pytest.mark.req("PHN-6", "PHN-7")
def test_a_number_that_cannot_be_is_refused_beside_its_field(
    portal: PortalClient, code: str
) -> None:
    portal.post(f"/register/{code}")
    _named(portal)
    page = _numbered(portal, "123").content.decode()
    assert "is not a number of the country" in page
    assert portal.house.login.herald.codes == []


def test_another_number_takes_the_place_of_the_first(portal: PortalClient, code: str) -> None:
    from strongroom.directory.models import PhoneNumber

    portal.post(f"/register/{code}")
    _named(portal)
    _numbered(portal)
    _numbered(portal, "2025550188")
    live = PhoneNumber.objects.filter(removed_at=None)
    assert [one.number for one in live] == ["+12025550188"]


@pytest.mark.req("F6")
def test_who_left_before_the_number_goes_on_there_after_the_password(
    portal: PortalClient, code: str, clock: StillClock
) -> None:
    from strongroom.directory.models import User

    portal.post(f"/register/{code}")
    _named(portal)
    clock.advance(hours=3)
    assert portal.get("/register/number")["Location"] == "/sign-in/over"
    name = User.objects.get().name
    response = portal.post("/sign-in", {"name": name, "password": PASSWORD})
    assert response["Location"] == "/register/number"


@pytest.mark.req("LATK-24")
def test_who_has_a_factor_cannot_add_a_number_with_the_password_alone(
    portal: PortalClient, code: str
) -> None:
    from strongroom.directory.models import User

    portal.post(f"/register/{code}")
    _named(portal)
    _numbered(portal)
    portal.post("/register/number/code", {"answer": portal.house.login.herald.last_code})
    portal.post("/sign-out")
    name = User.objects.get().name
    portal.post("/sign-in", {"name": name, "password": PASSWORD})
    assert portal.get("/register/number")["Location"] == "/sign-in/over"


def _six_digits(secret: str, at: float) -> str:
    """An authenticator app (RFC 6238), apart from the product's own."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    mac = hmac.digest(key, struct.pack(">Q", int(at) // 30), "sha1")
    start = mac[-1] & 15
    return f"{(struct.unpack('>I', mac[start : start + 4])[0] & 0x7FFFFFFF) % 10**6:06}"


@pytest.mark.req("F6", "PHN-2")
def test_who_has_no_number_begins_with_an_authenticator_app_and_may_only_look(
    portal: PortalClient, code: str, clock: StillClock
) -> None:
    portal.post(f"/register/{code}")
    _named(portal)
    assert "No number that receives codes?" in portal.get("/register/number").content.decode()
    response = portal.post("/register/factor", {"kind": "totp"})
    assert response["Location"] == "/register/factor/confirm"
    page = portal.get("/register/factor/confirm").content.decode()
    assert "data:image/svg+xml" in page
    secret = re.search(r'data-copy="([A-Z2-7 ]+)"', page)
    challenge = re.search(r'name="challenge" value="([0-9a-f-]{36})"', page)
    assert secret is not None
    assert challenge is not None
    given = {"challenge": challenge[1], "answer": "000000"}
    wrong = portal.post("/register/factor/confirm", given).content.decode()
    assert "The login failed" in wrong
    given["answer"] = _six_digits(secret[1].replace(" ", ""), clock.now().timestamp())
    assert portal.post("/register/factor/confirm", given)["Location"] == "/"
    assert "not confirmed yet" in portal.get("/").content.decode()


def test_no_other_kind_can_be_a_first_factor(portal: PortalClient, code: str) -> None:
    portal.post(f"/register/{code}")
    _named(portal)
    for kind in ("recovery", "code-card", "sms", ""):
        assert portal.post("/register/factor", {"kind": kind}).status_code == 200
    assert portal.get("/register/factor/confirm")["Location"] == "/register/factor"
