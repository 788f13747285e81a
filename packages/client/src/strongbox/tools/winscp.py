"""WinSCP: a stored site as INI, and a script with the host keys' fingerprints; the INI is read.

WinSCP itself runs on Windows alone; its spelling here follows its documentation and source.
"""

import re
from pathlib import Path
from urllib.parse import quote

from strongroom_formats.ssh_public_key import SshAlgorithm

from strongbox.tools.ini_reading import Section, sections
from strongbox.tools.notes import fingerprints
from strongbox.tools.ports import Imported, KeyForm, Site, ToolFile, Written
from strongbox.tools.sites import Gathering, bracketed, host_key, read_bounded, text_of
from strongbox.words import say

_STORED = "Sessions\\"
_ESCAPED = re.compile(rb"%([0-9A-Fa-f]{2})")
_MARK = b"\xef\xbb\xbf"
# What PuTTY, whose code WinSCP took this from, leaves as it is; a leading dot it escapes too.
_LITERAL = frozenset(range(0x21, 0x7F)) - frozenset(b"\\*?%")
_SECRETS = ("Password", "PasswordPlain", "Passphrase", "ProxyPassword", "ProxyPasswordEnc")
_PUTTYS_ED25519_BITS = 255
_SFTP_PROTOCOLS = {"", "0", "1", "2"}
"""FSProtocol: none, SCP, SFTP with SCP as its substitute, SFTP alone; the rest is no SSH."""


class WinScp:
    """WinSCP 5 and 6."""

    name = "winscp"
    title = "WinSCP"
    key_forms = (KeyForm.PPK,)

    def write(self, site: Site, folder: Path) -> Written:
        """A WinSCP.ini with one site, and a script for `winscp.com /script=`."""
        expected = ";".join(expected_keys(site))
        values = {
            "HostName": site.host,
            "PortNumber": str(site.port),
            "UserName": site.login,
            "PublicKeyFile": str(site.key or ""),
            "FSProtocol": "2",
            "RemoteDirectory": site.folder,
            "SshHostKey": expected,
        }
        lines = [f"[{_STORED}{escaped(site.name)}]"]
        lines += [f"{name}={escaped(value)}" for name, value in values.items() if value]
        url = f"sftp://{quote(site.login, safe='')}@{bracketed(site)}:{site.port}/"
        opening = f'open {url} -privatekey="{site.key or ""}"'
        opening += f' -hostkey="{expected}"' if expected else ""
        script = ["option batch abort", "option confirm off", opening]
        script += [f'cd "{site.folder}"'] if site.folder else []
        notes = (
            say("Interactive: WinSCP > Tools > Import/Restore Configuration, {file}.",
                file=folder / "WinSCP.ini"),
            say('Scripts begin with {file}: winscp.com /ini=nul /script="{file}"',
                file=folder / "connect.winscp"),
            *fingerprints(site),
        )  # fmt: skip
        files = (
            ToolFile("WinSCP.ini", "\r\n".join([*lines, ""])),
            ToolFile("connect.winscp", "\r\n".join([*script, ""])),
        )
        return Written(files, notes)

    def read(self, source: Path, wanted: str) -> Imported:
        """Every stored site that speaks SFTP; the defaults of WinSCP are none."""
        text = text_of(read_bounded(source, self.title), source, self.title)
        found = Gathering()
        for section in sections(text):
            name = unescaped(section.name.removeprefix(_STORED))
            if section.name.startswith(_STORED) and name != "Default Settings":
                _take(found, name, section)
        return found.done(source, wanted)


def _take(found: Gathering, name: str, section: Section) -> None:
    if section.get("FSProtocol") not in _SFTP_PROTOCOLS or section.get("Protocol") == "telnet":
        found.warn(say("{name} is no SFTP connection and was passed over.", name=name))
        return
    if any(section.get(secret) for secret in _SECRETS):
        found.warn(
            say("{name} holds a secret that anybody can read. It was left alone.", name=name)
        )
    facts = {
        "host": unescaped(section.get("HostName")),
        "port": section.get("PortNumber"),
        "login": unescaped(section.get("UserName")),
        "key": unescaped(section.get("PublicKeyFile")),
        "folder": unescaped(section.get("RemoteDirectory")),
    }
    found.add(name, facts)


def expected_keys(site: Site) -> list[str]:
    """Return fingerprints as WinSCP writes them: type, bits, SHA-256 in base64 without padding."""
    found = []
    for line in site.host_keys:
        key = host_key(line)
        digest = key.fingerprint_sha256.removeprefix("SHA256:")
        bits = _PUTTYS_ED25519_BITS if key.algorithm is SshAlgorithm.ED25519 else key.bits
        found.append(f"{key.algorithm} {bits} {digest}")
    return found


def escaped(text: str) -> str:
    """Return a value as WinSCP stores it; beyond ASCII it is UTF-8 after a byte order mark."""
    data = text.encode()
    if not text.isascii():
        data = _MARK + data
    signs = (
        chr(byte) if byte in _LITERAL and (at or byte != ord(".")) else f"%{byte:02X}"
        for at, byte in enumerate(data)
    )
    return "".join(signs)


def unescaped(text: str) -> str:
    """Return what a stored value says; what is no text in it becomes a replacement sign."""
    data = _ESCAPED.sub(lambda found: bytes.fromhex(found[1].decode()), text.encode())
    return data.removeprefix(_MARK).decode("utf-8", "replace")
