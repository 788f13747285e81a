"""Settings > User settings > Security: addresses, sessions, browsers, history, check-up."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from tests.conftest import StillClock

pytestmark = pytest.mark.django_db

HERE = "198.51.100.7"
Make = Callable[..., Any]


@pytest.fixture
def anna(make_user: Make, clock: StillClock) -> Any:
    """A primary user."""
    from strongroom.directory.models import Account, Right

    user = make_user("anova123")
    account = Account.objects.create(number="U1234567", name="A", created_at=clock.now())
    Right.objects.create(
        user=user, account=account, role="primary", given_at=clock.now(), given_by="test"
    )
    return user


@pytest.fixture
def bert(anna: Any, make_user: Make, clock: StillClock) -> Any:
    """The second user of the same account."""
    from strongroom.directory.models import Account, Right

    user = make_user("bertx456")
    Right.objects.create(
        user=user,
        account=Account.objects.get(),
        role="second",
        given_at=clock.now(),
        given_by="test",
    )
    return user


def text_of(response: Any) -> str:
    """What a person reads."""
    assert response.status_code == 200, response.content.decode()[:2000]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", response.content.decode()))


@pytest.mark.parametrize(
    "path",
    [
        "/settings",
        "/settings/security",
        "/settings/security/addresses/anova123",
        "/settings/security/sessions",
        "/settings/security/browsers",
        "/settings/security/history",
        "/security-check-up",
    ],
)
@pytest.mark.parametrize("language", ["en", "ja"])
def test_every_page_is_there_in_both_languages_and_for_nobody_without_a_session(
    anna: Any, signed_in: Make, new_browser: Make, path: str, language: str
) -> None:
    anna.language = language
    anna.save()
    answer = signed_in(anna).get(path)
    assert answer.status_code == 200
    assert answer["Content-Language"] == language
    assert new_browser().get(path).status_code == 303


@pytest.mark.req("IPR-2", "IPR-3")
def test_a_list_is_tried_applied_and_confirmed(
    anna: Any, signed_in: Make, clock: StillClock
) -> None:
    from strongroom.login.safety import restrictions

    browser = signed_in(anna)
    page = "/settings/security/addresses/anova123"
    assert "Any address" in text_of(browser.get(page))
    tried = browser.get(f"{page}/change?add={HERE}")
    assert "Every login of the last 90 days would have worked" in text_of(tried)
    assert restrictions.in_force(anna, clock.now()) == ()
    applied = browser.post(f"{page}/change?add={HERE}")
    assert applied["Location"] == f"{page}/waiting"
    assert "is on the list: confirm it" in text_of(browser.get(f"{page}/waiting"))
    browser.post(f"{page}/waiting", {"action": "confirm"})
    shown = text_of(browser.get(page))
    assert HERE in shown
    assert "Confirmed: the new list stays." in shown
    assert [str(one) for one in restrictions.in_force(anna, clock.now())] == [f"{HERE}/32"]
    clock.advance(minutes=1)
    browser.post(f"{page}/change?remove={HERE}/32")
    assert restrictions.in_force(anna, clock.now()) == ()


@pytest.mark.req("IPR-14", "LATK-21")
def test_who_locks_himself_out_is_warned_signed_out_and_let_in_again_after_half_an_hour(
    anna: Any, signed_in: Make, clock: StillClock
) -> None:
    browser = signed_in(anna)
    page = "/settings/security/addresses/anova123"
    tried = text_of(browser.get(f"{page}/change?add=203.0.113.5"))
    assert "You would lock yourself out" in tried
    browser.post(f"{page}/change?add=203.0.113.5")
    assert browser.get(page).status_code == 303
    assert signed_in(anna).get(page).status_code == 303
    clock.advance(minutes=30)
    assert "Any address" in text_of(signed_in(anna).get(page))


def test_a_change_that_waits_is_taken_back(anna: Any, signed_in: Make) -> None:
    browser = signed_in(anna)
    page = "/settings/security/addresses/anova123"
    browser.post(f"{page}/change?add={HERE}")
    assert "A change is waiting" in text_of(browser.get(page))
    browser.post(f"{page}/waiting", {"action": "cancel"})
    assert "Any address" in text_of(browser.get(page))
    assert browser.get(f"{page}/waiting").status_code == 303


@pytest.mark.req("IPR-9")
@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("192.168.1.7", "inside your own network"),
        ("<b>x", "is no address that people sign in from"),
        ("", "is no address that people sign in from"),
        ("0.0.0.0/0", "too wide"),
    ],
)
def test_an_address_that_cannot_be_listed_is_told_beside_the_field(
    anna: Any, signed_in: Make, typed: str, said: str
) -> None:
    answer = signed_in(anna).get("/settings/security/addresses/anova123/change", {"add": typed})
    assert said in text_of(answer)
    assert "<b>x" not in answer.content.decode()


@pytest.mark.req("IPR-10", "SLS-8", "USR-3")
def test_the_primary_user_lists_for_the_second_who_only_looks(
    anna: Any, bert: Any, signed_in: Make, clock: StillClock
) -> None:
    from strongroom.login.safety import restrictions

    page = "/settings/security/addresses/bertx456"
    second = signed_in(bert)
    assert "Only the primary user anova123 may change this list" in text_of(second.get(page))
    refused = second.post(f"{page}/change?add={HERE}")
    assert refused.status_code == 403
    assert "E-SEC-1" in refused.content.decode()
    assert second.get("/settings/security/addresses/anova123").status_code == 404
    first = signed_in(anna)
    assert "bertx456" in text_of(first.get("/settings/security/addresses/anova123"))
    done = first.post(f"{page}/change?add=203.0.113.5")
    assert done["Location"] == page
    assert [str(one) for one in restrictions.in_force(bert, clock.now())] == ["203.0.113.5/32"]


def test_nobody_lists_addresses_for_a_stranger(anna: Any, make_user: Make, signed_in: Make) -> None:
    make_user("evexx789")
    browser = signed_in(anna)
    for path in ("", "/change?add=203.0.113.5", "/waiting"):
        assert browser.get(f"/settings/security/addresses/evexx789{path}").status_code == 404


@pytest.mark.req("LATK-25")
@pytest.mark.parametrize("path", ["change?add=203.0.113.5", "waiting"])
def test_a_change_of_the_list_needs_a_fresh_factor(anna: Any, signed_in: Make, path: str) -> None:
    from strongroom.login.models import RestrictionChange

    browser = signed_in(anna, stepped_up=False)
    for send in (browser.get, browser.post):
        answer = send(f"/settings/security/addresses/anova123/{path}")
        assert answer["Location"].startswith("/step-up")
    assert not RestrictionChange.objects.exists()


@pytest.mark.req("LATK-28")
def test_sessions_are_listed_and_ended(anna: Any, make_user: Make, signed_in: Make) -> None:
    from strongroom.login.models import WebSession

    here, there, third = (signed_in(anna) for _ in range(3))
    stranger = signed_in(make_user("evexx789"))
    newest = WebSession.objects.filter(user=anna).order_by("opened_at", "pk")
    assert text_of(here.get("/settings/security/sessions")).count("This browser") == 1
    other = WebSession.objects.get(user__name="evexx789")
    here.post("/settings/security/sessions/end", {"session": str(other.pk)})
    here.post("/settings/security/sessions/end", {"session": "nonsense"})
    assert stranger.get("/settings").status_code == 200
    here.post("/settings/security/sessions/end-all")
    assert [one.get("/settings").status_code for one in (here, there, third)] == [200, 303, 303]
    assert newest.filter(ended_at=None).count() == 1


@pytest.mark.req("LATK-28")
def test_trusted_browsers_are_forgotten_and_only_ones_own(
    anna: Any, make_user: Make, signed_in: Make, clock: StillClock
) -> None:
    from strongroom.login.models import TrustedBrowser

    eve = make_user("evexx789")
    made = [
        TrustedBrowser.objects.create(
            user=user, series_sha256=f"{n}", secret_sha256="x", rotated_at=clock.now(),
            label=f"Browser {n}", address=HERE, created_at=clock.now(),
            expires_at=clock.now() + timedelta(days=30),
        )
        for n, user in enumerate((anna, anna, eve))
    ]  # fmt: skip
    browser = signed_in(anna)
    shown = text_of(browser.get("/settings/security/browsers"))
    assert "Browser 0" in shown
    assert "Browser 2" not in shown
    for row in made[1:]:
        browser.post("/settings/security/browsers/forget", {"browser": str(row.pk)})
    assert TrustedBrowser.objects.filter(ended_at=None).count() == 2
    browser.post("/settings/security/browsers/forget", {"browser": "all"})
    assert list(TrustedBrowser.objects.filter(ended_at=None)) == [made[2]]


def test_the_history_shows_ones_own_lines_page_by_page_and_escapes_strangers_text(
    anna: Any, make_user: Make, signed_in: Make, portal_house: Any
) -> None:
    from strongroom.audit.act import Act
    from strongroom.login import history
    from strongroom.login.history import EventKind
    from strongroom.login.visitor import Visitor

    act = Act("portal", portal_house.now())
    eve = make_user("evexx789")
    history.write(eve, EventKind.SIGNED_IN, Visitor("203.0.113.99", "Eve"), act)
    for n in range(60):
        visitor = Visitor(HERE, f"<script>{n}")
        history.write(anna, EventKind.PASSWORD_WRONG, visitor, act)
    browser = signed_in(anna)
    first = browser.get("/settings/security/history")
    assert "Wrong password" in text_of(first)
    assert "<script>5" not in first.content.decode()
    assert "203.0.113.99" not in first.content.decode()
    for page, count in (("1", 50), ("2", 10), ("99", 10), ("x", 50)):
        shown = browser.get("/settings/security/history", {"page": page}).content.decode()
        assert shown.count("Wrong password") == count


@pytest.mark.parametrize("kind", ["en", "ja"])
def test_every_event_has_its_words(kind: str) -> None:
    from django.utils import translation
    from strongroom.gateways.portal.security.words import event_name
    from strongroom.login.history import EventKind

    with translation.override(kind):
        plain = [event.value for event in EventKind if event_name(event) == event.value]
    assert plain == []


def test_every_outcome_of_the_check_up_has_its_words() -> None:
    import ast
    from pathlib import Path

    from strongroom.gateways.portal.security.words import ADVICE, PRACTICES
    from strongroom.rules import check_up

    tree = ast.parse(Path(check_up.__file__).read_text("utf-8"))
    reasons = {
        pair.elts[1].value
        for pair in ast.walk(tree)
        if isinstance(pair, ast.Tuple)
        and len(pair.elts) == 2
        and isinstance(pair.elts[0], ast.Attribute)
        and isinstance(pair.elts[1], ast.Constant)
    }
    assert reasons == set(ADVICE)
    assert set(PRACTICES) == set(check_up.Practice)


@pytest.mark.req("BP-2")
def test_the_check_up_follows_what_the_person_does(
    anna: Any, signed_in: Make, clock: StillClock
) -> None:
    from strongroom.login.models import Enrolment

    browser = signed_in(anna)
    before = text_of(browser.get("/security-check-up"))
    assert "You have no second factor yet" in before
    assert "Act now" in before
    for kind in ("passkey", "recovery"):
        Enrolment.objects.create(
            user=anna, kind=kind, label="x", state="active", created_at=clock.now(),
            created_via="portal",
        )  # fmt: skip
    after = text_of(browser.get("/security-check-up"))
    assert "Your factors are strong" in after
    assert "Act now" not in after


def test_the_monthly_statement_is_switched_off_and_on(anna: Any, signed_in: Make) -> None:
    from strongroom.login.safety.security_settings import wants_statement

    browser = signed_in(anna)
    assert wants_statement(anna)
    for word, is_wanted in (("no", False), ("no", False), ("yes", True)):
        browser.post("/settings/security/statement", {"wanted": word})
        assert wants_statement(anna) is is_wanted


@pytest.mark.req("LOGIN-8", "PHN-2")
def test_who_only_reads_changes_no_setting_but_may_sign_out_elsewhere(
    anna: Any, signed_in: Make, clock: StillClock
) -> None:
    anna.closed_at = clock.now()
    anna.save()
    browser, other = signed_in(anna), signed_in(anna)
    refused = browser.post("/settings/security/statement", {"wanted": "no"})
    assert refused.status_code == 403
    browser.post("/settings/security/sessions/end-all")
    assert other.get("/settings").status_code == 303


@pytest.mark.req("LATK-15")
def test_each_change_needs_the_pages_own_token(anna: Any, signed_in: Make) -> None:
    browser = signed_in(anna, enforce_csrf_checks=True)
    for path in (
        "addresses/anova123/change?add=203.0.113.5",
        "addresses/anova123/waiting",
        "sessions/end",
        "sessions/end-all",
        "browsers/forget",
        "statement",
    ):
        assert browser.post(f"/settings/security/{path}").status_code == 403
        assert browser.put(f"/settings/security/{path}").status_code in {403, 405}


@pytest.mark.req("LATK-25")
def test_who_has_to_wait_reads_it_before_planning_a_list(
    anna: Any, signed_in: Make, clock: StillClock
) -> None:
    from strongroom.login import standings

    browser = signed_in(anna)
    standings.freeze(anna, clock.now() + timedelta(hours=24))
    shown = text_of(browser.get(f"/settings/security/addresses/anova123/change?add={HERE}"))
    assert "After a change of factor or contact this waits until" in shown
    assert "Every login of the last 90 days" not in shown
