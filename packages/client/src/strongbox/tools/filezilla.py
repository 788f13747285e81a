"""FileZilla: its `sitemanager.xml`, written for File > Import and read with nested folders.

It has no field for host keys; what a stored password says is never looked at.
"""

from collections.abc import Iterator
from pathlib import Path
from xml.sax.saxutils import escape

from strongbox.tools import refusals
from strongbox.tools.notes import compare_host_keys
from strongbox.tools.ports import Imported, KeyForm, Site, ToolFile, Written
from strongbox.tools.sites import Gathering, read_bounded
from strongbox.tools.xml_reading import DEEPEST, BadXml, Element, read_xml
from strongbox.words import say

_SFTP = "1"
_KEY_FILE_LOGON = "5"
_DEFAULT_FOLDER_TYPE = "1"


class FileZilla:
    """FileZilla 3 on any system."""

    name = "filezilla"
    title = "FileZilla"
    key_forms = (KeyForm.PPK, KeyForm.OPENSSH)

    def write(self, site: Site, folder: Path) -> Written:
        """One site that logs in with a key file (Logontype 5)."""
        values = {
            "Host": site.host,
            "Port": str(site.port),
            "Protocol": _SFTP,
            "Type": "0",
            "User": site.login,
            "Keyfile": str(site.key or ""),
            "Logontype": _KEY_FILE_LOGON,
            "Name": site.name,
            "RemoteDir": safe_path(site.folder),
        }
        lines = [f"      <{name}>{escape(value)}</{name}>" for name, value in values.items()]
        text = "\n".join(
            [
                '<?xml version="1.0" encoding="UTF-8"?>',
                "<FileZilla3>",
                "  <Servers>",
                "    <Server>",
                *lines,
                "    </Server>",
                "  </Servers>",
                "</FileZilla3>",
                "",
            ]
        )
        how = say("In FileZilla: File > Import, choose {file}, then the site {name}.",
                  file=folder / "sitemanager.xml", name=site.name)  # fmt: skip
        return Written((ToolFile("sitemanager.xml", text),), (how, *compare_host_keys(site)))

    def read(self, source: Path, wanted: str) -> Imported:
        """Every SFTP site, named `folder/…/site`."""
        try:
            root = read_xml(read_bounded(source, self.title))
        except BadXml as error:
            raise refusals.TOOL_FILE.because(path=source, tool=self.title, why=error) from error
        if root.name != "FileZilla3":
            why = say("it does not begin as such a file does")
            raise refusals.TOOL_FILE.because(path=source, tool=self.title, why=why)
        found = Gathering()
        for servers in root.children:
            if servers.name == "Servers":
                for name, server in _servers(servers, ""):
                    _take(found, name, server)
        return found.done(source, wanted)


def _servers(folder: Element, above: str) -> Iterator[tuple[str, Element]]:
    """Sites with their names; a name is in its element, or in old files text beside the others."""
    for child in folder.children:
        label = child.value("Name") or child.text.strip()
        if child.name == "Folder" and above.count("/") < DEEPEST:
            yield from _servers(child, f"{above}{label}/")
        elif child.name == "Server":
            yield f"{above}{label}", child


def _take(found: Gathering, name: str, server: Element) -> None:
    if server.value("Protocol") != _SFTP:
        found.warn(say("{name} is no SFTP connection and was passed over.", name=name))
        return
    if server.value("Pass"):
        found.warn(
            say("{name} holds a password. It was not read; take it out of FileZilla.", name=name)
        )
    folder = ""
    try:
        folder = plain_path(server.value("RemoteDir"))
    except ValueError:
        found.warn(say("The folder of {name} cannot be read and was left out.", name=name))
    facts = {
        "host": server.value("Host"),
        "port": server.value("Port"),
        "login": server.value("User"),
        "key": server.value("Keyfile"),
        "folder": folder,
    }
    found.add(name, facts)


def safe_path(folder: str) -> str:
    """Return a folder in FileZilla's spelling: a type, a prefix length, lengths and names."""
    parts = [part for part in folder.split("/") if part]
    if not parts:
        return ""
    return " ".join([_DEFAULT_FOLDER_TYPE, "0", *(f"{len(part)} {part}" for part in parts)])


def plain_path(text: str) -> str:
    """Return the folder of FileZilla's spelling. Raises ValueError."""
    if not text:
        return ""
    _kind, prefix, rest = (*text.split(" ", 2), "")[:3]
    if prefix != "0":
        raise ValueError("a path of another system")
    parts = []
    while rest:
        length, _, rest = rest.partition(" ")
        size = int(length)
        if not 0 < size <= len(rest):
            raise ValueError("a length beyond the end")
        parts.append(rest[:size])
        rest = rest[size:].removeprefix(" ")
    return "/" + "/".join(parts)
