"""What every storage promises; the disk's and S3's own tests are beside."""

import hashlib
import random
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strongroom.backends.storage.keys import parse_key
from strongroom.statements.ports import Storage, StorageError

from tests.contracts.storage.members import Member, fresh_key, read_all

NINE = (9 << 20) + 1
UUID = "0b9f6a3e-8f5c-4f0a-9d52-0f2f0c6f1a11"
BAD_KEYS = [
    "",
    "statements",
    f"/statements/{UUID}",
    f"statements//{UUID}",
    f"statements/./{UUID}",
    f"statements/../{UUID}",
    f"../statements/{UUID}",
    "statements/..",
    f"statements/{UUID}/",
    f"statements/{UUID}/x",
    f"statements/{UUID}\n",
    f"statements/{UUID}\0",
    f"statements/{UUID}.",
    f"statements\\{UUID}",
    f"statements/{UUID.upper()}",
    f"Statements/{UUID}",
    f"statements/%2e%2e%2f{UUID[9:]}",
    f"statements/\u202e{UUID[1:]}",
    f"statements/\uff10{UUID[1:]}",
    f"statements/\udcc0\udcae{UUID[2:]}",
    f".new/{UUID}",
    f"{'s' * 33}/{UUID}",
    f"statements/{'-' * 36}",
    "statements/" + "a" * 5000,
]


def content(size: int) -> bytes:
    """Bytes that differ everywhere, so that a misplaced block shows."""
    return random.Random(size).randbytes(size)


def pieces(data: bytes, size: int = 100_003) -> Iterator[bytes]:
    """Cut the data into chunks that fit no block size."""
    for start in range(0, len(data), size):
        yield data[start : start + size]


@pytest.mark.parametrize("size", [0, 1, NINE, 40_000_000], ids=["0", "1", "9MiB+1", "40MB"])
def test_what_is_put_comes_back_byte_for_byte(storage: Storage, size: int) -> None:
    data, key = content(size), fresh_key()
    stored = storage.put(key, pieces(data))
    assert (stored.size, stored.sha256) == (size, hashlib.sha256(data).hexdigest())
    assert read_all(storage, key) == data


def test_empty_chunks_do_not_end_an_object(storage: Storage) -> None:
    key = fresh_key()
    storage.put(key, [b"", b"one", b"", b"two", b""])
    assert read_all(storage, key) == b"onetwo"


@pytest.mark.parametrize("size", [5, NINE])
def test_a_taken_key_is_refused_and_its_object_stays(storage: Storage, size: int) -> None:
    key = fresh_key()
    storage.put(key, [b"first"])
    with pytest.raises(StorageError) as refused:
        storage.put(key, pieces(content(size)))
    assert refused.value.is_permanent
    assert read_all(storage, key) == b"first"


def test_the_same_bytes_under_a_taken_key_are_refused_too(storage: Storage) -> None:
    key = fresh_key()
    storage.put(key, [b"same"])
    with pytest.raises(StorageError):
        storage.put(key, [b"same"])


def test_of_many_who_write_one_key_at_once_one_wins(member: Member) -> None:
    key = fresh_key()
    wins: list[bytes] = []
    start = threading.Barrier(8)

    def write(number: int) -> None:
        storage, data = member.build(), bytes([number]) * 100_000
        start.wait()
        try:
            storage.put(key, [data])
        except StorageError:
            return
        wins.append(data)

    threads = [threading.Thread(target=write, args=[number]) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(wins) == 1 if member.lets_one_win else wins
    assert read_all(member.build(), key) in wins


@pytest.mark.req("ATK-10")
@pytest.mark.parametrize("size", [10, NINE, 20_000_000])
def test_a_source_that_fails_leaves_nothing(member: Member, size: int) -> None:
    def chunks() -> Iterator[bytes]:
        yield from pieces(content(size))
        raise FileNotFoundError("the source went away")

    storage, key = member.build(), fresh_key()
    with pytest.raises(FileNotFoundError, match="the source went away"):
        storage.put(key, chunks())
    assert list(storage.keys("")) == []
    with pytest.raises(StorageError):
        storage.open(key)
    storage.put(key, [b"free still"])


def test_any_part_can_be_read_in_any_order(storage: Storage) -> None:
    data, key = content(NINE), fresh_key()
    storage.put(key, pieces(data))
    reader = storage.open(key)
    chance = random.Random(7)
    for _ in range(60):
        offset, size = chance.randrange(NINE), chance.choice([0, 1, 255, 32768, 3_000_001])
        assert reader.read(offset, size) == data[offset : offset + size]
    reader.close()


def test_reading_past_the_end_gives_what_there_is_and_then_nothing(storage: Storage) -> None:
    key = fresh_key()
    storage.put(key, [b"0123456789"])
    reader = storage.open(key)
    assert reader.size == 10
    assert reader.read(7, 32768) == b"789"
    assert reader.read(10, 1) == b""
    assert reader.read(1 << 40, 32768) == b""
    reader.close()


def test_an_empty_object_is_an_object(storage: Storage) -> None:
    key = fresh_key()
    storage.put(key, [])
    reader = storage.open(key)
    assert (reader.size, reader.read(0, 10)) == (0, b"")
    reader.close()


def test_threads_share_a_reader(storage: Storage) -> None:
    data, key = content(3_000_000), fresh_key()
    storage.put(key, [data])
    reader = storage.open(key)
    wrong: list[int] = []

    def read(seed: int) -> None:
        chance = random.Random(seed)
        for _ in range(50):
            offset = chance.randrange(len(data))
            if reader.read(offset, 32768) != data[offset : offset + 32768]:
                wrong.append(offset)

    threads = [threading.Thread(target=read, args=[seed]) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    reader.close()
    assert wrong == []


def test_a_closed_reader_reads_nothing_more(storage: Storage) -> None:
    key = fresh_key()
    storage.put(key, [b"x"])
    reader = storage.open(key)
    reader.read(0, 1)
    reader.close()
    reader.close()
    assert reader.descriptor is None
    with pytest.raises(StorageError):
        reader.read(0, 1)


def test_a_missing_object_is_a_permanent_error(storage: Storage) -> None:
    with pytest.raises(StorageError) as refused:
        storage.open(fresh_key())
    assert refused.value.is_permanent


def test_removing_twice_is_as_removing_once(storage: Storage) -> None:
    key = fresh_key()
    storage.put(key, [b"x"])
    storage.remove(key)
    storage.remove(key)
    storage.remove(fresh_key("neverused"))
    with pytest.raises(StorageError):
        storage.open(key)


def test_keys_lists_the_objects_of_a_kind_with_their_time(storage: Storage) -> None:
    began = datetime.now(UTC) - timedelta(seconds=5)
    statements = {fresh_key("statements") for _ in range(5)}
    copies = {fresh_key("copies") for _ in range(3)}
    for key in statements | copies:
        storage.put(key, [b"x"])
    assert {key for key, _ in storage.keys("statements/")} == statements
    assert {key for key, _ in storage.keys("copies")} == copies
    assert {key for key, _ in storage.keys("")} == statements | copies
    assert list(storage.keys("uploads/")) == []
    assert list(storage.keys("statement")) == []
    for _, written in storage.keys(""):
        assert began < written < datetime.now(UTC) + timedelta(seconds=5)


def test_an_adopted_file_is_used_up(storage: Storage, tmp_path: Path) -> None:
    source, data, key = tmp_path / "source", content(NINE), fresh_key()
    source.write_bytes(data)
    stored = storage.adopt(key, str(source))
    assert (stored.size, stored.sha256) == (NINE, hashlib.sha256(data).hexdigest())
    assert not source.exists()
    assert read_all(storage, key) == data


def test_a_file_that_cannot_be_adopted_is_left(storage: Storage, tmp_path: Path) -> None:
    source, key = tmp_path / "source", fresh_key()
    source.write_bytes(b"second")
    storage.put(key, [b"first"])
    with pytest.raises(StorageError):
        storage.adopt(key, str(source))
    assert source.read_bytes() == b"second"
    assert read_all(storage, key) == b"first"


@pytest.mark.req("ATK-2")
def test_a_link_is_not_adopted(storage: Storage, tmp_path: Path) -> None:
    secret, link = tmp_path / "secret", tmp_path / "link"
    secret.write_bytes(b"secret")
    link.symlink_to(secret)
    for path in [link, tmp_path, tmp_path / "missing"]:
        with pytest.raises(StorageError) as refused:
            storage.adopt(fresh_key(), str(path))
        assert refused.value.is_permanent
    assert list(storage.keys("")) == []
    assert secret.read_bytes() == b"secret"


@pytest.mark.req("ATK-1", "ATK-2")
@pytest.mark.parametrize("key", BAD_KEYS, ids=range(len(BAD_KEYS)))
def test_text_that_is_no_key_is_refused_by_every_verb(
    storage: Storage, key: str, tmp_path: Path
) -> None:
    source = tmp_path / "source"
    source.write_bytes(b"x")
    for verb in (
        lambda: storage.put(key, [b"x"]),
        lambda: storage.adopt(key, str(source)),
        lambda: storage.open(key),
        lambda: storage.remove(key),
    ):
        with pytest.raises(StorageError) as refused:
            verb()
        assert refused.value.is_permanent
    assert source.exists()


@pytest.mark.req("ATK-1")
@pytest.mark.parametrize("prefix", ["..", "/", "statements/0", "statements//", ".new", "../x", "S"])
def test_text_that_is_no_prefix_is_refused(storage: Storage, prefix: str) -> None:
    with pytest.raises(StorageError):
        list(storage.keys(prefix))


@pytest.mark.req("ATK-1")
@given(st.text(max_size=60) | st.from_regex(r"[a-z./-]{1,12}/[0-9a-f./-]{36}", fullmatch=True))
def test_what_the_grammar_lets_through_stays_in_one_folder(text: str) -> None:
    try:
        key = parse_key(text)
    except StorageError:
        return
    assert str(key) == text
    assert set(key.kind) <= set("abcdefghijklmnopqrstuvwxyz")
    assert set(key.name) <= set("0123456789abcdef-")


def test_the_check_leaves_nothing_behind(storage: Storage) -> None:
    assert "wrote, read, removed" in storage.check()
    assert list(storage.keys("")) == []


def test_two_processes_see_the_same_objects(member: Member) -> None:
    key = fresh_key()
    member.build().put(key, [b"x"])
    assert read_all(member.build(), key) == b"x"
