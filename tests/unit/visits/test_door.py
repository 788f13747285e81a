"""The door: who is heard, who gets in, what is put on record, and whose visit ends."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from strongroom.directory.models import BurntKey, SshKey
from strongroom.directory.recipients import allow_network, disable, disallow_network
from strongroom.login.models import Attempt, Penalty, Session
from strongroom.messages import key_desk
from strongroom.rules.login_causes import Cause
from strongroom.rules.refusals import Refused
from strongroom.visits.ports import Admission, Caller, KeyVerdict, OfferedKey

from tests.unit.directory.keys import fresh_key, rsa_key
from tests.unit.statements.firm import RULES
from tests.unit.visits.house import HERE, Place, caller, offered

pytestmark = pytest.mark.django_db

THERE, NOWHERE = "203.0.113.9", "192.0.2.66"


def _turned_away(
    place: Place,
    said: str,
    *offers: OfferedKey,
    login: str = "fund",
    who: Caller | None = None,
) -> Attempt:
    """Somebody offers keys, is refused each, and is put on record."""
    who = who or caller()
    for one in offers:
        place.run(place.door.judge_key(who, login, one))
    reference = place.run(place.door.turned_away(who, login, "SSH-2.0-x", said))
    return Attempt.objects.get(reference=reference)


def test_the_right_key_from_a_listed_address_opens_a_visit(place: Place) -> None:
    pair, who = place.key(), caller()
    assert place.run(place.door.admit(who)) is Admission.WELCOME
    assert place.run(place.door.judge_key(who, "fund", offered(pair))) is KeyVerdict.OPENS
    visit = place.run(place.door.enter(who, "fund", offered(pair), "SSH-2.0-x\x1b"))
    assert visit.login == "fund"
    session = Session.objects.get()
    assert (session.address, session.client) == (HERE, "SSH-2.0-x\\u001b")
    assert SshKey.objects.get().last_address == HERE
    place.run(visit.leave("bye"))
    place.run(visit.leave("bye"))
    assert Session.objects.get().reason == "bye"
    assert Attempt.objects.count() == 0


def _unknown_login(place: Place) -> Attempt:
    return _turned_away(place, "key refused", offered(place.key()), login="nobody")


def _disabled(place: Place) -> Attempt:
    pair = place.key()
    disable("fund", act=place.firm.act())
    return _turned_away(place, "key refused", offered(pair))


def _in_state(state: str) -> Callable[[Place], Attempt]:
    return lambda place: _turned_away(place, "key refused", offered(place.key(state=state)))


def _burnt(place: Place) -> Attempt:
    pair = place.key()
    fingerprint = SshKey.objects.get().fingerprint
    BurntKey.objects.create(fingerprint=fingerprint, burnt_at=place.firm.clock.now(), reason="x")
    return _turned_away(place, "key refused", offered(pair))


def _sha1(place: Place) -> Attempt:
    from tests.unit.directory.keys import public_line

    key, _ = key_desk.submit_ssh_key(
        "fund", public_line(rsa_key()), file_name="", rules=RULES, act=place.firm.act()
    )
    SshKey.objects.filter(id=key.pk).update(state="active")
    return _turned_away(place, "key refused", offered(rsa_key(), "ssh-rsa"))


def _unlisted(place: Place) -> Attempt:
    pair, who = place.key(), caller()
    disallow_network("fund", "198.51.100.0/24", act=place.firm.act())
    return _turned_away(place, "key refused", offered(pair), who=who)


def _stranger(place: Place) -> Attempt:
    assert place.run(place.door.admit(caller(NOWHERE))) is Admission.SILENCE
    return Attempt.objects.get()


def _anothers_address(place: Place) -> Attempt:
    return _turned_away(place, "key refused", offered(place.key()), who=caller(THERE))


def _shut_out(place: Place) -> Attempt:
    allow_network("other", "any", act=place.firm.act())
    for _ in range(30):
        _turned_away(place, "protocol broken", who=caller(NOWHERE), login="")
    Attempt.objects.all().delete()
    assert place.run(place.door.admit(caller(NOWHERE))) is Admission.SILENCE
    return Attempt.objects.get()


def _too_many_sessions(place: Place) -> Attempt:
    pair = place.key()
    for _ in range(3):
        place.run(place.door.enter(caller(), "fund", offered(pair), "x"))
    who = caller()
    place.run(place.door.judge_key(who, "fund", offered(pair)))
    with pytest.raises(Refused):
        place.run(place.door.enter(who, "fund", offered(pair), "x"))
    return _turned_away(place, "visit refused", who=who)


CAUSES: dict[Cause, Callable[[Place], Attempt]] = {
    Cause.LOGIN_UNKNOWN: _unknown_login,
    Cause.LOGIN_DISABLED: _disabled,
    Cause.NO_KEY_OFFERED: lambda place: _turned_away(place, "no key offered"),
    Cause.KEY_UNKNOWN: lambda place: _turned_away(place, "key refused", offered(fresh_key())),
    Cause.KEY_FOREIGN: lambda place: _turned_away(
        place, "key refused", offered(place.key("other"))
    ),
    Cause.KEY_PENDING: _in_state("pending"),
    Cause.KEY_REJECTED: _in_state("rejected"),
    Cause.KEY_REVOKED: _in_state("revoked"),
    Cause.KEY_EXPIRED: _in_state("expired"),
    Cause.KEY_BURNT: _burnt,
    Cause.ALGORITHM: _sha1,
    Cause.SIGNATURE: lambda place: _turned_away(place, "signature wrong", offered(place.key())),
    Cause.ADDRESS_UNLISTED: _stranger,
    Cause.ADDRESS_OF_ANOTHER: _anothers_address,
    Cause.CODE_MISSING: lambda place: _turned_away(place, "no answer of a person"),
    Cause.CODE_WRONG: lambda place: _turned_away(place, "wrong answer of a person"),
    Cause.CODE_NOBODY: lambda place: _turned_away(place, "nobody to answer"),
    Cause.TOO_MANY_SESSIONS: _too_many_sessions,
    Cause.TOO_MANY_TRIES: lambda place: _turned_away(
        place, "too many tries", *(offered(fresh_key()) for _ in range(6))
    ),
    Cause.NO_LOGIN_IN_TIME: lambda place: _turned_away(place, "left before the login"),
    Cause.SHUT_OUT: _shut_out,
    Cause.PROTOCOL: lambda place: _turned_away(place, "protocol broken"),
}


@pytest.mark.parametrize("cause", list(Cause), ids=str)
def test_every_cause_is_told_to_the_support_desk(place: Place, cause: Cause) -> None:
    assert CAUSES[cause](place).cause == cause


@pytest.mark.req("ATK-31")
def test_an_address_taken_off_the_list_after_it_was_heard_is_told_apart(place: Place) -> None:
    allow_network("other", "any", act=place.firm.act())
    assert _anothers_address(place).cause == Cause.ADDRESS_OF_ANOTHER
    disallow_network("other", "any", act=place.firm.act())
    assert _unlisted(place).cause == Cause.ADDRESS_UNLISTED


@pytest.mark.req("ATK-21")
def test_a_judgement_asks_the_database_the_same_whoever_comes(place: Place) -> None:
    disabled_pair, right = place.key("other"), place.key()
    disable("other", act=place.firm.act())
    cases = [
        ("nobody", fresh_key()),
        ("nobody", right),
        ("fund", fresh_key()),
        ("other", disabled_pair),
        ("fund", disabled_pair),
        ("fund", right),
        ("x" * 5000, fresh_key()),
        ("a\x00b", fresh_key()),
        ("\ud800", fresh_key()),
    ]
    counts = set()
    for login, pair in cases:
        who = caller()
        with CaptureQueriesContext(connection) as queries:
            place.run(place.door.judge_key(who, login, offered(pair)))
        counts.add((len(queries), *(len(q["sql"].split("WHERE")) for q in queries)))
    assert len(counts) == 1


@pytest.mark.req("ATK-21")
@pytest.mark.parametrize("blob", [b"", b"\x00" * 4, b"\xff" * 10_000, b"\x00\x00\x00\x07ssh-rsa"])
def test_nonsense_for_a_key_is_refused_like_any_other(place: Place, blob: bytes) -> None:
    verdict = place.run(place.door.judge_key(caller(), "fund", OfferedKey(blob, "ssh-ed25519")))
    assert verdict is KeyVerdict.REFUSED


@pytest.mark.req("ATK-16")
def test_entering_judges_again(place: Place) -> None:
    pair, who = place.key(), caller()
    assert place.run(place.door.judge_key(who, "fund", offered(pair))) is KeyVerdict.OPENS
    SshKey.objects.update(state="revoked")
    with pytest.raises(Refused) as no:
        place.run(place.door.enter(who, "fund", offered(pair), "x"))
    assert no.value.code == "LOGIN-REFUSED"
    assert Session.objects.count() == 0


@pytest.mark.req("ATK-9")
@pytest.mark.parametrize("login", ["fun", "funds", "FUND", "fund ", "fund\x00", "fund/../other"])
def test_a_name_like_anothers_is_no_name(place: Place, login: str) -> None:
    verdict = place.run(place.door.judge_key(caller(), login, offered(place.key())))
    assert verdict is KeyVerdict.REFUSED


def test_a_pending_key_that_was_tried_is_shown_to_the_operator(place: Place) -> None:
    CAUSES[Cause.KEY_PENDING](place)
    assert SshKey.objects.get().offered_pending_at == place.firm.clock.now()


def test_who_tries_other_keys_first_and_gets_in_made_no_attempt(place: Place) -> None:
    right, who = place.key(), caller()
    place.run(place.door.judge_key(who, "fund", offered(fresh_key())))
    place.run(place.door.turned_away(who, "fund", "x", "key refused"))
    assert Penalty.objects.get().points > 0
    place.run(place.door.judge_key(who, "fund", offered(right)))
    place.run(place.door.enter(who, "fund", offered(right), "x"))
    assert Attempt.objects.count() == 0
    assert Penalty.objects.get().points == 0


def test_later_offers_of_a_connection_are_added_to_its_record(place: Place) -> None:
    who = caller()
    attempt = _turned_away(place, "key refused", offered(fresh_key()), who=who)
    place.run(place.door.judge_key(who, "fund", offered(place.key(state="pending"))))
    attempt.refresh_from_db()
    assert (attempt.cause, len(attempt.offers)) == ("key-pending", 2)


@pytest.mark.req("ATK-35")
def test_a_partner_who_fails_is_slowed_and_never_shut_out(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    import asyncio

    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    for _ in range(100):
        _turned_away(place, "protocol broken")
    assert place.run(place.door.admit(caller())) is Admission.WELCOME
    assert waits == [10.0]


@pytest.mark.req("ATK-35")
def test_a_stranger_who_types_a_partners_name_shuts_nobody_but_himself_out(place: Place) -> None:
    allow_network("other", "any", act=place.firm.act())
    for _ in range(30):
        _turned_away(place, "key refused", offered(fresh_key()), who=caller("2001:db8:1::1"))
    assert place.run(place.door.admit(caller("2001:db8:1::2"))) is Admission.SILENCE
    assert place.run(place.door.admit(caller("2001:db8:2::1"))) is Admission.WELCOME
    assert place.run(place.door.admit(caller())) is Admission.WELCOME


@pytest.mark.req("ATK-35")
def test_equal_attempts_at_the_door_are_one_row(place: Place) -> None:
    for _ in range(50):
        place.run(place.door.admit(caller(NOWHERE)))
    assert (Attempt.objects.count(), Attempt.objects.get().count) == (1, 50)


def _cut_off(place: Place, *visits: str) -> list[str]:
    return list(place.run(place.door.cut_off(visits)))


def _open(place: Place, pair: object = None) -> str:
    who = caller()
    pair = pair or place.key()
    place.run(place.door.enter(who, "fund", offered(pair), "x"))  # type: ignore[arg-type]
    return who.visit


@pytest.mark.req("ATK-34", "ATK-41")
@pytest.mark.parametrize(
    "change",
    [
        lambda act: disallow_network("fund", "198.51.100.0/24", act=act),
        lambda act: disable("fund", act=act),
        lambda act: key_desk.revoke_ssh_key("fund", SshKey.objects.get().fingerprint, act=act),
    ],
    ids=["address removed", "recipient disabled", "key revoked"],
)
def test_a_visit_that_lost_its_right_ends_at_the_next_look(
    place: Place, change: Callable[..., object]
) -> None:
    visit = _open(place)
    assert _cut_off(place, visit) == []
    change(place.firm.act())
    assert _cut_off(place, visit) == [visit]


@pytest.mark.req("ATK-41")
def test_a_visit_ends_when_its_key_ends_though_nobody_changed_anything(place: Place) -> None:
    visit = _open(place)
    SshKey.objects.update(expires_at=place.firm.clock.now())
    assert _cut_off(place, visit) == [visit]
    place.firm.clock.advance(seconds=20)
    assert _cut_off(place, visit) == [visit]


@pytest.mark.req("ATK-34")
def test_a_visit_that_enters_while_others_are_looked_at_is_not_forgotten(place: Place) -> None:
    visit = _open(place)
    assert _cut_off(place, "another-visit") == []
    disable("fund", act=place.firm.act())
    assert _cut_off(place, visit) == [visit]


def test_a_visit_that_never_took_leave_is_forgotten_in_time(place: Place) -> None:
    _open(place)
    place.firm.clock.advance(minutes=5)
    assert _cut_off(place, "another-visit") == []
    disable("fund", act=place.firm.act())
    assert _cut_off(place, "another-visit") == []


def test_open_visits_stay_alive_and_the_rest_of_a_killed_gateway_does_not(place: Place) -> None:
    visit = _open(place)
    for _ in range(5):
        place.firm.clock.advance(seconds=40)
        _cut_off(place, visit)
    assert Session.objects.get().seen_at == place.firm.clock.now()


def test_a_look_at_unchanged_rights_costs_one_question(place: Place) -> None:
    visit = _open(place)
    _cut_off(place, visit)
    with CaptureQueriesContext(connection) as queries:
        _cut_off(place, visit)
    assert len(queries) == 1


def test_what_a_recipient_asks_in_vain_is_logged(
    place: Place, caplog: pytest.LogCaptureFixture
) -> None:
    place.door.refused(caller(), "a shell")
    assert "asked for a shell" in caplog.text


def test_what_the_door_remembers_is_bounded(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    from strongroom.visits import door

    monkeypatch.setattr(door, "_MOST_REMEMBERED", 3)
    for _ in range(10):
        who = caller()
        for _ in range(30):
            place.run(place.door.judge_key(who, "fund", offered(fresh_key())))
    assert len(place.door._offers) == 3
    assert max(len(offers) for offers in place.door._offers.values()) == 20
