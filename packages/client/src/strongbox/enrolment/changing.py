"""Settings of a profile as a person changes them, one by one and each checked.

What they mean is in profiles.profile.
"""

import re
import shlex
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from strongbox.enrolment import refusals
from strongbox.enrolment.foreign import given_lines
from strongbox.keys.secrets import passphrase_source
from strongbox.profiles.profile import Profile
from strongbox.words import mark, say

_HOUR = re.compile(r"(?:(?:[01]\d|2[0-3]):[0-5]\d)?")
_MOST = {"streams": 16, "port": 65_535}
_WHOLE = mark("a whole number from 1 to {most}")
_WORD = mark("one word")
_ONE_FILE = mark("the path of a file")
_MAY_BE = {
    "landing": mark("the path of a folder"),
    "streams": _WHOLE,
    "hook": mark("a command, quoted as in a shell, or nothing"),
    "host": _WORD,
    "port": _WHOLE,
    "login": _WORD,
    "host_keys": mark("one or more lines as in known_hosts, separated by commas"),
    "keys.ssh": _ONE_FILE,
    "keys.pgp": mark("paths of files, separated by spaces and quoted as in a shell"),
    "keys.secret": mark("ask, none, keyring, fd:N, credential:NAME or file:PATH"),
    "calendar.expected_by": mark("an hour such as 18:30, or nothing"),
    "calendar.time_zone": mark("the name of a time zone, such as Asia/Tokyo"),
    "sender.certificate": mark("the path of a file, or nothing"),
    "sender.is_signature_needed": mark("true or false"),
}
"""What each setting may be, for who gave something else."""


def change(profile: Profile, assignment: str) -> Profile:
    """Apply SETTING=VALUE. Raises Refused: CHANGE-UNKNOWN, CHANGE-VALUE, ADD-…, KEY-SECRET-…."""
    name, is_assigned, text = assignment.partition("=")
    if not is_assigned or name not in _CHANGES:
        raise refusals.CHANGE_UNKNOWN.because(name=name[:60], names=", ".join(_CHANGES))
    try:
        return _CHANGES[name](profile, text.strip())
    except ValueError as error:
        choices = say(_MAY_BE[name], most=_MOST[name]) if name in _MOST else say(_MAY_BE[name])
        raise refusals.CHANGE_VALUE.because(name=name, text=text[:200], choices=choices) from error


def _landing(profile: Profile, text: str) -> Profile:
    return replace(profile, landing=_path(text))


def _streams(profile: Profile, text: str) -> Profile:
    return replace(profile, streams=_whole(text, most=_MOST["streams"]))


def _hook(profile: Profile, text: str) -> Profile:
    return replace(profile, hook=tuple(shlex.split(text)))


def _host(profile: Profile, text: str) -> Profile:
    return replace(profile, host=_word(text))


def _port(profile: Profile, text: str) -> Profile:
    return replace(profile, port=_whole(text, most=_MOST["port"]))


def _login(profile: Profile, text: str) -> Profile:
    return replace(profile, login=_word(text))


def _host_keys(profile: Profile, text: str) -> Profile:
    lines = given_lines(tuple(filter(None, map(str.strip, text.split(",")))))
    if not lines:
        raise ValueError("no host key would accept none")
    return replace(profile, host_keys=lines)


def _ssh(profile: Profile, text: str) -> Profile:
    return replace(profile, keys=replace(profile.keys, ssh=_path(text)))


def _pgp(profile: Profile, text: str) -> Profile:
    paths = tuple(_path(one) for one in shlex.split(text))
    return replace(profile, keys=replace(profile.keys, pgp=paths))


def _secret(profile: Profile, text: str) -> Profile:
    passphrase_source(text, what=profile.name)
    return replace(profile, keys=replace(profile.keys, secret=text))


def _expected_by(profile: Profile, text: str) -> Profile:
    if not _HOUR.fullmatch(text):
        raise ValueError("not a time of the day")
    return replace(profile, calendar=replace(profile.calendar, expected_by=text))


def _time_zone(profile: Profile, text: str) -> Profile:
    try:
        ZoneInfo(text)
    except (ZoneInfoNotFoundError, OSError) as error:
        raise ValueError("no time zone") from error
    return replace(profile, calendar=replace(profile.calendar, time_zone=text))


def _certificate(profile: Profile, text: str) -> Profile:
    path = _path(text) if text else None
    return replace(profile, sender=replace(profile.sender, certificate=path))


def _signature(profile: Profile, text: str) -> Profile:
    is_needed = {"true": True, "false": False}.get(text.lower())
    if is_needed is None:
        raise ValueError("neither true nor false")
    return replace(profile, sender=replace(profile.sender, is_signature_needed=is_needed))


def _path(text: str) -> Path:
    if not text:
        raise ValueError("no path")
    return Path(text).expanduser().absolute()


def _word(text: str) -> str:
    if not text or text.split() != [text]:
        raise ValueError("not one word")
    return text


def _whole(text: str, *, most: int) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:9]) <= most:
        raise ValueError("not a whole number within its bounds")
    return int(text)


_CHANGES: dict[str, Callable[[Profile, str], Profile]] = {
    "landing": _landing,
    "streams": _streams,
    "hook": _hook,
    "host": _host,
    "port": _port,
    "login": _login,
    "host_keys": _host_keys,
    "keys.ssh": _ssh,
    "keys.pgp": _pgp,
    "keys.secret": _secret,
    "calendar.expected_by": _expected_by,
    "calendar.time_zone": _time_zone,
    "sender.certificate": _certificate,
    "sender.is_signature_needed": _signature,
}
