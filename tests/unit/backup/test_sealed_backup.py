"""The container of a back-up: what is altered, cut off or opened wrongly gives nothing back."""

import io
import struct
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strongroom.rules.refusals import Refused
from strongroom.rules.secret import Secret
from strongroom.runtime.backup.sealed import MAGIC, Cost, SealedReader, SealedWriter

CHEAP = Cost(memory_kib=64, passes=1, lanes=1)
PASSPHRASE = Secret("correct horse battery staple")
PATH = Path("home.backup")
CHUNK = 1 << 20
HEADER = len(MAGIC) + 16 + 16 + 32
TAG = 16


def sealed(content: bytes, *, salt: bytes = b"s" * 16) -> bytes:
    """A container with this content."""
    file = io.BytesIO()
    writer = SealedWriter(file, PASSPHRASE, salt=salt, cost=CHEAP)
    writer.write(content)
    writer.finish()
    return file.getvalue()


def opened(data: bytes, passphrase: Secret = PASSPHRASE) -> bytes:
    """All content of a container. Raises Refused."""
    reader = SealedReader(io.BytesIO(data), passphrase, PATH)
    parts = []
    while part := reader.read(700_001):
        parts.append(part)
    return b"".join(parts)


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 3 * CHUNK + 7])
def test_what_was_sealed_comes_back_whatever_its_length(size: int) -> None:
    content = bytes(range(251)) * (size // 251 + 1)
    assert opened(sealed(content[:size])) == content[:size]


@settings(max_examples=25, deadline=None)
@given(st.lists(st.binary(max_size=3000), max_size=20), st.integers(1, 5000))
def test_it_does_not_matter_in_which_pieces_it_is_written_and_read(
    pieces: list[bytes], step: int
) -> None:
    file = io.BytesIO()
    writer = SealedWriter(file, PASSPHRASE, salt=b"s" * 16, cost=CHEAP)
    for piece in pieces:
        writer.write(piece)
    writer.finish()
    reader = SealedReader(io.BytesIO(file.getvalue()), PASSPHRASE, PATH)
    read = b""
    while part := reader.read(step):
        read += part
    assert read == b"".join(pieces)


@pytest.mark.req("ATK-74")
def test_a_wrong_passphrase_and_damage_are_told_in_the_same_words() -> None:
    data = sealed(b"secret")
    with pytest.raises(Refused) as wrong:
        opened(data, Secret("correct horse battery stapel"))
    with pytest.raises(Refused) as damaged:
        opened(data[:-1] + bytes([data[-1] ^ 1]))
    assert str(wrong.value) == str(damaged.value)
    assert wrong.value.code == "BACKUP-DAMAGED"


@settings(max_examples=120, deadline=None)
@given(st.data())
def test_not_one_altered_bit_goes_unnoticed(data: st.DataObject) -> None:
    whole = bytearray(sealed(b"content " * 20))
    at = data.draw(st.integers(0, len(whole) - 1))
    # A cost that is flipped high would only be slow; its bound has a test of its own.
    bit = data.draw(st.integers(0, 7 if at >= HEADER or at < len(MAGIC) + 16 else 2))
    whole[at] ^= 1 << bit
    with pytest.raises(Refused):
        opened(bytes(whole))


@pytest.mark.parametrize(
    "keep",
    [0, 5, len(MAGIC), HEADER - 1, HEADER, HEADER + 1, HEADER + CHUNK + TAG,
     HEADER + 2 * (CHUNK + TAG), HEADER + CHUNK],
)  # fmt: skip
def test_a_file_that_was_cut_off_anywhere_is_refused(keep: int) -> None:
    data = sealed(b"x" * (2 * CHUNK + 5))
    assert keep < len(data)
    with pytest.raises(Refused) as refused:
        opened(data[:keep])
    assert refused.value.code in {"BACKUP-DAMAGED", "BACKUP-FOREIGN"}


def test_chunks_cannot_change_places_be_repeated_or_be_left_out() -> None:
    data = sealed(b"a" * CHUNK + b"b" * CHUNK + b"c")
    head, size = data[:HEADER], CHUNK + TAG
    first, second, last = (data[HEADER + n * size : HEADER + (n + 1) * size] for n in range(3))
    assert opened(head + first + second + last)
    for order in (
        (second, first, last), (first, last), (first, first, second, last), (second, last),
        (first, second, last, last), (last,), (first, second, last, b"more"),
    ):  # fmt: skip
        with pytest.raises(Refused):
            opened(head + b"".join(order))


def test_a_chunk_of_another_back_up_with_the_same_passphrase_does_not_fit() -> None:
    one, other = sealed(b"a" * CHUNK + b"b"), sealed(b"c" * CHUNK + b"d", salt=b"t" * 16)
    with pytest.raises(Refused):
        opened(one[: HEADER + CHUNK + TAG] + other[HEADER + CHUNK + TAG :])


@pytest.mark.parametrize(
    ("memory", "passes", "lanes", "chunk"),
    [
        ((1 << 20) + 1, 1, 1, CHUNK),
        (1 << 31, 1, 1, CHUNK),
        (64, 11, 1, CHUNK),
        (64, 0, 1, CHUNK),
        (64, 1, 17, CHUNK),
        (64, 1, 0, CHUNK),
        (7, 1, 1, CHUNK),
        (64, 1, 1, 1024),
        (64, 1, 1, (16 << 20) + 1),
        (64, 1, 1, 2**32 - 1),
    ],
)
def test_a_hostile_header_cannot_ask_for_endless_work_or_memory(
    memory: int, passes: int, lanes: int, chunk: int
) -> None:
    numbers = struct.pack(">IIII", memory, passes, lanes, chunk)
    with pytest.raises(Refused) as refused:
        opened(MAGIC + b"s" * 16 + numbers + b"m" * 32 + b"data")
    assert refused.value.code == "BACKUP-FOREIGN"


def test_a_file_that_is_no_back_up_is_called_so() -> None:
    with pytest.raises(Refused) as refused:
        opened(b"PK\x03\x04" + b"\0" * 500)
    assert refused.value.code == "BACKUP-FOREIGN"


def test_the_ordinary_cost_of_guessing_is_high() -> None:
    """RFC 9106, section 4, recommends 64 MiB and three passes where memory is scarce."""
    assert Cost().memory_kib >= 64 << 10
    assert Cost().passes >= 3
