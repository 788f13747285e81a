"""The page on which a development house shows its messages: here alone, and calls can be taken."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from strongroom.backends.senders.console.sender import ConsoleBoard, ConsoleSender
from strongroom.messages.letter_sending import Mailroom
from strongroom.messages.models import Channel, Letter, LetterState
from strongroom.messages.providers import Providers

from tests.conftest import StillClock
from tests.unit.letters.desk import CODE, Desk

pytestmark = pytest.mark.django_db
LOOPBACK = "127.0.0.1"


@pytest.fixture
def desk(clock: StillClock, tmp_path: Path) -> Desk:
    """A desk whose senders keep what they are given."""
    made = Desk(clock)
    senders = {one: ConsoleSender(tmp_path, channel=one.value) for one in Channel}
    made.room = Mailroom(senders, made.sealing, made.room.house)
    return made


@pytest.fixture
def browser(portal_house: Any, desk: Desk, tmp_path: Path) -> Callable[..., Any]:
    """A factory of browsers of a development house."""
    from tests.unit.portal.portal_house import PortalClient

    def make(**kwargs: Any) -> PortalClient:
        shown = Providers(desk=desk.calls, board=ConsoleBoard(tmp_path))
        login = replace(portal_house.login, site=kwargs.pop("site", "http://localhost:8443"))
        return PortalClient(replace(portal_house, providers=shown, login=login), **kwargs)

    return make


def test_messages_show_with_their_texts(browser: Callable[..., Any], desk: Desk) -> None:
    assert "No messages yet" in browser().get("/demo/messages", REMOTE_ADDR=LOOPBACK).text
    desk.code()
    desk.round()
    page = browser().get("/demo/messages", REMOTE_ADDR=LOOPBACK)
    assert page.status_code == 200
    assert CODE in page.text
    assert "+819012345678" in page.text


@pytest.mark.req("LATK-3")
def test_a_call_says_its_code_when_a_key_is_pressed(
    browser: Callable[..., Any], desk: Desk
) -> None:
    desk.code(channel="voice")
    desk.round()
    here = browser()
    page = here.get("/demo/messages", REMOTE_ADDR=LOOPBACK)
    assert "Press any key" in page.text
    assert "zero, zero" not in page.text
    key = {"handle": Letter.objects.get().handle}
    heard = here.post("/demo/messages/key", key, REMOTE_ADDR=LOOPBACK)
    assert "zero, zero, four, two, one, seven" in heard.text
    assert Letter.objects.get().state == LetterState.DELIVERED
    again = here.post("/demo/messages/key", key, REMOTE_ADDR=LOOPBACK)
    assert "The call was over" in again.text
    assert here.post("/demo/messages/key", {}, REMOTE_ADDR=LOOPBACK).status_code == 404


@pytest.mark.req("LATK-15")
def test_a_key_is_not_pressed_for_another_site(browser: Callable[..., Any], desk: Desk) -> None:
    desk.code(channel="voice")
    desk.round()
    key = {"handle": Letter.objects.get().handle}
    foreign = browser(enforce_csrf_checks=True)
    answer = foreign.post("/demo/messages/key", key, REMOTE_ADDR=LOOPBACK)
    assert answer.status_code == 403
    assert Letter.objects.get().state == LetterState.SENT


def test_from_another_machine_the_page_does_not_exist(browser: Callable[..., Any]) -> None:
    assert browser().get("/demo/messages").status_code == 404
    assert browser().post("/demo/messages/key", {"handle": "x"}).status_code == 404


@pytest.mark.req("LATK-21")
@pytest.mark.parametrize("header", ["X_FORWARDED_FOR", "FORWARDED", "VIA", "X_REAL_IP"])
def test_a_proxy_on_this_machine_opens_the_page_to_nobody(
    browser: Callable[..., Any], header: str
) -> None:
    named = {f"HTTP_{header}": "127.0.0.1"}
    answer = browser().get("/demo/messages", REMOTE_ADDR=LOOPBACK, **named)
    assert answer.status_code == 404


@pytest.mark.req("LATK-21")
def test_a_portal_with_a_public_name_has_no_such_page(browser: Callable[..., Any]) -> None:
    public = browser(site="https://portal.example.test")
    assert public.get("/demo/messages", REMOTE_ADDR=LOOPBACK).status_code == 404


def test_a_house_that_sends_messages_has_no_such_page(portal: Any) -> None:
    assert portal.get("/demo/messages", REMOTE_ADDR=LOOPBACK).status_code == 404
