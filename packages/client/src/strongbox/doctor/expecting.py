"""The stage of what should be there by now, judged as a run judges it, on a copy of its ledger.

The rule itself is in `sync`; nothing is kept here.
"""

import sqlite3
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path

from strongbox.doctor import refusals
from strongbox.doctor.report import Finding, Stage, failed, fine
from strongbox.profiles.box import Box
from strongbox.profiles.profile import Profile
from strongbox.refusal import Refused
from strongbox.sync import refusals as sync_refusals
from strongbox.sync.expectations import Missing, find_missing
from strongbox.sync.ledger import Ledger, open_ledger
from strongbox.sync.manifests import update_manifests
from strongbox.sync.planning import Plan
from strongbox.wire.ports import Session
from strongbox.words import say

_MOST_SHOWN = 20


async def look_at_expected(session: Session, box: Box, profile: Profile, now: datetime) -> Finding:
    """Judge what is missing as a run does, with a copy of its ledger that is thrown away."""
    try:
        with _copied_ledger(box, profile.name) as ledger:
            measured = say("the firm lists nothing, so nothing can be missing")
            if profile.folders.manifests:
                await update_manifests(session, profile, ledger, now=now)
                known = len(ledger.manifests(profile.login))
                measured = say("signed lists: {count}", count=known)
            began = ledger.began_at(now)
            missing = find_missing(profile, ledger, Plan(), now=now, began_at=began)
    except Refused as refused:
        return failed(Stage.EXPECTED, refused)
    return _judged(missing, measured)


@contextmanager
def _copied_ledger(box: Box, name: str) -> Iterator[Ledger]:
    """The profile's ledger as it is, or a new one; a run that goes on is not disturbed."""
    kept = box.state(name) / "ledger.sqlite3"
    with tempfile.TemporaryDirectory(prefix="strongbox-") as folder:
        copy = Path(folder) / "ledger.sqlite3"
        if kept.exists():
            _copy(kept, copy)
        with open_ledger(copy) as ledger:
            yield ledger


def _copy(kept: Path, copy: Path) -> None:
    try:
        with (
            closing(sqlite3.connect(f"{kept.absolute().as_uri()}?mode=ro", uri=True)) as source,
            closing(sqlite3.connect(copy)) as target,
        ):
            source.backup(target)
    except sqlite3.Error as error:
        raise sync_refusals.LEDGER_BROKEN.because(path=kept, why=str(error)) from error


def _judged(missing: Sequence[Missing], measured: str) -> Finding:
    if not missing:
        return fine(Stage.EXPECTED, measured)
    names = [f"{one.account} {one.kind}" if one.account else say("statements of any kind")
             for one in missing]  # fmt: skip
    overdue = refusals.STATEMENT_OVERDUE.because(
        day=missing[0].day, what=", ".join(names[:_MOST_SHOWN])
    )
    return failed(Stage.EXPECTED, overdue, measured)
