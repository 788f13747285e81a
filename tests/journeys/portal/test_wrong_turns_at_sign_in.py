"""Every wrong turn of signing in, and the way back from it (F6 and its branches)."""

import json
import re
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest

from tests.journeys.portal.browsing import DESKTOP, PHONE, Newcomer, Person, Portal, Visit
from tests.journeys.portal.signing import (
    answer,
    choose,
    give_password,
    operate_card,
    press,
    says,
    settled,
    sign_in,
    sign_out,
    type_answer,
)

Visits = Callable[..., AbstractContextManager[Visit]]

_WRONG = {
    "en": "This user name and password do not belong together.",
    "ja": "ユーザー名とパスワードの組み合わせが正しくありません",
}
_FAILED = "The login failed. Try again with a new code."
_PAST = "datetime('now', '-1 minute')"


@pytest.fixture(scope="module", autouse=True)
def people(portal: Portal) -> None:
    """Nobody is used by two journeys that change something."""
    portal.add_people(
        Newcomer("neutr"),
        Newcomer("enter"),
        Newcomer("locke", ("code-card",)),
        Newcomer("wrons"),
        Newcomer("wrong", ("card",)),
        Newcomer("wronp", ("code-card",)),
        Newcomer("later", ("card",)),
        Newcomer("again"),
        Newcomer("helpy", language="ja"),
        Newcomer("prefe", ("code-card", "recovery")),
        Newcomer("calmp", ("code-card",)),
        Newcomer("calmj", ("code-card",), "ja"),
    )


@pytest.mark.req("LOGIN-5", "LATK-11")
@pytest.mark.parametrize(("language", "size"), [("en", DESKTOP), ("ja", PHONE)])
def test_a_wrong_password_and_a_name_of_nobody_look_the_same(
    portal: Portal, visit: Visits, language: str, size: tuple[int, int]
) -> None:
    person = portal.person("neutr")
    nobody = Person("nobod000", "", language, "Another-1-Password", "")
    pages = []
    with visit(language=language, size=size) as seen:
        for one in (person, nobody):
            give_password(seen, one, password="Another-1-Password")
            settled(seen, "/sign-in")
            assert _WRONG[language] in says(seen)
            assert seen.page.input_value("input[name=password]") == ""
            assert seen.page.input_value("input[name=name]") == one.name
            found = seen.page.inner_html("main").replace(one.name, "NAME")
            pages.append(re.sub(r'(csrfmiddlewaretoken" value=")[^"]+', r"\1", found))
        seen.check("sign-in-wrong")
    assert pages[0] == pages[1]


@pytest.mark.req("LOGIN-2", "LOGIN-5")
def test_a_name_in_capitals_is_refused_with_the_hint(portal: Portal, visit: Visits) -> None:
    person = portal.person("neutr")
    with visit() as seen:
        seen.go("/sign-in")
        seen.page.fill("input[name=name]", person.name.upper())
        seen.page.fill("input[name=password]", person.password)
        press(seen, "main form[action='/sign-in'] button[type=submit]")
        assert "Check Caps Lock: user names are typed in lower case." in says(seen)


@pytest.mark.req("LOGIN-4", "LATK-13")
def test_ten_failures_lock_strangers_out_and_not_the_trusted_browser(
    portal: Portal, visit: Visits
) -> None:
    person = portal.person("locke")
    with visit() as home, visit() as stranger:
        give_password(home, person)
        home.page.check("input[name=trust]")
        type_answer(home, answer(home, person, "code-card"))
        settled(home, "/")
        for _ in range(10):
            give_password(stranger, person, password="Another-1-Password")
        give_password(stranger, person)
        assert _WRONG["en"] in says(stranger), "a lock tells a stranger that it is one"
        home.go("/statements")
        settled(home, "/statements")
        sign_out(home)
        give_password(home, person)
        settled(home, "/sign-in/code")
        assert home.page.locator("input[name=trust]").count() == 0
        mails = [one["subject"] for one in portal.letters("locke@example.com")]
        assert any("lock" in subject.lower() for subject in mails), mails
        _let_a_day_pass(portal, person)
        give_password(stranger, person)
        settled(stranger, "/sign-in/code")


@pytest.mark.req("LOGIN-5", "SMS2FA-4")
def test_a_mistyped_sms_code_can_be_typed_again(portal: Portal, visit: Visits) -> None:
    person = portal.person("wrons")
    with visit(size=PHONE) as seen:
        give_password(seen, person)
        code = portal.next_code(person.number, 0)
        type_answer(seen, f"{(int(code) + 1) % 1_000_000:06}")
        assert _FAILED in says(seen)
        seen.check("code-sms-wrong")
        type_answer(seen, f"{code[:3]} {code[3:]}")
        settled(seen, "/")


@pytest.mark.req("LOGIN-5", "DSC-1")
def test_a_wrong_response_is_followed_by_a_new_challenge(portal: Portal, visit: Visits) -> None:
    person = portal.person("wrong")
    with visit() as seen:
        give_password(seen, person)
        asked = seen.page.inner_text(".challenge strong")
        type_answer(seen, "00000000")
        assert _FAILED in says(seen)
        assert seen.page.inner_text(".challenge strong") != asked
        seen.check("code-card-wrong")
        type_answer(seen, operate_card(seen, person.pockets["card"]))
        settled(seen, "/")


@pytest.mark.req("LOGIN-5", "CARD-1")
def test_wrong_values_of_the_code_card_ask_for_the_same_two_so_that_nobody_can_pick(
    portal: Portal, visit: Visits
) -> None:
    person = portal.person("wronp")
    with visit(language="ja") as seen:
        give_password(seen, person)
        asked = seen.page.locator(".challenge strong").all_inner_texts()
        type_answer(seen, "A1BC2D")
        assert seen.page.locator(".notice.bad").is_visible()
        assert seen.page.locator(".challenge strong").all_inner_texts() == asked
        type_answer(seen, answer(seen, person, "code-card"))
        settled(seen, "/")
        sign_out(seen)
        give_password(seen, person)
        assert seen.page.locator(".challenge strong").all_inner_texts() != asked


@pytest.mark.req("DSC-1")
@pytest.mark.parametrize(("language", "size"), [("en", PHONE), ("ja", DESKTOP)])
def test_a_slow_response_is_told_so_and_begins_at_a_new_challenge(
    portal: Portal, visit: Visits, language: str, size: tuple[int, int]
) -> None:
    person = portal.person("later")
    with visit(language=language, size=size) as seen:
        give_password(seen, person)
        asked = seen.page.inner_text(".challenge strong")
        portal.change(f"UPDATE login_challenge SET expires_at = {_PAST} WHERE state = 'pending'")
        type_answer(seen, "00000000")
        assert {"en": "This code has expired.", "ja": "有効期限"}[language] in says(seen)
        seen.check("code-expired")
        press(seen, "button[name=factor]")
        assert seen.page.inner_text(".challenge strong") != asked
        seen.check("code-card")
    portal.change("UPDATE login_failures SET recent = '[]', locked_until = NULL")


@pytest.mark.req("LOGIN-3")
def test_a_login_that_takes_too_long_begins_again(portal: Portal, visit: Visits) -> None:
    with visit(language="ja", size=PHONE) as seen:
        give_password(seen, portal.person("calmj"))
        portal.change(f"UPDATE login_signin SET expires_at = {_PAST} WHERE state = 'password-ok'")
        type_answer(seen, "A1BC2D")
        settled(seen, "/sign-in/over")
        seen.check("sign-in-over")
        seen.page.click("main a.button")
        settled(seen, "/sign-in")


@pytest.mark.req("SMS2FA-3", "VOICE-2")
def test_another_sms_comes_after_two_minutes_and_not_before(portal: Portal, visit: Visits) -> None:
    person = portal.person("again")
    with visit() as seen:
        give_password(seen, person)
        first = portal.next_code(person.number, 0)
        seen.page.click("details.help summary")
        assert seen.page.is_disabled("#again-sms")
        assert re.search(r"Another code can be sent in\s+[12]:\d\d", says(seen))
        seen.page.evaluate("document.querySelector('#again-sms').disabled = false")
        press(seen, "#again-sms")
        assert "A code was just sent." in says(seen)
        assert len(portal.letters(person.number)) == 1
        portal.change(
            "UPDATE login_challenge SET created_at = datetime(created_at, '-2 minutes')"
            " WHERE state = 'pending'"
        )
        portal.change("DELETE FROM login_allowance WHERE key LIKE 'codes:pause:%'")
        seen.page.reload()
        seen.page.click("details.help summary")
        press(seen, "#again-sms")
        second = portal.next_code(person.number, 1)
        type_answer(seen, first)
        assert _FAILED in says(seen), "the older code still opens"
        type_answer(seen, second)
        settled(seen, "/")


@pytest.mark.req("SMS-1", "PHN-6")
def test_who_gets_no_codes_finds_the_steps_that_help(portal: Portal, visit: Visits) -> None:
    with visit(language="ja", size=PHONE) as seen:
        give_password(seen, portal.person("helpy"))
        seen.page.click("details.help summary")
        seen.page.click("details.help a[href*='/help/sms']")
        settled(seen, "/help/sms")
        seen.check("sms-help")
        seen.page.click("main a:has-text('戻る')")
        settled(seen, "/sign-in/code")


@pytest.mark.req("SLS-10")
def test_the_preferred_factor_stands_first_from_then_on(portal: Portal, visit: Visits) -> None:
    person = portal.person("prefe")
    with visit() as seen:
        give_password(seen, person)
        options = seen.page.locator("select[name=factor] option")
        before = [one.get_attribute("value") or "" for one in options.all()]
        choose(seen, "code-card")
        type_answer(seen, answer(seen, person, "code-card"))
        settled(seen, "/")
        seen.go(f"/settings/login/factors/{before[1].partition(':')[2]}")
        press(seen, "main form[action$='/prefer'] button")
        sign_out(seen)
        give_password(seen, person)
        assert options.first.get_attribute("value") == before[1]


@pytest.mark.req("BP-2", "LATK-14")
@pytest.mark.parametrize(("language", "size"), [("en", DESKTOP), ("ja", PHONE)])
def test_after_signing_out_nothing_can_be_seen(
    portal: Portal, visit: Visits, language: str, size: tuple[int, int]
) -> None:
    person = portal.person("calmp" if language == "en" else "calmj")
    with visit(language=language, size=size) as seen:
        sign_in(seen, person, "code-card")
        kept = seen.context.cookies()
        seen.go("/statements")
        sign_out(seen)
        seen.check("signed-out")
        seen.page.go_back()
        seen.page.wait_for_load_state()
        assert person.full_name not in seen.page.content()
        assert "/sign-in" in seen.page.url
        seen.context.add_cookies(kept)
        seen.go("/")
        assert person.full_name not in seen.page.content(), "the old cookie still opens"


@pytest.mark.req("BP-2")
def test_a_session_without_use_ends_and_leads_back(portal: Portal, visit: Visits) -> None:
    person = portal.person("calmp")
    with visit() as seen:
        sign_in(seen, person, "code-card")
        portal.change(
            "UPDATE login_websession SET seen_at = datetime('now', '-16 minutes')"
            " WHERE ended_at IS NULL"
        )
        seen.go("/statements")
        settled(seen, "/session-over")
        seen.check("session-over")
        seen.page.click("main a.button")
        seen.page.fill("input[name=name]", person.name)
        seen.page.fill("input[name=password]", person.password)
        press(seen, "main form[action='/sign-in'] button[type=submit]")
        type_answer(seen, answer(seen, person, "code-card"))
        settled(seen, "/statements")


@pytest.mark.req("BP-1")
@pytest.mark.parametrize(("language", "size"), [("en", PHONE), ("ja", DESKTOP)])
def test_the_password_can_be_typed_on_the_screen_and_pasted(
    portal: Portal, visit: Visits, language: str, size: tuple[int, int]
) -> None:
    person = portal.person("calmp")
    with visit(language=language, size=size) as seen:
        seen.go("/sign-in")
        seen.page.fill("input[name=name]", person.name)
        seen.page.click("[data-keyboard=id_password]")
        for letter in person.password:
            _press_key(seen, letter)
        seen.check("sign-in-keyboard")
        assert seen.page.input_value("#id_password") == person.password
        seen.context.grant_permissions(["clipboard-read", "clipboard-write"])
        seen.page.evaluate("text => navigator.clipboard.writeText(text)", person.password)
        seen.page.fill("#id_password", "")
        seen.page.focus("#id_password")
        seen.page.keyboard.press("Control+v")
        assert seen.page.input_value("#id_password") == person.password
        press(seen, "main form[action='/sign-in'] button[type=submit]")
        settled(seen, "/sign-in/code")


def _press_key(seen: Visit, letter: str) -> None:
    board = seen.page.locator(".keyboard")
    shift = board.locator("[aria-pressed]")
    if letter.isupper():
        shift.click()
    is_sign = not letter.isalnum()
    if is_sign:
        board.get_by_text("#+=", exact=True).click()
    board.get_by_text(letter, exact=True).click()
    if is_sign:
        board.get_by_text("abc", exact=True).click()


def _let_a_day_pass(portal: Portal, person: Person) -> None:
    """Move a user's failures back by a day and a minute."""
    found = portal.daemon.rows("SELECT * FROM login_failures WHERE name = ?", person.name)
    for row in found:
        times = [moment - 86_460 for moment in json.loads(row["recent"])]
        portal.change(
            "UPDATE login_failures SET recent = ?, locked_until = datetime(locked_until,"
            " '-1 day', '-1 minute') WHERE id = ?",
            json.dumps(times),
            row["id"],
        )


@pytest.mark.req("LOGIN-3")
def test_the_enter_key_behind_the_last_digit_sends_no_code_twice(
    portal: Portal, visit: Visits
) -> None:
    person = portal.person("enter")
    known = len(portal.letters(person.number))
    with visit() as seen:
        give_password(seen, person)
        code = answer(seen, person, "sms", known=known)
        sent: list[str] = []
        seen.page.on("request", lambda one: one.method == "POST" and sent.append(one.url))
        seen.page.locator("input[name=answer]").focus()
        seen.page.keyboard.type(code)
        seen.page.keyboard.press("Enter")
        settled(seen, "/")
    assert sent == [f"{portal.site}/sign-in/code"]
