"""OpenSSH: a config of its own for `sftp -F`, and reading by `ssh -G`, as ssh itself reads.

Parsing ssh_config here would be wrong sooner or later: first match wins, Match and Include act.
"""

import re
import shlex
from pathlib import Path

from strongbox.tools import known_hosts, refusals
from strongbox.tools.notes import fingerprints
from strongbox.tools.ports import Imported, KeyForm, Site, ToolFile, Written
from strongbox.tools.sites import Gathering, local_path, read_bounded, text_of
from strongbox.tools.ssh_settings import settings_of
from strongbox.words import say

_HOST_LINE = re.compile(r"\s*host(?:\s*=\s*|\s+)(.+)", re.IGNORECASE)
_ALIAS = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._:@-]{0,199}")
_DEFAULT_KEY = re.compile(r"~/\.ssh/id_\w+")


class OpenSsh:
    """OpenSSH's `sftp`, `scp` and whatever else starts its `ssh`."""

    name = "openssh"
    title = "OpenSSH"
    key_forms = (KeyForm.OPENSSH,)

    def write(self, site: Site, folder: Path) -> Written:
        """A file of its own, so that nothing in ~/.ssh/config comes before it."""
        hosts = folder / "known_hosts"
        options = {
            "HostName": site.host,
            "Port": str(site.port),
            "User": site.login,
            "IdentityFile": _quoted(site.key or Path(), self.title),
            "IdentitiesOnly": "yes",
            "PreferredAuthentications": "publickey",
            "UserKnownHostsFile": _quoted(hosts, self.title),
            "GlobalKnownHostsFile": "none",
            "StrictHostKeyChecking": "yes",
            "UpdateHostKeys": "yes",
            "ConnectTimeout": "30",
            "ServerAliveInterval": "30",
        }
        lines = [f"Host {site.name}", *(f"    {name} {value}" for name, value in options.items())]
        config = folder / "ssh_config"
        command = shlex.join(["sftp", "-F", str(config), site.name])
        notes = (
            say("Use it with: {command}", command=command),
            say("Announced host keys are added to {file} by OpenSSH itself.", file=hosts),
            *fingerprints(site),
        )
        files = (
            ToolFile(config.name, "\n".join(lines) + "\n"),
            ToolFile(hosts.name, known_hosts.lines_for(site)),
        )
        return Written(files, notes)

    def read(self, source: Path, wanted: str) -> Imported:
        """The connection `wanted`, or that of each plain name after `Host`."""
        text = text_of(read_bounded(source, self.title), source, self.title)
        found = Gathering()
        for alias in [wanted] if wanted else _aliases(text):
            if _ALIAS.fullmatch(alias):
                _take(found, alias, settings_of(source, alias))
        return found.done(source, wanted)


def _quoted(path: Path, tool: str) -> str:
    """Return a path as ssh_config takes it literally: no token, no variable, no quote in it."""
    text = path.as_posix()
    if '"' in text or "${" in text or "\\" in text or not text.isprintable():
        raise refusals.TOOL_PATH.because(tool=tool, path=path)
    return '"' + text.replace("%", "%%") + '"'


def _aliases(text: str) -> list[str]:
    """Return the names that somebody could type; patterns are none."""
    names: list[str] = []
    for line in text.splitlines():
        match = _HOST_LINE.fullmatch(line)
        for word in match[1].split() if match else ():
            if not set(word) & set('*?!"') and word not in names:
                names.append(word)
    return names


def _take(found: Gathering, alias: str, options: dict[str, list[str]]) -> None:
    host = options.get("hostname", [""])[0]
    port = options.get("port", [""])[0]
    keys = [one for one in options.get("identityfile", []) if not _DEFAULT_KEY.fullmatch(one)]
    if len(keys) > 1:
        found.warn(say("{name} names several keys; the first is taken.", name=alias))
    for trap in ("proxycommand", "proxyjump"):
        if options.get(trap, ["none"])[0] != "none":
            found.warn(
                say("{name} connects through another machine; strongbox does not.", name=alias)
            )
    if options.get("stricthostkeychecking", [""])[0] in {"no", "off", "false", "accept-new"}:
        found.warn(say("{name} accepts any host key; strongbox does not.", name=alias))
    facts = {
        "host": host,
        "port": port,
        "login": options.get("user", [""])[0],
        "key": _without_tokens(keys[0]) if keys else "",
    }
    known = options.get("hostkeyalias", [""])[0]
    known, at = (known, "") if known else (host, port)
    lines = [
        line
        for setting in options.get("userknownhostsfile", [])
        for file in _files(setting)
        for line in known_hosts.named_in(file, known, at)
    ]
    found.add(alias, facts, tuple(dict.fromkeys(lines)))


def _without_tokens(text: str) -> str:
    return text.replace("%%", "%")


def _files(setting: str) -> list[str]:
    """Return the files of a setting that ssh prints without quotes: as one path, or as several."""
    plain = _without_tokens(setting)
    return [plain] if local_path(plain).exists() else plain.split()
