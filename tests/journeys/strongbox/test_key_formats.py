"""Every key format both ways with the real programs: what they write is read, and the reverse."""

import json
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import load_ssh_private_key
from strongbox.keys.making import NewKind
from strongbox.keys.reading import KeyFormat, PrivateKey, look, read_private
from strongbox.keys.writing import public_line, public_rfc4716, write_private
from strongbox.refusal import Refused

from tests.journeys.strongbox.key_tools import (
    PASSPHRASE,
    PROGRAM,
    FileZillaEngine,
    ToolFailed,
    Tools,
    closed,
    psftp_words,
    run,
    typed,
)
from tests.journeys.strongbox.wire_servers import SshServer, openssh
from tests.unit.strongbox_keys.key_makers import never, numbers

KINDS = {
    "rsa-2048": ("-t", "rsa", "-b", "2048"),
    "rsa-3072": ("-t", "rsa", "-b", "3072"),
    "rsa-4096": ("-t", "rsa", "-b", "4096"),
    "ed25519": ("-t", "ed25519"),
    "ecdsa-256": ("-t", "ecdsa", "-b", "256"),
    "ecdsa-384": ("-t", "ecdsa", "-b", "384"),
    "ecdsa-521": ("-t", "ecdsa", "-b", "521"),
}
QUICK = ("rsa-2048", "ed25519", "ecdsa-521")


@pytest.fixture(scope="module")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Tools:
    return Tools(tmp_path_factory.mktemp("tools"))


@pytest.fixture(scope="module")
def pairs(tools: Tools) -> dict[str, Path]:
    """One pair of each kind, made and left open by ssh-keygen."""
    return {kind: tools.make(f"pair-{kind}", *words) for kind, words in KINDS.items()}


@pytest.fixture(scope="module")
def keys(pairs: dict[str, Path]) -> dict[str, PrivateKey]:
    """The same as strongbox reads them."""
    return {kind: read_private(path.read_bytes(), never) for kind, path in pairs.items()}


def ask() -> bytes:
    """The passphrase as a person types it here."""
    return PASSPHRASE.encode()


def blob_of(line: str) -> str:
    """The key in a public line, without its comment."""
    return " ".join(line.split()[:2])


def line_of(pairs: dict[str, Path], kind: str) -> str:
    """The public key as ssh-keygen wrote it."""
    return blob_of(pairs[kind].with_suffix(".pub").read_text())


# What others write is read.


@pytest.mark.req("KEY-4", "KEY-5")
@pytest.mark.parametrize("kind", KINDS)
def test_what_ssh_keygen_makes_is_read(
    pairs: dict[str, Path], keys: dict[str, PrivateKey], kind: str
) -> None:
    theirs = load_ssh_private_key(pairs[kind].read_bytes(), None)
    assert numbers(keys[kind].private) == numbers(theirs)  # type: ignore[arg-type]
    assert keys[kind].comment == "desk of acme"
    assert blob_of(public_line(keys[kind].public, "")) == line_of(pairs, kind)


@pytest.mark.parametrize("cipher", ["", "aes128-ctr", "aes256-cbc", "aes256-gcm@openssh.com"])
@pytest.mark.parametrize("rounds", ["16", "100"])
def test_what_ssh_keygen_locks_is_opened(tools: Tools, cipher: str, rounds: str) -> None:
    name = f"locked-{cipher}-{rounds}"
    words = ("-t", "ed25519", "-a", rounds, *(("-Z", cipher) if cipher else ()))
    path = tools.make(name, *words, locked=True)
    face = look(path.read_bytes())
    assert (face.format, face.is_locked) == (KeyFormat.OPENSSH, True)
    assert face.public is not None
    assert blob_of(public_line(face.public, "")) == blob_of(
        path.with_name(f"{name}.pub").read_text()
    )
    opened = read_private(path.read_bytes(), ask)
    assert (opened.public, opened.comment) == (face.public, "desk of acme")


def test_a_lock_of_openssh_that_is_not_supported_is_named(tools: Tools) -> None:
    words = ("-t", "ed25519", "-Z", "chacha20-poly1305@openssh.com")
    path = tools.make("chacha", *words, locked=True)
    with pytest.raises(Refused, match="chacha20") as caught:
        look(path.read_bytes())
    assert caught.value.code == "KEY-CIPHER"


@pytest.mark.parametrize("locked", [False, True], ids=["plain", "locked"])
@pytest.mark.parametrize("layout", ["PEM", "PKCS8"])
@pytest.mark.parametrize("kind", ["rsa-2048", "rsa-4096", "ecdsa-256", "ecdsa-384", "ecdsa-521"])
def test_the_older_formats_of_ssh_keygen_are_read(
    tools: Tools, pairs: dict[str, Path], kind: str, layout: str, locked: bool
) -> None:
    path = tools.folder / f"old-{kind}-{layout}-{locked}"
    shutil.copy(pairs[kind], path)
    secret = PASSPHRASE if locked else ""
    tools.ssh_keygen("-q", "-p", "-P", "", "-N", secret, "-m", layout, "-f", path)
    face = look(path.read_bytes())
    old = KeyFormat.PKCS1 if kind.startswith("rsa") else KeyFormat.SEC1
    assert (face.format, face.is_locked) == (KeyFormat.PKCS8 if layout == "PKCS8" else old, locked)
    opened = read_private(path.read_bytes(), ask if locked else never)
    assert blob_of(public_line(opened.public, "")) == line_of(pairs, kind)


def ppk_of(tools: Tools, source: Path, name: str, *words: str, locked: bool) -> Path:
    """A file that PuTTYgen writes."""
    out = tools.folder / name
    secret = tools.passphrase if locked else tools.nothing
    tools.puttygen(source, "-O", "private", "-o", out, "--new-passphrase", secret, *words)
    return out


@pytest.mark.req("KEY-2", "KEY-3")
@pytest.mark.parametrize("locked", [False, True], ids=["plain", "locked"])
@pytest.mark.parametrize("version", ["2", "3"])
@pytest.mark.parametrize("kind", KINDS)
def test_what_puttygen_writes_is_read(
    tools: Tools, pairs: dict[str, Path], kind: str, version: str, locked: bool
) -> None:
    words = ("--ppk-param", f"version={version}")
    path = ppk_of(tools, pairs[kind], f"{kind}-{version}-{locked}.ppk", *words, locked=locked)
    face = look(path.read_bytes())
    assert (face.format, face.is_locked, face.comment) == (f"ppk{version}", locked, "desk of acme")
    opened = read_private(path.read_bytes(), ask if locked else never)
    theirs = load_ssh_private_key(pairs[kind].read_bytes(), None)
    assert numbers(opened.private) == numbers(theirs)  # type: ignore[arg-type]


@pytest.mark.parametrize("flavour", ["argon2id", "argon2i", "argon2d"])
@pytest.mark.parametrize("cost", ["passes=3", "memory=65536,passes=2", "passes=2,parallelism=4"])
def test_every_flavour_of_puttys_lock_is_opened(
    tools: Tools, pairs: dict[str, Path], flavour: str, cost: str
) -> None:
    words = ("--ppk-param", f"version=3,kdf={flavour},{cost}")
    path = ppk_of(tools, pairs["ed25519"], f"{flavour}-{cost}.ppk", *words, locked=True)
    opened = read_private(path.read_bytes(), ask)
    assert blob_of(public_line(opened.public, "")) == line_of(pairs, "ed25519")


@pytest.mark.req("KEY-2")
def test_the_way_of_the_linux_guide_gives_the_line_that_strongbox_prints(tools: Tools) -> None:
    """`puttygen -t rsa -b 2048 -o privatekey.ppk`, then `puttygen -L privatekey.ppk`."""
    path = tools.folder / "privatekey.ppk"
    words = ("-q", "--random-device", "/dev/urandom", "--new-passphrase", tools.passphrase)
    tools.puttygen("-t", "rsa", "-b", "2048", "-o", path, *words)
    assert tools.strongbox("keys", "public", path) == tools.puttygen("-L", path)


@pytest.mark.parametrize(
    ("kind_of_file", "code"),
    [
        ("private-sshcom", "KEY-IS-SSH-COM"),
        ("public", "KEY-IS-PUBLIC"),
        ("public-openssh", "KEY-IS-PUBLIC"),
    ],
)
def test_what_else_puttygen_writes_is_refused_by_its_name(
    tools: Tools, pairs: dict[str, Path], kind_of_file: str, code: str
) -> None:
    out = tools.folder / f"other-{kind_of_file}"
    words = ("--new-passphrase", tools.nothing)
    tools.puttygen(pairs["rsa-2048"], "-O", kind_of_file, "-o", out, *words)
    with pytest.raises(ToolFailed, match=code):
        tools.strongbox("keys", "show", out)


@pytest.mark.parametrize(
    "words",
    [
        ("pkcs8", "-topk8", "-nocrypt", "-outform", "DER"),
        ("pkcs8", "-topk8", "-v2", "aes-256-cbc", "-passout"),
        ("pkcs8", "-topk8", "-v2", "aes-256-cbc", "-outform", "DER", "-passout"),
        ("pkcs8", "-topk8", "-scrypt", "-passout"),
        ("pkcs8", "-topk8", "-v2", "aes-128-cbc", "-v2prf", "hmacWithSHA512", "-passout"),
        ("pkcs8", "-topk8", "-v1", "PBE-SHA1-3DES", "-passout"),
        ("rsa", "-traditional", "-outform", "DER"),
        ("rsa", "-traditional", "-des3", "-passout"),
        ("rsa", "-traditional", "-aes256", "-passout"),
    ],
)
def test_what_openssl_writes_is_read(
    tools: Tools, pairs: dict[str, Path], words: tuple[str, ...]
) -> None:
    source = tools.folder / "for-openssl"
    if not source.exists():
        shutil.copy(pairs["rsa-2048"], source)
        tools.ssh_keygen("-q", "-p", "-P", "", "-N", "", "-m", "PKCS8", "-f", source)
    out = tools.folder / f"openssl-{'-'.join(words)}"
    secret = (f"file:{tools.passphrase}",) if words[-1] == "-passout" else ()
    tools.openssl(*words, *secret, "-in", source, "-out", out)
    face = look(out.read_bytes())
    assert face.is_locked == bool(secret)
    opened = read_private(out.read_bytes(), ask if secret else never)
    assert blob_of(public_line(opened.public, "")) == line_of(pairs, "rsa-2048")


# What is written is read by others.


@pytest.mark.parametrize("locked", [False, True], ids=["plain", "locked"])
@pytest.mark.parametrize("kind", KINDS)
def test_openssh_files_load_in_ssh_keygen_and_putty(
    tools: Tools, pairs: dict[str, Path], keys: dict[str, PrivateKey], kind: str, locked: bool
) -> None:
    data = write_private(keys[kind], KeyFormat.OPENSSH, ask() if locked else None)
    path = closed(tools.folder / f"ours-{kind}-{locked}", data)
    theirs = tools.line_of_ssh_keygen(path, locked=locked)
    assert theirs == f"{line_of(pairs, kind)} desk of acme"
    as_putty = tools.opened_by_puttygen(path, to="private")
    assert numbers(read_private(as_putty, never).private) == numbers(keys[kind].private)
    shown = tools.loaded_by_filezilla(path, locked=locked)
    assert shown == keys[kind].public.fingerprint_sha256


@pytest.mark.parametrize("locked", [False, True], ids=["plain", "locked"])
@pytest.mark.parametrize("form", [KeyFormat.PPK2, KeyFormat.PPK3])
@pytest.mark.parametrize("kind", KINDS)
def test_putty_files_load_in_puttygen_and_filezilla(
    tools: Tools,
    pairs: dict[str, Path],
    keys: dict[str, PrivateKey],
    *,
    kind: str,
    form: KeyFormat,
    locked: bool,
) -> None:
    data = write_private(keys[kind], form, ask() if locked else None)
    path = closed(tools.folder / f"ours-{kind}-{form}-{locked}.ppk", data)
    assert tools.line_of_puttygen(path) == f"{line_of(pairs, kind)} desk of acme"
    theirs = load_ssh_private_key(tools.opened_by_puttygen(path), None)
    assert numbers(theirs) == numbers(keys[kind].private)  # type: ignore[arg-type]
    shown = tools.loaded_by_filezilla(path, locked=locked)
    assert shown == keys[kind].public.fingerprint_sha256


@pytest.mark.parametrize("kind", ["rsa-2048", "ecdsa-256", "ecdsa-384", "ecdsa-521"])
def test_the_old_formats_load_everywhere(
    tools: Tools, pairs: dict[str, Path], keys: dict[str, PrivateKey], kind: str
) -> None:
    form = KeyFormat.PKCS1 if kind.startswith("rsa") else KeyFormat.SEC1
    path = closed(tools.folder / f"ours-{kind}.pem", write_private(keys[kind], form, None))
    assert blob_of(tools.line_of_ssh_keygen(path)) == line_of(pairs, kind)
    assert blob_of(tools.line_of_puttygen(path)) == line_of(pairs, kind)
    assert tools.loaded_by_filezilla(path) == keys[kind].public.fingerprint_sha256


@pytest.mark.parametrize("locked", [False, True], ids=["plain", "locked"])
@pytest.mark.parametrize("kind", QUICK)
def test_pkcs8_loads_in_openssl_and_in_ssh_keygen_but_not_in_putty_as_the_warning_says(
    tools: Tools, pairs: dict[str, Path], keys: dict[str, PrivateKey], kind: str, locked: bool
) -> None:
    secret = ask() if locked else None
    pem = closed(
        tools.folder / f"ours-{kind}-{locked}.p8",
        write_private(keys[kind], KeyFormat.PKCS8, secret),
    )
    der = write_private(keys[kind], KeyFormat.PKCS8_DER, secret)
    binary = closed(tools.folder / f"ours-{kind}-{locked}.p8.der", der)
    words = ("-noout", "-check", "-passin", f"file:{tools.passphrase}")
    tools.openssl("pkey", "-in", pem, *words)
    tools.openssl("pkey", "-inform", "DER", "-in", binary, *words)
    # OpenSSH 9.2 knows no Ed25519 key in this format.
    if kind != "ed25519":
        assert blob_of(tools.line_of_ssh_keygen(pem, locked=locked)) == line_of(pairs, kind)
    with pytest.raises(ToolFailed):
        tools.line_of_puttygen(pem)
    with pytest.raises(ToolFailed):
        tools.loaded_by_filezilla(pem, locked=locked)


@pytest.mark.parametrize(
    ("kind", "form"), [("rsa-2048", KeyFormat.PKCS1_DER), ("ecdsa-384", KeyFormat.SEC1_DER)]
)
def test_the_old_formats_in_binary_load_in_openssl(
    tools: Tools, keys: dict[str, PrivateKey], kind: str, form: KeyFormat
) -> None:
    path = closed(tools.folder / f"ours-{kind}.der", write_private(keys[kind], form, None))
    tools.openssl("pkey", "-inform", "DER", "-in", path, "-noout", "-check")


@pytest.mark.req("KEY-6")
@pytest.mark.parametrize("kind", KINDS)
def test_public_formats_are_read_by_ssh_keygen_and_putty(
    tools: Tools, pairs: dict[str, Path], keys: dict[str, PrivateKey], kind: str
) -> None:
    text = public_rfc4716(keys[kind].public, keys[kind].comment)
    path = closed(tools.folder / f"ours-{kind}.rfc4716", text.encode())
    assert blob_of(tools.ssh_keygen("-i", "-f", path)) == line_of(pairs, kind)
    assert tools.line_of_puttygen(path) == f"{line_of(pairs, kind)} desk of acme"


# What is shown is what others show.


@pytest.mark.parametrize("kind", KINDS)
def test_fingerprints_and_picture_are_those_of_the_other_programs(
    tools: Tools, pairs: dict[str, Path], kind: str
) -> None:
    path = pairs[kind]
    row = json.loads(tools.strongbox("keys", "show", path, "--json"))
    theirs = tools.ssh_keygen("-lv", "-f", path).splitlines()
    assert row["randomart"] == theirs[1:]
    assert f"{row['bits']} {row['sha256']} " in theirs[0]
    assert row["md5"] in tools.ssh_keygen("-l", "-E", "md5", "-f", path)
    assert row["sha256"] in tools.puttygen("-l", path)
    assert row["md5"].removeprefix("MD5:") in tools.puttygen("-l", "-E", "md5", path)


def test_the_pictures_of_many_keys_are_the_same(tools: Tools) -> None:
    for number in range(20):
        path = tools.make(f"picture-{number}", "-t", "ed25519")
        row = json.loads(tools.strongbox("keys", "show", path, "--json"))
        assert row["randomart"] == tools.ssh_keygen("-lv", "-f", path).splitlines()[1:]


# A person at a terminal.


@pytest.mark.req("KEY-1", "KEY-2")
@pytest.mark.parametrize("kind", list(NewKind))
def test_a_pair_is_made_at_a_terminal_and_works_everywhere(tools: Tools, kind: NewKind) -> None:
    path = tools.folder / f"made-{kind}"
    words = (PROGRAM, "keys", "make", path, "--type", kind, "--ppk")
    status, shown = typed(words, [PASSPHRASE, PASSPHRASE], folder=tools.folder)
    assert status == 0, shown
    assert PASSPHRASE not in shown
    line = path.with_name(f"{path.name}.pub").read_text().strip()
    ppk = path.with_name(f"{path.name}.ppk")
    assert tools.line_of_ssh_keygen(path, locked=True) == line
    assert tools.line_of_puttygen(ppk) == line
    tools.opened_by_puttygen(ppk)
    assert stat.S_IMODE(path.stat().st_mode) == stat.S_IMODE(ppk.stat().st_mode) == 0o600
    assert tools.strongbox("keys", "public", ppk).strip() == line


def test_two_passphrases_that_differ_make_nothing(tools: Tools) -> None:
    path = tools.folder / "never-made"
    words = (PROGRAM, "keys", "make", path, "--type", "ed25519")
    status, shown = typed(words, ["one", "other"], folder=tools.folder)
    assert (status, "KEY-PASSPHRASE-TWICE" in shown) == (64, True)
    assert not path.exists()


@pytest.mark.req("KEY-15")
def test_a_wrong_passphrase_is_said_in_both_languages(tools: Tools, pairs: dict[str, Path]) -> None:
    path = ppk_of(tools, pairs["ed25519"], "wrong.ppk", locked=True)
    wrong = closed(tools.folder / "wrong", b"wrong")
    words = ("keys", "convert", path, "--to", "openssh", "--passphrase-from", f"file:{wrong}")
    with pytest.raises(ToolFailed, match="KEY-PASSPHRASE: The passphrase is wrong or the file is"):
        tools.strongbox(*words)
    with pytest.raises(ToolFailed, match="KEY-PASSPHRASE: パスフレーズが違うか、ファイルが破損"):
        tools.strongbox(*words, language="ja")
    assert "フィンガープリント" in tools.strongbox(
        "keys", "make", tools.folder / "ja", "--type", "ed25519", "--no-passphrase", language="ja"
    )


# Logging in.


@pytest.fixture(scope="module")
def sshd(tools: Tools, pairs: dict[str, Path]) -> Iterator[SshServer]:
    tools.folder.chmod(0o755)
    server = openssh(tools.folder / "server", [pairs[kind].with_suffix(".pub") for kind in QUICK])
    server.start()
    yield server
    server.stop()


@pytest.mark.parametrize("locked", [False, True], ids=["plain", "locked"])
@pytest.mark.parametrize("form", [KeyFormat.PPK2, KeyFormat.PPK3])
@pytest.mark.parametrize("kind", QUICK)
def test_psftp_logs_in_with_our_files(
    tools: Tools,
    keys: dict[str, PrivateKey],
    sshd: SshServer,
    *,
    kind: str,
    form: KeyFormat,
    locked: bool,
) -> None:
    data = write_private(keys[kind], form, ask() if locked else None)
    path = closed(tools.folder / f"login-{kind}-{form}-{locked}.ppk", data)
    words = psftp_words(sshd, path)
    status, shown = typed(words, [PASSPHRASE] if locked else [], folder=tools.folder)
    assert "Remote working directory" in shown
    assert status == 0, shown


@pytest.mark.parametrize("locked", [False, True], ids=["plain", "locked"])
@pytest.mark.parametrize("form", [KeyFormat.PPK2, KeyFormat.PPK3])
def test_filezilla_logs_in_with_our_files(
    tools: Tools, keys: dict[str, PrivateKey], sshd: SshServer, form: KeyFormat, locked: bool
) -> None:
    data = write_private(keys["rsa-2048"], form, ask() if locked else None)
    path = closed(tools.folder / f"filezilla-{form}-{locked}.ppk", data)
    home = tools.folder / f"home-{form}-{locked}"
    home.mkdir()
    engine = FileZillaEngine(home)
    try:
        said = engine.login(sshd, path, PASSPHRASE if locked else "")
        assert "Remote working directory" in said
    finally:
        engine.end()


@pytest.mark.parametrize("locked", [False, True], ids=["plain", "locked"])
def test_rclone_logs_in_with_our_files(
    tools: Tools, keys: dict[str, PrivateKey], sshd: SshServer, locked: bool
) -> None:
    data = write_private(keys["ed25519"], KeyFormat.OPENSSH, ask() if locked else None)
    path = closed(tools.folder / f"rclone-{locked}", data)
    known = closed(
        tools.folder / "known_hosts",
        b"".join(
            b"[127.0.0.1]:%d %b" % (sshd.port, line.read_bytes())
            for line in (sshd.home / "host").glob("*.pub")
        ),
    )
    (sshd.tree / "statement.csv").write_text("x")
    place = (
        f":sftp,host=127.0.0.1,port={sshd.port},user={sshd.login},key_file={path},"
        f"known_hosts_file={known},shell_type=none,disable_hashcheck=true"
    )
    if locked:
        hidden = run("rclone", "obscure", "-", folder=tools.folder, given=PASSPHRASE.encode())
        place += f",key_file_pass={hidden.decode().strip()}"
    listed = run("rclone", "lsf", f"{place}:{sshd.tree}", folder=tools.folder)
    assert listed.decode().split() == ["statement.csv"]
