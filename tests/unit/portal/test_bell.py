"""The bell: messages in the person's language, counted, read, and never another's."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from tests.conftest import StillClock

pytestmark = pytest.mark.django_db


def ring(user: Any, at: Any, kind: str = "factor-added", **facts: str) -> None:
    """Put a line under a user's bell."""
    from strongroom.messages.models import BellNotice

    BellNotice.objects.create(user=user, kind=kind, facts=facts, at=at)


@pytest.mark.req("MON-4")
def test_a_message_is_told_in_the_person_s_language(
    make_user: Callable[..., Any], signed_in: Callable[..., Any], clock: StillClock
) -> None:
    anna, hana = make_user("anova123"), make_user("hanak456", language="ja")
    for user in (anna, hana):
        ring(user, clock.now(), factor="totp", label="Pixel 9")
    english = signed_in(anna).get("/messages").content.decode()
    assert "A device was added to your login" in english
    assert "authenticator app Pixel 9" in english
    japanese = signed_in(hana).get("/messages").content.decode()
    assert "認証手段が追加されました" in japanese


def test_every_kind_of_alert_has_its_line_in_both_languages_without_secrets() -> None:
    from strongroom.messages.letter_texts.bell_lines import line
    from strongroom.messages.letter_texts.rendering import House
    from strongroom.messages.letter_texts.words import Language
    from strongroom.rules.alerts import AlertKind

    for kind in AlertKind:
        for language in Language:
            title, text = line(kind, {}, language=language, house=House("Firm", "us"))
            assert title
            assert "{" not in title + text
            assert not text.endswith((":", "："))


def test_a_line_of_a_later_version_is_shown_and_not_stumbled_over(
    make_user: Callable[..., Any], signed_in: Callable[..., Any], clock: StillClock
) -> None:
    user = make_user()
    ring(user, clock.now(), "kind-of-tomorrow")
    assert "kind-of-tomorrow" in signed_in(user).get("/messages").content.decode()


def test_nobody_reads_another_s_messages(
    make_user: Callable[..., Any], signed_in: Callable[..., Any], clock: StillClock
) -> None:
    from strongroom.messages.models import BellNotice

    anna, borys = make_user("anova123"), make_user("borys456")
    ring(borys, clock.now(), label="Borys's phone")
    browser = signed_in(anna)
    assert "Borys" not in browser.get("/messages").content.decode()
    browser.post("/messages/read", {"until": clock.now().isoformat()})
    assert BellNotice.objects.get().read_at is None


def test_marking_as_read_leaves_what_came_since(
    make_user: Callable[..., Any], signed_in: Callable[..., Any], clock: StillClock
) -> None:
    from strongroom.audit.models import Event
    from strongroom.messages import bell

    user = make_user()
    ring(user, clock.now())
    seen = clock.now()
    ring(user, clock.now() + timedelta(minutes=1), "locked-out")
    browser = signed_in(user)
    response = browser.post("/messages/read", {"until": seen.isoformat()})
    assert response.status_code == 303
    assert bell.unread(user) == 1
    assert Event.objects.filter(verb="bell.read").count() == 1
    browser.post("/messages/read", {"until": seen.isoformat()})
    assert Event.objects.filter(verb="bell.read").count() == 1


@pytest.mark.parametrize("until", ["", "nonsense", "2026-13-45T00:00:00Z", "2026-11-23T10:00:00"])
def test_a_moment_that_no_page_sent_marks_nothing(
    until: str, make_user: Callable[..., Any], signed_in: Callable[..., Any], clock: StillClock
) -> None:
    from strongroom.messages import bell

    user = make_user()
    ring(user, clock.now())
    assert signed_in(user).post("/messages/read", {"until": until}).status_code == 303
    assert bell.unread(user) == 1


def test_many_messages_come_in_pages(
    make_user: Callable[..., Any], signed_in: Callable[..., Any], clock: StillClock
) -> None:
    import re

    user = make_user()
    for number in range(35):
        ring(user, clock.now(), label=f"phone {number:02}")
    browser = signed_in(user)
    first = browser.get("/messages").content.decode()
    assert first.count("bell-row") == 30
    further = re.search(r'href="(\?before=\d+)"', first)
    assert further is not None
    assert browser.get("/messages" + further[1]).content.decode().count("bell-row") == 5
    assert browser.get("/messages?before=x").status_code == 200


def test_an_empty_bell_says_so(
    make_user: Callable[..., Any], signed_in: Callable[..., Any]
) -> None:
    assert "No messages" in signed_in(make_user()).get("/messages").content.decode()
