"""SSH signatures: both ways with the real ssh-keygen, and every tampering refused."""

import base64
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_ssh_private_key
from hypothesis import given
from hypothesis import strategies as st
from strongroom_formats import sshsig
from strongroom_formats.sshsig import SignatureInvalid

NAMESPACE = "manifest@strongroom"
MESSAGE = b'{"number":1}'
KEY = Ed25519PrivateKey.generate()
BLOB = sshsig.public_blob(KEY.public_key())
SIGNED = sshsig.sign(MESSAGE, KEY, NAMESPACE)

needs_ssh_keygen = pytest.mark.skipif(
    shutil.which("ssh-keygen") is None, reason="ssh-keygen is not installed"
)


def ssh_keygen(*arguments: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    command = ["ssh-keygen", *arguments]
    return subprocess.run(command, input=given, capture_output=True, check=False, timeout=20)


def a_key_of_ssh_keygen(folder: Path, kind: str = "ed25519") -> Path:
    path = folder / f"key_{kind}"
    assert ssh_keygen("-q", "-t", kind, "-N", "", "-f", str(path)).returncode == 0
    return path


def blob_of(path: Path) -> bytes:
    return base64.b64decode(path.with_suffix(".pub").read_text().split()[1])


@needs_ssh_keygen
@pytest.mark.parametrize("size", [0, 1, 70, 1_000_000])
def test_ssh_keygen_accepts_our_signature(tmp_path: Path, size: int) -> None:
    message = b"\xff\n" * size
    allowed, signature = tmp_path / "allowed", tmp_path / "signature"
    spaces = [NAMESPACE, "receipt@strongroom"]
    line = sshsig.allowed_signers_line("evidence@example.com", KEY.public_key(), spaces)
    allowed.write_text(line + "\n")
    signature.write_bytes(sshsig.sign(message, KEY, NAMESPACE))
    arguments = ["-n", NAMESPACE, "-s", str(signature)]
    who = ["-f", str(allowed), "-I", "evidence@example.com"]
    assert ssh_keygen("-Y", "verify", *who, *arguments, given=message).returncode == 0
    assert ssh_keygen("-Y", "check-novalidate", *arguments, given=message).returncode == 0
    assert ssh_keygen("-Y", "verify", *who, *arguments, given=message + b"x").returncode != 0


@needs_ssh_keygen
def test_ssh_keygen_refuses_a_namespace_that_the_line_does_not_allow(tmp_path: Path) -> None:
    allowed, signature = tmp_path / "allowed", tmp_path / "signature"
    allowed.write_text(sshsig.allowed_signers_line("firm", KEY.public_key(), [NAMESPACE]))
    signature.write_bytes(sshsig.sign(MESSAGE, KEY, "receipt@strongroom"))
    answer = ssh_keygen(
        *("-Y", "verify", "-f", str(allowed), "-I", "firm", "-n", "receipt@strongroom"),
        *("-s", str(signature)),
        given=MESSAGE,
    )
    assert answer.returncode != 0


@needs_ssh_keygen
def test_we_accept_the_signature_of_ssh_keygen(tmp_path: Path) -> None:
    key = a_key_of_ssh_keygen(tmp_path)
    file = tmp_path / "MANIFEST-2026-11-22.json"
    file.write_bytes(MESSAGE)
    signing = ssh_keygen("-Y", "sign", "-q", "-f", str(key), "-n", NAMESPACE, str(file))
    assert signing.returncode == 0
    armoured = Path(f"{file}.sig").read_bytes()
    trusted = [BLOB, blob_of(key)]
    assert sshsig.verify(MESSAGE, armoured, namespace=NAMESPACE, trusted=trusted) == trusted[1]


@needs_ssh_keygen
def test_our_signature_has_the_very_bytes_of_ssh_keygen(tmp_path: Path) -> None:
    path = a_key_of_ssh_keygen(tmp_path)
    key = load_ssh_private_key(path.read_bytes(), password=None)
    assert isinstance(key, Ed25519PrivateKey)
    signing = ssh_keygen("-Y", "sign", "-f", str(path), "-n", NAMESPACE, given=MESSAGE)
    assert signing.stdout == sshsig.sign(MESSAGE, key, NAMESPACE)


@needs_ssh_keygen
@pytest.mark.parametrize("kind", ["ecdsa", "rsa"])
def test_another_kind_of_key_is_refused(tmp_path: Path, kind: str) -> None:
    key = a_key_of_ssh_keygen(tmp_path, kind)
    signing = ssh_keygen("-Y", "sign", "-f", str(key), "-n", NAMESPACE, given=MESSAGE)
    with pytest.raises(SignatureInvalid, match="Ed25519"):
        sshsig.verify(MESSAGE, signing.stdout, namespace=NAMESPACE, trusted=[blob_of(key)])


@needs_ssh_keygen
def test_a_sha256_signature_is_refused(tmp_path: Path) -> None:
    key = a_key_of_ssh_keygen(tmp_path)
    option = ("-O", "hashalg=sha256")
    signing = ssh_keygen("-Y", "sign", "-f", str(key), "-n", NAMESPACE, *option, given=MESSAGE)
    with pytest.raises(SignatureInvalid, match="SHA-512"):
        sshsig.verify(MESSAGE, signing.stdout, namespace=NAMESPACE, trusted=[blob_of(key)])


@needs_ssh_keygen
def test_the_public_key_line_is_that_of_ssh_keygen(tmp_path: Path) -> None:
    key = a_key_of_ssh_keygen(tmp_path)
    line = sshsig.public_key_line(sshsig.public_key_of(blob_of(key)))
    assert line.split() == key.with_suffix(".pub").read_text().split()[:2]


@given(st.binary(max_size=200))
def test_every_message_verifies_with_its_own_signature(message: bytes) -> None:
    armoured = sshsig.sign(message, KEY, NAMESPACE)
    assert sshsig.verify(message, armoured, namespace=NAMESPACE, trusted={BLOB}) == BLOB


@given(st.binary(max_size=60).filter(MESSAGE.__ne__))
def test_another_message_is_refused(message: bytes) -> None:
    with pytest.raises(SignatureInvalid, match="content"):
        sshsig.verify(message, SIGNED, namespace=NAMESPACE, trusted=[BLOB])


def test_a_key_that_is_not_trusted_is_refused() -> None:
    other = sshsig.public_blob(Ed25519PrivateKey.generate().public_key())
    for trusted in ([], [other], [BLOB[:-1]], [BLOB + b"\0"]):
        with pytest.raises(SignatureInvalid, match="not trusted"):
            sshsig.verify(MESSAGE, SIGNED, namespace=NAMESPACE, trusted=trusted)


def test_a_signature_for_another_purpose_is_refused() -> None:
    with pytest.raises(SignatureInvalid, match="not made for receipt@strongroom"):
        sshsig.verify(MESSAGE, SIGNED, namespace="receipt@strongroom", trusted=[BLOB])


def rearmoured(blob: bytes) -> bytes:
    return b"\n".join(
        (
            b"-----BEGIN SSH SIGNATURE-----",
            base64.b64encode(blob),
            b"-----END SSH SIGNATURE-----\n",
        )
    )


RAW = base64.b64decode(b"".join(SIGNED.split(b"\n")[1:-2]))


@given(st.integers(0, len(RAW) - 1), st.integers(1, 255))
def test_one_changed_byte_anywhere_is_refused(at: int, change: int) -> None:
    changed = bytearray(RAW)
    changed[at] ^= change
    with pytest.raises(SignatureInvalid):
        sshsig.verify(MESSAGE, rearmoured(changed), namespace=NAMESPACE, trusted=[BLOB])


@given(st.integers(0, len(RAW) - 1))
def test_a_signature_cut_short_is_refused(length: int) -> None:
    with pytest.raises(SignatureInvalid):
        sshsig.verify(MESSAGE, rearmoured(RAW[:length]), namespace=NAMESPACE, trusted=[BLOB])


@pytest.mark.parametrize(
    "armoured",
    [
        b"",
        b"-----BEGIN SSH SIGNATURE-----\n-----END SSH SIGNATURE-----\n",
        SIGNED.replace(b"BEGIN SSH", b"BEGIN PGP"),
        SIGNED.replace(b"END SSH SIGNATURE-----", b""),
        SIGNED.replace(b"U1NI", b"U1N!"),
        SIGNED.replace(b"U1NI", b"\xff"),
        b"x\n" + SIGNED,
        SIGNED + b"x\n",
        SIGNED + SIGNED,
        SIGNED + b"\n" * sshsig.LIMIT,
        rearmoured(RAW + b"\0"),
        rearmoured(RAW[:6] + b"\0\0\0\2" + RAW[10:]),
        rearmoured(RAW[:10] + b"\xff\xff\xff\xff" + RAW[14:]),
    ],
    ids=range(13),
)
def test_what_is_no_armoured_signature_is_refused(armoured: bytes) -> None:
    with pytest.raises(SignatureInvalid):
        sshsig.verify(MESSAGE, armoured, namespace=NAMESPACE, trusted=[BLOB])


@given(st.binary(max_size=300))
def test_no_bytes_do_anything_but_fail(noise: bytes) -> None:
    for armoured in (noise, rearmoured(noise), rearmoured(RAW[:10] + noise)):
        with pytest.raises(SignatureInvalid):
            sshsig.verify(MESSAGE, armoured, namespace=NAMESPACE, trusted=[BLOB])


def test_a_signature_with_windows_line_ends_is_accepted() -> None:
    armoured = SIGNED.replace(b"\n", b"\r\n")
    assert sshsig.verify(MESSAGE, armoured, namespace=NAMESPACE, trusted=[BLOB]) == BLOB


@pytest.mark.parametrize("principal", ["", "*", "a b", 'a"', "a,b", "!a", "#a", "a\nb", "a?"])
def test_a_principal_that_would_mean_more_is_refused(principal: str) -> None:
    with pytest.raises(ValueError, match="principal"):
        sshsig.allowed_signers_line(principal, KEY.public_key(), [NAMESPACE])


@pytest.mark.parametrize("namespaces", [[], ["*"], [""], ['a"'], ["a,b"], ["a\nb"], ["a b"]])
def test_a_namespace_that_would_mean_more_is_refused(namespaces: list[str]) -> None:
    with pytest.raises(ValueError, match="namespace"):
        sshsig.allowed_signers_line("firm", KEY.public_key(), namespaces)
    for namespace in namespaces:
        with pytest.raises(ValueError, match="namespace"):
            sshsig.sign(MESSAGE, KEY, namespace)


@pytest.mark.parametrize(
    "blob",
    [b"", BLOB[:-1], BLOB + b"\0", BLOB[4:], b"\0\0\0\7ssh-rsa"],
    ids=["empty", "cut", "longer", "headless", "rsa"],
)
def test_what_is_no_ed25519_key_is_refused(blob: bytes) -> None:
    with pytest.raises(SignatureInvalid):
        sshsig.public_key_of(blob)


def test_a_signature_has_lines_that_mail_leaves_alone() -> None:
    assert re.fullmatch(rb"(?:[\x21-\x7e -]{1,76}\n)+", SIGNED)
