"""The documents of enrolment: read back as written, refused by the field, for one purpose."""

import re
import subprocess
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st
from strongroom_formats import canonical_json, sshsig_keys
from strongroom_formats.bundle import Bundle, BundleInvalid, Calendar, Folders, PgpChoice
from strongroom_formats.invitation import (
    CODES,
    LETTERS,
    Invitation,
    InvitationInvalid,
    checked_url,
    code_of,
    is_loopback,
    read_code,
)
from strongroom_formats.possession import NAMESPACE, Possession, PossessionInvalid
from strongroom_formats.signed_request import Purpose, SignedRequest, SignedRequestInvalid
from strongroom_formats.sshsig_envelope import SignatureInvalid
from strongroom_formats.sshsig_keys import SigningKey

MOMENT = datetime(2026, 11, 22, 20, 15, tzinfo=UTC)
CODE = "7F3K-22QX-ABCD-EFGH-JKMN"
PIN = "A" * 43


def bundle() -> Bundle:
    return Bundle(
        firm="Example Brokers",
        host="sftp.example.com",
        port=32,
        login="acme",
        folders=Folders("/outgoing", "/manifests", "/test", "/incoming"),
        host_keys=("ssh-ed25519 AAAA",),
        signers=("ssh-ed25519 BBBB",),
        pgp=PgpChoice.REQUIRED,
        sender_certificate="-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nxxx\n",
        calendar=Calendar("America/New_York", (date(2026, 12, 25),), "18:30"),
        names="ACCOUNT_KIND_DAY.csv\nsecond line",
        api="https://keys.example.com:8043",
        accounts=("4567",),
        seen_address="192.0.2.7",
        challenge="ab" * 32,
        expires_at=MOMENT,
    )


def possession() -> Possession:
    return Possession("cd" * 32, "acme", "ssh-ed25519 AAAA me", "ef" * 32)


def request() -> SignedRequest:
    audience = "https://keys.example.com"
    return SignedRequest(Purpose.EXPLAIN, "acme", MOMENT, "0" * 32, audience, {"reference": None})


def test_every_document_is_read_back_as_it_was_written() -> None:
    assert Bundle.from_bytes(bundle().to_bytes()) == bundle()
    assert Possession.from_bytes(possession().to_bytes()) == possession()
    assert SignedRequest.from_bytes(request().to_bytes()) == request()
    invitation = Invitation("https://keys.example.com:8043", CODE, PIN)
    assert Invitation.from_bytes(invitation.to_bytes()) == invitation


def test_a_bundle_of_a_firm_that_signs_and_says_little_is_whole() -> None:
    bare = replace(
        bundle(),
        sender_certificate=None,
        signers=(),
        calendar=Calendar("UTC", (), ""),
        accounts=(),
        pgp=PgpChoice.OFF,
    )
    assert Bundle.from_bytes(bare.to_bytes()) == bare


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("firm", "two\nlines"),
        ("host", ""),
        ("port", 0),
        ("port", 65_536),
        ("login", "x" * 65),
        ("folders", Folders("outgoing", "/m", "/t", "/i")),
        ("folders", Folders("/../x", "/m", "/t", "/i")),
        ("host_keys", ()),
        ("host_keys", ("two\nlines",)),
        ("signers", ("x",) * 21),
        ("calendar", Calendar("UTC", (), "25:00")),
        ("calendar", Calendar("../etc", (), "")),
        ("names", "\x1b[2J"),
        ("sender_certificate", ""),
        ("accounts", ("U1234567",)),
        ("seen_address", "example.com"),
        ("challenge", "AB" * 32),
    ],
)
def test_a_bundle_with_a_field_out_of_bounds_is_not_written(name: str, wrong: object) -> None:
    with pytest.raises(BundleInvalid) as caught:
        replace(bundle(), **{name: wrong}).to_bytes()
    assert name in caught.value.field or name in ("folders", "calendar")


def test_unknown_fields_of_the_inner_objects_are_refused() -> None:
    found = canonical_json.loads(bundle().to_bytes(), 10**6)
    assert isinstance(found, dict)
    assert isinstance(found["calendar"], dict)
    found["calendar"]["moon"] = "full"
    with pytest.raises(BundleInvalid, match=r"calendar\.moon: unknown field"):
        Bundle.from_bytes(canonical_json.dumps(found))


@pytest.mark.parametrize("wrong", ["x" * 64, "AB" * 32, "ab" * 31, ""])
def test_a_challenge_is_32_or_64_hex_digits(wrong: str) -> None:
    with pytest.raises(PossessionInvalid, match="challenge"):
        replace(possession(), challenge=wrong).to_bytes()


def test_a_request_for_an_unknown_purpose_is_refused() -> None:
    data = request().to_bytes().replace(b'"explain"', b'"destroy"')
    with pytest.raises(SignedRequestInvalid, match="purpose: none of explain"):
        SignedRequest.from_bytes(data)


@given(st.binary(max_size=100))
def test_any_other_bytes_are_none_of_the_documents(noise: bytes) -> None:
    with pytest.raises(BundleInvalid):
        Bundle.from_bytes(noise)
    with pytest.raises(PossessionInvalid):
        Possession.from_bytes(noise)
    with pytest.raises(SignedRequestInvalid):
        SignedRequest.from_bytes(noise)
    with pytest.raises(InvitationInvalid):
        Invitation.from_bytes(noise)


@given(st.integers(0, CODES - 1))
def test_every_code_is_read_back_however_it_is_typed(number: int) -> None:
    code = code_of(number)
    assert read_code(f"  {code.lower().replace('-', ' ')} ") == code
    assert read_code(code.replace("-", "")) == code
    assert set(code) <= {*LETTERS, "-"}


def test_codes_have_more_than_eighty_bits_and_no_letter_twice() -> None:
    assert CODES > 2**98
    assert len(set(LETTERS)) == len(LETTERS) == 30
    assert code_of(0) != code_of(CODES - 1)
    with pytest.raises(ValueError, match="not the number"):
        code_of(CODES)


@pytest.mark.parametrize("wrong", ["", CODE[:-1], CODE + "A", CODE.replace("7", "1"), "ſ" * 20])
def test_what_is_no_code_is_refused(wrong: str) -> None:
    with pytest.raises(InvitationInvalid, match="code"):
        read_code(wrong)


@pytest.mark.parametrize(
    ("text", "url", "pin"),
    [
        (f"https://keys.example.com/e/{CODE}", "https://keys.example.com", ""),
        (f"https://[2001:db8::1]:8043/e/{CODE}", "https://[2001:db8::1]:8043", ""),
        (f" https://example.com/keys/e/{CODE.lower()}\n", "https://example.com/keys", ""),
        (f"http://127.0.0.1:8043/e/{CODE}", "http://127.0.0.1:8043", ""),
        (f"https://h:8043/e/{CODE}#pin={PIN}", "https://h:8043", PIN),
        (f"{CODE}@keys.example.com", "https://keys.example.com", ""),
        (f"{CODE}@keys.example.com:8043#{PIN}", "https://keys.example.com:8043", PIN),
        (f"{CODE}@keys.example.com#pin={PIN}", "https://keys.example.com", PIN),
    ],
)
def test_each_form_of_an_invitation_is_read(text: str, url: str, pin: str) -> None:
    found = Invitation.from_text(text)
    assert found == Invitation(url, CODE, pin)
    assert Invitation.from_text(found.link) == found


@pytest.mark.parametrize(
    "text",
    [
        "",
        CODE,
        f"http://keys.example.com/e/{CODE}",
        f"https://user@keys.example.com/e/{CODE}",
        f"https://keys.example.com/e/{CODE}?x=1",
        f"https://keys.example.com/../e/{CODE}x",
        f"https://keys.example.com:0/e/{CODE}",
        f"https://keys.example.com:65536/e/{CODE}",
        f"ftp://keys.example.com/e/{CODE}",
        f"https://keys.example.com/e/{CODE}#pin=short",
        f"file:///e/{CODE}",
        f"{CODE}@bad host",
        "x" * 5000,
    ],
)
def test_what_is_no_invitation_is_refused(text: str) -> None:
    with pytest.raises(InvitationInvalid):
        Invitation.from_text(text)


def test_a_file_with_spaces_and_a_byte_order_mark_is_an_invitation() -> None:
    text = f'\ufeff{{ "code": "{CODE}",\n"url": "https://h", "pin": "",\n'
    text += '"schema": "strongroom-invitation-1" }\n'
    assert Invitation.from_bytes(text.encode()) == Invitation("https://h", CODE, "")


def test_only_this_machine_may_be_spoken_to_without_tls() -> None:
    assert is_loopback("http://[::1]:80")
    assert is_loopback("http://localhost")
    assert not is_loopback("http://localhost.example.com")
    assert not is_loopback("nonsense")
    with pytest.raises(InvitationInvalid, match="without TLS"):
        checked_url("http://192.0.2.1")


KINDS: dict[str, Callable[[], SigningKey]] = {
    "ed25519": Ed25519PrivateKey.generate,
    "rsa": lambda: rsa.generate_private_key(65_537, 2048),
    "nistp256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "nistp384": lambda: ec.generate_private_key(ec.SECP384R1()),
    "nistp521": lambda: ec.generate_private_key(ec.SECP521R1()),
}


@pytest.fixture(scope="module", params=list(KINDS))
def key(request: pytest.FixtureRequest) -> SigningKey:
    return KINDS[request.param]()


def test_a_key_of_each_kind_proves_itself(key: SigningKey) -> None:
    public = sshsig_keys.public_key_for(key)
    signature = sshsig_keys.sign_with(b"message", key, NAMESPACE)
    assert sshsig_keys.signer_of(signature) == public
    sshsig_keys.verify_by(public, b"message", signature, namespace=NAMESPACE)


def test_another_message_purpose_or_key_proves_nothing(key: SigningKey) -> None:
    public = sshsig_keys.public_key_for(key)
    signature = sshsig_keys.sign_with(b"message", key, NAMESPACE)
    other = sshsig_keys.public_key_for(Ed25519PrivateKey.generate())
    with pytest.raises(SignatureInvalid, match="not a signature of this content"):
        sshsig_keys.verify_by(public, b"massage", signature, namespace=NAMESPACE)
    with pytest.raises(SignatureInvalid, match="not made for"):
        sshsig_keys.verify_by(public, b"message", signature, namespace="request@strongroom")
    with pytest.raises(SignatureInvalid, match="another key"):
        sshsig_keys.verify_by(other, b"message", signature, namespace=NAMESPACE)


def test_no_flipped_byte_of_a_signature_is_accepted(key: SigningKey) -> None:
    public = sshsig_keys.public_key_for(key)
    lines = sshsig_keys.sign_with(b"message", key, NAMESPACE).decode().splitlines()
    body = "".join(lines[1:-1])
    for at in range(0, len(body.rstrip("=")) - 1, 7):
        changed = body[:at] + ("A" if body[at] != "A" else "B") + body[at + 1 :]
        with pytest.raises(SignatureInvalid):
            sshsig_keys.verify_by(
                public,
                b"message",
                f"{lines[0]}\n{changed}\n{lines[-1]}\n".encode(),
                namespace=NAMESPACE,
            )


def test_ssh_keygen_and_the_product_check_each_other(key: SigningKey, tmp_path: Path) -> None:
    public = sshsig_keys.public_key_for(key)
    secret = tmp_path / "key"
    secret.touch(mode=0o600)
    secret.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.OpenSSH,
            serialization.NoEncryption(),
        )
    )
    subprocess.run(
        ["ssh-keygen", "-Y", "sign", "-q", "-f", secret, "-n", NAMESPACE, tmp_path / "m"],
        check=True,
        capture_output=True,
        input=None if (tmp_path / "m").write_bytes(b"message") else b"",
    )
    made = (tmp_path / "m.sig").read_bytes()
    sshsig_keys.verify_by(public, b"message", made, namespace=NAMESPACE)
    (tmp_path / "allowed").write_text(f"me {public.openssh_line()}\n")
    (tmp_path / "ours").write_bytes(sshsig_keys.sign_with(b"message", key, NAMESPACE))
    verify = ["ssh-keygen", "-Y", "verify", "-f", "allowed", "-I", "me", "-n", NAMESPACE]
    subprocess.run(
        [*verify, "-s", "ours"], check=True, cwd=tmp_path, input=b"message", capture_output=True
    )


def test_a_signature_of_the_old_rsa_kind_is_refused() -> None:
    key = rsa.generate_private_key(65_537, 2048)
    armoured = sshsig_keys.sign_with(b"message", key, NAMESPACE)
    envelope = sshsig_keys.read_envelope(armoured, sshsig_keys.LIMIT)
    old = replace(
        envelope,
        signature=re.sub(
            rb"\x00\x00\x00\x0crsa-sha2-512", b"\0\0\0\x07ssh-rsa", envelope.signature
        ),
    )
    public = sshsig_keys.public_key_for(key)
    with pytest.raises(SignatureInvalid, match="SHA-2"):
        sshsig_keys.verify_by(public, b"message", old.armoured(), namespace=NAMESPACE)
