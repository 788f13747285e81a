"""Whatever bytes are sent, the desk answers: with a key that is whole, or with a refusal."""

import base64
import time
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from strongroom.rules.key_intake import Submission, read_submission
from strongroom.rules.refusals import Refused
from strongroom_formats.ssh_faults import KeyFault
from strongroom_formats.ssh_public_key import read_blob

SECONDS = 5
EXAMPLES = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
MANY = settings(EXAMPLES, max_examples=5_000)
PIECES = st.sampled_from(
    [
        *(
            b"ssh-rsa ",
            b"ssh-ed25519 ",
            b"AAAAB3NzaC1yc2E",
            b"AAAAC3NzaC1lZDI1NTE5AAAAI",
            b"=",
            b"\n",
        ),
        *(b"\r", b" ", b'"', b"> ", b'from="', b"\xef\xbb\xbf", b"\xff\xfe", b"\0", b"\xa0", b"#"),
        *(
            b"---- BEGIN SSH2 PUBLIC KEY ----\n",
            b"---- END SSH2 PUBLIC KEY ----\n",
            b"Comment: a\\\n",
        ),
        *(b"-----BEGIN PUBLIC KEY-----\n", b"-----END PUBLIC KEY-----\n", b"-----BEGIN "),
        *(
            b"PK\x03\x04",
            b"PK\x05\x06",
            b"\x1f\x8b\x08\0",
            b"BZh9",
            b"\xfd7zXZ\0",
            b"\x30\x82\1\x22",
        ),
        *(
            b"\x30\x82\1\0\x02\x01\0\x02\x82",
            b"\x95\1\0\4aaaa\1\x08\0",
            b"From: me\nSubject: key\n\n",
        ),
        *(b'{"kty":"RSA","d":"', b"openssh-key-v1\0", b"</p>&#1;", b"=3D", b"begin 644 x\n"),
    ]
)
JUNK = st.lists(st.one_of(PIECES, st.binary(max_size=40)), max_size=30).map(b"".join)


def answer(data: bytes) -> Submission | Refused:
    """The answer; anything else that is raised fails the test."""
    started = time.monotonic()
    try:
        return read_submission(data, file_name="fuzz.pub")
    except Refused as refused:
        return refused
    finally:
        assert time.monotonic() - started < SECONDS


def check_any(data: bytes) -> None:
    given_answer = answer(data)
    if isinstance(given_answer, Submission):
        assert read_blob(given_answer.key.blob) == given_answer.key
        assert given_answer.comment.isprintable()
        again = read_submission(given_answer.key.openssh_line().encode(), file_name="again")
        assert again.key == given_answer.key
        assert again.repairs == ()


def mutated(data: st.DataObject, good: bytes) -> bytes:
    """`good` with a few changes: bytes replaced, cut out, put in, or written twice."""
    changed = bytearray(good)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(changed)))
        end = min(len(changed), at + data.draw(st.integers(0, 20)))
        middle = data.draw(
            st.one_of(PIECES, st.binary(max_size=8), st.just(bytes(changed[at:end] * 2)))
        )
        changed[at:end] = middle
    return bytes(changed)


@pytest.mark.req("ATK-18", "ATK-37")
@EXAMPLES
@given(st.one_of(st.binary(max_size=2000), JUNK))
def test_any_bytes_are_answered(data: bytes) -> None:
    check_any(data)


@pytest.mark.req("ATK-17", "ATK-18", "ATK-39")
@pytest.mark.parametrize("form", ["line", "RFC4716", "PKCS8"])
@EXAMPLES
@given(data=st.data())
def test_any_change_to_a_good_key_is_answered(shop, form: str, data: st.DataObject) -> None:
    check_any(mutated(data, public_form(shop, form)))


@EXAMPLES
@given(data=st.data())
@pytest.mark.parametrize("kind", [("rsa", 2048), ("ed25519", 0), ("ecdsa", 256), ("ecdsa", 521)])
def test_any_change_to_a_blob_gives_a_fault_or_another_whole_key(shop, kind, data) -> None:
    changed = mutated(data, base64.b64decode(shop.public(*kind).split()[1]))
    with suppress(KeyFault):
        assert read_blob(changed).blob == changed


@pytest.mark.req("KEY-7", "ATK-37")
@EXAMPLES
@given(data=st.data())
def test_a_private_key_among_any_junk_is_found(shop, data: st.DataObject) -> None:
    private = shop.pair("ed25519", 0).read_bytes()
    before, after = data.draw(JUNK), data.draw(JUNK)
    found = answer(before + b"\n" + private + b"\n" + after)
    assert isinstance(found, Refused)
    assert found.code == "E-KEYREG-1"


@pytest.mark.soak
@MANY
@given(JUNK)
def test_any_bytes_are_answered_over_and_over(data: bytes) -> None:
    check_any(data)


@pytest.mark.soak
@pytest.mark.parametrize("form", ["line", "RFC4716", "PKCS8"])
@MANY
@given(data=st.data())
def test_any_change_is_answered_over_and_over(shop, form: str, data: st.DataObject) -> None:
    check_any(mutated(data, public_form(shop, form)))


def public_form(shop, form: str) -> bytes:
    if form == "line":
        return shop.public("rsa", 2048)
    return shop.run("ssh-keygen", "-e", "-m", form, "-f", f"{shop.pair('rsa', 2048)}.pub")
