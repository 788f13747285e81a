"""Whatever lies in a key file: it is a key, or it is refused in words. Nothing else ever comes."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strongbox.keys.reading import KeyFormat, look, read_private
from strongbox.keys.writing import write_private
from strongbox.refusal import Refused

from tests.unit.strongbox_keys.key_makers import key

HEADS = (
    b"",
    b"0",
    b"PuTTY-User-Key-File-3: ssh-rsa\nEncryption: none\nComment: x\n",
    b"-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEA",
    b"-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\n",
    b"-----BEGIN ENCRYPTED PRIVATE KEY-----\n",
    b"---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----\n",
    b"{",
)
SMALL = [
    write_private(key(kind), form, None)
    for kind in ("ed25519", "ecdsa-256", "rsa-1024")
    for form in (KeyFormat.OPENSSH, KeyFormat.PKCS8, KeyFormat.PKCS8_DER, KeyFormat.PPK2)
]
LOCKED = [
    write_private(key("ed25519"), form, b"secret")
    for form in (KeyFormat.PKCS8, KeyFormat.PKCS8_DER, KeyFormat.PPK2)
]


def is_read(data: bytes) -> bool:
    """Try to read; everything but Refused is a fault of ours."""
    try:
        look(data)
        read_private(data, lambda: b"secret")
    except Refused as refused:
        return len(str(refused)) not in range(10, 1000)
    return True


@settings(max_examples=300)
@given(st.sampled_from(HEADS), st.binary(max_size=500), st.sampled_from([b"", b"\n-----END "]))
def test_any_bytes_are_refused_in_words(head: bytes, rest: bytes, end: bytes) -> None:
    label = head.removeprefix(b"-----BEGIN ").partition(b"\n")[0]
    assert not is_read(head + rest + (end + label if end else b""))


@settings(max_examples=200)
@given(st.sampled_from(HEADS), st.text("ABab01+/= \n-", max_size=300))
def test_any_text_between_begin_and_end_is_refused_in_words(head: bytes, rest: str) -> None:
    label = head.removeprefix(b"-----BEGIN ").partition(b"\n")[0]
    assert not is_read(head + rest.encode() + b"\n-----END " + label + b"\n")


@settings(max_examples=250)
@given(
    st.sampled_from(SMALL + LOCKED),
    st.integers(min_value=0),
    st.binary(max_size=4),
    st.integers(min_value=0, max_value=4),
)
def test_a_damaged_key_is_the_same_key_or_is_refused(
    data: bytes, at: int, new: bytes, cut: int
) -> None:
    at %= len(data)
    is_read(data[:at] + new + data[at + cut :])


@settings(max_examples=60)
@given(st.sampled_from(SMALL), st.integers(min_value=0))
def test_half_a_key_is_refused(data: bytes, at: int) -> None:
    part = data[: at % len(data)]
    if part.rstrip() != data.rstrip():
        assert not is_read(part)


@pytest.mark.soak
@settings(max_examples=20_000)
@given(st.sampled_from(SMALL + LOCKED), st.data())
def test_many_damaged_keys_are_refused_in_words(data: bytes, draw: st.DataObject) -> None:
    changed = bytearray(data)
    for at in draw.draw(st.lists(st.integers(0, len(data) - 1), max_size=5)):
        changed[at] = draw.draw(st.integers(0, 255))
    is_read(bytes(changed))
