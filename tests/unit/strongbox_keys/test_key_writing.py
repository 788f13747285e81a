"""What is written: no lock of our own invention, no lock where there is none, the right comment."""

import base64

import pytest
from strongbox.keys.reading import KeyFormat, look, read_private
from strongbox.keys.writing import public_line, public_rfc4716, write_private
from strongbox.refusal import Exit, Refused
from strongroom_formats.ssh_public_key import read_blob

from tests.unit.strongbox_keys.key_makers import KINDS, PASSPHRASE, key, never


def refused(kind: str, form: KeyFormat, passphrase: bytes | None) -> Refused:
    """Why a key is not written."""
    with pytest.raises(Refused) as caught:
        write_private(key(kind), form, passphrase)
    assert caught.value.kind.exit is Exit.USAGE
    return caught.value


@pytest.mark.parametrize(
    ("kind", "form"),
    [
        ("ed25519", KeyFormat.PKCS1),
        ("ed25519", KeyFormat.SEC1),
        ("rsa-2048", KeyFormat.SEC1_DER),
        ("ecdsa-256", KeyFormat.PKCS1_DER),
    ],
)
def test_a_format_without_a_place_for_the_key_is_refused(kind: str, form: KeyFormat) -> None:
    assert refused(kind, form, None).code == "KEY-FORMAT-FIT"


@pytest.mark.parametrize("form", [KeyFormat.PKCS1, KeyFormat.PKCS1_DER])
def test_the_old_formats_are_never_locked_by_us(form: KeyFormat) -> None:
    assert refused("rsa-2048", form, PASSPHRASE).code == "KEY-FORMAT-LOCK"


@pytest.mark.parametrize("form", list(KeyFormat))
def test_an_empty_passphrase_is_not_taken_for_a_lock(form: KeyFormat) -> None:
    assert refused("ed25519", form, b"").code == "KEY-PASSPHRASE-EMPTY"


@pytest.mark.req("ATK-39")
@pytest.mark.parametrize("form", [KeyFormat.OPENSSH, KeyFormat.PPK2, KeyFormat.PPK3])
def test_a_comment_goes_from_file_to_file(form: KeyFormat) -> None:
    once = read_private(write_private(key("ed25519", "山田 acme"), form, None), never)
    assert once.comment == "山田 acme"
    hostile = write_private(key("ed25519", "a\nPrivate-MAC: 00\x1b[2J"), form, None)
    assert look(hostile).public == key("ed25519").public
    assert "\x1b" not in look(hostile).comment


@pytest.mark.req("KEY-2", "KEY-3", "KEY-6")
@pytest.mark.parametrize("kind", KINDS)
def test_the_line_to_send_is_one_line_with_the_key_and_its_comment(kind: str) -> None:
    line = public_line(key(kind).public, "desk of acme")
    name, blob, comment = line.removesuffix("\n").split(" ", 2)
    assert line.count("\n") == 1
    assert (name, comment) == (str(key(kind).public.algorithm), "desk of acme")
    assert read_blob(base64.b64decode(blob)) == key(kind).public


def test_the_other_public_format_has_short_lines_and_a_quoted_comment() -> None:
    text = public_rfc4716(key("rsa-2048").public, "山田 desk")
    lines = text.splitlines()
    assert lines[1] == 'Comment: "?? desk"'
    assert max(map(len, lines)) <= 72
    assert base64.b64decode("".join(lines[2:-1])) == key("rsa-2048").public.blob
