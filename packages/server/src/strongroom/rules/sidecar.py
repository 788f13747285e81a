"""The sidecar manifest `<file>.manifest.json`: what a source says about a file it delivers.

Finding and reading the two files is the intake's work; our own signed manifests are another format.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from strongroom.rules import refusals
from strongroom.rules.file_names import ACCOUNT, KIND, StatementName

SCHEMA = "strongroom-sidecar-1"
SUFFIX = ".manifest.json"
LONGEST = 16 * 1024

_KNOWN = frozenset(
    {"schema", "account", "kind", "from", "to", "extension", "sha256", "size", "records",
     "idempotency_key"}
)  # fmt: skip
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_EXTENSION = re.compile(r"[a-z0-9]{1,8}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_KEY = re.compile(r"[!-~]{1,128}")
_MOST = 2**53 - 1  # The largest whole number that every JSON reader keeps exactly (RFC 8259, 6).

_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True)
class Sidecar:
    """What a sidecar says; None is "not said". `sha256` is lower-case hex of the whole file."""

    account: str
    kind: str
    period_from: date
    period_to: date
    extension: str | None
    sha256: str | None
    size: int | None
    records: int | None
    idempotency_key: str | None

    def statement_name(self, file_extension: str) -> StatementName:
        """The statement's name; `file_extension` (without dot) counts if the sidecar says none.

        Raises SIDECAR_BROKEN when there is no usable extension in either place.
        """
        extension = self.extension or file_extension.lower()
        if not _EXTENSION.fullmatch(extension):
            raise _broken("extension", "is missing, and the file's name has none that can be used")
        return StatementName(self.account, self.kind, self.period_from, self.period_to, extension)


def described_file(sidecar_name: str) -> str | None:
    """The name of the file that a sidecar of this name describes, or None for any other name."""
    name = sidecar_name.removesuffix(SUFFIX)
    return name if name not in {"", sidecar_name} else None


def parse_sidecar(content: bytes) -> Sidecar:
    """Read a sidecar manifest. Raises SIDECAR_BROKEN naming the field.

    Strict: UTF-8, one object, no field twice, none unknown, so that a misspelt "sha256" is noticed
    and not taken for "not said".
    """
    fields = _object(content)
    if fields.get("schema") != SCHEMA:
        raise _broken("schema", f"is not {SCHEMA!r}")
    unknown = sorted(fields.keys() - _KNOWN)
    if unknown:
        raise _broken(ascii(unknown[0][:40]), "is not a field of this format")
    first, last = _required(fields, "from", _day), _required(fields, "to", _day)
    if last < first:
        raise _broken("to", "is before from")
    return Sidecar(
        account=_required(fields, "account", _text(ACCOUNT)),
        kind=_required(fields, "kind", _text(KIND)),
        period_from=first,
        period_to=last,
        extension=_optional(fields, "extension", _text(_EXTENSION)),
        sha256=_optional(fields, "sha256", _text(_SHA256)),
        size=_optional(fields, "size", _whole),
        records=_optional(fields, "records", _whole),
        idempotency_key=_optional(fields, "idempotency_key", _text(_KEY)),
    )


def agree(sidecar: Sidecar, *, size: int, sha256: str, records: int | None = None) -> None:
    """Hold the sidecar against the file as it arrived. Raises SIDECAR_DISAGREES.

    `sha256` is lower-case hex; `records` is None where the format counts none, and then the
    sidecar's number is not checked.
    """
    promises: tuple[tuple[str, str | int | None, str | int | None], ...] = (
        ("size", sidecar.size, size),
        ("sha256", sidecar.sha256, sha256),
        ("records", sidecar.records, records),
    )
    for name, expected, found in promises:
        if expected is not None and found is not None and expected != found:
            raise refusals.SIDECAR_DISAGREES.because(field=name, expected=expected, found=found)


def _object(content: bytes) -> dict[str, object]:
    if len(content) > LONGEST:
        raise _broken("the file", f"is longer than {LONGEST} bytes")
    try:
        fields = json.loads(content.decode("utf-8"), object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        raise _broken("the file", "is not JSON in UTF-8") from error
    if not isinstance(fields, dict):
        raise _broken("the file", "is not one JSON object")
    return fields


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise _broken(ascii(twice[:40]), "stands in it twice")
    return fields


def _required(
    fields: dict[str, object], name: str, read: Callable[[object], _Value | None]
) -> _Value:
    value = _optional(fields, name, read)
    if value is None:
        raise _broken(name, "is missing")
    return value


def _optional(
    fields: dict[str, object], name: str, read: Callable[[object], _Value | None]
) -> _Value | None:
    if name not in fields:
        return None
    value = read(fields[name])
    if value is None:
        raise _broken(name, "is not written as the format says")
    return value


def _text(form: re.Pattern[str]) -> Callable[[object], str | None]:
    return lambda value: value if isinstance(value, str) and form.fullmatch(value) else None


def _day(value: object) -> date | None:
    if not (isinstance(value, str) and _DAY.fullmatch(value)):
        return None
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None


def _whole(value: object) -> int | None:
    # JSON's true is an int to Python.
    is_whole = isinstance(value, int) and not isinstance(value, bool)
    return value if isinstance(value, int) and is_whole and 0 <= value <= _MOST else None


def _broken(name: str, problem: str) -> refusals.Refused:
    return refusals.SIDECAR_BROKEN.because(field=name, problem=problem)
