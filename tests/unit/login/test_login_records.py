"""Attempts, sessions and penalties in the database: bounded, shared, and safe against clocks."""

import threading
import uuid
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection, connections
from strongroom.audit.act import Act
from strongroom.login.connections import attempts, penalties, sessions
from strongroom.login.connections.attempts import MANY, Refusal
from strongroom.login.models import Attempt, Penalty, Session
from strongroom.rules.login_causes import Cause
from strongroom.rules.penalties import Allowed, Delayed, Shut
from strongroom.rules.penalties import Cause as Fault
from strongroom.rules.refusals import Refused

from tests.conftest import StillClock

pytestmark = pytest.mark.django_db


def _refusal(**changed: object) -> Refusal:
    given: dict[str, object] = {
        "gateway": "sftp",
        "login": "fund",
        "address": "198.51.100.7",
        "client": "SSH-2.0-client",
        "cause": Cause.KEY_UNKNOWN,
        "offers": ({"fingerprint": "SHA256:x", "algorithm": "ssh-rsa", "cause": "key-unknown"},),
    }
    return Refusal(**(given | changed))


def _opening(recipient: int = 1) -> sessions.Opening:
    return sessions.Opening(
        str(uuid.uuid4()), recipient, "fund", "SHA256:x", "sftp", "198.51.100.7", "client"
    )


@pytest.mark.req("ATK-35")
@pytest.mark.parametrize("many", [300, pytest.param(10_000, marks=pytest.mark.soak)])
def test_ten_thousand_equal_attempts_are_one_row(act: Callable[..., Act], many: int) -> None:
    references = {attempts.record_attempt(_refusal(), act()) for _ in range(many)}
    row = Attempt.objects.get()
    assert (row.count, {row.reference}) == (many, references)


def test_an_attempt_an_hour_later_is_a_new_row(act: Callable[..., Act], clock: StillClock) -> None:
    first = attempts.record_attempt(_refusal(), act())
    clock.advance(minutes=59)
    assert attempts.record_attempt(_refusal(), act()) == first
    clock.advance(hours=1)
    assert attempts.record_attempt(_refusal(), act()) != first


@pytest.mark.req("ATK-35")
def test_a_flood_from_ever_new_addresses_is_only_counted(
    act: Callable[..., Act], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attempts, "MOST_AN_HOUR", 20)
    for number in range(100):
        attempts.record_attempt(_refusal(address=f"2001:db8::{number:x}"), act())
        attempts.record_attempt(_refusal(login=f"guess{number}", cause=Cause.LOGIN_UNKNOWN), act())
    assert Attempt.objects.count() == 22
    counted = Attempt.objects.filter(address=MANY, login=MANY)
    assert sum(counted.values_list("count", flat=True)) == 180


@pytest.mark.req("ATK-69")
@pytest.mark.parametrize("hostile", ["a\nb", "\x00", "\x1b[2J", "x" * 100_000, "\ud800", "\u202e"])
def test_hostile_names_clients_and_offers_are_kept_clean_and_short(
    act: Callable[..., Act], hostile: str
) -> None:
    offer = {"fingerprint": hostile, "algorithm": hostile, "cause": ""}
    reference = attempts.record_attempt(
        _refusal(login=hostile, client=hostile, offers=(offer,) * 50), act()
    )
    assert attempts.record_attempt(_refusal(login=hostile), act()) == reference
    row = Attempt.objects.get()
    for text in (row.login, row.client, *row.offers[0].values()):
        assert len(text) <= 100
        assert text.isprintable()
    assert len(row.offers) <= 20


def test_a_reference_can_be_read_out_on_the_telephone(act: Callable[..., Act]) -> None:
    reference = attempts.record_attempt(_refusal(), act())
    assert len(reference) == 7
    assert not set(reference) & set("01OIL ")


def test_a_reference_that_is_taken_is_drawn_again(
    act: Callable[..., Act], monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = iter("AAAAAAAAAAAABBBBBB")
    monkeypatch.setattr(attempts.secrets, "choice", lambda _: next(drawn))
    assert attempts.record_attempt(_refusal(), act()) == "AAAA-AA"
    assert attempts.record_attempt(_refusal(login="other"), act()) == "BBBB-BB"


def test_later_offers_of_a_connection_are_added_with_the_cause_that_tells_more(
    act: Callable[..., Act],
) -> None:
    reference = attempts.record_attempt(_refusal(), act())
    attempts.add_offer(reference, {"fingerprint": "SHA256:y"}, Cause.KEY_PENDING)
    attempts.add_offer(reference, {"fingerprint": "SHA256:z"}, None)
    row = Attempt.objects.get()
    assert (row.cause, len(row.offers)) == ("key-pending", 3)
    for number in range(50):
        attempts.add_offer(reference, {"fingerprint": str(number)}, Cause.KEY_UNKNOWN)
    assert len(Attempt.objects.get().offers) == 20
    attempts.add_offer("NONE-00", {"fingerprint": "x"}, Cause.KEY_UNKNOWN)


def test_who_gets_in_after_all_made_no_attempt(act: Callable[..., Act]) -> None:
    reference = attempts.record_attempt(_refusal(), act())
    attempts.record_attempt(_refusal(), act())
    attempts.withdraw(reference)
    assert Attempt.objects.get().count == 1
    attempts.withdraw(reference)
    assert Attempt.objects.count() == 0


def test_old_attempts_and_sessions_are_forgotten_after_a_hundred_days(
    act: Callable[..., Act], clock: StillClock
) -> None:
    attempts.record_attempt(_refusal(), act())
    sessions.open_session(_opening(), act(), most=1)
    clock.advance(days=99)
    assert attempts.forget_old_attempts(act()) == sessions.forget_old_sessions(act()) == 0
    clock.advance(days=2)
    assert attempts.forget_old_attempts(act()) == sessions.forget_old_sessions(act()) == 1


def test_sessions_are_counted_until_they_close_or_fall_silent(
    act: Callable[..., Act], clock: StillClock
) -> None:
    one, two = _opening(), _opening()
    for opening in (one, two):
        sessions.open_session(opening, act(), most=2)
    with pytest.raises(Refused) as no:
        sessions.open_session(_opening(), act(), most=2)
    assert no.value.facts["cause"] is Cause.TOO_MANY_SESSIONS
    assert Session.objects.count() == 2
    sessions.open_session(_opening(2), act(), most=2)
    assert sessions.alive_now(clock.now()) == 3
    sessions.close_session(one.visit, "left", act())
    sessions.close_session(one.visit, "again", act())
    assert Session.objects.get(visit=one.visit).reason == "left"
    assert sessions.open_sessions_of(1, clock.now()) == 1
    clock.advance(seconds=60)
    sessions.see_alive([two.visit], clock.now())
    clock.advance(seconds=60)
    assert (sessions.open_sessions_of(1, clock.now()), sessions.alive_now(clock.now())) == (1, 1)
    clock.advance(seconds=60)
    assert sessions.open_sessions_of(1, clock.now()) == 0


def test_sessions_of_a_clock_that_was_ahead_lock_nobody_out(
    act: Callable[..., Act], clock: StillClock
) -> None:
    for _ in range(3):
        sessions.open_session(_opening(), act(), most=3)
    clock.advance(hours=-2)
    assert sessions.open_sessions_of(1, clock.now()) == 0
    sessions.open_session(_opening(), act(), most=3)


@pytest.mark.django_db(transaction=True)
def test_many_sessions_at_once_never_pass_the_limit(act: Callable[..., Act]) -> None:
    together, opened = threading.Barrier(8), []

    def enter() -> None:
        together.wait(10)
        try:
            sessions.open_session(_opening(), act(), most=3)
            opened.append(1)
        except Refused:
            pass
        finally:
            connections.close_all()

    threads = [threading.Thread(target=enter) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(opened) <= 3
    assert Session.objects.filter(closed_at=None).count() == len(opened)


@pytest.mark.req("ATK-35")
def test_failures_add_up_over_gateways_and_fade(act: Callable[..., Act], clock: StillClock) -> None:
    source = "2001:db8::/64"
    assert penalties.judge(source, is_listed=False, act=act()) == Allowed()
    for _ in range(5):
        penalties.punish(source, Fault.UNKNOWN_LOGIN, act())
    assert isinstance(penalties.judge(source, is_listed=False, act=act()), Delayed)
    for _ in range(20):
        penalties.punish(source, Fault.UNKNOWN_LOGIN, act())
    assert isinstance(penalties.judge(source, is_listed=False, act=act()), Shut)
    assert isinstance(penalties.judge(source, is_listed=True, act=act()), Delayed)
    clock.advance(hours=3)
    assert penalties.judge(source, is_listed=False, act=act()) == Allowed()
    assert penalties.forget_spent(act()) == 1
    assert Penalty.objects.count() == 0


def test_a_failure_is_taken_back_and_never_below_nothing(act: Callable[..., Act]) -> None:
    penalties.forgive("198.51.100.7", Fault.WRONG_KEY, act())
    penalties.punish("198.51.100.7", Fault.WRONG_KEY, act())
    for _ in range(2):
        penalties.forgive("198.51.100.7", Fault.UNKNOWN_LOGIN, act())
    assert Penalty.objects.get().points == 0.0


def test_scores_that_still_count_are_not_forgotten(
    act: Callable[..., Act], clock: StillClock
) -> None:
    penalties.punish("198.51.100.7", Fault.PROTOCOL_NONSENSE, act())
    clock.advance(minutes=30)
    penalties.punish("198.51.100.8", Fault.PROTOCOL_NONSENSE, act())
    clock.advance(minutes=50)
    assert penalties.forget_spent(act()) == 1
    assert Penalty.objects.get().source == "198.51.100.8"


def test_a_score_from_the_future_shuts_nobody(act: Callable[..., Act], clock: StillClock) -> None:
    for _ in range(30):
        penalties.punish("198.51.100.7", Fault.PROTOCOL_NONSENSE, act())
    clock.advance(days=-1)
    assert penalties.judge("198.51.100.7", is_listed=False, act=act()) == Allowed()


def test_all_records_fit_their_columns_on_a_strict_database() -> None:
    """PostgreSQL counts characters and SQLite does not; the longest address has 45."""
    longest = "2001:0db8:85a3:0000:0000:8a2e:255.255.255.255"
    assert len(longest) <= Attempt._meta.get_field("address").max_length
    assert connection.vendor in ("sqlite", "postgresql")
    assert timedelta(seconds=90) == sessions.ALIVE
