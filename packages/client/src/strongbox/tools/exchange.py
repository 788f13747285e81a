"""A profile given to another program, and a connection of another program made a profile.

What the files look like is in the module of each program.
"""

import re
from dataclasses import dataclass, replace
from pathlib import Path

from strongbox.profiles.presets import PRESETS
from strongbox.profiles.private_files import replace_private
from strongbox.profiles.profile import Folders, OwnKeys, Profile, Sender
from strongbox.refusal import Refused
from strongbox.tools import refusals
from strongbox.tools.ports import Imported, KeyForm, Site, Tool, Written
from strongbox.tools.sites import checked
from strongbox.words import say

_PPK_HEAD = b"PuTTY-User-Key-File"


@dataclass(frozen=True, slots=True)
class Exported:
    """The files that were written, and what to tell the person."""

    files: tuple[Path, ...]
    notes: tuple[str, ...]


def export(profile: Profile, tool: Tool, folder: Path, *, is_replacing: bool = False) -> Exported:
    """Write a profile's connection for a program into `folder`, which is made.

    What was written is read back as the program would. No file holds a secret. Raises Refused
    (TOOL-…) and OSError; without `is_replacing` no file that is there is touched.
    """
    folder = folder.absolute()
    key, notes = _key_for(profile.keys.ssh.absolute(), tool)
    site = Site(
        profile.name,
        profile.host,
        profile.port,
        profile.login,
        key,
        tuple(" ".join(line.split()[:2]) for line in profile.host_keys),
        profile.folders.outgoing,
    )
    # Before anything is written: what a firm calls its host or login may be a command to a program.
    facts = {"host": site.host, "port": str(site.port), "login": site.login, "folder": site.folder}
    checked(site.name, facts, site.host_keys)
    written = tool.write(site, folder)
    paths = _write_all(written, folder, is_replacing=is_replacing)
    _read_back(tool, site, paths[0])
    return Exported(paths, (*written.notes, *notes))


def choose(tool: Tool, source: Path, wanted: str) -> tuple[Site, tuple[str, ...]]:
    """Return the one connection of a file, and warnings. Raises Refused (TOOL-…) and OSError."""
    found: Imported = tool.read(source, wanted)
    if len(found.sites) > 1:
        names = ", ".join(site.name for site in found.sites)
        raise refusals.TOOL_WHICH_SITE.because(path=source, names=names)
    return found.sites[0], found.warnings


def to_profile(site: Site, name: str, landing: Path, key: Path | None = None) -> Profile:
    """Return a profile for a connection of another program. Raises Refused (TOOL-NO-KEY).

    The program knows no folders but one, so only a published firm's are filled in; and it knows
    of no signatures, so none is asked for.
    """
    chosen = key or site.key
    if chosen is None:
        raise refusals.TOOL_NO_KEY.because(name=site.name)
    known = next((one for one in PRESETS.values() if one.host == site.host), None)
    folders = Folders(site.folder or ".", manifests="", test="", incoming="")
    return Profile(
        name=name,
        host=site.host,
        port=site.port,
        login=site.login,
        host_keys=site.host_keys,
        keys=OwnKeys(ssh=chosen.absolute()),
        landing=landing,
        firm=known.firm if known else "",
        folders=known.folders if known else folders,
        sender=Sender(is_signature_needed=False),
    )


def profile_name(site_name: str) -> str:
    """Return a profile's name made of a connection's; it may be one that cannot be used."""
    plain = re.sub(r"[^a-z0-9_-]+", "-", site_name.rpartition("/")[2].lower())
    return plain.strip("-")[:60]


def gaps(profile: Profile) -> tuple[str, ...]:
    """Return what an imported profile still needs before it can be used."""
    found = []
    if not profile.keys.ssh.exists():
        found.append(say("The key file {path} is not on this machine.", path=profile.keys.ssh))
    if not profile.host_keys:
        found.append(
            say(
                "The program keeps no host keys in that file. Get the fingerprints from the firm, "
                "then run `strongbox doctor`, which shows the server's and how to accept them."
            )
        )
    return tuple(found)


def form_of(key: Path) -> KeyForm:
    """Return the form of a private key's file by its first bytes. Raises OSError."""
    with key.open("rb") as file:
        return KeyForm.PPK if file.read(len(_PPK_HEAD)) == _PPK_HEAD else KeyForm.OPENSSH


def _key_for(key: Path, tool: Tool) -> tuple[Path, tuple[str, ...]]:
    """Return the key's file in a form that the program reads, and what is to be done for it."""
    forms = {form_of(path): path for path in (_beside(key), key) if path.exists()}
    for wanted in tool.key_forms:
        if wanted in forms:
            return forms[wanted], ()
    missing, wanted = _beside(key), tool.key_forms[0]
    note = say(
        "{tool} reads keys of the form {form} only. Make {file} from {key} with `strongbox keys "
        "convert`.", tool=tool.title, form=wanted.value, file=missing, key=key,
    )  # fmt: skip
    return missing, (note,)


def _beside(key: Path) -> Path:
    """Return where the same key lies in the other form."""
    return key.with_suffix("") if key.suffix == ".ppk" else key.with_name(key.name + ".ppk")


def _write_all(written: Written, folder: Path, *, is_replacing: bool) -> tuple[Path, ...]:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    paths = tuple(folder / file.name for file in written.files)
    for path in paths:
        if path.exists() and not is_replacing:
            raise refusals.TOOL_EXISTS.because(path=path)
    for path, file in zip(paths, written.files, strict=True):
        replace_private(path, file.text.encode())
    return paths


def _read_back(tool: Tool, site: Site, path: Path) -> None:
    """Refuse what the program would understand otherwise. Raises Refused (TOOL-MISREAD)."""
    try:
        [found] = tool.read(path, "").sites
    except Refused as refused:
        if refused.kind is refusals.TOOL_MISSING:
            return
        raise refusals.TOOL_MISREAD.because(tool=tool.title, what=refused) from refused
    # Not every program keeps host keys, a folder, or the profile's name.
    same = replace(
        found,
        name=site.name,
        host_keys=found.host_keys and site.host_keys,
        folder=site.folder if found.folder.strip("/") in ("", site.folder.strip("/")) else "",
    )
    if same != replace(site, host_keys=same.host_keys) or set(found.host_keys) - set(
        site.host_keys
    ):
        raise refusals.TOOL_MISREAD.because(tool=tool.title, what=path)
