"""From an invitation to the first page (F15, F6-2)."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest

from tests.journeys.portal.browsing import DESKTOP, PHONE, Person, Portal, Visit
from tests.journeys.portal.signing import (
    give_password,
    press,
    settled,
    sign_in,
    sign_out,
    type_answer,
)

Visits = Callable[..., AbstractContextManager[Visit]]

_PASSWORD = "Quiet-Harbour-4-Violin"
_NUMBERS = {
    "en": ("GB", "07912 345678", "+447912345678"),
    "ja": ("JP", "070-2345-6789", "+817023456789"),
}
_FORM = "main form button[type=submit]"


@pytest.mark.req("LOGIN-1", "LOGIN-2", "PHN-3", "SMS2FA-1", "SMS2FA-2", "PHN-2", "PWD-1")
@pytest.mark.parametrize(
    ("language", "size", "scheme"), [("en", DESKTOP, "light"), ("ja", PHONE, "dark")]
)
def test_an_invited_person_registers_and_is_in(
    portal: Portal, visit: Visits, language: str, size: tuple[int, int], scheme: str
) -> None:
    link = _invitation(portal, f"new.{language}@example.org", language)
    country, number, plain = _NUMBERS[language]
    with visit(language=language, size=size, scheme=scheme) as seen:
        seen.page.goto(link)
        seen.check("register-link")
        press(seen, _FORM)
        settled(seen, "/register/name")
        seen.check("register-name")
        _choose_name(seen, "Lumen", _PASSWORD)
        settled(seen, "/register/name")
        _choose_name(seen, "lumen", "password1")
        assert seen.page.locator(".has-error .error").count() == 1
        seen.check("register-name-wrong")
        _choose_name(seen, "lumen", _PASSWORD)
        settled(seen, "/register/welcome")
        name = seen.page.inner_text(".big-name")
        assert re.fullmatch(r"lumen\d{3}", name)
        seen.check("register-welcome")
        seen.go("/statements")
        assert "/sign-in" in seen.page.url, "a password alone opened a page"
        seen.go("/register/number")
        seen.check("register-number")
        _give_number(seen, country, "12")
        assert seen.page.locator(".has-error .error").count() == 1
        _give_number(seen, country, number)
        settled(seen, "/register/number/code")
        code = portal.next_code(plain, 0)
        seen.check("register-code")
        type_answer(seen, f"{(int(code) + 1) % 1_000_000:06}")
        settled(seen, "/register/number/code")
        type_answer(seen, code)
        settled(seen, "/")
        seen.check("register-done")
        sign_out(seen)
        portal.change("DELETE FROM login_allowance WHERE key LIKE 'codes:pause:%'")
        person = Person(name, "", language, _PASSWORD, plain)
        sign_in(seen, person)
        seen.page.goto(link)
        assert seen.page.locator("input[name=code]").count() == 1, "an invitation is good twice"


@pytest.mark.req("PHN-2", "SMS2FA-1", "F6")
def test_who_left_before_the_number_was_confirmed_goes_on_there(
    portal: Portal, visit: Visits
) -> None:
    link = _invitation(portal, "left@example.org", "en")
    with visit(size=PHONE) as seen:
        seen.page.goto(link)
        press(seen, _FORM)
        _choose_name(seen, "early", _PASSWORD)
        name = seen.page.inner_text(".big-name")
    with visit() as seen:
        give_password(seen, Person(name, "", "en", _PASSWORD, ""))
        settled(seen, "/register/number")
        seen.go("/statements")
        assert "/sign-in" in seen.page.url
        seen.go("/register/number")
        _give_number(seen, "GB", "07913 345678")
        seen.page.click("a[href='/register/number']")
        _give_number(seen, "GB", "07914 345678")
        code = portal.next_code("+447914345678", 0)
        type_answer(seen, code)
        settled(seen, "/")


@pytest.mark.req("LOGIN-1")
@pytest.mark.parametrize(("language", "size"), [("en", PHONE), ("ja", DESKTOP)])
def test_a_code_that_nobody_was_sent_is_refused(
    visit: Visits, language: str, size: tuple[int, int]
) -> None:
    with visit(language=language, size=size) as seen:
        seen.go("/sign-in")
        seen.page.click("main a[href='/register']")
        seen.check("register")
        seen.page.fill("input[name=code]", "AAAA-BBBB-CCCC-DDDD-EEEE-FFFF")
        press(seen, _FORM)
        assert seen.page.locator(".has-error .error").count() == 1
        seen.check("register-wrong")


def _invitation(portal: Portal, email: str, language: str) -> str:
    account = f"U92{len(portal.daemon.rows('SELECT id FROM directory_account')):05}"
    who = "Robin Newcomer" if language == "en" else "新人 一郎"
    words = ("--name", who, "--email", email, "--language", language)
    portal.daemon.run("account", "add", account, "--name", who)
    portal.daemon.run("user", "invite", *words, "--at", account, "primary")
    letter = portal.next_letter(email, 0)
    return str(re.findall(r"\S+/register/\S+", letter["text"])[0])


def _choose_name(seen: Visit, letters: str, password: str) -> None:
    seen.page.eval_on_selector(
        "form[action='/register/name']", "form => { form.noValidate = true }"
    )
    seen.page.fill("input[name=letters]", letters)
    seen.page.fill("input[name=password]", password)
    seen.page.fill("input[name=again]", password)
    press(seen, _FORM)


def _give_number(seen: Visit, country: str, number: str) -> None:
    seen.page.select_option("select[name=country]", country)
    seen.page.fill("input[name=number]", number)
    press(seen, _FORM)
