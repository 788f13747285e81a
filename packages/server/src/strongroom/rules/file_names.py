"""The grammar of statement file names: what a name says, and under which name it is delivered.

Which recipient gets a statement is decided in `rules.matching`; names inside the repository tree
are not judged here.
"""

import re
from dataclasses import dataclass
from datetime import date

from strongroom.rules import refusals

TEMPLATE = "{account}_{kind}_{from}[_{to}].{ext}"
EXTENSIONS = frozenset({"csv", "txt", "xml", "pdf", "html", "json", "zip"})
LONGEST_NAME = 200
LAST_REVISION = 99_999

ACCOUNT = re.compile(r"U[0-9]{6,8}")
KIND = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,39}")

_DAY_FORM = "%Y%m%d"
_OPTIONAL_TO = "[_{to}]"
_FIELDS = {
    "account": "(?P<account>U[0-9]{6,8}+)",
    "kind": "(?P<kind>[A-Za-z][A-Za-z0-9-]{0,39}+)",
    "from": "(?P<from>[0-9]{8})",
    "to": "(?P<to>[0-9]{8})",
    "ext": "(?P<ext>[A-Za-z0-9]{1,8}+)",
}
_PIECE = re.compile(r"\[_\{to\}\]|\{(?:account|kind|from|to|ext)\}|[A-Za-z_-]+|\.")
_CHARACTERS = re.compile(r"[A-Za-z0-9._-]*")
_EXTENSION = re.compile(r"[a-z0-9]{1,8}")
_REVISION_LIKE = re.compile(r"r[0-9]+")
_TEMPORARY_ENDS = (".part", ".partial", ".filepart", ".tmp", ".temp", ".crdownload", ".swp", "~")
_DELIVERED = re.compile(
    r"(?P<stem>[A-Za-z0-9_-]++)(?:\.r(?P<revision>[1-9][0-9]{0,4}+))?+"
    r"\.(?P<ext>[a-z0-9]{1,8}+)(?P<pgp>\.pgp)?+"
)


@dataclass(frozen=True, slots=True)
class StatementName:
    """What a file name says about a statement. Built by `Grammar.parse` or from a sidecar."""

    account: str
    kind: str
    period_from: date
    period_to: date
    extension: str

    def __post_init__(self) -> None:
        if not (ACCOUNT.fullmatch(self.account) and KIND.fullmatch(self.kind)):
            raise ValueError("an account or kind that no file name can hold")
        if self.period_to < self.period_from or not _EXTENSION.fullmatch(self.extension):
            raise ValueError("a period or extension that no file name can hold")

    @property
    def identity(self) -> tuple[str, str, date, date, str]:
        """What makes two names the same statement: everything, the kind without regard to case.

        Many clients keep files where `Activity` and `activity` are one name (ATK-8).
        """
        return (
            self.account,
            self.kind.casefold(),
            self.period_from,
            self.period_to,
            self.extension,
        )


@dataclass(frozen=True, slots=True)
class DeliveredName:
    """A delivered file's name taken apart; `name` is that of the statement's first revision."""

    name: str
    revision: int
    encrypted: bool


@dataclass(frozen=True, slots=True)
class Grammar:
    """A compiled file-name template (RPT-17). Made by `compile_grammar`, which checks it."""

    template: str
    extensions: frozenset[str]
    pattern: re.Pattern[str]

    def parse(self, name: str) -> StatementName:
        """Read a file's name. Raises one of the NAME_* refusals, never anything else.

        The pattern has only possessive repeats and no choice that is ever taken back, so the time
        is linear in the length of the name, which is bounded as well.
        """
        _refuse_unusable(name, example=self._example())
        found = self.pattern.fullmatch(name)
        if found is None:
            raise refusals.NAME_GRAMMAR.because(
                name=shown(name), template=self.template, example=self._example()
            )
        parts = found.groupdict()
        extension = found["ext"].lower()
        if extension not in self.extensions:
            raise refusals.NAME_EXTENSION.because(
                name=shown(name), extension=extension, accepted=", ".join(sorted(self.extensions))
            )
        first = _day(found["from"], name)
        last = _day(parts.get("to") or found["from"], name)
        if last < first:
            raise refusals.NAME_PERIOD.because(name=shown(name))
        return StatementName(found["account"], found["kind"], first, last, extension)

    def spell(self, statement: StatementName) -> str:
        """Write the name that `parse` reads as `statement`; one day is written once.

        Raises NAME_LENGTH, NAME_EXTENSION, or NAME_GRAMMAR when the template has no place for the
        period's last day.
        """
        one_day = statement.period_from == statement.period_to
        spelled = self.template.replace(_OPTIONAL_TO, "" if one_day else "_{to}")
        values = {
            "{account}": statement.account,
            "{kind}": statement.kind,
            "{from}": statement.period_from.strftime(_DAY_FORM),
            "{to}": statement.period_to.strftime(_DAY_FORM),
            "{ext}": statement.extension,
        }
        for hole, value in values.items():
            spelled = spelled.replace(hole, value)
        if self.parse(spelled) != statement:
            raise refusals.NAME_GRAMMAR.because(
                name=shown(spelled), template=self.template, example=self._example()
            )
        return spelled

    def _example(self) -> str:
        spelled = self.template.replace(_OPTIONAL_TO, "")
        for hole, value in (
            ("{account}", "U1234567"),
            ("{kind}", "Activity"),
            ("{from}", "20261121"),
            ("{to}", "20261121"),
            ("{ext}", min(self.extensions)),
        ):
            spelled = spelled.replace(hole, value)
        return spelled


def compile_grammar(template: str = TEMPLATE, extensions: frozenset[str] = EXTENSIONS) -> Grammar:
    """Compile a template of fields, letters, '_' and '-'. Raises NAME_TEMPLATE with the reason.

    The rules that keep every name readable in one way only: each field once, `{to}` after
    `{from}`, '_' or the end after each field, no digits, one dot, and that before `{ext}`.
    """
    problem = _template_problem(template) or _extensions_problem(extensions)
    if problem is not None:
        raise refusals.NAME_TEMPLATE.because(
            template=template[:LONGEST_NAME], problem=problem, default=TEMPLATE
        )
    pattern = "".join(_piece_pattern(piece) for piece in _PIECE.findall(template))
    return Grammar(template, extensions, re.compile(pattern))


def is_temporary(name: str) -> bool:
    """Whether a name marks a hidden or unfinished file, which a drop folder leaves alone."""
    return name.startswith((".", "~")) or name.lower().endswith(_TEMPORARY_ENDS)


def delivered_name(name: str, revision: int, *, encrypted: bool) -> str:
    """The name under which a revision is delivered, from the statement's spelled name.

    Revision 1 of `a.csv` is `a.csv`, revision 2 `a.r2.csv`; PGP adds `.pgp`. Names of different
    statements or revisions differ even where case is lost. ValueError if out of range.
    """
    if not 1 <= revision <= LAST_REVISION:
        raise ValueError(f"revision {revision} is not between 1 and {LAST_REVISION}")
    stem, _, extension = name.rpartition(".")
    inserted = "" if revision == 1 else f".r{revision}"
    delivered = f"{stem}{inserted}.{extension}{'.pgp' if encrypted else ''}"
    if parse_delivered(delivered) != DeliveredName(name, revision, encrypted):
        raise ValueError("not a name that was spelled by a grammar")
    return delivered


def parse_delivered(name: str) -> DeliveredName:
    """The inverse of `delivered_name`. Raises NAME_DELIVERED for any other name."""
    found = _DELIVERED.fullmatch(name)
    if found is None or found["revision"] == "1" or _is_reserved(found["ext"]):
        raise refusals.NAME_DELIVERED.because(name=shown(name))
    return DeliveredName(
        name=f"{found['stem']}.{found['ext']}",
        revision=int(found["revision"] or 1),
        encrypted=found["pgp"] is not None,
    )


def shown(name: str) -> str:
    """A name for people to read: quoted, ASCII only, bounded, so that no line can be forged."""
    return ascii(name if len(name) <= 80 else name[:77] + "...")


def _refuse_unusable(name: str, *, example: str) -> None:
    length = len(name.encode("utf-8", "surrogatepass"))
    if length > LONGEST_NAME:
        raise refusals.NAME_LENGTH.because(name=shown(name), found=length, most=LONGEST_NAME)
    if is_temporary(name):
        raise refusals.NAME_TEMPORARY.because(name=shown(name))
    if not _CHARACTERS.fullmatch(name):
        raise refusals.NAME_CHARACTERS.because(name=shown(name), example=example)


def _day(digits: str, name: str) -> date:
    year, month, day = int(digits[:4]), int(digits[4:6]), int(digits[6:])
    try:
        found = date(year, month, day)
    except ValueError as error:
        raise refusals.NAME_DATE.because(name=shown(name), digits=digits) from error
    if not 1970 <= year <= 2199:
        raise refusals.NAME_DATE.because(name=shown(name), digits=digits)
    return found


def _piece_pattern(piece: str) -> str:
    if piece == _OPTIONAL_TO:
        return f"(?:_{_FIELDS['to']})?+"
    if piece.startswith("{"):
        return _FIELDS[piece[1:-1]]
    return re.escape(piece)


def _template_problem(template: str) -> str | None:
    pieces = _PIECE.findall(template)
    if len(template) > LONGEST_NAME or "".join(pieces) != template:
        return "it holds something other than fields, letters, '_', '-' and '.{ext}'"
    if pieces[-2:] != [".", "{ext}"] or pieces.count(".") != 1:
        return "it has to end in .{ext}, with no other dot"
    fields = re.findall(r"\{(\w+)\}", template)
    if len(set(fields)) != len(fields) or not {"account", "kind", "from"} <= set(fields):
        return "each of {account}, {kind}, {from} stands in it once, {to} at most once"
    if "to" in fields and fields.index("to") < fields.index("from"):
        return "{to} comes after {from}"
    if re.search(r"\}[A-Za-z{-]|\}\[(?!_\{to\}\])|\][A-Za-z{-]", template):
        return "after each field comes '_' or the end"
    return None


def _extensions_problem(extensions: frozenset[str]) -> str | None:
    wrong = [each for each in extensions if not _EXTENSION.fullmatch(each) or _is_reserved(each)]
    if wrong or not extensions:
        return "extensions are 1 to 8 small letters and digits, not pgp, gpg, tmp, part or r2"
    return None


def _is_reserved(extension: str) -> bool:
    return (
        extension in {"pgp", "gpg"}
        or is_temporary(f"x.{extension}")
        or _REVISION_LIKE.fullmatch(extension) is not None
    )
