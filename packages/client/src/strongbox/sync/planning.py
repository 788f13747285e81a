"""What a run has to do, from what the ledger knows and what lies at the firm. Pure decisions.

What is expected by the calendar is in `expected`; doing it is in `running`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

from strongbox.sync.places import folded, is_path, part_of
from strongbox.sync.statement import Record, State, Statement
from strongbox.wire.ports import RemoteFile


@dataclass(frozen=True, slots=True)
class Wanted:
    """A file to fetch under the name `remote`, which may hold bytes that are no text.

    `row` is its row in the ledger, None for one that has none yet; `before` is the row of the
    revision before it, where no manifest says what it is.
    """

    statement: Statement
    remote: str
    row: int | None
    before: int | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What there is to do, newest period first.

    `missing` are listed and not there, `resized` there with another size than listed,
    `unlisted` there and not listed, `paths` names that are none.
    """

    wanted: tuple[Wanted, ...] = ()
    missing: tuple[Record, ...] = ()
    resized: tuple[Record, ...] = ()
    unlisted: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        """Bytes to fetch."""
        return sum(one.statement.size for one in self.wanted)


def plan_listed(
    open_records: Sequence[Record],
    known: Mapping[str, State],
    remote: Iterable[RemoteFile],
    *,
    today: date,
) -> Plan:
    """The plan where manifests say what there is.

    `open_records` are the statements whose bytes are still to come, `known` every name that was
    ever listed. What the firm may have removed by now is not missing.
    """
    shown, paths = _files(remote)
    wanted, missing, resized = [], [], []
    latest = {one.statement.name: one for one in sorted(open_records, key=lambda one: one.row)}
    for record in latest.values():
        statement = record.statement
        size = shown.get(statement.name)
        if size is None:
            if statement.removed_on is None or today < statement.removed_on:
                missing.append(record)
        elif size.size != statement.size:
            resized.append(record)
        else:
            wanted.append(Wanted(statement, statement.name, record.row))
    return Plan(
        wanted=_newest_first(wanted),
        missing=tuple(missing),
        resized=tuple(resized),
        unlisted=tuple(sorted({as_text(name) for name in shown} - set(known))),
        paths=paths,
    )


def plan_foreign(
    records: Sequence[Record], remote: Iterable[RemoteFile], *, login: str, now: datetime
) -> Plan:
    """The plan where no manifest says anything: name, size and time are all there is to go by.

    A known name with another size or time is fetched again, and its content decides.
    """
    shown, paths = _files(remote)
    latest = latest_by_name(records)
    taken = {folded(name): name for name in latest}
    wanted = []
    for raw, file in sorted(shown.items()):
        name = as_text(raw)
        before = latest.get(name)
        if before is not None and _is_same(before.statement, file):
            continue
        taken.setdefault(folded(name), name)
        first = _foreign(file, name, login, now)
        if before is None:
            wanted.append(Wanted(replace(first, account=part_of(name, taken)), raw, None))
        else:
            wanted.append(Wanted(_next(first, before.statement), raw, None, before.row))
    return Plan(wanted=_newest_first(wanted), paths=paths)


def latest_by_name(records: Iterable[Record]) -> dict[str, Record]:
    """The highest revision under each name."""
    latest: dict[str, Record] = {}
    for record in records:
        name = record.statement.name
        if name not in latest or latest[name].statement.revision < record.statement.revision:
            latest[name] = record
    return latest


def still_growing(statement: Statement, after: RemoteFile | None) -> bool:
    """Whether a file changed since it was listed; one that vanished is whole as it was read."""
    return after is not None and not _is_same(statement, after)


def _is_same(statement: Statement, file: RemoteFile) -> bool:
    return (statement.size, statement.modified) == (file.size, file.modified)


def as_text(name: str) -> str:
    """A remote name as text that can be stored and shown; what is no UTF-8 becomes escapes."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _foreign(file: RemoteFile, name: str, login: str, now: datetime) -> Statement:
    return Statement(
        login=login,
        statement_id=name,
        revision=1,
        sha256="",
        name=name,
        size=file.size,
        account="",
        kind="unknown",
        day=(file.modified or now).astimezone(UTC).date(),
        modified=file.modified,
    )


def _next(found: Statement, before: Statement) -> Statement:
    """The revision after `before`, which stays and is named by its hash."""
    return replace(
        found,
        revision=before.revision + 1,
        account=before.account,
        replaces=before.sha256,
    )


def _files(remote: Iterable[RemoteFile]) -> tuple[dict[str, RemoteFile], tuple[str, ...]]:
    """The files by their names, and the names that lead elsewhere."""
    shown, paths = {}, []
    for one in remote:
        if one.is_folder:
            continue
        if is_path(one.name):
            paths.append(one.name)
        else:
            shown[one.name] = one
    return shown, tuple(paths)


def _newest_first(wanted: Iterable[Wanted]) -> tuple[Wanted, ...]:
    ordered = sorted(wanted, key=lambda one: (one.statement.name, one.statement.revision))
    return tuple(sorted(ordered, key=lambda one: one.statement.day, reverse=True))
