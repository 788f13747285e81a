"""rclone: an `rclone.conf` whose remote checks host keys, which rclone does not by itself.

Secrets in such a file are reversible; they are passed over.
"""

import shlex
from pathlib import Path

from strongbox.tools import known_hosts, refusals
from strongbox.tools.ini_reading import Section, sections
from strongbox.tools.notes import fingerprints
from strongbox.tools.ports import Imported, KeyForm, Site, ToolFile, Written
from strongbox.tools.sites import Gathering, bracketed, read_bounded, text_of
from strongbox.words import say

_SECRETS = ("pass", "key_file_pass", "key_pem")
_ENCRYPTED = "RCLONE_ENCRYPT"


class Rclone:
    """rclone's sftp backend."""

    name = "rclone"
    title = "rclone"
    key_forms = (KeyForm.OPENSSH,)

    def write(self, site: Site, folder: Path) -> Written:
        """A config of its own; the server has no shell and no checksum command."""
        hosts = folder / "known_hosts"
        for path in (hosts, site.key or hosts):
            if "%(" in str(path) or "`" in str(path) or str(path) != str(path).strip():
                raise refusals.TOOL_PATH.because(tool=self.title, path=path)
        values = {
            "type": "sftp",
            "host": bracketed(site),
            "port": str(site.port),
            "user": site.login,
            "key_file": str(site.key or ""),
            "known_hosts_file": str(hosts),
            "shell_type": "none",
            "disable_hashcheck": "true",
        }
        lines = [f"[{site.name}]", *(f"{name} = {value}" for name, value in values.items())]
        config = folder / "rclone.conf"
        words = ["rclone", "--config", str(config), "copy", f"{site.name}:{site.folder}", "."]
        notes = (
            say("Use it with: {command}", command=shlex.join(words)),
            say("rclone asks for no passphrase: load a locked key into ssh-agent first."),
            say("rclone does not follow announced host keys: export again after a change."),
            *fingerprints(site),
        )
        files = (
            ToolFile(config.name, "\n".join(lines) + "\n"),
            ToolFile(hosts.name, known_hosts.lines_for(site)),
        )
        return Written(files, notes)

    def read(self, source: Path, wanted: str) -> Imported:
        """Every remote of the type sftp."""
        text = text_of(read_bounded(source, self.title), source, self.title)
        if _ENCRYPTED in text[:1000]:
            why = say("it is encrypted; `rclone config show` prints it")
            raise refusals.TOOL_FILE.because(path=source, tool=self.title, why=why)
        found = Gathering()
        for section in sections(text):
            if section.get("type") == "sftp":
                _take(found, section)
        return found.done(source, wanted)


def _take(found: Gathering, section: Section) -> None:
    name = section.name
    if any(section.get(secret) for secret in _SECRETS):
        found.warn(
            say("{name} holds a secret that anybody can read. It was left alone.", name=name)
        )
    facts = {"host": section.get("host"), "port": section.get("port")}
    facts |= {"login": section.get("user"), "key": section.get("key_file")}
    hosts = section.get("known_hosts_file")
    if not hosts:
        found.warn(say("{name} accepts any host key; strongbox does not.", name=name))
    host = section.get("host").removeprefix("[").removesuffix("]")
    found.add(name, facts, known_hosts.named_in(hosts, host, section.get("port")))
