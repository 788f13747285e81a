"""A forgotten password: asked for, a link by mail, a second factor, a new one (F14)."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest

from tests.journeys.daemon import wait_for
from tests.journeys.portal.browsing import DESKTOP, PHONE, Newcomer, Person, Portal, Visit
from tests.journeys.portal.signing import (
    answer,
    give_password,
    press,
    says,
    settled,
    sign_in,
    type_answer,
)

Visits = Callable[..., AbstractContextManager[Visit]]

_NEW = "Evening-Tram-9-Compass"


@pytest.fixture(scope="module", autouse=True)
def people(portal: Portal) -> None:
    """Each forgets once."""
    portal.add_people(
        Newcomer("forge", ("code-card",)),
        Newcomer("forgj", ("code-card", "recovery"), "ja"),
        Newcomer("rules", ("code-card",)),
        Newcomer("sameq", ("code-card",)),
        Newcomer("locks", ("code-card",)),
        Newcomer("proof", ("code-card",)),
    )


@pytest.mark.req("PWD-3", "PWD-8", "LATK-24")
@pytest.mark.parametrize(
    ("letters", "look"),
    [
        ("forge", {"language": "en", "size": DESKTOP}),
        ("forgj", {"language": "ja", "size": PHONE, "scheme": "dark"}),
    ],
)
def test_who_forgot_the_password_sets_a_new_one_with_a_link_and_a_factor(
    portal: Portal, visit: Visits, letters: str, look: dict[str, Any]
) -> None:
    person = portal.person(letters)
    with visit() as elsewhere, visit(**look) as seen:
        sign_in(elsewhere, person, "code-card")
        seen.go("/sign-in")
        seen.page.click("main a[href^='/sign-in/reset']")
        seen.check("reset")
        _ask(seen, person.name)
        seen.check("reset-sent")
        _open_link(seen, person)
        seen.check("reset-factor")
        _prove(seen, person)
        seen.check("reset-password")
        _set(seen, _NEW)
        seen.check("reset-done")
        seen.go("/")
        assert "/sign-in" in seen.page.url, "a reset signs in"
        elsewhere.go("/statements")
        settled(elsewhere, "/session-over")
        give_password(seen, person)
        settled(seen, "/sign-in")
        give_password(seen, person, password=_NEW)
        assert seen.page.url.endswith(("/sign-in/code", "/sign-in/factor"))
    told = portal.letters(f"{letters}@example.com")[0]["text"]
    assert "/sign-in/not-me/" in told


@pytest.mark.req("PWD-8", "LATK-11")
def test_who_asks_for_nobody_reads_the_same_and_nothing_is_sent(
    portal: Portal, visit: Visits
) -> None:
    person, pages = portal.person("proof"), []
    with visit() as seen:
        for name in (person.name, "nobod999"):
            seen.go("/sign-in/reset")
            _ask(seen, name)
            pages.append(seen.page.inner_html("main"))
    assert pages[0] == pages[1]
    assert portal.letters("") == []


@pytest.mark.req("LOGIN-7", "PWD-3")
def test_other_systems_link_to_the_reset_with_the_name_filled_in(
    portal: Portal, visit: Visits
) -> None:
    person = portal.person("proof")
    with visit(language="ja") as seen:
        seen.go(f"/sign-in/reset?user={person.name}")
        assert seen.page.input_value("input[name=name]") == person.name
        seen.go("/sign-in/reset?user=<script>")
        assert seen.page.input_value("input[name=name]") == ""


@pytest.mark.req("PWD-1", "PWD-3")
def test_a_broken_rule_is_named(portal: Portal, visit: Visits) -> None:
    person = portal.person("rules")
    broken = {
        "a1": "A password needs at least 6 characters",
        "only-letters-here": "A password needs at least one digit.",
        "2718281828459": "A password needs at least one letter.",
        "x1" * 25: "A password has at most 40 characters",
        "password1": "one of those that thieves try first",
        f"{person.name}-7-lantern": "cannot have your user name",
    }
    with visit(size=PHONE) as seen:
        seen.go("/sign-in/reset")
        _ask(seen, person.name)
        _open_link(seen, person)
        _prove(seen, person)
        for password, rule in broken.items():
            _set(seen, password)
            assert rule in says(seen), password
            assert seen.page.input_value("input[name=password]") == ""
        seen.check("reset-password-rule")


@pytest.mark.req("PWD-3")
def test_the_same_password_and_a_mistyped_second_one_are_refused(
    portal: Portal, visit: Visits
) -> None:
    person = portal.person("sameq")
    with visit(language="ja", size=PHONE) as seen:
        seen.go("/sign-in/reset")
        _ask(seen, person.name)
        _open_link(seen, person)
        _prove(seen, person)
        seen.page.fill("input[name=password]", _NEW)
        seen.page.fill("input[name=again]", f"{_NEW}x")
        press(seen, "main form button[type=submit]")
        assert seen.page.locator(".has-error .error").count() == 1
        seen.check("reset-password-again")
        _set(seen, person.password)
        assert seen.page.locator(".has-error .error").count() == 1
        settled(seen, "/sign-in/reset-password")


@pytest.mark.req("LOGIN-4", "PWD-8")
def test_a_reset_does_not_lift_a_lock(portal: Portal, visit: Visits) -> None:
    person = portal.person("locks")
    with visit() as seen:
        for _ in range(10):
            give_password(seen, person, password="Another-1-Password")
        seen.go("/sign-in/reset")
        _ask(seen, person.name)
        _open_link(seen, person)
        _prove(seen, person)
        _set(seen, _NEW)
        give_password(seen, person, password=_NEW)
        settled(seen, "/sign-in")
        assert "do not belong together" in says(seen)


@pytest.mark.req("PWD-8", "LATK-24")
def test_a_link_without_the_factor_opens_nothing_and_is_good_once(
    portal: Portal, visit: Visits
) -> None:
    person = portal.person("proof")
    with visit() as seen:
        seen.go("/sign-in/reset")
        _ask(seen, person.name)
        link = _open_link(seen, person)
        seen.go("/sign-in/reset-password")
        settled(seen, "/sign-in/reset-factor")
        press(seen, "main form button[type=submit]")
        type_answer(seen, "A1BC2D")
        assert "The login failed." in says(seen)
        seen.go("/sign-in/reset-password")
        settled(seen, "/sign-in/reset-factor")
        _prove(seen, person)
        _set(seen, _NEW)
        seen.page.goto(link)
        assert "This link is no longer good" in says(seen)
        seen.check("reset-over")


def _ask(seen: Visit, name: str) -> None:
    seen.page.fill("input[name=name]", name)
    press(seen, "main form[action='/sign-in/reset'] button[type=submit]")
    settled(seen, "/sign-in/reset/sent")


def _open_link(seen: Visit, person: Person) -> str:
    """Open the newest link; it needs a button, so that a mail filter's look changes nothing."""
    link = _link(seen, person)
    seen.page.goto(link)
    press(seen, "main form button[type=submit]")
    settled(seen, "/sign-in/reset-factor")
    return link


def _link(seen: Visit, person: Person) -> str:
    def found() -> list[str]:
        texts = [one["text"] for one in seen.portal.letters(f"{person.name[:5]}@example.com")]
        return re.findall(r"\S+/sign-in/reset/\S+", "\n".join(texts))

    return str(wait_for(found, "a letter with a link")[0])


def _prove(seen: Visit, person: Person) -> None:
    if seen.page.locator("select[name=factor]").count():
        value = seen.page.locator("option[value^='code-card:']").get_attribute("value")
        seen.page.select_option("select[name=factor]", value)
    press(seen, "main form button[type=submit]")
    type_answer(seen, answer(seen, person, "code-card"))
    settled(seen, "/sign-in/reset-password")


def _set(seen: Visit, password: str) -> None:
    seen.page.fill("input[name=password]", password)
    seen.page.fill("input[name=again]", password)
    press(seen, "main form button[type=submit]")
