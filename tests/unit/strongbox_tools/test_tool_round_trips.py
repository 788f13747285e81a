"""What is written for another program reads back as the same connection, whatever is in it."""

import hashlib
import subprocess
from dataclasses import replace
from pathlib import Path
from string import ascii_letters, digits

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from strongbox.commands.profile_exchange import _NAMES
from strongbox.profiles.profile import Folders, OwnKeys, Profile
from strongbox.refusal import Refused
from strongbox.tools import exchange, refusals
from strongbox.tools.every import TOOLS
from strongbox.tools.filezilla import plain_path, safe_path
from strongbox.tools.notes import fingerprints
from strongbox.tools.ports import KeyForm
from strongbox.tools.winscp import escaped, unescaped


def line(key: ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> str:
    return key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()


HOST_KEYS = (
    line(ed25519.Ed25519PrivateKey.generate()),
    line(ec.generate_private_key(ec.SECP256R1())),
    line(rsa.generate_private_key(65537, 2048)),
)
names = st.text(ascii_letters + digits + "_-.", min_size=1, max_size=20).filter(
    lambda text: text[0] not in "-."
)

spelled = st.text(ascii_letters + digits + " _&;#%=<>'äß口座", max_size=12).map(str.strip)


@pytest.fixture
def profile(tmp_path: Path) -> Profile:
    """A profile with a key file in either form."""
    key = tmp_path / "my keys" / "acme"
    key.parent.mkdir()
    key.write_bytes(b"-----BEGIN OPENSSH PRIVATE KEY-----\n")
    key.with_name("acme.ppk").write_bytes(b"PuTTY-User-Key-File-3: ssh-rsa\n")
    return Profile("firm", "sftp.example.com", 32, "acme", HOST_KEYS, OwnKeys(key), tmp_path / "in")


def test_the_command_line_offers_every_program_and_no_other() -> None:
    assert list(_NAMES) == sorted(TOOLS)


@pytest.mark.req("SFTP-3")
@pytest.mark.parametrize("name", sorted(TOOLS))
@pytest.mark.parametrize("host", ["sftp.example.com", "192.0.2.7", "2001:db8::7"])
def test_a_profile_comes_back_from_the_files_of_every_program(
    name: str, host: str, profile: Profile, tmp_path: Path
) -> None:
    given = replace(profile, host=host)
    out = exchange.export(given, TOOLS[name], tmp_path / "out dir")
    site, warnings = exchange.choose(TOOLS[name], out.files[0], "")
    assert warnings == ()
    assert (site.host, site.port, site.login) == (host, 32, "acme")
    is_ppk = TOOLS[name].key_forms[0] is KeyForm.PPK
    assert site.key == (profile.keys.ssh.with_name("acme.ppk") if is_ppk else profile.keys.ssh)
    back = exchange.to_profile(site, "again", tmp_path / "in")
    assert (back.host, back.port, back.login, back.keys.ssh) == (host, 32, "acme", site.key)
    if name in {"openssh", "rclone", "lftp"}:
        assert set(back.host_keys) == set(HOST_KEYS)


@pytest.mark.parametrize("name", sorted(TOOLS))
def test_each_export_shows_the_host_keys_and_holds_no_secret(
    name: str, profile: Profile, tmp_path: Path
) -> None:
    out = exchange.export(profile, TOOLS[name], tmp_path / "out")
    said = "\n".join(out.notes)
    for key in HOST_KEYS:
        assert (
            subprocess.run(
                ["ssh-keygen", "-lf", "-"], input=key, capture_output=True, text=True, check=True
            ).stdout.split()[1]
            in said
        )
    for path in out.files:
        assert "PRIVATE KEY" not in path.read_text()
        assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("name", sorted(TOOLS))
def test_a_file_that_is_there_is_left_alone_unless_replacing_is_asked_for(
    name: str, profile: Profile, tmp_path: Path
) -> None:
    tool, folder = TOOLS[name], tmp_path / "out"
    first = exchange.export(profile, tool, folder)
    before = first.files[0].read_bytes()
    other = replace(profile, port=2222)
    with pytest.raises(Refused) as refused:
        exchange.export(other, tool, folder)
    assert refused.value.code == "TOOL-EXISTS"
    assert first.files[0].read_bytes() == before
    exchange.export(other, tool, folder, is_replacing=True)
    assert exchange.choose(tool, first.files[0], "")[0].port == 2222


@pytest.mark.parametrize("name", ["winscp", "openssh", "rclone", "lftp"])
def test_a_key_in_a_form_that_the_program_cannot_read_is_named_with_the_way_out(
    name: str, profile: Profile, tmp_path: Path
) -> None:
    ppk = profile.keys.ssh.with_name("acme.ppk")
    only = ppk if name != "winscp" else profile.keys.ssh
    gone = profile.keys.ssh if name != "winscp" else ppk
    gone.unlink()
    out = exchange.export(replace(profile, keys=OwnKeys(only)), TOOLS[name], tmp_path / "out")
    assert any("keys convert" in note and str(gone) in note for note in out.notes)
    assert exchange.choose(TOOLS[name], out.files[0], "")[0].key == gone


HOSTILE = [
    {"login": "x;!touch /tmp/x;"},
    {"login": 'x" -rawsettings ProxyMethod=5'},
    {"login": "${HOME}"},
    {"login": "-oProxyCommand=id"},
    {"host": "h -o ProxyCommand=id"},
    {"host": "-oProxyCommand=id"},
    {"host": "h;!id"},
]


@pytest.mark.req("ATK-49")
@pytest.mark.parametrize("facts", HOSTILE)
@pytest.mark.parametrize("name", sorted(TOOLS))
def test_a_host_or_login_that_would_act_on_a_program_is_never_written(
    profile: Profile, tmp_path: Path, name: str, facts: dict[str, str]
) -> None:
    folder = tmp_path / "out"
    with pytest.raises(Refused) as caught:
        exchange.export(replace(profile, **facts), TOOLS[name], folder)
    assert caught.value.kind is refusals.TOOL_SITE
    assert not folder.exists()


@pytest.mark.parametrize("name", sorted(TOOLS))
@given(
    given_login=st.tuples(names, st.integers(1, 65535)),
    paths=st.tuples(spelled.map("/{}".format), spelled.map("k{}".format)),
)
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_login_port_folder_and_key_path_survives(
    name: str,
    given_login: tuple[str, int],
    paths: tuple[str, str],
    profile: Profile,
    tmp_path: Path,
) -> None:
    """Or the path is refused by name, where the program has no way to spell it."""
    (login, port), (folder, key) = given_login, paths
    path = tmp_path / "my keys" / key
    path.write_bytes(b"PuTTY-User-Key-File-3" if name == "winscp" else b"-----BEGIN")
    given = replace(profile, login=login, port=port, folders=Folders(folder), keys=OwnKeys(path))
    place = tmp_path / hashlib.sha256(repr(given).encode()).hexdigest()
    try:
        out = exchange.export(given, TOOLS[name], place, is_replacing=True)
    except Refused as refused:
        if refused.kind is refusals.TOOL_PATH:
            return
        raise
    site, _ = exchange.choose(TOOLS[name], out.files[0], "")
    assert (site.login, site.port) == (login, port)
    assert site.key in {path, path.with_name(path.name + ".ppk")}


@given(st.lists(st.text(ascii_letters + " 0123456789äß口", min_size=1, max_size=9), max_size=5))
def test_filezillas_spelling_of_a_folder_reads_back(parts: list[str]) -> None:
    folder = "/".join(["", *parts])
    assert plain_path(safe_path(folder)) == folder


def test_filezillas_spelling_of_a_folder_is_the_one_that_was_tried_out() -> None:
    assert safe_path("/outgoing") == "1 0 8 outgoing"


@pytest.mark.parametrize(
    "bad", ["1 0 9 outgoing", "1 0 x y", "1 4 C:\\ 3 dir", "1 0 -1 a", "1 0 0 "]
)
def test_a_folder_whose_lengths_lie_is_no_folder(bad: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - int's own complaint is one of them
        plain_path(bad)


@given(st.text(max_size=40))
def test_winscps_spelling_of_a_value_reads_back(text: str) -> None:
    if "\ufeff" not in text[:1] and text.isprintable():
        assert unescaped(escaped(text)) == text
        assert escaped(text).isascii()
        assert " " not in escaped(text)


def test_winscps_spelling_is_that_of_its_own_files() -> None:
    assert escaped("C:\\My Keys\\k.ppk") == "C:%5CMy%20Keys%5Ck.ppk"
    assert unescaped("%EF%BB%BFf%C3%BCr") == "für"


def test_winscp_is_told_the_fingerprints_in_its_own_form(profile: Profile, tmp_path: Path) -> None:
    out = exchange.export(profile, TOOLS["winscp"], tmp_path / "out")
    script = out.files[1].read_text()
    site, _ = exchange.choose(TOOLS["winscp"], out.files[0], "")
    shown = [
        one.partition("SHA256:")[2] for one in fingerprints(replace(site, host_keys=HOST_KEYS))
    ]
    assert f'-hostkey="ssh-ed25519 255 {shown[0]};ecdsa-sha2-nistp256 256 {shown[1]};' in script
    assert f"ssh-rsa 2048 {shown[2]}" in script
    assert "open sftp://acme@sftp.example.com:32/ -privatekey=" in script
