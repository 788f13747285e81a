"""Key files that are rare, broken in odd places, or made to mislead: each has its own words."""

import base64
from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import GCM
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
)
from strongbox.keys import openssh
from strongbox.keys.reading import KeyFormat, look, read_private
from strongbox.keys.writing import write_private
from strongbox.refusal import Refused
from strongroom_formats.ssh_wire import wire_string

from tests.unit.strongbox_keys.key_makers import PASSPHRASE, key, never, numbers, private


def ask() -> bytes:
    """The right passphrase."""
    return PASSPHRASE


def code_of(data: bytes, source: Callable[[], bytes] = ask) -> str:
    """Why a key is not read."""
    with pytest.raises(Refused) as caught:
        read_private(data, source)
    return caught.value.code


def armoured(data: bytes, label: bytes = b"OPENSSH PRIVATE KEY") -> bytes:
    """Bytes in PEM."""
    text = base64.encodebytes(data)
    return b"-----BEGIN %b-----\n%b-----END %b-----\n" % (label, text, label)


def container(public: bytes, section: bytes, cipher: bytes = b"none", kdf: bytes = b"") -> bytes:
    """A file in OpenSSH's format with what we like inside."""
    lock = wire_string(cipher) + wire_string(b"bcrypt" if kdf else b"none") + wire_string(kdf)
    body = wire_string(public) + wire_string(section)
    return b"openssh-key-v1\0" + lock + b"\0\0\0\x01" + body


@pytest.mark.parametrize("kind", ["rsa-2048", "ecdsa-384"])
def test_a_key_under_the_old_lock_is_opened(kind: str) -> None:
    layout = PrivateFormat.TraditionalOpenSSL
    data = private(kind).private_bytes(Encoding.PEM, layout, BestAvailableEncryption(PASSPHRASE))
    face = look(data)
    old = KeyFormat.PKCS1 if kind.startswith("rsa") else KeyFormat.SEC1
    assert (face.format, face.is_locked, face.public) == (old, True, None)
    assert numbers(read_private(data, ask).private) == numbers(private(kind))
    assert code_of(data, lambda: b"wrong") == "KEY-PASSPHRASE"
    assert code_of(data.replace(b"AES-256-CBC", b"ROT13-CBC"), ask) in {
        "KEY-CIPHER",
        "KEY-PASSPHRASE",
    }
    assert code_of(data.replace(b"\n\n", b"\n\n!!!!"), ask) == "KEY-PASSPHRASE"


def test_only_the_old_formats_have_the_old_lock() -> None:
    data = b"-----BEGIN PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nAAAA\n-----END PRIVATE KEY-----"
    assert code_of(data) == "KEY-DAMAGED"


@pytest.mark.parametrize(
    ("name", "code"),
    [
        (b"ssh-dss", "KEY-DSA"),
        (b"sk-ssh-ed25519@openssh.com", "KEY-IS-SECURITY-TOKEN"),
        (b"ssh-rsa-cert-v01@openssh.com", "KEY-CERTIFICATE"),
        (b"ssh-ed448", "KEY-KIND"),
        (b"\x1b[31mred", "KEY-KIND"),
    ],
)
def test_other_kinds_in_openssh_s_format_are_named(name: bytes, code: str) -> None:
    data = armoured(container(wire_string(name) + wire_string(bytes(32)), bytes(64)))
    assert code_of(data, never) == code
    with pytest.raises(Refused) as caught:
        look(data)
    assert "\x1b" not in str(caught.value)


def section(kind: bytes, checks: bytes = bytes(8)) -> bytes:
    """A private half that has nothing but its beginning."""
    return checks + wire_string(kind)


@pytest.mark.parametrize(
    "inside",
    [
        b"",
        bytes(7),
        section(b"ssh-rsa"),
        section(b"ssh-ed25519"),
        section(b"ssh-dss"),
        section(b"\xff"),
        section(b"ssh-ed25519", b"aaaabbbb") + wire_string(b"") * 3,
        section(b"ssh-ed25519") + wire_string(b"") * 3,
        section(b"ssh-ed25519") + wire_string(bytes(32)) + wire_string(bytes(64)),
        section(b"ssh-ed25519") + wire_string(bytes(40)) * 2 + wire_string(b"c"),
        section(b"ssh-ed25519") + b"\xff\xff\xff\xff",
    ],
)
def test_a_broken_private_half_is_damage(inside: bytes) -> None:
    assert code_of(armoured(container(key("ed25519").public.blob, inside)), never) == "KEY-DAMAGED"


@pytest.mark.parametrize(
    "data",
    [
        armoured(b"openssh-key-v2\0" + bytes(100)),
        b"-----BEGIN OPENSSH PRIVATE KEY-----\n====\n-----END OPENSSH PRIVATE KEY-----",
        b"-----BEGIN OPENSSH PRIVATE KEY-----\nA\n-----END OPENSSH PRIVATE KEY-----",
        b"-----BEGIN RSA PRIVATE KEY-----\n-----BEGIN RSA PRIVATE KEY-----\n",
        b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----",
        b"\x30\x03\x02\x01\x00",
        b"\x30\x80\x00\x00",
    ],
)
def test_a_broken_file_is_damage_or_nothing(data: bytes) -> None:
    assert code_of(data, never) in {"KEY-DAMAGED", "KEY-NOT-KEY"}


def test_a_block_of_another_kind_is_no_key() -> None:
    assert code_of(armoured(b"hello", b"X509 CRL"), never) == "KEY-NOT-KEY"


def test_a_tampered_tag_looks_like_a_wrong_passphrase() -> None:
    """GCM: the tag follows the private half, and an altered file is not opened at all."""
    kdf = wire_string(bytes(16)) + (4).to_bytes(4, "big")
    plain = openssh.written(private("ed25519"), "acme", None)
    whole = base64.b64decode(b"".join(plain.split(b"\n")[1:-2]))
    size = len(whole) - whole.rfind(b"\0\0\0\x0bssh-ed25519") + 8
    inside = whole[-size:]
    inside += bytes(range(1, 1 + -len(inside) % 16))
    name = b"aes256-gcm@openssh.com"
    secret, iv = openssh._derived(name, PASSPHRASE, bytes(16), 4)
    encryptor = Cipher(AES(secret), GCM(iv)).encryptor()
    hidden = encryptor.update(inside) + encryptor.finalize()
    good = container(key("ed25519").public.blob, hidden, name, kdf)
    assert read_private(armoured(good + encryptor.tag), ask).comment == "acme"
    assert code_of(armoured(good + bytes(16))) == "KEY-PASSPHRASE"
    assert code_of(armoured(good)) == "KEY-PASSPHRASE"
    odd = container(key("ed25519").public.blob, hidden[:-1], name, kdf)
    assert code_of(armoured(odd)) == "KEY-DAMAGED"


@pytest.mark.parametrize("data", [b"\xfe\xed\xfe\xed\0\0\0\x02" + bytes(50), b"\x3f\x6f\xf9\xeb"])
def test_stores_and_keys_of_other_programs_are_named(data: bytes) -> None:
    assert code_of(data, never) in {"KEY-IS-STORE", "KEY-IS-SSH-COM"}


def test_text_that_looks_like_keys_everywhere_takes_no_time() -> None:
    assert code_of(b"\x30\x82\x01\x00\x02\x01\x00\x02\x82" * 5000, never)[:4] == "KEY-"
    assert code_of(b"x" + b"\x30\x82\x01\x00\x02\x01\x00\x02\x82" * 5000, never) == "KEY-NOT-KEY"


def test_blanks_around_a_passphrase_belong_to_it() -> None:
    data = write_private(key("ed25519"), KeyFormat.PKCS8, b" spaces at both ends ")
    assert read_private(data, lambda: b" spaces at both ends ").public == key("ed25519").public
    assert code_of(data, lambda: b"spaces at both ends") == "KEY-PASSPHRASE"
