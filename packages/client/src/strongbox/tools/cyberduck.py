"""Cyberduck: one bookmark as a `.duck` property list, written and read.

It has no field for host keys: Cyberduck keeps them in ~/.ssh/known_hosts.
"""

import uuid
from pathlib import Path
from xml.sax.saxutils import escape

from strongbox.tools import refusals
from strongbox.tools.notes import compare_host_keys
from strongbox.tools.ports import Imported, KeyForm, Site, ToolFile, Written
from strongbox.tools.sites import Gathering, read_bounded
from strongbox.tools.xml_reading import BadXml, Element, read_xml
from strongbox.words import say

_DOCTYPE = "-//Apple//DTD PLIST 1.0//EN"
_SYSTEM = "http://www.apple.com/DTDs/PropertyList-1.0.dtd"
_KEY = "Private Key File Dictionary"
_OLD_KEY = "Private Key File"


class Cyberduck:
    """Cyberduck and Mountain Duck, and the command `duck`."""

    name = "cyberduck"
    title = "Cyberduck"
    key_forms = (KeyForm.OPENSSH, KeyForm.PPK)

    def write(self, site: Site, folder: Path) -> Written:
        """A bookmark that opens with a double click. The same site has the same UUID again."""
        key = str(site.key or "")
        place = f"sftp://{site.login}@{site.host}:{site.port}/{site.name}"
        values = {
            "Protocol": "sftp",
            "Nickname": site.name,
            "UUID": str(uuid.uuid5(uuid.NAMESPACE_URL, place)),
            "Hostname": site.host,
            "Port": str(site.port),
            "Username": site.login,
            "Path": site.folder,
            _OLD_KEY: key,
        }
        lines = [line for pair in values.items() for line in _pair(*pair)]
        lines += [f"    <key>{_KEY}</key>", "    <dict>", *_pair("Path", key), "    </dict>"]
        text = "\n".join(
            [
                '<?xml version="1.0" encoding="UTF-8"?>',
                f'<!DOCTYPE plist PUBLIC "{_DOCTYPE}" "{_SYSTEM}">',
                '<plist version="1.0">',
                "  <dict>",
                *lines,
                "  </dict>",
                "</plist>",
                "",
            ]
        )
        file = folder / f"{site.name}.duck"
        how = say("Open {file} with a double click.", file=file)
        return Written((ToolFile(file.name, text),), (how, *compare_host_keys(site)))

    def read(self, source: Path, wanted: str) -> Imported:
        """The one bookmark of a file."""
        try:
            root = read_xml(read_bounded(source, self.title), doctype=_DOCTYPE)
        except BadXml as error:
            raise refusals.TOOL_FILE.because(path=source, tool=self.title, why=error) from error
        top = next((one for one in root.children if one.name == "dict"), None)
        if root.name != "plist" or top is None:
            why = say("it does not begin as such a file does")
            raise refusals.TOOL_FILE.because(path=source, tool=self.title, why=why)
        found = Gathering()
        values = _values(top)
        name = _text(values, "Nickname") or source.stem
        if _text(values, "Protocol") != "sftp":
            found.warn(say("{name} is no SFTP connection and was passed over.", name=name))
        else:
            _take(found, name, values)
        return found.done(source, wanted)


def _take(found: Gathering, name: str, values: dict[str, Element]) -> None:
    inner = values.get(_KEY)
    key = _text(_values(inner), "Path") if inner is not None else ""
    facts = {
        "host": _text(values, "Hostname"),
        "port": _text(values, "Port"),
        "login": _text(values, "Username"),
        "key": key or _text(values, _OLD_KEY),
        "folder": _text(values, "Path"),
    }
    found.add(name, facts)


def _values(dictionary: Element) -> dict[str, Element]:
    """Each value by its key: in a property list they follow one another."""
    found: dict[str, Element] = {}
    for one, following in zip(dictionary.children, dictionary.children[1:], strict=False):
        if one.name == "key" and following.name != "key":
            found.setdefault(one.text.strip(), following)
    return found


def _text(values: dict[str, Element], name: str) -> str:
    """A value that is a text or a number; a key in a folder of another kind has none."""
    value = values.get(name)
    return value.text.strip() if value is not None and value.name in {"string", "integer"} else ""


def _pair(name: str, value: str) -> list[str]:
    return [f"    <key>{escape(name)}</key>", f"    <string>{escape(value)}</string>"]
