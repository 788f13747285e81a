"""A lost device: temporary code, printed code card, and what is left when both are over (F12)."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest

from tests.journeys.portal.browsing import DESKTOP, PHONE, Newcomer, Person, Portal, Visit
from tests.journeys.portal.signing import (
    answer,
    choose,
    give_password,
    press,
    says,
    settled,
    sign_in,
    sign_out,
    type_answer,
)

Visits = Callable[..., AbstractContextManager[Visit]]

_DAY = 24


@pytest.fixture(scope="module", autouse=True)
def people(portal: Portal) -> None:
    """Codes and cards of every age."""
    portal.add_people(
        Newcomer("loste"),
        Newcomer("lostj", language="ja"),
        Newcomer("twice"),
        Newcomer("older", ("temporary",), hours=3 * _DAY),
        Newcomer("oldja", ("temporary",), "ja", hours=3 * _DAY),
        Newcomer("spent", ("temporary",), hours=13 * _DAY),
        Newcomer("paper", ("code-card",), "ja", hours=22 * _DAY),
    )


@pytest.mark.req("TEMP-1", "TEMP-2", "CARD-2", "CARD-3", "SHARE-1")
@pytest.mark.parametrize(
    ("letters", "language", "size"), [("loste", "en", PHONE), ("lostj", "ja", DESKTOP)]
)
def test_a_temporary_code_leads_to_a_printed_card_and_that_into_the_portal(
    portal: Portal, visit: Visits, letters: str, language: str, size: tuple[int, int]
) -> None:
    person = _called(portal, portal.person(letters))
    with visit(language=language, size=size) as seen:
        sign_in(seen, person, "temporary")
        seen.go("/settings/login/code-card")
        seen.check("code-card-before")
        press(seen, "main form[action='/settings/login/code-card'] button[type=submit]")
        entries = seen.page.locator(".grid-of-codes .mono").all_inner_texts()
        assert len(entries) == 60
        seen.check("code-card-drawn")
        seen.page.emulate_media(media="print")
        seen.picture("code-card-printed")
        assert not seen.page.is_visible(".no-print")
        seen.page.emulate_media(media="screen")
        with seen.page.expect_download() as paper:
            seen.page.click("a[href$='/paper']")
        assert paper.value.path().read_bytes().startswith(b"%PDF-")
        type_answer(seen, "A1BC2D")
        assert seen.page.locator(".notice.bad").is_visible()
        person.pockets["code-card"] = {"entries": entries}
        type_answer(seen, answer(seen, person, "code-card"))
        settled(seen, "/settings/login/code-card")
        assert re.search(r"20\d\d-\d\d-\d\d \d\d:\d\d UTC", says(seen)), "until when is not said"
        seen.check("code-card-active")
        sign_out(seen)
        give_password(seen, person)
        if seen.page.url.endswith("/factor"):
            choose(seen, "code-card")
        type_answer(seen, answer(seen, person, "code-card"))
        settled(seen, "/")


@pytest.mark.req("TEMP-3")
def test_the_desk_gives_no_second_code_after_a_code(portal: Portal) -> None:
    person = _called(portal, portal.person("twice"))
    refused = portal.daemon.run("user", "temporary-code", person.name, status=77)
    assert "TEMPORARY-AGAIN" in refused.stderr


@pytest.mark.req("TEMP-2")
@pytest.mark.parametrize(
    ("letters", "language", "size"), [("older", "en", DESKTOP), ("oldja", "ja", PHONE)]
)
def test_after_two_days_a_temporary_code_prints_a_card_and_opens_nothing_else(
    portal: Portal, visit: Visits, letters: str, language: str, size: tuple[int, int]
) -> None:
    person = portal.person(letters)
    with visit(language=language, size=size) as seen:
        give_password(seen, person)
        type_answer(seen, answer(seen, person, "temporary"))
        settled(seen, "/")
        for path in ("/", "/statements", "/settings/login", "/settings/security", "/messages"):
            seen.go(path)
            assert "SCOPE-CODE-CARD" in says(seen), path
        seen.check("code-card-only")
        press(seen, "main a.button")
        settled(seen, "/settings/login/code-card")
        press(seen, "main form[action='/settings/login/code-card'] button[type=submit]")
        assert seen.page.locator(".grid-of-codes li").count() == 60


@pytest.mark.req("TEMP-2", "TEMP-4", "CARD-2")
@pytest.mark.parametrize(
    ("letters", "language", "size"), [("spent", "en", PHONE), ("paper", "ja", DESKTOP)]
)
def test_when_code_and_card_are_over_the_telephone_is_left(
    portal: Portal, visit: Visits, letters: str, language: str, size: tuple[int, int]
) -> None:
    with visit(language=language, size=size) as seen:
        give_password(seen, portal.person(letters))
        settled(seen, "/sign-in/no-factor")
        assert "+44 20 7946 0000" in says(seen)
        seen.check("no-factor")


def _called(portal: Portal, person: Person) -> Person:
    """The person telephones; the desk verifies who calls and reads a temporary code out."""
    said = portal.daemon.run("user", "temporary-code", person.name, given=b"y\n" * 3).stdout
    found = re.search(r"\b(?:[0-9A-Z]{5}-){2}[0-9A-Z]{5}\b", said)
    assert found is not None, said
    person.pockets["temporary"] = {"code": found[0]}
    return person
