"""Changing the mail address: proved on both ends or by the password, undone from the old one."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest
from django.db import connections
from strongroom.audit.act import Act
from strongroom.audit.models import Event
from strongroom.directory.models import PhoneNumber, User
from strongroom.login import standings
from strongroom.login.contact import email_changes, mail_tokens
from strongroom.login.contact.contact_guard import Changer
from strongroom.login.credentials import passwords, resets
from strongroom.login.house import LoginHouse
from strongroom.login.models import (
    Challenge,
    EmailChange,
    FactorKind,
    Standing,
    Token,
    WebSession,
)
from strongroom.login.safety import disavowals
from strongroom.messages.models import Letter
from strongroom.rules.refusals import Refused
from strongroom.rules.secret import Secret

from tests.conftest import StillClock
from tests.unit.phones.houses import new_house, secret_of, signed_in, with_factor

pytestmark = [pytest.mark.django_db, pytest.mark.req("MON-2")]
NEW = "new.address@example.org"
Acts = Callable[..., Act]


@dataclass
class Scene:
    """A person at a browser who changes the address, and the house."""

    who: Changer
    house: LoginHouse
    act: Acts

    def ask(self) -> None:
        email_changes.send_to_old(self.who, house=self.house, act=self.act())

    def propose(self, number: str, new: str = NEW) -> None:
        email_changes.propose_with_number(
            self.who, new, Secret(number), house=self.house, act=self.act()
        )

    def propose_with(self, password: str, new: str = NEW) -> None:
        email_changes.propose_with_password(
            self.who, new, Secret(password), house=self.house, act=self.act()
        )

    def confirm(self, number: str) -> None:
        email_changes.confirm(self.who, Secret(number), house=self.house, act=self.act())

    def change(self) -> None:
        self.ask()
        self.propose(_number_for(self.who.user.email))
        self.confirm(_number_for(NEW))

    def undo(self, token: str) -> None:
        email_changes.undo(Secret(token), house=self.house, act=self.act())


@pytest.fixture
def scene(user: User, verified: PhoneNumber, act: Acts) -> Scene:
    """A user with a factor that was proved just now."""
    with_factor(user, FactorKind.TOTP, act)
    return Scene(signed_in(user, act().at, proved="totp"), new_house(), act)


def _number_for(address: str) -> str:
    newest = Letter.objects.filter(address=address, kind="email-code").order_by("-created_at")
    return secret_of(newest[0])


def _undo_token(address: str) -> str:
    letter = Letter.objects.get(address=address, kind="email-changed-old")
    return secret_of(letter, "undo").rpartition("/")[2]


def _wrong(number: str) -> str:
    return f"{(int(number) + 1) % 10**6:06d}"


def _refusal(verb: Callable[[], object]) -> str:
    with pytest.raises(Refused) as refused:
        verb()
    return refused.value.code


def test_with_access_to_the_old_address_its_number_and_then_the_new_ones_change_it(
    scene: Scene, user: User
) -> None:
    old = user.email
    scene.ask()
    assert email_changes.is_old_asked(scene.who, scene.act())
    scene.propose(_number_for(old))
    user.refresh_from_db()
    assert user.email == old
    scene.confirm(_number_for(NEW))
    user.refresh_from_db()
    assert user.email == NEW


def test_without_access_to_the_old_address_the_password_is_asked(scene: Scene, user: User) -> None:
    passwords.set_password(user, Secret("violet8 harbour"), scene.house, scene.act())
    assert _refusal(lambda: scene.propose_with("wrong")) == "PASSWORD-OLD"
    scene.propose_with("violet8 harbour")
    scene.confirm(_number_for(NEW))
    user.refresh_from_db()
    assert user.email == NEW


@pytest.mark.req("LATK-22")
def test_the_password_is_guessed_ten_times_a_day_at_most(
    scene: Scene, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(email_changes.hashing, "verify", lambda *_: False)
    codes = [_refusal(lambda: scene.propose_with("guess")) for _ in range(11)]
    assert codes == ["PASSWORD-OLD"] * 10 + ["TOO-MANY-TRIES"]


@pytest.mark.req("LATK-25")
def test_a_thief_with_a_session_and_no_factor_cannot_change_the_address(
    scene: Scene, user: User
) -> None:
    scene.who = signed_in(user, scene.act().at)
    assert _refusal(scene.ask) == "STEP-UP-NEEDED"
    assert _refusal(lambda: scene.propose("000000")) == "STEP-UP-NEEDED"
    assert _refusal(lambda: scene.propose_with("password")) == "STEP-UP-NEEDED"
    assert not Letter.objects.filter(channel="mail").exists()


@pytest.mark.req("LATK-25")
def test_both_addresses_are_told_and_other_changes_wait_for_72_hours(
    scene: Scene, user: User, clock: StillClock
) -> None:
    old = user.email
    scene.change()
    told = set(Letter.objects.exclude(kind="email-code").values_list("address", "kind"))
    assert told == {(old, "email-changed-old"), (NEW, "email-changed-new")}
    assert Standing.objects.get().frozen_until == clock.now() + timedelta(hours=72)
    clock.advance(minutes=3)
    scene.who = signed_in(user, clock.now(), proved="totp")
    assert _refusal(scene.ask) == "CHANGES-FROZEN"


@pytest.mark.req("LATK-25")
def test_the_old_addresss_link_brings_it_back_once_and_ends_every_session(
    scene: Scene, user: User, clock: StillClock
) -> None:
    old = user.email
    scene.change()
    token = _undo_token(old)
    clock.advance(hours=71)
    assert email_changes.find_undo(Secret(token), scene.act()) == user
    scene.undo(token)
    user.refresh_from_db()
    assert user.email == old
    assert not WebSession.objects.filter(ended_at=None).exists()
    assert _refusal(lambda: scene.undo(token)) == "LINK-OVER"
    assert set(Letter.objects.filter(kind="email-undone").values_list("address", flat=True)) == {
        old,
        NEW,
    }


@pytest.mark.req("LATK-25")
@pytest.mark.django_db(transaction=True)
def test_a_link_that_is_opened_twice_at_once_undoes_once(scene: Scene, user: User) -> None:
    old = user.email
    scene.change()
    token, done = _undo_token(old), []

    def open_it() -> None:
        try:
            scene.undo(token)
            done.append(1)
        except Refused:
            pass
        finally:
            connections.close_all()

    threads = [threading.Thread(target=open_it) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(done) == 1


@pytest.mark.req("LATK-25")
def test_after_72_hours_the_link_is_over(scene: Scene, user: User, clock: StillClock) -> None:
    old = user.email
    scene.change()
    clock.advance(hours=72)
    assert _refusal(lambda: scene.undo(_undo_token(old))) == "LINK-OVER"
    assert _refusal(lambda: scene.undo("no such token")) == "LINK-OVER"


@pytest.mark.req("LATK-4")
def test_a_number_by_mail_has_five_tries_ten_minutes_and_one_use(
    scene: Scene, user: User, clock: StillClock
) -> None:
    scene.ask()
    number = _number_for(user.email)
    assert [_refusal(lambda: scene.propose(_wrong(number))) for _ in range(5)] == ["EMAIL-CODE"] * 5
    assert _refusal(lambda: scene.propose(number)) == "E-DSC-1"
    clock.advance(minutes=2)
    scene.ask()
    second = _number_for(user.email)
    clock.advance(minutes=10)
    scene.who = signed_in(user, clock.now(), proved="totp")
    assert _refusal(lambda: scene.propose(second)) == "E-DSC-1"


@pytest.mark.req("LATK-4")
@pytest.mark.django_db(transaction=True)
def test_thirty_guesses_at_once_get_five_comparisons(
    scene: Scene, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene.ask()
    number, compared = _number_for(user.email), []
    judge = email_changes.email_numbers.sent_codes.judge

    def counting(typed: str, kept: dict[str, object]) -> None:
        compared.append(typed)
        judge(typed, kept)

    monkeypatch.setattr(email_changes.email_numbers.sent_codes, "judge", counting)

    def guess() -> None:
        try:
            scene.propose(_wrong(number))
        except Refused:
            pass
        finally:
            connections.close_all()

    threads = [threading.Thread(target=guess) for _ in range(30)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert 1 <= len(compared) <= 5
    assert Challenge.objects.get().attempts <= 5


def test_numbers_are_mailed_every_two_minutes_at_most_and_the_newest_counts(
    scene: Scene, user: User, clock: StillClock
) -> None:
    scene.ask()
    first = _number_for(user.email)
    assert _refusal(scene.ask) == "EMAIL-SOON"
    clock.advance(minutes=2)
    scene.ask()
    second = _number_for(user.email)
    if first != second:
        assert _refusal(lambda: scene.propose(first)) == "EMAIL-CODE"
    scene.propose(second)
    clock.advance(minutes=2)
    email_changes.send_to_new(scene.who, house=scene.house, act=scene.act())
    scene.confirm(_number_for(NEW))
    assert _refusal(lambda: scene.confirm(_number_for(NEW))) == "EMAIL-CHANGE-OVER"


@pytest.mark.parametrize(
    ("new", "code"),
    [
        ("no address", "USER-EMAIL"),
        ("a@b.example\nBcc: c@d.example", "USER-EMAIL"),
        ("alpha123@example.com", "EMAIL-SAME"),
    ],
)
def test_an_address_that_is_none_or_the_same_is_refused_before_the_number_is_used_up(
    scene: Scene, user: User, new: str, code: str
) -> None:
    scene.ask()
    number = _number_for(user.email)
    assert _refusal(lambda: scene.propose(number, new)) == code
    scene.propose(number)


def test_a_change_that_is_given_up_cannot_be_confirmed(scene: Scene, user: User) -> None:
    scene.ask()
    scene.propose(_number_for(user.email))
    for _ in range(2):
        email_changes.cancel(scene.who, act=scene.act())
    assert email_changes.pending(scene.who, scene.act()) is None
    assert _refusal(lambda: scene.confirm(_number_for(NEW))) == "EMAIL-CHANGE-OVER"
    assert EmailChange.objects.get().confirmed_at is None


@pytest.mark.req("LATK-18")
def test_a_number_serves_the_session_that_asked_for_it(scene: Scene, user: User) -> None:
    scene.ask()
    number = _number_for(user.email)
    scene.who = signed_in(user, scene.act().at, proved="totp")
    assert _refusal(lambda: scene.propose(number)) == "E-DSC-1"


@pytest.mark.req("PHN-2")
def test_who_has_no_verified_number_changes_no_address(scene: Scene, verified: PhoneNumber) -> None:
    PhoneNumber.objects.filter(pk=verified.pk).update(verified_at=None)
    assert _refusal(scene.ask) == "PHONE-NEEDED"


def test_what_is_frozen_meanwhile_keeps_a_change_from_being_confirmed(
    scene: Scene, user: User, clock: StillClock
) -> None:
    scene.ask()
    scene.propose(_number_for(user.email))
    standings.freeze(user, clock.now() + timedelta(hours=1))
    assert _refusal(lambda: scene.confirm(_number_for(NEW))) == "CHANGES-FROZEN"


@pytest.mark.req("LATK-29")
def test_the_audit_holds_neither_address_nor_number(scene: Scene, user: User) -> None:
    old = user.email
    scene.change()
    for secret in (old, NEW, _number_for(old), _number_for(NEW)):
        assert not Event.objects.filter(record__contains=secret).exists()


@pytest.mark.req("LATK-25")
def test_undoing_a_change_ends_the_links_that_went_to_the_other_mailbox(
    scene: Scene, user: User
) -> None:
    old = user.email
    scene.change()
    resets.ask(user.name, scene.who.visitor, scene.house, scene.act())
    links = mail_tokens.not_me(user, scene.house, scene.act())
    thief = Secret(links["not_me"].reveal().rpartition("/")[2])
    scene.undo(_undo_token(old))
    assert _refusal(lambda: disavowals.find(thief, scene.act())) == "LINK-OVER"
    assert not Token.objects.filter(purpose="reset", used_at=None).exists()


@pytest.mark.req("LATK-25")
def test_a_change_ends_the_resets_that_went_to_the_old_mailbox(scene: Scene, user: User) -> None:
    resets.ask(user.name, scene.who.visitor, scene.house, scene.act())
    scene.change()
    assert not Token.objects.filter(purpose="reset", used_at=None).exists()
