"""People look after their password and factors in a real browser (F10, SLS-9 to SLS-11)."""

import re
import shutil
import subprocess
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote

import pytest

from tests.journeys.portal.browsing import PHONE, Newcomer, Portal, Visit
from tests.journeys.portal.inside import enter, let_time_pass, prove_again, send
from tests.journeys.portal.signing import (
    answer,
    choose,
    give_password,
    press,
    says,
    settled,
    sign_in,
    totp,
    type_answer,
)

pytestmark = pytest.mark.timeout(240)
Opens = Callable[..., AbstractContextManager[Visit]]
_LOGIN = "/settings/login"


@pytest.fixture(scope="module", autouse=True)
def people(portal: Portal) -> None:
    """People of these tests alone."""
    portal.add_people(
        Newcomer("pwdch", ("totp",)),
        Newcomer("manya", ("sms", "totp")),
        Newcomer("keyed", ("totp",)),
        Newcomer("numbr", ("totp",)),
        Newcomer("saved", ("totp",), "ja"),
        Newcomer("paprs", ("totp",)),
        Newcomer("bridg", ("temporary",), hours=60),
    )


def _key_of_picture(seen: Visit, folder: Path) -> str:
    """Scan the page's QR code; returns the link in it."""
    if shutil.which("zbarimg") is None:
        pytest.skip("zbarimg is not installed")
    picture = folder / "qr.png"
    seen.page.locator(".qr img").screenshot(path=picture)
    words = ["zbarimg", "--raw", "-q", str(picture)]
    return subprocess.run(words, capture_output=True, text=True, check=True, timeout=30).stdout


@pytest.mark.req("PWD-2", "PWD-7", "F10", "LATK-25")
def test_the_password_is_changed_after_a_fresh_factor_and_every_no_names_its_rule(
    portal: Portal, visit: Opens
) -> None:
    person, new = portal.person("pwdch"), "Harbour-9-Quiet-Lantern"
    with visit() as seen, visit(size=PHONE) as other:
        enter(seen, person)
        enter(other, person)
        let_time_pass(seen, person)
        seen.go(f"{_LOGIN}/password")
        seen.check("step-up")
        prove_again(seen, person)
        settled(seen, f"{_LOGIN}/password")
        seen.check("password")
        assert "A password manager" in seen.page.content()
        for old, wanted, again, said in (
            ("Not-the-0ld-one", new, new, "The old password is not right"),
            (person.password, "abc1", "abc1", "at least"),
            (person.password, "LanternLanternHill", "LanternLanternHill", "at least one digit"),
            (person.password, f"{person.name}-Hill", f"{person.name}-Hill", "your user name"),
            (person.password, new, f"{new}!", "The two are not the same"),
            (person.password, person.password, person.password, "your password already"),
        ):
            _fill_passwords(seen, old, wanted, again)
            assert said in says(seen)
        seen.check("password-refused")
        _fill_passwords(seen, person.password, new, new)
        settled(seen, _LOGIN)
        assert "Your password is changed" in says(seen)
        seen.check("password-changed")
        other.go("/statements")
        assert "/statements" not in other.page.url.split("?")[0], "the other session goes on"
    with visit() as seen:
        give_password(seen, person)
        assert seen.page.url.endswith("/sign-in"), "the old password opens"
        enter(seen, person, password=new)


def _fill_passwords(seen: Visit, old: str, new: str, again: str) -> None:
    seen.page.fill("input[name=old]", old)
    seen.page.fill("input[name=password]", new)
    seen.page.fill("input[name=again]", again)
    send(seen)


@pytest.mark.req("SLS-9", "SLS-10", "F6")
def test_an_app_is_added_by_picture_or_text_named_preferred_and_removed(
    portal: Portal, visit: Opens, tmp_path: Path
) -> None:
    person = portal.person("manya")
    with visit(size=PHONE, scheme="dark") as seen:
        sign_in(seen, person, "totp")
        seen.go(_LOGIN)
        seen.check("login-settings")
        assert "1,000,000" in seen.page.inner_text("table.limits")
        assert "This session" in seen.page.inner_text("tr.own")
        seen.page.click("a[href='/settings/login/add/totp']")
        seen.check("add-totp")
        send(seen)
        seen.page.click("details.help summary")
        seen.check("totp-new")
        secret = re.sub(r"\s", "", seen.page.inner_text("details.help .mono"))
        link = _key_of_picture(seen, tmp_path)
        assert f"secret={secret}" in link
        assert person.name in unquote(link)
        right = totp(replace(person, pockets={"totp": {"secret": secret}}))
        type_answer(seen, f"{(int(right) + 1) % 1_000_000:06}")
        assert seen.page.locator(".error, .notice.bad").count()
        type_answer(seen, right)
        _name_prefer_and_remove(seen)


def _name_prefer_and_remove(seen: Visit) -> None:
    """Do with the factor whose page is shown all that can be done with one."""
    seen.check("factor-new")
    mine = seen.page.url.removeprefix(seen.portal.site)
    seen.page.fill("input[name=label]", "Tablet in the study")
    press(seen, "form[action$='/name'] button")
    press(seen, "form[action$='/prefer'] button")
    settled(seen, _LOGIN)
    first = seen.page.locator("section[aria-labelledby=factors] li").first.inner_text()
    assert "Tablet in the study" in first
    assert "Asked first" in first
    seen.go(f"{mine}/remove")
    seen.check("factor-remove")
    send(seen)
    settled(seen, _LOGIN)
    assert "The factor is removed" in says(seen)
    assert "Tablet in the study" not in says(seen)


@pytest.mark.req("SLS-9", "SMS2FA-1", "LATK-18")
def test_codes_by_sms_are_added_for_a_number_that_is_verified(portal: Portal, visit: Opens) -> None:
    person = portal.person("numbr")
    with visit() as seen:
        enter(seen, person)
        seen.go(f"{_LOGIN}/add/sms")
        settled(seen, "/settings/communication/phones")
        seen.page.click("main tr a:has-text('Change')")
        seen.page.click("a[href$='/codes']")
        seen.check("number-codes")
        send(seen)
        assert "Login codes go to this number" in says(seen)
        seen.go(_LOGIN)
        assert "Code by SMS" in seen.page.inner_text("section[aria-labelledby=factors]")
    with visit(size=PHONE) as seen:
        sign_in(seen, person, "sms")


@pytest.mark.req("LATK-27", "SLS-9")
def test_a_passkey_is_made_here_and_signs_in_afterwards(portal: Portal, visit: Opens) -> None:
    person = portal.person("keyed")
    with visit(size=PHONE) as seen:
        enter(seen, person)
        talk = seen.context.new_cdp_session(seen.page)
        talk.send("WebAuthn.enable")
        options = {
            "protocol": "ctap2",
            "transport": "internal",
            "hasResidentKey": True,
            "hasUserVerification": True,
            "isUserVerified": True,
            "automaticPresenceSimulation": True,
        }
        talk.send("WebAuthn.addVirtualAuthenticator", {"options": options})
        seen.go(f"{_LOGIN}/add/passkey")
        seen.check("add-passkey")
        send(seen)
        seen.check("passkey-new")
        seen.page.click("form[data-passkey] button[type=submit]")
        seen.page.wait_for_url("**/settings/login/factors/*")
        assert "Your new factor is active" in says(seen)
        seen.context.clear_cookies()
        give_password(seen, person)
        if seen.page.url.endswith("/sign-in/factor"):
            choose(seen, "passkey")
        seen.page.click("form[data-passkey] button[type=submit]")
        settled(seen, "/")
        seen.go(_LOGIN)
        assert "Passkey" in seen.page.inner_text("tr.own")


@pytest.mark.req("LATK-29", "BP-2")
def test_recovery_codes_are_shown_once_can_be_saved_and_one_signs_in(
    portal: Portal, visit: Opens
) -> None:
    person = portal.person("saved")
    with visit(language="ja", size=PHONE, scheme="dark") as seen:
        enter(seen, person)
        seen.go(f"{_LOGIN}/add/recovery")
        seen.check("add-recovery")
        send(seen)
        seen.check("recovery-new")
        codes = seen.page.locator("ol.codes li").all_inner_texts()
        assert len(codes) == len(set(codes)) == 10
        seen.page.emulate_media(media="print")
        seen.picture("recovery-print")
        assert seen.page.is_visible("ol.codes")
        ink = seen.page.locator("ol.codes li").first.evaluate("one => getComputedStyle(one).color")
        assert ink == "rgb(0, 0, 0)", "who reads in the dark prints light letters on white paper"
        assert not seen.page.is_visible("header.top")
        seen.page.emulate_media(media="screen")
        with seen.page.expect_download() as taking:
            seen.page.click("form[action$='/recovery-codes'] button")
        kept = taking.value.path().read_text("utf-8")
        assert all(code in kept for code in codes)
        seen.go(_LOGIN)
        assert "10" in seen.page.locator("a[href*='/factors/']", has_text="リカバリー").inner_text()
        assert not any(code in seen.page.content() for code in codes)
    with visit(language="ja") as seen:
        give_password(seen, person)
        choose(seen, "recovery")
        type_answer(seen, codes[3])
        settled(seen, "/")
    with visit(language="ja") as seen:
        give_password(seen, person)
        choose(seen, "recovery")
        type_answer(seen, codes[3])
        assert seen.page.url.endswith("/sign-in/code"), "a code opened twice"


def _print_and_activate(seen: Visit, folder: Path) -> list[str]:
    """Draw a code card, hold paper and print to the page, and activate it."""
    seen.go(f"{_LOGIN}/code-card")
    seen.check("code-card")
    send(seen)
    seen.check("code-card-new")
    entries = seen.page.locator("ol.grid-of-codes li span.mono").all_inner_texts()
    assert len(entries) == 60
    assert all(len(entry) == 3 for entry in entries)
    with seen.page.expect_download() as taking:
        seen.page.click("a[href$='/paper']")
    paper = folder / "card.pdf"
    shutil.copy(taking.value.path(), paper)
    assert paper.read_bytes().startswith(b"%PDF-")
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext is not installed")
    words = ["pdftotext", "-layout", str(paper), "-"]
    text = subprocess.run(words, capture_output=True, text=True, check=True, timeout=30).stdout
    assert set(entries) <= set(text.split())
    seen.page.emulate_media(media="print")
    seen.picture("code-card-print")
    assert seen.page.is_visible("ol.grid-of-codes")
    assert not seen.page.is_visible("#activate")
    seen.page.emulate_media(media="screen")
    return entries


def _values(seen: Visit, entries: list[str]) -> str:
    asked = seen.page.locator(".indexes strong").all_inner_texts()
    return "".join(entries[int(index) - 1] for index in asked)


@pytest.mark.req("CARD-1", "CARD-2", "CARD-3")
def test_a_code_card_is_drawn_printed_and_activated_by_two_of_its_values(
    portal: Portal, visit: Opens, tmp_path: Path
) -> None:
    person = portal.person("paprs")
    with visit() as seen:
        enter(seen, person)
        entries = _print_and_activate(seen, tmp_path)
        place = seen.page.url
        type_answer(seen, "ZZZ999")
        assert seen.page.locator(".error, .notice.bad").count()
        if seen.page.url != place or not seen.page.locator("input[name=answer]").count():
            send(seen)
        type_answer(seen, _values(seen, entries))
        settled(seen, f"{_LOGIN}/code-card")
        assert "Your code card is active until" in says(seen)
        seen.check("code-card-active")
        seen.page.goto(place)
        assert entries[7] not in [
            *seen.page.locator("ol.grid-of-codes li span.mono").all_inner_texts()
        ], "an active card can be seen"
    with visit(size=PHONE) as seen:
        give_password(seen, person)
        choose(seen, "code-card")
        type_answer(seen, _values(seen, entries))
        settled(seen, "/")


@pytest.mark.req("TEMP-2", "CARD-3")
def test_after_its_second_day_a_temporary_code_prints_a_code_card_and_opens_nothing_else(
    portal: Portal, visit: Opens, tmp_path: Path
) -> None:
    person = portal.person("bridg")
    with visit(size=PHONE) as seen:
        known = len(portal.letters(person.number))
        give_password(seen, person)
        type_answer(seen, answer(seen, person, "temporary", known=known))
        for path in ("/", "/statements", "/messages", "/settings", _LOGIN):
            seen.go(path)
            assert "/code-card" in seen.page.url or "code card" in says(seen), path
            assert not seen.page.locator("nav.main-nav").count(), path
        entries = _print_and_activate(seen, tmp_path)
        type_answer(seen, _values(seen, entries))
        settled(seen, f"{_LOGIN}/code-card")
        assert "active until" in says(seen)
