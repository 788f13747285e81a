"""lftp: a script that sets `sftp:connect-program`, the one way to give lftp a key and host keys.

It is read back from such scripts, and from lftp's bookmarks.
"""

import shlex
from itertools import pairwise
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

from strongbox.tools import known_hosts, refusals
from strongbox.tools.notes import fingerprints
from strongbox.tools.ports import Imported, KeyForm, Site, ToolFile, Written
from strongbox.tools.sites import Gathering, bracketed, read_bounded, text_of
from strongbox.words import say

_SETTING = "sftp:connect-program"
_MOST_LINES = 20_000


class Lftp:
    """lftp, which speaks SFTP through OpenSSH's ssh."""

    name = "lftp"
    title = "lftp"
    key_forms = (KeyForm.OPENSSH,)

    def write(self, site: Site, folder: Path) -> Written:
        """A script to begin with. The comma after the login says that there is no password."""
        hosts = folder / "known_hosts"
        ssh = ["ssh", "-a", "-x", "-F", "none", "-i", _plain(site.key or hosts)]
        options = {
            "IdentitiesOnly": "yes",
            "PreferredAuthentications": "publickey",
            "UserKnownHostsFile": f'"{_plain(hosts)}"',
            "GlobalKnownHostsFile": "none",
            "StrictHostKeyChecking": "yes",
            "UpdateHostKeys": "yes",
            "ConnectTimeout": "30",
        }
        words = [*ssh, *(word for one in options.items() for word in ("-o", "=".join(one)))]
        program = shlex.join(words).replace("\\", "\\\\").replace('"', '\\"')
        url = f"sftp://{bracketed(site)}:{site.port}{quote(_absolute(site.folder))}"
        lines = [
            f'set {_SETTING} "{program}"',
            "set net:timeout 30; set net:max-retries 2; set xfer:use-temp-file yes",
            f"open -u {site.login}, {url}",
        ]
        script = folder / f"{site.name}.lftp"
        command = shlex.join(["lftp", "-e", f"source {shlex.quote(str(script))}"])
        notes = (say("Use it with: {command}", command=command), *fingerprints(site))
        files = (
            ToolFile(script.name, "\n".join(lines) + "\n"),
            ToolFile(hosts.name, known_hosts.lines_for(site)),
        )
        return Written(files, notes)

    def read(self, source: Path, wanted: str) -> Imported:
        """Bookmarks (`name URL`), and `open` lines with the connect-program set before them."""
        text = text_of(read_bounded(source, self.title), source, self.title)
        found = Gathering()
        program: list[str] = []
        for line in text.splitlines()[:_MOST_LINES]:
            words = _words(line)
            if words[:1] == ["set"] and len(words) == 3 and words[1].startswith(_SETTING):
                program = _words(words[2])
            elif words[:1] == ["open"]:
                _take_open(found, words[1:], program, source.stem)
            elif len(words) == 2 and words[1].startswith("sftp://"):
                _take(found, words[0], words[1], program)
        return found.done(source, wanted)


def _plain(path: Path) -> str:
    """Return a path for ssh's -i and -o inside lftp's and the shell's quotes. Raises Refused."""
    text = path.as_posix()
    if set(text) & set("\"'\\$`!") or not text.isprintable():
        raise refusals.TOOL_PATH.because(tool="lftp", path=path)
    return text.replace("%", "%%")


def _absolute(folder: str) -> str:
    return "/" + folder.strip("/")


def _words(line: str) -> list[str]:
    try:
        return shlex.split(line.rstrip(";"), comments=True)
    except ValueError:
        return []


def _take_open(found: Gathering, words: list[str], program: list[str], name: str) -> None:
    """`open [-u login[,password]] [-p port] URL`."""
    given = dict(pairwise(words))
    login, comma, password = given.get("-u", "").partition(",")
    if comma and password:
        found.warn(say("{name} holds a password. It was not read; take it out of lftp.", name=name))
    url = next((word for word in words if word.startswith("sftp://")), "")
    if url:
        _take(found, name, url, program, login=login, port=given.get("-p", ""))


def _take(found: Gathering, name: str, url: str, program: list[str], **given: str) -> None:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", given.get("port") or str(parts.port or "")
    except ValueError:
        found.warn(say("{name} has an address that is none.", name=name))
        return
    if parts.password:
        found.warn(say("{name} holds a password. It was not read; take it out of lftp.", name=name))
    options = dict(word.partition("=")[::2] for word in program if "=" in word)
    named = dict(pairwise(program))
    facts = {
        "host": host,
        "port": port,
        "login": given.get("login") or unquote(parts.username or ""),
        "key": named.get("-i", "").replace("%%", "%"),
        "folder": unquote(parts.path).rstrip("/"),
    }
    hosts = options.get("UserKnownHostsFile", "").strip('"').replace("%%", "%")
    found.add(name, facts, known_hosts.named_in(hosts, host, port))
