"""One round of a worker: every step once, in the order that a statement goes through them.

The process around it, its pauses and its end, is in `strongroom.runtime.worker`.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from strongroom.audit.act import Act
from strongroom.statements import arrivals, encrypt, expire, manifests, publish, taking
from strongroom.statements.drop_folder import DropFolder
from strongroom.statements.intake import bring_in
from strongroom.statements.orphans import remove_orphans
from strongroom.statements.pipeline import Pipeline
from strongroom.statements.rehearsals import prepare_newest_rehearsals, prepare_rehearsals

Step = Callable[[Pipeline, Act], int]

STEPS: tuple[Step, ...] = (
    bring_in,
    encrypt.prepare_copies,
    publish.publish_ready,
    manifests.issue_manifests,
)
"""The steps that a statement waits for; each is safe to repeat and to kill anywhere."""

_DAILY = timedelta(hours=1)
_SLOW = timedelta(seconds=20)
_SOON = timedelta(seconds=1)
_SWEPT = timedelta(hours=6)


@dataclass(slots=True)
class Rounds:
    """Remembers what was looked at when; one lives as long as its worker."""

    drop_folder: DropFolder = field(default_factory=DropFolder)
    soon_at: datetime | None = None
    slow_at: datetime | None = None
    hourly_at: datetime | None = None

    def run(self, pipeline: Pipeline, act: Act) -> int:
        """Do one round; returns how much moved on, 0 when there was nothing to do."""
        moved = self.drop_folder.collect(pipeline, act)
        for step in STEPS:
            moved += step(pipeline, act)
        if _is_due(self.soon_at, act.at, _SOON):
            self.soon_at = act.at
            prepare_newest_rehearsals(pipeline)
        if _is_due(self.slow_at, act.at, _SLOW):
            self.slow_at = act.at
            arrivals.settle_originals(pipeline.folders, act.at)
            prepare_rehearsals(pipeline)
            moved += manifests.issue_nothing_today(pipeline, act)
        if _is_due(self.hourly_at, act.at, _DAILY):
            self.hourly_at = act.at
            self._hourly(pipeline, act)
        return moved

    def _hourly(self, pipeline: Pipeline, act: Act) -> None:
        if not expire.run_retention(pipeline, act).is_clock_believed:
            return  # what is old by a clock in doubt stays (ATK-70)
        encrypt.sweep_spool(pipeline, act)
        taking.sweep_intake(pipeline.folders, act.at)
        pipeline.storage.sweep(act.at - _SWEPT)
        arrivals.remove_old_originals(pipeline.folders, act.at - pipeline.intake.keep_done)
        remove_orphans(pipeline, act)


def _is_due(last: datetime | None, now: datetime, every: timedelta) -> bool:
    return last is None or abs(now - last) >= every
