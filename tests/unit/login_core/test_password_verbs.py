"""Passwords are set, changed behind a fresh factor, and hashed with bounded memory."""

import threading
from collections.abc import Callable

import pytest
from strongroom.directory.models import User
from strongroom.login.credentials import breached, hashing, passwords
from strongroom.login.models import Enrolment, Password
from strongroom.rules.refusals import Refused
from strongroom.rules.secret import Secret

from tests.unit.login_core.desk import AWAY, HOME, PASSWORD, Desk, trusting

NEW = Secret("Pale moon over 9 hills")


@pytest.mark.django_db
@pytest.mark.req("PWD-2", "LATK-25", "F14")
def test_a_change_ends_every_other_session_and_trusted_browser(desk: Desk, totp: Enrolment) -> None:
    cookie = desk.enter(totp, trust=True).trusted_cookie
    other = desk.enter(totp, AWAY)
    mine = desk.enter(totp, trusting(HOME, cookie))
    session = desk.person(mine).session
    passwords.change_password(session, PASSWORD, NEW, desk.house, desk.act)
    desk.person(mine)
    with pytest.raises(Refused):
        desk.person(other, AWAY)
    with pytest.raises(Refused):
        desk.begin()
    desk.begin(trusting(HOME, mine.trusted_cookie), NEW)
    assert desk.herald.kinds()[-1] == "password-changed"


@pytest.mark.django_db
@pytest.mark.req("LATK-25")
def test_a_change_needs_a_fresh_factor_and_the_old_password(desk: Desk, totp: Enrolment) -> None:
    session = desk.person(desk.enter(totp)).session
    for old, new, code in (
        ("wrong", NEW.reveal(), "PASSWORD-OLD"),
        (PASSWORD.reveal(), PASSWORD.reveal(), "PASSWORD-SAME"),
        (PASSWORD.reveal(), "short", "PASSWORD-SHORT"),
        (PASSWORD.reveal(), "marta417 and more", "PASSWORD-NAMED"),
        (PASSWORD.reveal(), "password1", "PASSWORD-COMMON"),
    ):
        with pytest.raises(Refused) as refused:
            passwords.change_password(session, Secret(old), Secret(new), desk.house, desk.act)
        assert refused.value.code == code
    for code in ["PASSWORD-OLD"] * 5 + ["TOO-MANY-TRIES"]:
        with pytest.raises(Refused) as refused:
            passwords.change_password(session, Secret("wrong"), NEW, desk.house, desk.act)
        assert refused.value.code == code
    desk.later(minutes=6)
    with pytest.raises(Refused) as refused:
        passwords.change_password(session, PASSWORD, NEW, desk.house, desk.act)
    assert refused.value.code == "STEP-UP-NEEDED"


@pytest.mark.django_db
def test_a_first_password_is_set_and_judged(desk: Desk) -> None:
    user = User.objects.create(name="jonas118", full_name="J", created_at=desk.clock.now())
    with pytest.raises(Refused):
        passwords.set_password(user, Secret("abc"), desk.house, desk.act)
    passwords.set_password(user, NEW, desk.house, desk.act)
    assert Password.objects.get().hash.startswith("$argon2id$")
    nist = desk.with_policy(passwords="nist").house
    with pytest.raises(Refused, match="at least 15"):
        passwords.set_password(user, Secret("only 14 letter"), nist, desk.act)


def test_costly_hashes_are_argon2id_of_46_mebibytes() -> None:
    stored = hashing.hash_password(NEW)
    assert stored.startswith("$argon2id$v=19$m=47104,t=1,p=1$")
    assert hashing.DECOY.startswith("$argon2id$v=19$m=47104,t=1,p=1$")
    assert hashing.verify(NEW, stored)
    assert not hashing.verify(PASSWORD, stored)
    assert not hashing.needs_rehash(stored)


def test_no_password_is_nobodys() -> None:
    assert not any(hashing.verify(Secret(text), hashing.DECOY) for text in ("", "password1"))
    assert not hashing.verify(NEW, "not a hash")


def test_an_endless_password_is_another_one() -> None:
    stored = hashing.hash_password(Secret("a" * 1024))
    assert hashing.verify(Secret("a" * 1024), stored)
    assert not hashing.verify(Secret("a" * 100_000), stored)
    assert not hashing.verify(Secret("\udcff"), stored)


def test_so_many_hash_at_once_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hashing, "_slots", threading.BoundedSemaphore(1))
    monkeypatch.setattr(hashing, "_WAIT_SECONDS", 0.01)
    with hashing._slot(), pytest.raises(Refused) as refused:
        hashing.hash_password(NEW)
    assert refused.value.code == "LOGIN-BUSY"
    hashing.hash_password(NEW)


@pytest.mark.django_db
def test_a_busy_moment_is_no_failed_login(
    desk: Desk, totp: Enrolment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hashing, "_slots", threading.BoundedSemaphore(1))
    monkeypatch.setattr(hashing, "_WAIT_SECONDS", 0.0)
    with hashing._slot():
        for _ in range(10):
            with pytest.raises(Refused, match="Very many people"):
                desk.begin()
    desk.begin()


@pytest.mark.req("PWD-1")
def test_the_shipped_list_knows_common_passwords_alone() -> None:
    assert len(breached._entries()) >= 100_000 * breached.WIDTH
    assert all(map(breached.is_common, ("123456", "password1", "zxcvbnm123", "trustno1")))
    assert not any(map(breached.is_common, ("", NEW.reveal(), "\udcff", "Sunflower 17 boats")))


@pytest.mark.req("PWD-1")
@pytest.mark.parametrize("data", [None, b"", b"SRPL1\n", b"SRPL1\n" + b"x" * 500_003])
def test_without_the_whole_list_no_password_is_taken(
    data: bytes | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Files:
        def joinpath(self, name: str) -> "Files":
            return self

        def read_bytes(self) -> bytes:
            if data is None:
                raise FileNotFoundError(name)
            return data

    name: str = "common_passwords.bin"
    breached._entries.cache_clear()
    monkeypatch.setattr(breached.resources, "files", lambda package: Files())
    look: Callable[[str], bool] = breached.is_common
    try:
        with pytest.raises(Refused) as refused:
            look("Sunflower 17 boats")
        assert refused.value.code == "PASSWORD-LIST"
    finally:
        breached._entries.cache_clear()
