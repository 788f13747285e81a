"""The outbox: at least once to the receiver, exactly once in our own records, whatever dies."""

import threading
import uuid
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connections, transaction
from strongroom.audit.act import Act
from strongroom.messages import notices
from strongroom.messages.kinds import NoticeKind
from strongroom.messages.models import Notice
from strongroom.messages.notices import Posted
from strongroom.messages.ports import SenderError
from strongroom.messages.sending import send_waiting

from tests.conftest import StillClock

pytestmark = pytest.mark.django_db


class Killed(BaseException):
    """The process is no more."""


class Receiver:
    """A sender that remembers the ids it saw, and does what `script` says at each call."""

    def __init__(self, script: Callable[[int], None] = lambda _: None) -> None:
        self.seen: list[uuid.UUID] = []
        self.bodies: list[str] = []
        self._script = script

    def send(self, notice: Posted, *, subject: str, body: str) -> None:
        self.seen.append(notice.id)
        self.bodies.append(f"{subject}\n{body}")
        self._script(len(self.seen))


def _post(act: Act, sameness: str = "1", **facts: str) -> None:
    notices.post(
        NoticeKind.KEY_APPROVED, recipient="fund", sameness=sameness, at=act.at, facts=facts
    )


def _send(receiver: Receiver, act: Act) -> int:
    return send_waiting(receiver, act, support="desk@firm.example")


@pytest.mark.req("ATK-71")
def test_a_notice_is_there_with_its_cause_or_not_at_all(act: Callable[..., Act]) -> None:
    def fail() -> None:
        with transaction.atomic():
            _post(act())
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert notices.waiting() == 0


def test_the_same_notice_is_posted_once(act: Callable[..., Act]) -> None:
    for _ in range(3):
        _post(act())
    _post(act(), "2")
    assert notices.waiting() == 2


def test_a_desk_that_nobody_named_is_called_so_in_each_language(act: Callable[..., Act]) -> None:
    _post(act())
    receiver = Receiver()
    assert send_waiting(receiver, act(), support="") == 1
    english, japanese = receiver.bodies[0].split("--\n")
    assert "tell the firm's support desk at once" in english
    assert "ただちに 当社の窓口 へご連絡ください" in japanese
    assert "support" not in japanese


@pytest.mark.req("ATK-71")
def test_a_kill_between_sending_and_the_mark_sends_the_same_id_again(
    act: Callable[..., Act], clock: StillClock
) -> None:
    def die(call: int) -> None:
        if call == 1:
            raise Killed

    _post(act())
    receiver = Receiver(die)
    with pytest.raises(Killed):
        _send(receiver, act())
    assert _send(receiver, act()) == 0
    clock.advance(minutes=6)
    assert _send(receiver, act()) == 1
    assert _send(receiver, act()) == 0
    assert len(receiver.seen) == 2
    assert len(set(receiver.seen)) == 1
    assert Notice.objects.get().state == "sent"


@pytest.mark.req("ATK-71")
def test_a_kill_between_the_claim_and_sending_only_delays(
    act: Callable[..., Act], clock: StillClock
) -> None:
    _post(act())
    assert len(notices.claim_waiting(clock.now(), most=5, lease=timedelta(minutes=5))) == 1
    assert _send(Receiver(), act()) == 0
    clock.advance(minutes=5)
    assert _send(Receiver(), act()) == 1


def test_a_receiver_that_is_away_is_tried_later_and_later_and_given_up_in_the_end(
    act: Callable[..., Act], clock: StillClock
) -> None:
    def refuse(_: int) -> None:
        raise SenderError("away")

    _post(act())
    receiver, pauses = Receiver(refuse), []
    while Notice.objects.get().state == "waiting":
        before = len(receiver.seen)
        started = clock.now()
        while len(receiver.seen) == before:
            _send(receiver, act())
            clock.set(max(Notice.objects.get().next_try_at, clock.now()))
        pauses.append(clock.now() - started)
    assert len(receiver.seen) == 40
    assert max(pauses) <= timedelta(hours=6)
    assert Notice.objects.get().state == "failed"
    clock.advance(days=30)
    assert _send(Receiver(), act()) == 0


def test_a_clock_that_was_ahead_does_not_keep_notices_for_a_year(
    act: Callable[..., Act], clock: StillClock
) -> None:
    _post(act())
    clock.advance(days=-365)
    assert _send(Receiver(), act()) == 1


def test_who_fails_after_another_was_heard_changes_nothing(
    act: Callable[..., Act], clock: StillClock
) -> None:
    _post(act())
    [claimed] = notices.claim_waiting(clock.now(), most=5, lease=timedelta(minutes=5))
    notices.settle_sent(claimed.id, clock.now())
    Notice.objects.update(tries=99)
    notices.settle_failed(claimed.id, clock.advance(hours=1))
    notices.settle_sent(claimed.id, clock.now())
    row = Notice.objects.get()
    assert (row.state, row.sent_at) == ("sent", clock.now() - timedelta(hours=1))


@pytest.mark.req("ATK-67", "ATK-69")
@pytest.mark.parametrize("hostile", ["a\r\nBcc: x@y", "\x00", "\x1b[2J", "x" * 100_000, "{login}"])
def test_hostile_facts_act_on_nothing(act: Callable[..., Act], hostile: str) -> None:
    _post(act(), fingerprint=hostile)
    receiver = Receiver()
    assert _send(receiver, act()) == 1
    [text] = receiver.bodies
    assert "\r" not in text
    assert "\x1b" not in text
    assert len(text) < 10_000


@pytest.mark.django_db(transaction=True)
@pytest.mark.req("ATK-71")
def test_several_workers_send_each_notice_once(act: Callable[..., Act]) -> None:
    for number in range(40):
        _post(act(), str(number))
    receiver, together = Receiver(), threading.Barrier(4)

    def work() -> None:
        together.wait(10)
        try:
            while _send(receiver, act()):
                pass
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(receiver.seen) == len(set(receiver.seen)) == 40
    assert notices.waiting() == 0
