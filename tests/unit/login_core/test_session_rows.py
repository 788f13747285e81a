"""The session engine: rows that a copy of the table does not turn into cookies (LATK-14)."""

from datetime import timedelta
from hashlib import sha256

import pytest
from django.conf import settings
from django.utils import timezone
from strongroom.login.models import StoredSession
from strongroom.login.presence.session_store import SessionStore

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _signing_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """Django signs what a row holds."""
    monkeypatch.setitem(settings.__dict__, "SECRET_KEY", "a key of these tests")


def _saved(**data: object) -> SessionStore:
    store = SessionStore()
    store.update(data)
    store.save()
    return store


def test_what_a_session_holds_is_read_back_by_its_key() -> None:
    store = _saved(sign_in="x")
    read = SessionStore(store.session_key)
    assert (read["sign_in"], read.session_key) == ("x", store.session_key)
    read["more"] = 1
    read.save()
    assert SessionStore(store.session_key)["more"] == 1
    assert StoredSession.objects.count() == 1


@pytest.mark.req("LATK-14", "LATK-30")
def test_the_table_has_the_digest_of_the_key_alone() -> None:
    key = _saved(a=1).session_key
    assert key is not None
    row = StoredSession.objects.get()
    assert row.session_key == sha256(key.encode()).hexdigest()[:40]
    assert SessionStore(row.session_key).load() == {}


@pytest.mark.req("LATK-14")
def test_a_new_key_keeps_the_data_and_the_old_one_opens_nothing() -> None:
    store = _saved(a=1)
    old = store.session_key
    store.cycle_key()
    store.save()
    assert store.session_key != old
    assert SessionStore(store.session_key)["a"] == 1
    assert SessionStore(old).load() == {}
    assert StoredSession.objects.count() == 1


@pytest.mark.req("LATK-14")
def test_a_key_that_a_stranger_made_up_is_never_taken_over() -> None:
    made_up = "a" * 32
    store = SessionStore(made_up)
    store["a"] = 1
    store.save()
    assert store.session_key != made_up
    assert SessionStore(made_up).load() == {}


def test_flushing_removes_the_row_and_the_key() -> None:
    store = _saved(a=1)
    store.flush()
    assert (store.session_key, StoredSession.objects.count()) == (None, 0)
    assert store.is_empty()


def test_deleting_works_by_key_and_without_one() -> None:
    mine, other = _saved(a=1), _saved(b=2)
    mine.delete(other.session_key)
    assert not SessionStore().exists(str(other.session_key))
    assert SessionStore().exists(str(mine.session_key))
    mine.delete()
    assert not StoredSession.objects.exists()
    SessionStore().delete()


def test_an_expired_session_is_empty_and_swept_up() -> None:
    store = _saved(a=1)
    StoredSession.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    read = SessionStore(store.session_key)
    assert (read.load(), read.session_key) == ({}, None)
    SessionStore.clear_expired()
    assert not StoredSession.objects.exists()


def test_a_session_that_was_ended_elsewhere_is_not_written_again() -> None:
    from django.contrib.sessions.backends.base import UpdateError

    store = _saved(a=1)
    reader = SessionStore(store.session_key)
    reader["a"] = 2
    store.flush()
    with pytest.raises(UpdateError):
        reader.save()


def test_django_finds_the_engine_by_the_model() -> None:
    assert StoredSession.get_session_store_class() is SessionStore
