"""What other programs wrote becomes a checked `Site`, or a warning: all of it is hostile text.

How each program writes is in its own module.
"""

import base64
import binascii
import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from strongroom_formats.one_line import clean_text, is_clean
from strongroom_formats.ssh_faults import KeyFault
from strongroom_formats.ssh_public_key import SshPublicKey, read_blob

from strongbox.refusal import Refused
from strongbox.tools import refusals
from strongbox.tools.ports import Imported, Site
from strongbox.words import say

MOST_BYTES = 1024 * 1024
MOST_SITES = 1000

_HOST = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9._-]{0,251}[A-Za-z0-9])?\.?")
_LOGIN = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._@+-]{0,127}")
_NAME_MOST = 200
_PATH_MOST = 1000
SSH_PORT = 22


def read_bounded(source: Path, tool: str) -> bytes:
    """Return a whole file of settings. Raises Refused for one that is too large, and OSError."""
    with source.open("rb") as file:
        data = file.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        why = say("it is larger than {most} bytes", most=MOST_BYTES)
        raise refusals.TOOL_FILE.because(path=source, tool=tool, why=why)
    return data


def text_of(data: bytes, source: Path, tool: str) -> str:
    """Decode settings: UTF-8 with or without its mark, or UTF-16 with one. Raises Refused."""
    encoding = "utf-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        why = say("it is no text")
        raise refusals.TOOL_FILE.because(path=source, tool=tool, why=why) from error


@dataclass(slots=True)
class Gathering:
    """Collects the sites of one file; what cannot be used becomes a warning."""

    sites: list[Site] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def add(self, name: str, facts: Mapping[str, str], host_keys: tuple[str, ...] = ()) -> None:
        """Check and keep a site. Facts: host, port, login, key, folder; missing ones are "".

        A host may be written `[v6]`; a key with `~` in front belongs to this user.
        """
        if len(self.sites) >= MOST_SITES:
            return
        name = clean_text(name.strip(), _NAME_MOST) or facts.get("host", "")
        try:
            self.sites.append(checked(name, facts, host_keys))
        except Refused as refused:
            self.warn(str(refused))

    def warn(self, text: str) -> None:
        """Remember what was passed over, once."""
        shown = clean_text(text)
        if shown not in self.warnings and len(self.warnings) < MOST_SITES:
            self.warnings.append(shown)

    def done(self, source: Path, wanted: str) -> Imported:
        """Return what was found. Raises Refused (TOOL-NO-SITE) when nothing is left."""
        chosen = tuple(site for site in self.sites if wanted in ("", site.name))
        if not chosen:
            names = ", ".join(site.name for site in self.sites) or "–"
            raise refusals.TOOL_NO_SITE.because(path=source, names=clean_text(names))
        return Imported(chosen, tuple(self.warnings))


def host_key(line: str) -> SshPublicKey:
    """Read `type base64 …` of an OpenSSH line. Raises ValueError, KeyFault being one of both."""
    kind, _, rest = line.strip().partition(" ")
    try:
        key = read_blob(base64.b64decode(rest.split(" ")[0], validate=True))
    except (KeyFault, binascii.Error) as error:
        raise ValueError(f"no public key: {kind[:40]!a}") from error
    if key.algorithm != kind:
        raise ValueError(f"a key of the kind {key.algorithm} under the name {kind[:40]!a}")
    return key


def bracketed(site: Site) -> str:
    """Return the host as URLs have it."""
    return f"[{site.host}]" if ":" in site.host else site.host


def checked(name: str, facts: Mapping[str, str], host_keys: tuple[str, ...]) -> Site:
    """Return a connection in which no text acts on a program. Raises Refused (TOOL-SITE)."""

    def unusable(why: str) -> Refused:
        return refusals.TOOL_SITE.because(name=name, why=why)

    host = facts.get("host", "").strip()
    if not is_host(host := host.removeprefix("[").removesuffix("]")):
        raise unusable(say("it names no host"))
    port = facts.get("port", "").strip() or str(SSH_PORT)
    if not (port.isascii() and port.isdigit() and len(port) < 6 and 0 < int(port) < 65536):
        raise unusable(say("its port is none"))
    login = facts.get("login", "").strip()
    if not _LOGIN.fullmatch(login):
        raise unusable(say("it names no login, or one that no firm gives"))
    key, folder = facts.get("key", "").strip(), facts.get("folder", "").strip()
    if not all(is_clean(one) and len(one) <= _PATH_MOST for one in (key, folder)):
        raise unusable(say("a path in it is too long, or holds signs that paths have not"))
    return Site(name, host, int(port), login, local_path(key) if key else None, host_keys, folder)


def is_host(text: str) -> bool:
    """Whether a text is a host's name or an address, and nothing that a program acts on."""
    if _HOST.fullmatch(text):
        return True
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return "%" not in text


def local_path(text: str) -> Path:
    """Return a path of this machine; `~` in front of it is this user's."""
    try:
        return Path(text).expanduser()
    except RuntimeError:  # `~name` of somebody who is not known here
        return Path(text)
