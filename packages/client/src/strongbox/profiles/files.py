"""Profiles as TOML files in the box: read strictly, written whole.

What the fields mean is in `profile`.
"""

import dataclasses
import re
import tomllib
import types
import typing
from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

from strongbox.profiles import refusals
from strongbox.profiles.box import Box
from strongbox.profiles.private_files import replace_private
from strongbox.profiles.profile import Profile

_NAME = re.compile(r"[a-z][a-z0-9_-]{0,59}")
_LIMIT = 256 * 1024

Section = TypeVar("Section")


def names(box: Box) -> list[str]:
    """Return the names of all profiles, sorted."""
    return sorted(path.stem for path in box.profiles.glob("*.toml") if _NAME.fullmatch(path.stem))


def load(box: Box, name: str) -> Profile:
    """Return a profile; with name "" the only one. Raises Refused (PROFILE-…)."""
    known = names(box)
    if not known:
        raise refusals.PROFILE_NONE.because()
    if not name and len(known) > 1:
        raise refusals.PROFILE_WHICH.because(names=", ".join(known))
    chosen = name or known[0]
    if chosen not in known:
        raise refusals.PROFILE_UNKNOWN.because(name=chosen, names=", ".join(known))
    return _read(chosen, box.profiles / f"{chosen}.toml")


def save(box: Box, profile: Profile) -> None:
    """Write a profile in place of an older one, durably and whole. Raises Refused, OSError."""
    check_name(profile.name)
    replace_private(box.profiles / f"{profile.name}.toml", to_toml(profile).encode())


def remove(box: Box, name: str) -> None:
    """Forget a profile; keys, ledger and statements stay where they are. Raises Refused."""
    load(box, name)
    (box.profiles / f"{name}.toml").unlink()


def check_name(name: str) -> None:
    """Refuse what cannot be a file's name everywhere. Raises Refused (PROFILE-NAME)."""
    if not _NAME.fullmatch(name):
        raise refusals.PROFILE_NAME.because(name=name)


def to_toml(profile: Profile) -> str:
    """Return a profile as TOML: plain values first, then one table for each section."""
    plain, tables = [], []
    for field in dataclasses.fields(profile):
        value = getattr(profile, field.name)
        if field.name == "name":
            continue
        if dataclasses.is_dataclass(value):
            lines = [_line(one.name, getattr(value, one.name)) for one in dataclasses.fields(value)]
            tables.append("\n".join([f"[{field.name}]", *filter(None, lines)]))
        else:
            plain.append(_line(field.name, value))
    return "\n".join(filter(None, plain)) + "\n\n" + "\n\n".join(tables) + "\n"


def from_toml(name: str, text: str, *, path: Path) -> Profile:
    """Return the profile that a text describes; `path` names it in a refusal.

    Raises Refused (PROFILE-BROKEN).
    """
    try:
        return _fill(Profile, {"name": name, **tomllib.loads(text)}, "")
    except (tomllib.TOMLDecodeError, _Nonsense) as error:
        raise refusals.PROFILE_BROKEN.because(path=path, why=str(error)) from error


def _line(name: str, value: object) -> str:
    return "" if value is None else f"{name} = {_value(value)}"


def _value(value: object) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case tuple():
            return "[" + ", ".join(_value(one) for one in value) + "]"
        case _:
            return _quoted(str(value))


def _quoted(text: str) -> str:
    """A TOML basic string: controls, quotes and backslashes are escaped."""
    out = []
    for sign in text:
        if sign in '"\\':
            out.append("\\" + sign)
        elif ord(sign) < 32 or ord(sign) == 127:
            out.append(f"\\u{ord(sign):04x}")
        else:
            out.append(sign)
    return '"' + "".join(out) + '"'


def _read(name: str, path: Path) -> Profile:
    try:
        with path.open("rb") as file:
            text = file.read(_LIMIT).decode()
    except UnicodeDecodeError as error:
        raise refusals.PROFILE_BROKEN.because(path=path, why=str(error)) from error
    return from_toml(name, text, path=path)


class _Nonsense(ValueError):
    """A value is missing, unknown or of another type; the text names it."""


def _fill(section: type[Section], found: Mapping[str, object], at: str) -> Section:
    hints = typing.get_type_hints(section)
    unknown = sorted(set(found) - set(hints))
    if unknown:
        raise _Nonsense(f"there is no setting {at}{unknown[0]}")
    values = {key: _typed(hints[key], value, f"{at}{key}") for key, value in found.items()}
    try:
        return section(**values)
    except TypeError as error:
        wanted = {one.name for one in dataclasses.fields(section)} - set(found)  # type: ignore[arg-type]  # every section is a dataclass
        raise _Nonsense(f"{at}{min(wanted)} is missing") from error


def _typed(wanted: object, value: object, at: str) -> object:
    """The value as the field's type; a path may begin with `~`."""
    if isinstance(wanted, types.UnionType):
        wanted = typing.get_args(wanted)[0]
    if wanted is Path and isinstance(value, str):
        return Path(value).expanduser()
    if typing.get_origin(wanted) is tuple and isinstance(value, list):
        inner = typing.get_args(wanted)[0]
        return tuple(_typed(inner, one, at) for one in value)
    if isinstance(wanted, type) and dataclasses.is_dataclass(wanted) and isinstance(value, dict):
        return _fill(wanted, value, f"{at}.")
    if isinstance(wanted, type) and type(value) is wanted:
        return value
    raise _Nonsense(f"{at} is not of the right kind")
