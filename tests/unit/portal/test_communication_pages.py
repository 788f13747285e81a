"""Settings, Communication: numbers, the mail address, and the help about codes, page by page."""

from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse
from strongroom.audit.act import Act
from strongroom.directory import phones
from strongroom.directory.models import PhoneNumber
from strongroom.login.contact import phone_enrolment
from strongroom.login.models import Enrolment, SignIn, Standing, WebSession

from tests.conftest import StillClock

pytestmark = pytest.mark.django_db
GOOD = {"country": "GB", "number": "07400 123456", "label": "Mine"}


def _factor(user: Any, clock: StillClock, kind: str = "totp") -> Enrolment:
    return Enrolment.objects.create(
        user=user, kind=kind, label=kind, state="active", created_at=clock.now(),
        confirmed_at=clock.now(), created_via="test",
    )  # fmt: skip


def _text(page: Any) -> str:
    return " ".join(page.content.decode().split())


def _follow(browser: Any, answer: Any) -> Any:
    assert answer.status_code == 303, _text(answer)
    return browser.get(answer["Location"])


@pytest.mark.req("PHN-4")
def test_a_number_is_added_verified_and_gets_its_green_check(
    signed_in: Callable[..., Any], make_user: Callable[..., Any], portal_house: Any
) -> None:
    user = make_user(is_verified=False)
    browser = signed_in(user, stepped_up=False)
    page = _follow(browser, browser.post(reverse("phone-add"), GOOD))
    assert "+44 7400 123456" in _text(page)
    code = portal_house.login.herald.last_code
    wrong = browser.post(page.request["PATH_INFO"], {"answer": f"{(int(code) + 1) % 10**6:06d}"})
    assert "This is not the code that we sent." in _text(wrong)
    listed = _follow(browser, browser.post(page.request["PATH_INFO"], {"answer": code}))
    assert "SMS verified" in _text(listed).split("+44 7400 123456")[1]
    assert Enrolment.objects.get().phone.number == "+447400123456"  # type: ignore[union-attr]


@pytest.mark.req("PHN-2")
def test_who_has_no_verified_number_is_led_to_adding_one_and_not_to_the_mail_address(
    signed_in: Callable[..., Any], make_user: Callable[..., Any]
) -> None:
    browser = signed_in(make_user(is_verified=False))
    assert browser.get(reverse("phones")).status_code == 200
    assert browser.get(reverse("phone-add")).status_code == 200
    refused = browser.get(reverse("email"))
    assert (refused.status_code, "Verify a mobile number first" in _text(refused)) == (403, True)


@pytest.mark.req("LATK-25")
def test_whoever_has_a_factor_proves_it_before_numbers_and_address_can_change(
    signed_in: Callable[..., Any], make_user: Callable[..., Any], clock: StillClock
) -> None:
    user = make_user()
    _factor(user, clock)
    browser = signed_in(user, stepped_up=False)
    phone = phones.listed(user)[0].pk
    for name, parts in (
        ("phone-add", {}),
        ("phone-change", {"phone_id": phone}),
        ("phone-remove", {"phone_id": phone}),
        ("phone-codes", {"phone_id": phone}),
        ("email", {}),
        ("email-number", {}),
        ("email-password", {}),
    ):
        for answer in (browser.get(reverse(name, kwargs=parts)),
                       browser.post(reverse(name, kwargs=parts), GOOD)):  # fmt: skip
            assert answer.status_code == 303, name
            assert answer["Location"].startswith("/step-up?next="), name


@pytest.mark.req("PHN-6", "PHN-7")
@pytest.mark.parametrize(
    ("number", "country", "says"),
    [
        ("020 7946 0018", "GB", "is a fixed line"),
        ("050-1234-5678", "JP", "is a virtual number"),
        ("123", "GB", "is not a number of the country"),
    ],
)
def test_a_number_that_gets_no_codes_is_refused_beside_its_field(
    signed_in: Callable[..., Any],
    make_user: Callable[..., Any],
    number: str,
    country: str,
    says: str,
) -> None:
    browser = signed_in(make_user())
    page = browser.post(reverse("phone-add"), {"country": country, "number": number})
    assert page.status_code == 200
    assert says in _text(page)


@pytest.mark.req("F15")
def test_a_changed_number_leaves_the_old_one_in_use_until_it_is_verified(
    signed_in: Callable[..., Any],
    make_user: Callable[..., Any],
    clock: StillClock,
    portal_house: Any,
) -> None:
    user = make_user()
    _factor(user, clock)
    browser, old = signed_in(user), phones.listed(user)[0]
    answer = browser.post(reverse("phone-change", kwargs={"phone_id": old.pk}), GOOD)
    page = _follow(browser, answer)
    assert phones.listed(user)[0].pk == old.pk
    code = portal_house.login.herald.last_code
    _follow(browser, browser.post(page.request["PATH_INFO"], {"answer": code}))
    assert [phone.number for phone in phones.listed(user)] == ["+447400123456"]


def test_names_hours_and_removal_are_a_page_each(
    signed_in: Callable[..., Any], make_user: Callable[..., Any], clock: StillClock
) -> None:
    user = make_user()
    _factor(user, clock)
    browser, parts = signed_in(user), {"phone_id": phones.listed(user)[0].pk}
    _follow(browser, browser.post(reverse("phone-name", kwargs=parts), {"label": "Office"}))
    hours = {"start": "8", "end": "21"}  # it is five in the morning there
    page = _follow(browser, browser.post(reverse("phone-hours", kwargs=parts), hours))
    assert "It delivers nothing now." in _text(page)
    bad = browser.post(reverse("phone-hours", kwargs=parts), {"start": "5", "end": "5"})
    assert "Hours are whole hours" in _text(_follow(browser, bad))
    assert PhoneNumber.objects.get().label == "Office"
    assert "Remove this number" in _text(browser.get(reverse("phone-remove", kwargs=parts)))
    _follow(browser, browser.post(reverse("phone-remove", kwargs=parts)))
    assert phones.listed(user) == []


def test_nobody_sees_or_changes_the_numbers_of_others(
    signed_in: Callable[..., Any], make_user: Callable[..., Any]
) -> None:
    other = phones.listed(make_user("other123"))[0]
    browser, parts = signed_in(make_user()), {"phone_id": other.pk}
    for name in ("phone", "phone-verify", "phone-change", "phone-remove", "phone-codes"):
        assert browser.get(reverse(name, kwargs=parts)).status_code == 404, name
    for name in ("phone-send", "phone-name", "phone-hours", "phone-remove", "phone-codes"):
        assert browser.post(reverse(name, kwargs=parts), GOOD).status_code == 404, name
    help_page = browser.get(f"{reverse('sms-help')}?phone={other.pk}")
    assert help_page.status_code == 404


@pytest.mark.req("MON-2")
def test_the_mail_address_is_changed_with_two_numbers_and_brought_back_by_the_link(
    signed_in: Callable[..., Any],
    make_user: Callable[..., Any],
    new_browser: Callable[..., Any],
    portal_house: Any,
) -> None:
    user = make_user()
    old, browser, herald = user.email, signed_in(user), portal_house.login.herald
    assert old in _text(browser.get(reverse("email")))
    page = _follow(browser, browser.post(reverse("email")))
    to, mail = herald.mails[-1]
    assert to == old
    given = {"answer": mail.secrets["code"].reveal(), "email": "new@example.org"}
    page = _follow(browser, browser.post(reverse("email-number"), given))
    assert "new@example.org" in _text(page)
    to, mail = herald.mails[-1]
    assert to == "new@example.org"
    number = {"answer": mail.secrets["code"].reveal()}
    page = _follow(browser, browser.post(reverse("email-confirm"), number))
    assert "Your mail address is changed." in _text(page)
    user.refresh_from_db()
    assert user.email == "new@example.org"
    to, mail = herald.mails[-1]
    link = mail.secrets["undo"].reveal().partition(".test")[2]
    stranger = new_browser()
    assert user.name in _text(stranger.get(link))
    user.refresh_from_db()
    assert user.email == "new@example.org"
    assert stranger.post(link).status_code == 200
    assert stranger.post(link).status_code == 410
    user.refresh_from_db()
    assert (user.email, WebSession.objects.filter(ended_at=None).count()) == (old, 0)


@pytest.mark.req("MON-2")
def test_a_wrong_number_or_address_is_told_beside_its_field(
    signed_in: Callable[..., Any], make_user: Callable[..., Any], portal_house: Any
) -> None:
    browser = signed_in(make_user())
    browser.post(reverse("email"))
    number = portal_house.login.herald.mails[-1][1].secrets["code"].reveal()
    bad = browser.post(reverse("email-number"), {"answer": number, "email": "nothing"})
    assert "This is not a mail address" in _text(bad)
    wrong = {"answer": f"{(int(number) + 1) % 10**6:06d}", "email": "new@example.org"}
    assert "This is not the number that we mailed." in _text(
        browser.post(reverse("email-number"), wrong)
    )
    password = {"password": "wrong", "email": "new@example.org"}
    page = browser.post(reverse("email-password"), password)
    assert "The old password is not right." in _text(page)
    assert "wrong" not in _text(page).replace("What went wrong", "")


def test_a_change_is_given_up_and_another_number_is_asked_for(
    signed_in: Callable[..., Any],
    make_user: Callable[..., Any],
    clock: StillClock,
    portal_house: Any,
) -> None:
    user = make_user()
    browser = signed_in(user)
    browser.post(reverse("email"))
    number = portal_house.login.herald.mails[-1][1].secrets["code"].reveal()
    browser.post(reverse("email-number"), {"answer": number, "email": "new@example.org"})
    soon = _follow(browser, browser.post(reverse("email-again")))
    assert "left a moment ago" in _text(soon)
    clock.advance(minutes=2)
    assert "on its way" in _text(_follow(browser, browser.post(reverse("email-again"))))
    assert "new@example.org is not confirmed yet" in _text(browser.get(reverse("communication")))
    page = _follow(browser, browser.post(reverse("email-cancel")))
    assert "stays as it was" in _text(page)
    assert browser.get(reverse("email-confirm")).status_code == 303


@pytest.mark.req("SMS-1", "LATK-29")
def test_the_help_without_a_session_shows_a_masked_number_to_the_waiting_sign_in_alone(
    make_user: Callable[..., Any],
    new_browser: Callable[..., Any],
    clock: StillClock,
    portal_house: Any,
    act: Callable[..., Act],
) -> None:
    from strongroom.login.presence.session_store import SessionStore

    user = make_user()
    phone = phones.listed(user)[0]
    phone_enrolment.enrol(phone, house=portal_house.login, act=act(), via="phone")
    waiting = SignIn.objects.create(
        user=user, state="password-ok", address="198.51.100.7", browser="Firefox",
        started_at=clock.now(), expires_at=clock.now().replace(hour=23),
    )  # fmt: skip
    browser = new_browser()
    stored = SessionStore()
    stored["sign_in"] = str(waiting.pk)
    stored.create()
    browser.cookies["__Host-session"] = stored.session_key
    page = _text(browser.get(f"{reverse('sms-help')}?phone={phone.pk}"))
    assert f"+1 ••• ••{phone.number[-3:]}" in page
    assert phone.number not in page
    assert "No message was sent to this number" in page
    assert page.index("Set up an app or a passkey") < page.index("Switch the telephone off and on")
    assert page.index("off and on") < page.index("Let us call you")
    assert page.index("Let us call you") < page.index("Ask your network")
    anyone = _text(new_browser().get(reverse("sms-help")))
    assert "•••" not in anyone
    assert "Ask your network" in anyone


@pytest.mark.req("SMS-1", "PHN-6")
def test_the_help_in_the_settings_tells_what_is_known_of_the_number(
    signed_in: Callable[..., Any],
    make_user: Callable[..., Any],
    act: Callable[..., Act],
) -> None:
    user = make_user(is_verified=False)
    phone = phones.listed(user)[0]
    phones.set_do_not_call(phone, is_listed=True, act=act())
    page = _text(signed_in(user).get(f"{reverse('sms-help')}?phone={phone.pk}"))
    assert "do-not-call register" in page
    assert "Let us call you" not in page


def test_every_page_speaks_japanese(
    signed_in: Callable[..., Any], make_user: Callable[..., Any], clock: StillClock
) -> None:
    user = make_user(language="ja")
    browser, parts = signed_in(user), {"phone_id": phones.listed(user)[0].pk}
    pages = ["communication", "phones", "phone-add", "email", "email-number", "email-password"]
    addresses = [reverse(name) for name in pages] + [reverse("sms-help")]
    addresses += [
        reverse(name, kwargs=parts)
        for name in ("phone", "phone-change", "phone-remove", "phone-codes")
    ]
    for address in addresses:
        page = browser.get(address)
        assert (page.status_code, page["Content-Language"]) == (200, "ja"), address


def test_what_a_thief_would_do_next_waits_after_a_removal(
    signed_in: Callable[..., Any], make_user: Callable[..., Any], clock: StillClock
) -> None:
    user = make_user()
    _factor(user, clock)
    browser, parts = signed_in(user), {"phone_id": phones.listed(user)[0].pk}
    browser.post(reverse("phone-remove", kwargs=parts))
    assert Standing.objects.get().frozen_until is not None
