"""The public number plans: what a typed telephone number is, and how one is written or masked.

The one home of `phonenumbers`, whose data is offline: it tells a number's kind, never whether a
SIM card answers. Whose number it is, is kept in `phones`.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import phonenumbers
from phonenumbers import PhoneNumberType, timezone

from strongroom.rules import login_refusals
from strongroom.rules.refusals import RefusalKind

LONGEST = 18
"""PHN-7: the most characters of a number, without what people put in to read it more easily."""
_LONGEST_TYPED = 40
_BETWEEN = re.compile(r"[\s().\-/\u2010-\u2015\u30fc\uff08-\uff0d]+")
_TYPED = re.compile(r"[+\uff0b]?[0-9\uff10-\uff19]+")


class LineKind(StrEnum):
    """The kinds of line that take codes. Some plans, as +1, do not tell mobile from fixed."""

    MOBILE = "mobile"
    FIXED_OR_MOBILE = "fixed-or-mobile"


_TAKEN = {
    PhoneNumberType.MOBILE: LineKind.MOBILE,
    PhoneNumberType.FIXED_LINE_OR_MOBILE: LineKind.FIXED_OR_MOBILE,
}
_REFUSED: dict[int, RefusalKind] = {
    PhoneNumberType.FIXED_LINE: login_refusals.PHONE_FIXED,
    PhoneNumberType.PREMIUM_RATE: login_refusals.PHONE_PREMIUM,
    PhoneNumberType.SHARED_COST: login_refusals.PHONE_SHARED_COST,
    PhoneNumberType.VOIP: login_refusals.PHONE_VIRTUAL,
    PhoneNumberType.PERSONAL_NUMBER: login_refusals.PHONE_VIRTUAL,
    PhoneNumberType.PAGER: login_refusals.PHONE_PAGER,
}


@dataclass(frozen=True, slots=True)
class Line:
    """A number that can take codes: in E.164, with its ISO 3166 country."""

    number: str
    country: str
    kind: LineKind


def read_number(typed: str, *, country: str, allowed: Collection[str] = ()) -> Line:
    """Return the line that a person means (F15-1).

    `allowed` are the firm's countries, empty for all (LATK-23). Raises Refused: PHONE-COUNTRY,
    PHONE-LONG, PHONE-BAD, and for kinds of line that take no codes PHONE-FIXED, PHONE-VIRTUAL,
    PHONE-PREMIUM, PHONE-SHARED-COST, PHONE-PAGER, PHONE-SERVICE.
    """
    if country not in countries(allowed):
        raise login_refusals.PHONE_COUNTRY.because()
    parsed = _parse(typed, country)
    number = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    found = phonenumbers.number_type(parsed)
    if found in _TAKEN:
        return Line(number, country, _TAKEN[found])
    raise _REFUSED.get(found, login_refusals.PHONE_SERVICE).because(number=written(number))


def _parse(typed: str, country: str) -> phonenumbers.PhoneNumber:
    bare = _BETWEEN.sub("", typed[:_LONGEST_TYPED])
    if len(typed) > _LONGEST_TYPED or len(bare) > LONGEST:
        raise login_refusals.PHONE_LONG.because()
    shown = bare if bare.isprintable() else ""
    if not _TYPED.fullmatch(bare):
        raise login_refusals.PHONE_BAD.because(number=shown)
    try:
        parsed = phonenumbers.parse(bare, country)
    except phonenumbers.NumberParseException as error:
        raise login_refusals.PHONE_BAD.because(number=shown) from error
    if not phonenumbers.is_valid_number_for_region(parsed, country):
        raise login_refusals.PHONE_BAD.because(number=shown)
    return parsed


def countries(allowed: Collection[str] = ()) -> tuple[str, ...]:
    """Return the ISO 3166 countries that numbers may come from, in alphabetical order."""
    known: set[str] = phonenumbers.SUPPORTED_REGIONS
    return tuple(sorted(known & set(allowed) if allowed else known))


def calling_code(country: str) -> int:
    """Return what stands after the + for numbers of a country, as 81 for JP."""
    return phonenumbers.country_code_for_region(country)


def written(number: str) -> str:
    """Return an E.164 number as people write it: `+44 7400 123456`."""
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return number
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


def masked(number: str) -> str:
    """Return what tells its owner which number is meant, and nobody else: `+44 ••• ••123`."""
    try:
        code = phonenumbers.parse(number).country_code
    except phonenumbers.NumberParseException:
        return "•••"
    return f"+{code} ••• ••{number[-3:]}"


def hours_at(number: str, at: datetime) -> tuple[int, ...]:
    """Return the hour of the day it is there; several where the plan does not tell the place."""
    hours = set()
    for name in timezone.time_zones_for_number(phonenumbers.parse(number)):
        try:
            hours.add(at.astimezone(ZoneInfo(name)).hour)
        except (ZoneInfoNotFoundError, ValueError):
            continue
    return tuple(sorted(hours)) or (at.hour,)
