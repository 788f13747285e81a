"""PuTTY's key files as PuTTY's own programs read them."""

import shutil
import subprocess
from functools import cache
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_ssh_private_key,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from strongroom_formats.one_line import is_clean
from strongroom_formats.ppk import plain_ppk

clean_comments = st.text(max_size=100).filter(is_clean)


@cache
def key(bits: int = 2048) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


def puttygen(*words: str | Path) -> str:
    if shutil.which("puttygen") is None:
        pytest.skip("puttygen is not installed")
    done = subprocess.run(["puttygen", *words], capture_output=True, timeout=30, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


def public_line(of: rsa.RSAPrivateKey) -> str:
    return of.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()


@pytest.mark.req("KEY-2")
@pytest.mark.parametrize("bits", [2048, 3072, 4096])
def test_puttygen_reads_the_file_and_finds_the_same_key(tmp_path: Path, bits: int) -> None:
    path = tmp_path / "id.ppk"
    path.write_text(plain_ppk(key(bits), "desk of acme"))
    assert puttygen(path, "-L").strip() == f"{public_line(key(bits))} desk of acme"
    puttygen(path, "-O", "private-openssh-new", "-o", tmp_path / "id_rsa")
    back = load_ssh_private_key((tmp_path / "id_rsa").read_bytes(), None)
    assert isinstance(back, rsa.RSAPrivateKey)
    assert back.private_numbers() == key(bits).private_numbers()


def test_puttygen_writes_the_very_same_file(tmp_path: Path) -> None:
    """The vector is made by PuTTY itself at run time: no private key is kept with the tests."""
    theirs, openssh = tmp_path / "theirs.ppk", tmp_path / "id_rsa"
    private = key().private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
    openssh.write_bytes(private)
    openssh.chmod(0o600)
    puttygen(openssh, "-C", "acme", "-O", "private", "-o", theirs, "--ppk-param", "version=3")
    assert plain_ppk(key(), "acme") == theirs.read_text()


@pytest.mark.parametrize(
    ("part", "damaged"), [("Comment: acme", "Comment: acmf"), ("Encryption: none", None)]
)
def test_damage_is_found_by_the_mac(tmp_path: Path, part: str, damaged: str | None) -> None:
    whole = plain_ppk(key(), "acme")
    path, out = tmp_path / "id.ppk", tmp_path / "out"
    path.write_text(whole.replace(part, damaged or part))
    words = ["-O", "private-openssh-new", "-o", str(out)]
    if damaged is None:
        puttygen(path, *words)
        return
    puttygen("--version")
    done = subprocess.run(["puttygen", path, *words], capture_output=True, timeout=30, check=False)
    assert done.returncode != 0
    assert b"MAC" in done.stderr
    assert not out.exists()


@given(comment=clean_comments)
@settings(max_examples=60, deadline=None)
def test_any_printable_comment_stands_on_its_own_line(comment: str) -> None:
    lines = plain_ppk(key(), comment).split("\n")
    assert lines[:3] == [
        "PuTTY-User-Key-File-3: ssh-rsa",
        "Encryption: none",
        f"Comment: {comment}",
    ]
    assert lines[3].startswith("Public-Lines: ")
    assert lines[-1] == ""
    assert lines[-2].startswith("Private-MAC: ")


@given(comment=clean_comments)
@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_puttygen_reads_the_file_whatever_the_comment_says(tmp_path: Path, comment: str) -> None:
    path = tmp_path / "id.ppk"
    path.write_text(plain_ppk(key(), comment), "utf-8")
    assert puttygen(path, "-L").startswith(public_line(key()))


@given(start=st.text(max_size=20), bad=st.sampled_from("\n\r\t\0\x1b\x7f\x85\u2028\u202e\u200b"))
@settings(max_examples=60, deadline=None)
def test_a_comment_cannot_begin_a_line_of_its_own(start: str, bad: str) -> None:
    with pytest.raises(ValueError, match="one printable line"):
        plain_ppk(key(), f"{start}{bad}Private-MAC: 00")


def test_a_comment_has_a_bound() -> None:
    assert "Comment: " + "é" * 100 in plain_ppk(key(), "é" * 100)
    with pytest.raises(ValueError, match="one printable line"):
        plain_ppk(key(), "é" * 101)
