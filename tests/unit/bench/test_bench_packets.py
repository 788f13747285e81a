"""The load client's packets: sealed, opened, and glanced at without a tag check."""

import os

import pytest
from cryptography.exceptions import InvalidSignature, InvalidTag

from bench.packets import (
    AES128,
    AES256,
    CHACHA,
    KEY_AND_IV_SIZES,
    U32,
    ChachaPackets,
    GcmPackets,
    Head,
    PlainPackets,
    packets_for,
)

CIPHERS = (AES128, AES256, CHACHA)


def pair(cipher: str) -> tuple[GcmPackets | ChachaPackets, GcmPackets | ChachaPackets]:
    key_size, iv_size = KEY_AND_IV_SIZES[cipher]
    key, iv = os.urandom(key_size), os.urandom(iv_size)
    ours, theirs = (packets_for(cipher, key=key, iv=iv, sequence=7) for _ in range(2))
    return ours, theirs


@pytest.mark.parametrize("cipher", CIPHERS)
@pytest.mark.parametrize("size", [1, 9, 200, 32768])
def test_a_sealed_packet_is_opened_by_the_other_end(cipher: str, size: int) -> None:
    ours, theirs = pair(cipher)
    for number in range(3):
        payload = bytes((94, number)) + os.urandom(size)
        packet = ours.seal(payload)
        assert theirs.size(memoryview(packet)[:4]) == len(packet)
        assert theirs.open(packet) == payload


@pytest.mark.parametrize("cipher", CIPHERS)
def test_a_glance_tells_kind_and_size_and_keeps_the_count_of_packets(cipher: str) -> None:
    ours, theirs = pair(cipher)
    data = b"\x5e" + U32.pack(3) + U32.pack(5000) + bytes(5000)
    first, second = ours.seal(data), ours.seal(b"\x5d12345678")
    assert theirs.glance(memoryview(first)) == Head(kind=94, data_size=5000)
    assert theirs.open(second) == b"\x5d12345678"


@pytest.mark.parametrize("cipher", CIPHERS)
def test_an_altered_packet_is_not_opened(cipher: str) -> None:
    ours, theirs = pair(cipher)
    packet = bytearray(ours.seal(b"\x5e" + bytes(100)))
    packet[20] ^= 1
    with pytest.raises((InvalidTag, InvalidSignature)):
        theirs.open(bytes(packet))


def test_a_plain_packet_has_at_least_four_bytes_of_padding_and_fills_its_blocks() -> None:
    plain = PlainPackets()
    for size in range(1, 40):
        packet = plain.seal(bytes(size))
        assert len(packet) % 8 == 0
        assert packet[4] >= 4
        assert plain.open(packet) == bytes(size)
