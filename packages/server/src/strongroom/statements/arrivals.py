"""Verbs on arrivals: a file that came in is expected, parked with its reason, assigned anew.

Turning an arrival into a statement is in `intake`.
"""

import contextlib
import os
import re
import shutil
from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path
from uuid import UUID

from django.db import transaction
from strongroom_formats.one_line import clean_text

from strongroom.audit.act import Act
from strongroom.audit.record import record
from strongroom.messages.kinds import NoticeKind
from strongroom.messages.notices import OPERATORS, post
from strongroom.rules import refusals
from strongroom.rules.file_names import StatementName
from strongroom.rules.refusals import Refused
from strongroom.statements.models import Arrival, ArrivalState
from strongroom.statements.pipeline import Folders

_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_LONGEST_CLEANED = 200
"""Bytes; a file system takes 255, and the sidecar's name is longer than the file's."""
_PAGE = 500
_DONE = (ArrivalState.DONE, ArrivalState.DUPLICATE, ArrivalState.DISMISSED)
_FINAL = (*_DONE, ArrivalState.PARKED)


def storable_name(name: str) -> str:
    """Return the name under which a file goes through the spool.

    Names that are no UTF-8, which no database takes, and such as act on a terminal are spelled
    out; the ending stays, so that the file parks with a name that a person recognises.
    """
    text = os.fsencode(name).decode("utf-8", "backslashreplace")
    cleaned = clean_text(text, 2000)
    if cleaned == name:
        return name
    return cleaned.encode()[-_LONGEST_CLEANED:].decode(errors="ignore")


def expect(arrival: UUID, *, file_name: str, source: str, act: Act) -> int:
    """Record that a file lies in the spool; returns 1, or 0 when that was known already.

    `file_name` is a `storable_name`.
    """
    _, is_new = Arrival.objects.get_or_create(
        id=arrival,
        defaults={
            "file_name": file_name,
            "source": source,
            "actor": act.actor,
            "arrived_at": act.at,
        },
    )
    return int(is_new)


def known_arrivals(names: Iterable[str]) -> set[str]:
    """Return which of the folder names are ids of arrivals."""
    ids = [name for name in names if _ID.fullmatch(name)]
    return {str(found) for found in Arrival.objects.filter(id__in=ids).values_list("id", flat=True)}


def park(arrival: Arrival, refused: Refused, *, act: Act) -> None:
    """Set a file aside with its reason, and tell the operators. Nothing is lost."""
    with transaction.atomic():
        changed = Arrival.objects.filter(id=arrival.id, state=ArrivalState.WAITING).update(
            state=ArrivalState.PARKED,
            code=refused.code,
            reason=clean_text(str(refused), 2000),
            finished_at=act.at,
            claimed_until=None,
        )
        if not changed:
            return
        post(
            NoticeKind.PARKED,
            recipient=OPERATORS,
            sameness=f"{arrival.id}:{act.at.isoformat()}",
            at=act.at,
            facts={"file": arrival.file_name, "reason": str(refused), "id": str(arrival.id)},
        )
        record(
            act,
            "arrival.parked",
            f"arrival:{arrival.id}",
            file_name=arrival.file_name,
            code=refused.code,
        )
    arrival.refresh_from_db()


def assign(arrival_id: str, named: dict[str, str], *, act: Act) -> Arrival:
    """Send a parked file through intake again, with what its name did not say.

    `named` may hold account, kind, from, to (ISO dates) and extension; what it leaves out comes
    from the name. Raises Refused: PARKED-UNKNOWN, PARKED-NAMED.
    """
    _refuse_unusable(named)
    with transaction.atomic():
        arrival = find_parked(arrival_id)
        changed = Arrival.objects.filter(id=arrival.id, state=ArrivalState.PARKED).update(
            state=ArrivalState.WAITING,
            code="",
            reason="",
            named=named or None,
            finished_at=None,
            claimed_until=None,
        )
        if not changed:  # another operator was quicker
            raise refusals.PARKED_UNKNOWN.because(id=arrival_id[:40])
        record(act, "arrival.assigned", f"arrival:{arrival.id}", **named)
    arrival.refresh_from_db()
    return arrival


def _refuse_unusable(named: dict[str, str]) -> None:
    """Say at the desk what intake would stumble over."""
    begin, end = named.get("from", "2000-01-01"), named.get("to", named.get("from", "2000-01-01"))
    try:
        StatementName(
            named.get("account", "U1234567"),
            named.get("kind", "Activity"),
            date.fromisoformat(begin),
            date.fromisoformat(end) if "from" in named else date.max,
            named.get("extension", "csv"),
        )
        date.fromisoformat(end)
    except ValueError as error:
        raise refusals.PARKED_NAMED.because(why=error) from error


def dismiss(arrival_id: str, reason: str, *, act: Act) -> Arrival:
    """Say that a parked file is not wanted. It goes to done/ and away with the others there.

    Raises Refused: PARKED-UNKNOWN.
    """
    with transaction.atomic():
        arrival = find_parked(arrival_id)
        changed = Arrival.objects.filter(id=arrival.id, state=ArrivalState.PARKED).update(
            state=ArrivalState.DISMISSED, finished_at=act.at
        )
        if not changed:  # another operator was quicker
            raise refusals.PARKED_UNKNOWN.because(id=arrival_id[:40])
        record(act, "arrival.dismissed", f"arrival:{arrival.id}", reason=reason)
    arrival.refresh_from_db()
    return arrival


def find_parked(arrival_id: str) -> Arrival:
    """Return a parked arrival by its id or the beginning of it. Raises PARKED-UNKNOWN."""
    parked = Arrival.objects.filter(state=ArrivalState.PARKED)
    found = [a for a in parked.order_by("arrived_at") if str(a.id).startswith(arrival_id.lower())]
    if len(found) != 1 or len(arrival_id) < 4:
        raise refusals.PARKED_UNKNOWN.because(id=arrival_id[:40])
    return found[0]


def where(arrival: Arrival, folders: Folders) -> Path | None:
    """Return the folder that holds the original, None when it was moved on or removed."""
    for root in (folders.spool / "intake", folders.parked):
        folder = root / str(arrival.id)
        if (folder / arrival.file_name).is_file():
            return folder
    return None


def settle_original(arrival: Arrival, folders: Folders, now: datetime) -> None:
    """Move the original to where it belongs now: done/ or parked/. Safe to repeat."""
    folder = where(arrival, folders)
    if folder is None or arrival.state not in _FINAL:
        return
    if arrival.state == ArrivalState.PARKED:
        target = folders.parked / str(arrival.id)
    else:
        target = folders.done / now.date().isoformat() / str(arrival.id)
    if folder != target:
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with contextlib.suppress(FileNotFoundError):  # another worker was quicker
            folder.rename(target)


def settle_originals(folders: Folders, now: datetime) -> None:
    """Move on the originals that a killed worker left behind after their row was final.

    They lie in the spool, or below parked/ when an operator had assigned them.
    """
    for root, states in ((folders.spool / "intake", _FINAL), (folders.parked, _DONE)):
        names = [entry.name for entry in root.iterdir() if _ID.fullmatch(entry.name)]
        for start in range(0, len(names), _PAGE):
            page = Arrival.objects.filter(id__in=names[start : start + _PAGE], state__in=states)
            for arrival in page:
                settle_original(arrival, folders, now)


def remove_old_originals(folders: Folders, oldest: datetime) -> int:
    """Remove the day folders below done/ that are older than `oldest`; returns how many."""
    removed = 0
    for day in sorted(folders.done.iterdir()):
        if day.is_dir() and len(day.name) == 10 and day.name < oldest.date().isoformat():
            shutil.rmtree(day)
            removed += 1
    return removed
