"""The container of back-ups: one passphrase, and no hostile header that costs more than a bound."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strongbox.backup import refusals
from strongbox.backup.sealing import (
    MAGIC,
    MOST_BYTES,
    Content,
    Cost,
    check_passphrase,
    seal,
    unseal,
)
from strongbox.refusal import Refused

CHEAP = Cost(memory_log=13, passes=1, lanes=1)
SALT = bytes(range(16))
SEALED = seal(Content.DOCUMENT, b"content", b"passphrase", salt=SALT, cost=CHEAP)


def test_what_is_sealed_opens_with_its_passphrase() -> None:
    found = unseal(SEALED, b"passphrase", path="x")
    assert (found.content, found.data) == (Content.DOCUMENT, b"content")


@pytest.mark.req("KEY-15")
def test_a_wrong_passphrase_and_damage_are_worded_alike() -> None:
    with pytest.raises(Refused) as wrong:
        unseal(SEALED, b"Passphrase", path="x")
    with pytest.raises(Refused) as damaged:
        unseal(SEALED[:-1] + bytes([SEALED[-1] ^ 1]), b"passphrase", path="x")
    assert str(wrong.value) == str(damaged.value)
    assert "wrong or the back-up is damaged" in str(wrong.value)


@given(st.integers(0, len(SEALED) - 1), st.integers(1, 255))
def test_no_changed_byte_goes_unnoticed(at: int, change: int) -> None:
    changed = bytearray(SEALED)
    changed[at] ^= change
    if 20 <= at < 23:
        # The bounds themselves; that they are bound to the key is tested at little cost below.
        return
    with pytest.raises(Refused):
        unseal(bytes(changed), b"passphrase", path="x")


def test_cost_and_kind_of_content_are_bound_to_the_seal() -> None:
    for at, octet in ((19, 2), (20, 14), (21, 2), (22, 2)):
        changed = bytearray(SEALED)
        changed[at] = octet
        with pytest.raises(Refused) as caught:
            unseal(bytes(changed), b"passphrase", path="x")
        assert caught.value.kind is refusals.BACKUP_DAMAGED


@pytest.mark.parametrize("size", [*range(0, 72, 5), len(SEALED) - 1])
def test_a_cut_off_container_is_refused(size: int) -> None:
    with pytest.raises(Refused):
        unseal(SEALED[:size], b"passphrase", path="x")


@pytest.mark.req("ATK-58")
@pytest.mark.parametrize(
    ("at", "octet"), [(20, 20), (20, 31), (20, 0), (21, 9), (21, 0), (22, 9), (22, 0), (19, 3)]
)
def test_a_header_cannot_ask_for_endless_work(at: int, octet: int) -> None:
    changed = bytearray(SEALED)
    changed[at] = octet
    with pytest.raises(Refused) as caught:
        unseal(bytes(changed), b"passphrase", path="x")
    assert caught.value.kind is refusals.BACKUP_FOREIGN


def test_a_container_larger_than_any_is_refused_before_any_work() -> None:
    with pytest.raises(Refused) as caught:
        unseal(MAGIC + bytes(MOST_BYTES), b"passphrase", path="x")
    assert caught.value.kind is refusals.BACKUP_TOO_LARGE


@given(st.binary(max_size=200))
def test_other_bytes_are_no_back_up(data: bytes) -> None:
    with pytest.raises(Refused) as caught:
        unseal(data, b"passphrase", path="x")
    assert caught.value.kind is refusals.BACKUP_FOREIGN


def test_a_machine_without_enough_memory_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    class Starved:
        def __init__(self, **_: object) -> None: ...

        def derive(self, _: bytes) -> bytes:
            raise MemoryError

    monkeypatch.setattr("strongbox.backup.sealing.Argon2id", Starved)
    with pytest.raises(Refused) as caught:
        unseal(SEALED, b"passphrase", path="x")
    assert caught.value.kind is refusals.BACKUP_MEMORY
    assert "8 MiB" in str(caught.value)


def test_the_same_letters_of_another_keyboard_open_it() -> None:
    composed, parted = "pässphrase".encode(), "pa\u0308ssphrase".encode()
    sealed = seal(Content.NUMBERS, b"x", composed, salt=SALT, cost=CHEAP)
    assert unseal(sealed, parted, path="x").data == b"x"


def test_a_passphrase_in_an_old_charset_opens_it_as_it_is() -> None:
    sealed = seal(Content.NUMBERS, b"x", b"p\xe4ss", salt=SALT, cost=CHEAP)
    assert unseal(sealed, b"p\xe4ss", path="x").data == b"x"


def test_a_short_passphrase_is_not_taken() -> None:
    check_passphrase("十二文字のパスフレーズね".encode())
    for short in (b"", b"hunter2", "短いパスフレーズ".encode()):
        with pytest.raises(Refused) as caught:
            check_passphrase(short)
        assert caught.value.kind is refusals.BACKUP_PASSPHRASE_SHORT
