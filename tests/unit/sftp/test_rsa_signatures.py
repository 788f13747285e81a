"""RSA signatures as PuTTY's relatives send them: without their leading zero bytes."""

from itertools import count

import asyncssh
import pytest
from asyncssh.packet import String
from strongroom.gateways.sftp.ssh_setup import verify
from strongroom.visits.ports import OfferedKey

KEY = asyncssh.generate_private_key("ssh-rsa", key_size=2048)
OFFERED = OfferedKey(KEY.public_data, "rsa-sha2-256")


def signed(message: bytes) -> bytes:
    """The value of a signature, without its head."""
    whole: bytes = KEY.sign(message, b"rsa-sha2-256")
    return whole[len(String("rsa-sha2-256")) + 4 :]


def packed(value: bytes) -> bytes:
    return String("rsa-sha2-256") + String(value)


@pytest.fixture(scope="module")
def short() -> tuple[bytes, bytes]:
    """A message whose signature begins with a zero byte, and the signature without it."""
    for number in count():
        message = str(number).encode()
        value = signed(message)
        if value[0] == 0:
            return message, value.lstrip(b"\0")
    raise AssertionError


@pytest.mark.req("SFTP-1", "SFTP-3")
def test_a_signature_without_its_leading_zero_byte_is_good(short: tuple[bytes, bytes]) -> None:
    message, value = short
    assert len(value) < 256
    assert verify(OFFERED, message, packed(value))
    assert verify(OFFERED, message, packed(value.rjust(256, b"\0")))


@pytest.mark.req("ATK-17")
def test_a_signature_of_another_length_or_message_is_not(short: tuple[bytes, bytes]) -> None:
    message, value = short
    for wrong in (b"", value[:-1], value.ljust(256, b"\0"), b"\0" + value.rjust(256, b"\0")):
        assert not verify(OFFERED, message, packed(wrong))
    assert not verify(OFFERED, message + b"x", packed(value))
    assert not verify(OFFERED, message, packed(value) + b"more")
