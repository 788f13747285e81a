"""Reads the settings: one TOML file, then the environment, then *_FILE for secrets.

What settings there are is in `settings`. No other module reads the environment.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

from strongroom.rules import refusals
from strongroom.rules.secret import Secret
from strongroom.runtime.settings import Settings

PREFIX = "STRONGROOM_"
_LARGEST_FILE = 1024 * 1024


def read_settings(file: Path, environment: Mapping[str, str]) -> Settings:
    """Read `file` (which may be missing) and the environment into one frozen value.

    A section's setting is overridden by STRONGROOM_<SECTION>_<SETTING>; the same name with
    _FILE appended reads the value from a file. Raises Refused (CONFIGURATION-…) with a sentence
    that names the place for unknown keys and nonsense.
    """
    given = _read_toml(file)
    hints = get_type_hints(Settings)
    for name in given:
        if name not in hints:
            raise refusals.CONFIGURATION_UNKNOWN.because(key=f"[{name}]", file=file)
    sections: dict[str, Any] = {
        name: _read_section(name, section, given.get(name, {}), environment)
        for name, section in hints.items()
    }
    return Settings(**sections)


def _read_toml(file: Path) -> dict[str, Any]:  # Any: TOML holds what it likes
    try:
        if file.stat().st_size > _LARGEST_FILE:
            raise refusals.CONFIGURATION_FILE.because(file=file, why="it is larger than 1 MiB")
        return tomllib.loads(file.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise refusals.CONFIGURATION_FILE.because(file=file, why=error) from error


def _read_section(
    name: str, section: type, given: object, environment: Mapping[str, str]
) -> object:
    assert is_dataclass(section)
    if not isinstance(given, dict):
        raise refusals.CONFIGURATION_VALUE.because(key=name, why=f"[{name}] has to be a table")
    hints = get_type_hints(section)
    for key in given:
        if key not in hints:
            raise refusals.CONFIGURATION_UNKNOWN.because(
                key=f"{name}.{key}", file="strongroom.toml"
            )
    _refuse_unknown_variables(name, hints, environment)
    values = {key: _value(f"{name}.{key}", raw, hints[key]) for key, raw in given.items()}
    for one in fields(section):
        text = _from_environment(f"{PREFIX}{name}_{one.name}".upper(), environment)
        if text is not None:
            values[one.name] = _parse(f"{name}.{one.name}", text, hints[one.name])
    return section(**values)


def _refuse_unknown_variables(
    section: str, hints: Mapping[str, object], environment: Mapping[str, str]
) -> None:
    """A misspelt variable of a section would otherwise be passed over in silence."""
    beginning = f"{PREFIX}{section}_".upper()
    known = {f"{beginning}{name.upper()}" for name in hints}
    for variable in environment:
        if variable.startswith(beginning) and variable.removesuffix("_FILE") not in known:
            raise refusals.CONFIGURATION_UNKNOWN.because(key=variable, file="the environment")


def _from_environment(variable: str, environment: Mapping[str, str]) -> str | None:
    if variable in environment:
        return environment[variable]
    file = environment.get(f"{variable}_FILE")
    if file is None:
        return None
    try:
        return Path(file).read_text("utf-8").strip()
    except OSError as error:
        raise refusals.CONFIGURATION_VALUE.because(key=f"{variable}_FILE", why=error) from error


def _parse(key: str, text: str, kind: Any) -> object:  # Any: a type, or a generic alias of one
    """A value from the environment, where all is text; lists are split at commas."""
    if get_origin(kind) is tuple:
        return _value(key, [part.strip() for part in text.split(",") if part.strip()], kind)
    if kind is bool:
        if text.lower() not in ("true", "false"):
            raise refusals.CONFIGURATION_VALUE.because(key=key, why="write true or false")
        return text.lower() == "true"
    return _value(key, text, kind)


def _value(key: str, raw: object, kind: Any) -> object:  # Any: a type, or a generic alias of one
    if get_origin(kind) is tuple:
        if not isinstance(raw, list):
            raise refusals.CONFIGURATION_VALUE.because(key=key, why="write a list")
        return tuple(_value(key, one, get_args(kind)[0]) for one in raw)
    if kind is Secret and isinstance(raw, str):
        return Secret(raw)
    if kind in (int, float) and not isinstance(raw, bool):
        return _number(key, raw, kind)
    if kind in (str, bool) and isinstance(raw, kind):
        return raw
    raise refusals.CONFIGURATION_VALUE.because(key=key, why=f"it has to be {_in_words(kind)}")


def _number(key: str, raw: object, kind: type[int] | type[float]) -> int | float:
    if isinstance(raw, float) and kind is int:
        raise refusals.CONFIGURATION_VALUE.because(key=key, why="it has to be a whole number")
    try:
        number = kind(str(raw))
    except ValueError:
        why = f"it has to be {_in_words(kind)}"
        raise refusals.CONFIGURATION_VALUE.because(key=key, why=why) from None
    if not 0 <= number < 2**53:
        raise refusals.CONFIGURATION_VALUE.because(key=key, why="it has to be 0 or more")
    return number


def _in_words(kind: object) -> str:
    words = {int: "a whole number", float: "a number", str: "a text", bool: "true or false"}
    return words.get(kind, "a text") if isinstance(kind, type) else "a text"
