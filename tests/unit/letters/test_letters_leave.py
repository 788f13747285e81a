"""Letters to persons: with their cause or not at all, sealed, sent once, dropped when too late."""

import logging
import threading
from datetime import timedelta

import pytest
from django.db import connections, transaction
from strongroom.login.ports import Alert
from strongroom.messages import letter_reports, letters
from strongroom.messages.letter_sending import Mailroom, send_letters
from strongroom.messages.models import BellNotice, Channel, Letter, LetterState
from strongroom.messages.ports import Report, SenderError, Undeliverable
from strongroom.rules.alerts import AlertKind
from strongroom.rules.refusals import Refused
from strongroom.rules.secret import Secret
from strongroom.rules.sms_failures import Failure

from tests.conftest import MORNING
from tests.unit.letters.desk import CODE, Desk, Remembering

pytestmark = pytest.mark.django_db


def test_a_letter_is_there_with_its_cause_or_not_at_all(desk: Desk) -> None:
    def fail() -> None:
        with transaction.atomic():
            desk.code()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert letters.waiting() == 0


@pytest.mark.req("SMS2FA-3", "LATK-12")
def test_a_code_leaves_in_the_workers_round_and_not_in_the_request(desk: Desk) -> None:
    desk.code()
    assert desk.sender.taken == []
    assert desk.round() == 1
    (taken,) = desk.sender.taken
    assert taken.address == "+819012345678"
    assert CODE in taken.text.reveal()
    assert desk.round() == 0


@pytest.mark.req("LATK-12")
def test_a_letter_to_nobody_is_written_like_any_other_and_dropped_by_the_worker(desk: Desk) -> None:
    alert = Alert(AlertKind.RESET_LINK, 0, secrets={"link": Secret("https://x/very-secret")})
    desk.herald.mail(alert, to="", language="en", act=desk.act())
    row = Letter.objects.get()
    assert row.sealed
    assert row.state == LetterState.WAITING
    assert desk.round() == 0
    row.refresh_from_db()
    assert desk.sender.taken == []
    assert (row.state, row.failure, row.sealed) == (LetterState.DROPPED, Failure.NOBODY, "")


@pytest.mark.req("LATK-29", "LATK-30")
def test_no_secret_stands_in_a_row_or_a_log_before_or_after_it_left(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    phone = desk.person()
    desk.code(phone)
    link = {"link": Secret("https://portal/canary-1"), "not_me": Secret("https://portal/canary-2")}
    desk.herald.alert(
        Alert(AlertKind.RESET_LINK, phone.user_id, {"minutes": "30"}, link), desk.act()
    )
    before = [str(list(table.objects.values())) for table in (Letter, BellNotice)]
    desk.round()
    after = [str(list(table.objects.values())) for table in (Letter, BellNotice)]
    for text in (*before, *after, caplog.text, repr(desk.room)):
        assert CODE not in text
        assert "canary" not in text
    assert set(Letter.objects.values_list("sealed", flat=True)) == {""}


def test_a_code_whose_challenge_is_over_never_leaves(desk: Desk) -> None:
    letter = desk.code()
    desk.herald.withdraw(letter, desk.act())
    assert desk.round() == 0
    assert Letter.objects.get().failure == Failure.WITHDRAWN


def test_a_code_that_waited_too_long_is_dropped_and_wiped(desk: Desk) -> None:
    desk.code()
    desk.clock.advance(minutes=5)
    assert desk.round() == 0
    row = Letter.objects.get()
    assert (row.state, row.failure, row.sealed) == (LetterState.DROPPED, Failure.EXPIRED, "")
    assert desk.sender.taken == []


def test_a_sender_in_trouble_is_asked_again_later_and_later(desk: Desk) -> None:
    desk.code()
    desk.sender.trouble = [SenderError("busy"), SenderError("busy")]
    assert desk.round() == 0
    first = Letter.objects.get().next_try_at - desk.clock.now()
    desk.clock.advance(seconds=first.total_seconds())
    assert desk.round() == 0
    assert Letter.objects.get().next_try_at - desk.clock.now() > first
    desk.clock.advance(seconds=60)
    assert desk.round() == 1
    assert len({taken.id for taken in desk.sender.taken}) == 1


def test_a_letter_that_is_refused_for_good_is_settled_with_its_reason(desk: Desk) -> None:
    phone = desk.person()
    desk.code(phone)
    desk.sender.trouble = [Undeliverable(Failure.DO_NOT_CALL)]
    assert desk.round() == 0
    assert Letter.objects.get().sealed == ""
    (last,) = letter_reports.last_codes(phone.id)
    assert (last.state, last.failure) == (LetterState.FAILED, Failure.DO_NOT_CALL)


def test_trouble_of_the_mail_server_does_not_hold_codes_back(desk: Desk) -> None:
    phone = desk.person()
    down = Remembering(trouble=[SenderError("down")] * 3)
    split = Mailroom({Channel.SMS: desk.sender, Channel.MAIL: down}, desk.sealing, desk.room.house)
    for _ in range(3):
        desk.herald.alert(Alert(AlertKind.LOCKED_OUT, phone.user_id), desk.act())
    desk.code(phone)
    assert send_letters(split, desk.act("worker")) == 1
    assert len(down.trouble) == 2, "one failure is enough to leave the others for later"


def test_a_channel_without_a_sender_says_so(desk: Desk) -> None:
    desk.code()
    send_letters(Mailroom({}, desk.sealing, desk.room.house), desk.act("worker"))
    assert Letter.objects.get().failure == Failure.NO_SENDER


def test_a_killed_workers_claim_is_free_again_after_its_lease(desk: Desk) -> None:
    desk.code()
    lease = timedelta(minutes=2)
    assert len([*letters.claim_waiting(Channel.SMS, desk.clock.now(), most=5, lease=lease)]) == 1
    assert desk.round() == 0
    desk.clock.advance(minutes=2)
    assert desk.round() == 1


def test_a_report_settles_the_letter_and_good_news_outlives_bad(desk: Desk) -> None:
    desk.code()
    desk.round()
    row = Letter.objects.get()
    assert (row.state, row.handle) == (LetterState.SENT, "handle-1")
    for failure, state in (
        (Failure.UNREACHABLE, LetterState.FAILED),
        (None, LetterState.DELIVERED),
        (Failure.UNREACHABLE, LetterState.DELIVERED),
    ):
        desk.sender.waiting_reports = [Report("remembering", "handle-1", failure)]
        desk.round()
        row.refresh_from_db()
        assert row.state == state
    assert row.failure == ""


def test_a_report_that_comes_before_its_letter_is_settled_waits_for_it(desk: Desk) -> None:
    desk.sender.waiting_reports = [Report("remembering", "handle-1")]
    desk.round()
    desk.code()
    desk.round()
    assert Letter.objects.get().state == LetterState.DELIVERED
    assert desk.room.unmatched == []


def test_a_report_about_a_letter_of_nobody_is_refused() -> None:
    with pytest.raises(Refused) as refused:
        letter_reports.take_report(Report("smpp", "unknown"), MORNING)
    assert refused.value.code == "LETTER-UNKNOWN"


@pytest.mark.req("MON-4", "LATK-25")
def test_an_alert_goes_to_the_address_on_record_and_under_the_bell(desk: Desk) -> None:
    phone = desk.person(language="ja")
    not_me = {"not_me": Secret("https://portal/not-me/abc")}
    alert = Alert(AlertKind.FACTOR_ADDED, phone.user_id, {"factor": "totp"}, not_me)
    desk.herald.alert(alert, desk.act())
    desk.round()
    (taken,) = desk.sender.taken
    assert taken.address == "marie123@client.example"
    assert taken.subject == "認証手段が追加されました"
    assert "認証アプリ" in taken.text.reveal()
    assert "https://portal/not-me/abc" in taken.text.reveal()
    bell = BellNotice.objects.get(user=phone.user_id)
    assert (bell.kind, bell.facts) == ("factor-added", {"factor": "totp"})


@pytest.mark.req("LATK-25", "MON-2")
def test_an_alert_about_a_changed_address_goes_to_the_old_and_the_new_one(desk: Desk) -> None:
    phone = desk.person()
    addresses = ("old@client.example", "new@client.example")
    alert = Alert(AlertKind.EMAIL_UNDONE, phone.user_id, addresses=addresses)
    desk.herald.alert(alert, desk.act())
    desk.round()
    assert {taken.address for taken in desk.sender.taken} == set(addresses)
    assert BellNotice.objects.count() == 1


@pytest.mark.req("LATK-23", "SMS-1")
def test_the_figures_tell_sent_from_delivered_from_entered(desk: Desk) -> None:
    first = desk.code()
    desk.code(desk.person("peter456", number="+819012349999"))
    desk.code(desk.person("anita789", number="+447700900123", country="GB"))
    desk.round()
    desk.sender.waiting_reports = [Report("remembering", f"handle-{n}") for n in (1, 2)]
    desk.round()
    desk.herald.entered(first, desk.act())
    japan, britain = letter_reports.countries(since=desk.clock.now() - timedelta(hours=1))
    assert (japan.country, japan.sent, japan.entered) == ("JP", 2, 1)
    assert (britain.country, britain.sent, britain.entered) == ("GB", 1, 0)
    assert japan.delivered + britain.delivered == 2
    blocks = letter_reports.routes(since=desk.clock.now() - timedelta(hours=1))
    assert [(one.block, one.sent) for one in blocks] == [("+81901234", 2), ("+44770090", 1)]


def test_letters_are_forgotten_after_their_year(desk: Desk) -> None:
    desk.code()
    desk.clock.advance(days=401)
    assert letter_reports.forget_old(desk.act("worker")) == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.req("ATK-71")
def test_of_two_workers_at_once_one_sends_the_letter(desk: Desk) -> None:
    for number in range(6):
        desk.herald.alert(
            Alert(AlertKind.LOCKED_OUT, desk.person(f"user{number:04}").user_id), desk.act()
        )
    gate = threading.Barrier(2)

    def work() -> None:
        gate.wait()
        try:
            while desk.round():
                pass
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({taken.id for taken in desk.sender.taken}) == len(desk.sender.taken) == 6
    assert set(Letter.objects.values_list("state", flat=True)) == {LetterState.SENT}


def test_a_letter_that_cannot_be_written_does_not_hold_the_others_back(desk: Desk) -> None:
    phone = desk.person()
    for _ in range(3):
        desk.herald.alert(Alert(AlertKind.LOCKED_OUT, phone.user_id), desk.act())
    unknown, foreign, good = Letter.objects.order_by("id").values_list("id", flat=True)
    Letter.objects.filter(id=unknown).update(kind="of-another-release")
    Letter.objects.filter(id=foreign).update(sealed=Letter.objects.get(id=good).sealed)
    assert desk.round() == 1
    assert [taken.id for taken in desk.sender.taken] == [good]
    failed = Letter.objects.filter(failure=Failure.GAVE_UP, sealed="")
    assert set(failed.values_list("id", flat=True)) == {unknown, foreign}
