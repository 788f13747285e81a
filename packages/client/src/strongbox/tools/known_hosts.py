"""OpenSSH's known_hosts files: written for one server, and searched, hashed names included.

Who uses such a file is in the modules of the programs.
"""

import base64
import binascii
import fnmatch
import hashlib
import hmac
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from strongbox.tools import sites
from strongbox.tools.ports import Site
from strongbox.tools.sites import MOST_BYTES, SSH_PORT, host_key

_MOST_LINES = 20_000
_MOST_PATTERNS = 50
_LONGEST_NAME = 300


@dataclass(slots=True)
class Known:
    """The keys of one server in a file; `revoked` are those that may never be accepted."""

    keys: list[str] = field(default_factory=list)
    revoked: list[str] = field(default_factory=list)
    has_authority: bool = False


def lines_for(site: Site) -> str:
    """Return known_hosts lines; a port that is not 22 needs the brackets (sshd(8))."""
    kinds = (" ".join(line.split()[:2]) for line in site.host_keys)
    return "".join(f"{entry(site.host, site.port)} {line}\n" for line in kinds)


def entry(host: str, port: int) -> str:
    """Return a server's name as known_hosts has it."""
    return host if port == SSH_PORT else f"[{host}]:{port}"


def named_in(file: str, host: str, port: str) -> tuple[str, ...]:
    """Return the host keys in a file that another program's settings name; () without any."""
    if not file or not re.fullmatch("[0-9]{0,5}", port):
        return ()
    return keys_in(sites.local_path(file), host, int(port or SSH_PORT))


def keys_in(path: Path, host: str, port: int) -> tuple[str, ...]:
    """Return the host keys that a file has for a server; () also when there is no such file."""
    try:
        with path.open("rb") as file:
            text = file.read(MOST_BYTES).decode("utf-8", "replace")
    except (OSError, ValueError):  # ValueError: a name with a zero byte in it
        return ()
    known = find(text, entry(host, port))
    return tuple(line for line in known.keys if line not in known.revoked)


def find(text: str, name: str) -> Known:
    """Search the text of a known_hosts file; lines that make no sense are passed over."""
    known = Known()
    for line in text.splitlines()[:_MOST_LINES]:
        words = line.split()
        marker = words.pop(0) if words and words[0].startswith("@") else ""
        if len(words) < 3 or words[0].startswith("#") or not _names(words[0], name):
            continue
        _keep(known, marker, f"{words[1]} {words[2]}")
    return known


def _keep(known: Known, marker: str, line: str) -> None:
    if marker == "@cert-authority":
        known.has_authority = True
        return
    try:
        host_key(line)
    except ValueError:
        return
    into = known.revoked if marker == "@revoked" else known.keys
    if line not in into:
        into.append(line)


def _names(patterns: str, name: str) -> bool:
    """Whether a line is for `name`: hashed, or comma-separated patterns of which `!` excludes."""
    if patterns.startswith("|"):
        return any(_is_hash_of(patterns, one) for one in (name,))
    found = False
    for pattern in list(_bounded(patterns)):
        if _matches(name, pattern.removeprefix("!")):
            if pattern.startswith("!"):
                return False
            found = True
    return found


def _bounded(patterns: str) -> Iterator[str]:
    for pattern in patterns.split(",")[:_MOST_PATTERNS]:
        if len(pattern) <= _LONGEST_NAME and pattern.count("*") < 5:
            yield pattern


def _matches(name: str, pattern: str) -> bool:
    """OpenSSH's patterns know `*` and `?` alone; brackets in them are plain signs."""
    plain = pattern.lower().replace("[", "[[]")
    return fnmatch.fnmatchcase(name.lower(), plain)


def _is_hash_of(hashed: str, name: str) -> bool:
    """`|1|salt|hash`: HMAC-SHA1 of the name by the salt, both base64 (ssh's hostfile.c)."""
    parts = hashed.split("|")
    if len(parts) != 4 or parts[1] != "1":
        return False
    try:
        salt, expected = base64.b64decode(parts[2]), base64.b64decode(parts[3])
    except (binascii.Error, ValueError):
        return False
    return hmac.compare_digest(
        hmac.new(salt, name.lower().encode(), hashlib.sha1).digest(), expected
    )
