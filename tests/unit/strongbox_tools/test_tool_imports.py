"""Settings of other programs as people have them, and as people who mean harm write them."""

import base64
import hashlib
import hmac
import shutil
import time
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from strongbox.refusal import Refused
from strongbox.tools import exchange, known_hosts
from strongbox.tools.every import TOOLS
from strongbox.tools.ports import Imported
from strongbox.tools.xml_reading import BadXml, read_xml

FILEZILLA_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<FileZilla3 version="3.63.0"><Servers>'
FILEZILLA_END = "</Servers></FileZilla3>"
SERVER = """<Server><Host>sftp.example.com</Host><Port>32</Port><Protocol>1</Protocol>
<User>acme</User><Keyfile>/k/acme.ppk</Keyfile><Logontype>5</Logontype>{more}</Server>"""


WINSCP = """\ufeff[Configuration\\Interface]
HostName=not.a.session
[Sessions\\Default%20Settings]
UserName=x
[Sessions\\My%20Banks/One%5C]
HostName=sftp.example.com
PortNumber=32
UserName=acme
PublicKeyFile=%EF%BB%BFC:%5CKeys%5Cf%C3%BCr.ppk
Password=A35C7B9F
RemoteDirectory=/out%20going
FSProtocol=2
[Sessions\\ftp]
HostName=ftp.example.com
UserName=u
FSProtocol=5
"""


def key_line() -> str:
    public = ed25519.Ed25519PrivateKey.generate().public_key()
    return public.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()


def read(name: str, folder: Path, text: str | bytes, wanted: str = "") -> Imported:
    source = folder / "source"
    source.write_bytes(text if isinstance(text, bytes) else text.encode())
    return TOOLS[name].read(source, wanted)


def refusal(name: str, folder: Path, text: str | bytes, wanted: str = "") -> str:
    with pytest.raises(Refused) as refused:
        read(name, folder, text, wanted)
    return refused.value.code


def outcome(name: str, folder: Path, text: str | bytes) -> bool:
    """Whether an import ends as it may: with connections, or with a refusal of its own."""
    try:
        return bool(read(name, folder, text).sites)
    except Refused as refused:
        return refused.code.startswith("TOOL-")


def test_filezillas_nested_folders_and_old_names_are_read(tmp_path: Path) -> None:
    inner = "<Folder expanded='1'>Banks<Folder>Japan&#xA;" + SERVER.format(more="<Name>One</Name>")
    inner += "</Folder></Folder>" + SERVER.format(more="Two&amp;more")
    found = read("filezilla", tmp_path, FILEZILLA_HEAD + inner + FILEZILLA_END)
    assert [site.name for site in found.sites] == ["Banks/Japan/One", "Two&more"]
    assert found.sites[0].key == Path("/k/acme.ppk")
    assert (found.sites[0].host, found.sites[0].port) == ("sftp.example.com", 32)


@pytest.mark.parametrize("encoding", ["base64", "crypt"])
def test_a_password_in_filezillas_file_is_warned_about_and_never_read(
    encoding: str, tmp_path: Path
) -> None:
    secret = base64.b64encode(b"hunter2 is my password").decode()
    more = f'<Name>One</Name><Pass encoding="{encoding}">{secret}</Pass>'
    found = read("filezilla", tmp_path, FILEZILLA_HEAD + SERVER.format(more=more) + FILEZILLA_END)
    assert "password" in found.warnings[0]
    assert secret not in repr(found)
    assert "hunter2" not in repr(found)


def test_a_site_that_is_no_sftp_is_passed_over_with_a_word(tmp_path: Path) -> None:
    ftp = SERVER.format(more="<Name>Old</Name>").replace("<Protocol>1<", "<Protocol>0<")
    new = SERVER.format(more="<Name>New</Name>")
    found = read("filezilla", tmp_path, FILEZILLA_HEAD + ftp + new + FILEZILLA_END)
    assert [site.name for site in found.sites] == ["New"]
    assert "Old" in found.warnings[0]
    assert refusal("filezilla", tmp_path, FILEZILLA_HEAD + ftp + FILEZILLA_END) == "TOOL-NO-SITE"


BOMB = """<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>
<FileZilla3><Servers><Server><Host>&b;</Host></Server></Servers></FileZilla3>"""
STEAL = """<?xml version="1.0"?><!DOCTYPE plist [<!ENTITY x SYSTEM "file:///etc/passwd">]>
<plist><dict><key>Hostname</key><string>&x;</string></dict></plist>"""
FETCH = '<!DOCTYPE FileZilla3 SYSTEM "http://127.0.0.1:9/evil.dtd"><FileZilla3/>'


@pytest.mark.req("ATK-50")
@pytest.mark.parametrize("name", ["filezilla", "cyberduck"])
@pytest.mark.parametrize("text", [BOMB, STEAL, FETCH])
def test_xml_that_declares_something_is_refused(name: str, text: str, tmp_path: Path) -> None:
    assert refusal(name, tmp_path, text) == "TOOL-FILE"


@pytest.mark.req("ATK-50")
@pytest.mark.parametrize(
    "text",
    [
        "<a>" * 70 + "</a>" * 70,
        "<a>" + "<b/>" * 60_000 + "</a>",
        "<a>" + "x" * 70_000 + "</a>",
        '<?xml version="1.0" encoding="shift_jis"?><a/>',
        '<?xml version="1.0" encoding="utf-7"?><a/>',
        "<a>&nbsp;</a>",
        "<a",
        "",
        "<a></a><b></b>",
    ],
)
def test_xml_that_is_too_deep_too_large_or_broken_is_refused_at_once(text: str) -> None:
    began = time.monotonic()
    with pytest.raises(BadXml):
        read_xml(text.encode())
    assert time.monotonic() - began < 2


def test_cyberducks_own_document_type_is_a_mere_name() -> None:
    head = '<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://127.0.0.1:9/x.dtd"{}>'
    doctype = "-//Apple//DTD PLIST 1.0//EN"
    assert read_xml(f"{head.format('')}<plist/>".encode(), doctype=doctype).name == "plist"
    with pytest.raises(BadXml):
        read_xml((head.format("[<!ENTITY a 'b'>]") + "<plist/>").encode(), doctype=doctype)


def test_both_of_cyberducks_ways_to_name_a_key_are_read(tmp_path: Path) -> None:
    body = """<plist version="1.0"><dict><key>Protocol</key><string>sftp</string>
    <key>Hostname</key><string>sftp.example.com</string><key>Port</key><integer>32</integer>
    <key>Username</key><string>acme</string><key>Labels</key><array><string>x</string></array>
    <key>Private Key File</key><string>/old</string>{}</dict></plist>"""
    new = "<key>Private Key File Dictionary</key><dict><key>Path</key><string>/new</string></dict>"
    assert read("cyberduck", tmp_path, body.format(new)).sites[0].key == Path("/new")
    old = read("cyberduck", tmp_path, body.format("")).sites[0]
    assert (old.key, old.name, old.port) == (Path("/old"), "source", 32)


def test_winscps_sites_are_decoded_and_their_secrets_left_alone(tmp_path: Path) -> None:
    found = read("winscp", tmp_path, WINSCP.replace("\n", "\r\n"))
    [site] = found.sites
    assert (site.name, site.login, site.folder) == ("My Banks/One\\", "acme", "/out going")
    assert site.key == Path("C:\\Keys\\für.ppk")
    assert len(found.warnings) == 2
    assert "A35C7B9F" not in repr(found)


def test_rclones_secrets_are_left_alone_and_an_encrypted_file_says_so(tmp_path: Path) -> None:
    line = key_line()
    (tmp_path / "known").write_text(f"[sftp.example.com]:32 {line}\n")
    text = "[firm]\ntype = sftp\nhost = sftp.example.com\nport = 32\nuser = acme\n"
    text += f"key_file = ~/k\nkey_file_pass = 0b5cur3d\nknown_hosts_file = {tmp_path}/known\n"
    found = read("rclone", tmp_path, text + "[s3]\ntype = s3\nsecret_access_key = x\n")
    [site] = found.sites
    assert site.host_keys == (line,)
    assert site.key == Path.home() / "k"
    assert "0b5cur3d" not in repr(found)
    encrypted = "# Encrypted rclone configuration File\n\nRCLONE_ENCRYPT_V0:\nabcd\n"
    assert refusal("rclone", tmp_path, encrypted) == "TOOL-FILE"


def test_lftps_scripts_and_bookmarks_are_read_without_their_passwords(tmp_path: Path) -> None:
    text = "set sftp:connect-program 'ssh -a -x -i /k/acme'\n"
    text += "open -u acme,hunter2 -p 32 sftp://sftp.example.com/out\n"
    found = read("lftp", tmp_path, text)
    [site] = found.sites
    assert (site.login, site.port, site.key) == ("acme", 32, Path("/k/acme"))
    assert "password" in found.warnings[0]
    assert "hunter2" not in repr(found)
    marks = "firm\tsftp://acme:hunter2@sftp.example.com:32/out\nother\tftp://x/\n"
    again = read("lftp", tmp_path, marks)
    assert (again.sites[0].name, again.sites[0].folder) == ("firm", "/out")
    assert "hunter2" not in repr(again)


def test_openssh_decides_what_its_own_file_means(tmp_path: Path) -> None:
    """First match wins, Include acts, and hashed known_hosts are found, all as ssh has it."""
    line, other = key_line(), key_line()
    salt = b"0123456789abcdefghij"
    digest = hmac.new(salt, b"[sftp.example.com]:32", hashlib.sha1).digest()
    parts = (base64.b64encode(one).decode() for one in (salt, digest))
    hosts = tmp_path / "hosts"
    hosts.write_text(f"|1|{'|'.join(parts)} {line}\nother.example.com {other}\n")
    (tmp_path / "more").write_text(f'Host *\n  Port 32\n  UserKnownHostsFile "{hosts}"\n')
    text = f"Include {tmp_path}/more\nHost firm *.banks\n  HostName sftp.example.com\n  Port 22\n"
    text += '  User acme\n  IdentityFile "/my keys/100%%"\n'
    [site] = read("openssh", tmp_path, text).sites
    assert (site.name, site.port, site.key) == ("firm", 32, Path("/my keys/100%"))
    assert site.host_keys == (line,)
    [chosen] = read("openssh", tmp_path, text, "a.banks").sites
    assert chosen.host == "sftp.example.com"


@pytest.mark.req("ATK-50")
@pytest.mark.parametrize(
    "trick", ['Match exec "{}"', '"Match" exec "{}"', 'Match host firm exec "{}"']
)
def test_a_config_that_would_run_a_command_runs_none(trick: str, tmp_path: Path) -> None:
    if shutil.which("ssh") is None:
        pytest.skip("ssh is not installed")
    mark = tmp_path / "was-run"
    inner = tmp_path / "inner"
    inner.write_text(trick.format(f"touch {mark}") + "\n  Port 1\n")
    text = f"{trick.format(f'touch {mark}')}\n  User evil\nInclude {inner}\n"
    text += f"Host firm\n  HostName h.example.com\n  User acme\n  ProxyCommand touch {mark}\n"
    [site] = read("openssh", tmp_path, text).sites
    assert (site.login, site.port) == ("acme", 22)
    assert not mark.exists()


def test_a_config_that_includes_an_endless_file_is_given_up(tmp_path: Path) -> None:
    began = time.monotonic()
    code = refusal("openssh", tmp_path, "Include /dev/zero\nHost firm\n  User acme\n")
    assert code == "TOOL-FILE"
    assert time.monotonic() - began < 15


@pytest.mark.parametrize(
    ("host", "login"),
    [
        ("-oProxyCommand=x", "acme"),
        ("$(touch x)", "acme"),
        ("a b", "acme"),
        ("", "acme"),
        ("sftp.example.com", "-oX=y"),
        ("sftp.example.com", "a;b"),
        ("sftp.example.com", ""),
        ("sftp.example.com\nProxyCommand x", "acme"),
        ("fe80::1%$(x)", "acme"),
    ],
)
def test_a_host_or_login_that_a_program_could_act_on_is_refused(
    host: str, login: str, tmp_path: Path
) -> None:
    server = f"<Host>{host}</Host><Port>32</Port><Protocol>1</Protocol><User>{login}</User>"
    text = f"{FILEZILLA_HEAD}<Server>{server}<Name>x</Name></Server>{FILEZILLA_END}"
    assert refusal("filezilla", tmp_path, text) == "TOOL-NO-SITE"


def test_names_with_escape_sequences_are_made_plain(tmp_path: Path) -> None:
    text = "[a\x1b[31mb]\ntype = sftp\nhost = h.example.com\nuser = u\nkey_file = /k\n"
    assert read("rclone", tmp_path, text).sites[0].name == "a\\u001b[31mb"


def test_several_connections_want_one_named(tmp_path: Path) -> None:
    one = "[{}]\ntype = sftp\nhost = h.example.com\nuser = u\nkey_file = /k\n"
    source = tmp_path / "rclone.conf"
    source.write_text(one.format("a") + one.format("b"))
    with pytest.raises(Refused) as refused:
        exchange.choose(TOOLS["rclone"], source, "")
    assert refused.value.code == "TOOL-WHICH-SITE"
    assert exchange.choose(TOOLS["rclone"], source, "b")[0].name == "b"
    with pytest.raises(Refused) as unknown:
        exchange.choose(TOOLS["rclone"], source, "c")
    assert unknown.value.code == "TOOL-NO-SITE"


def test_a_connection_without_a_key_asks_for_one(tmp_path: Path) -> None:
    found = read("rclone", tmp_path, "[a]\ntype = sftp\nhost = h.example.com\nuser = u\n")
    with pytest.raises(Refused) as refused:
        exchange.to_profile(found.sites[0], "a", tmp_path)
    assert refused.value.code == "TOOL-NO-KEY"
    assert exchange.to_profile(found.sites[0], "a", tmp_path, tmp_path / "k").keys.ssh.is_absolute()


@pytest.mark.parametrize("name", sorted(TOOLS))
def test_a_file_beyond_a_mebibyte_is_not_read(name: str, tmp_path: Path) -> None:
    assert refusal(name, tmp_path, b"x" * (1024 * 1024 + 1)) == "TOOL-FILE"


def test_known_hosts_patterns_are_those_of_openssh() -> None:
    line, other = key_line(), key_line()

    def find(text: str, name: str) -> list[str]:
        return known_hosts.find(text, name).keys

    assert find(f"*.example.com,!bad.example.com {line}\n", "a.example.com") == [line]
    assert find(f"*.example.com,!bad.example.com {line}\n", "bad.example.com") == []
    assert find(f"[h]:32 {line}\n", "[h]:32") == [line]
    assert find(f"[h]:32 {line}\n", "h") == []
    assert find(f"# {line}\n\nh ssh-rsa AAAA\n|1|x|y {line}\n|2|a|b {line}\n", "h") == []
    revoked = known_hosts.find(f"@revoked h {line}\nh {line}\nh {other}\n", "h")
    assert (revoked.keys, revoked.revoked) == ([line, other], [line])
    assert known_hosts.find(f"@cert-authority h {line}\n", "h").has_authority


def test_a_revoked_host_key_is_not_taken_over(tmp_path: Path) -> None:
    line, other = key_line(), key_line()
    path = tmp_path / "known"
    path.write_text(f"h {line} comment\n@revoked * {line}\nh {other}\n")
    assert known_hosts.keys_in(path, "h", 22) == (other,)


def test_hostile_patterns_cost_no_time() -> None:
    text = f"{'*a' * 3000}b,{','.join('*a*a*a*a*a*b' for _ in range(40))} {key_line()}\n" * 50
    began = time.monotonic()
    assert known_hosts.find(text, "a" * 250).keys == []
    assert time.monotonic() - began < 2


@pytest.mark.req("ATK-50")
@pytest.mark.parametrize("name", sorted(set(TOOLS) - {"openssh"}))
@given(data=st.binary(max_size=400))
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_bytes_at_all_bring_an_import_down(name: str, data: bytes, tmp_path: Path) -> None:
    fall = {
        "filezilla": FILEZILLA_HEAD.encode() + b"<Server><Host>" + data + b"</Host></Server>",
        "cyberduck": b"<plist><dict><key>Protocol</key><string>sftp</string>" + data,
        "rclone": b"[a]\ntype = sftp\nhost = h\nknown_hosts_file = " + data,
        "winscp": b"[Sessions\\a]\nHostName=" + data,
        "lftp": b"open -u a, " + data,
    }
    for text in (data, fall[name]):
        assert outcome(name, tmp_path, text)


@given(text=st.text(alphabet=st.characters(codec="utf-8"), max_size=300))
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_text_brings_the_import_of_opensshs_config_down(text: str, tmp_path: Path) -> None:
    for config in (text, f"Host firm\n  User {text}\n"):
        assert outcome("openssh", tmp_path, config)
