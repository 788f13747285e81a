"""Verbs on penalties: a source's score is kept in the database, so all gateways share it."""

import math
from datetime import UTC

from django.db import transaction

from strongroom.audit.act import Act
from strongroom.directory import sql
from strongroom.login.models import Penalty
from strongroom.rules import penalties, refusals

_AT_ONCE = 2000


def punish(source: str, cause: penalties.Cause, act: Act) -> None:
    """Add a failure to a source's score; see `rules.networks.source_key` for what a source is."""
    with transaction.atomic():
        row, _ = Penalty.objects.select_for_update().get_or_create(
            source=source, defaults={"points": 0.0, "at": act.at}
        )
        score = penalties.punish(_score(row), cause, now=act.at)
        Penalty.objects.filter(source=source).update(points=score.points, at=score.at)


def take_try(source: str, cause: penalties.Cause, act: Act) -> None:
    """Count a failure before it is known to be one, so that tries at once are counted one by one.

    `forgive` takes it back when it was none. Raises Refused (ENROL-SLOW) when none is left.
    """
    # Looked at before it is locked, so that who is shut out keeps no login waiting for the lock.
    _refuse_shut(judge(source, is_listed=False, act=act), act)
    with transaction.atomic():
        row, _ = Penalty.objects.select_for_update().get_or_create(
            source=source, defaults={"points": 0.0, "at": act.at}
        )
        _refuse_shut(penalties.judge(_score(row), now=act.at, is_listed=False), act)
        score = penalties.punish(_score(row), cause, now=act.at)
        Penalty.objects.filter(source=source).update(points=score.points, at=score.at)


def _refuse_shut(verdict: penalties.Verdict, act: Act) -> None:
    if isinstance(verdict, penalties.Shut):
        minutes = math.ceil((verdict.until - act.at).total_seconds() / 60) or 1
        raise refusals.ENROL_SLOW.because(minutes=minutes)


def forgive(source: str, cause: penalties.Cause, act: Act) -> None:
    """Take one failure back, because its connection got in after all."""
    with transaction.atomic():
        row = Penalty.objects.select_for_update().filter(source=source).first()
        if row is None:
            return
        points = penalties.points_at(_score(row), act.at) - penalties.WEIGHTS[cause]
        Penalty.objects.filter(source=source).update(points=max(0.0, points), at=act.at)


def judge(source: str, *, is_listed: bool, act: Act) -> penalties.Verdict:
    """Return what a source gets now."""
    row = sql.row("SELECT points, at FROM login_penalty WHERE source = %s", [source])
    score = penalties.Score(row[0], sql.aware(row[1])) if row else penalties.UNBLEMISHED
    return penalties.judge(score, now=act.at, is_listed=is_listed)


def forget_spent(act: Act) -> int:
    """Remove scores that have faded away, the oldest first; returns how many."""
    removed = 0
    for row in Penalty.objects.order_by("at")[:_AT_ONCE]:
        if penalties.is_spent(_score(row), now=act.at):
            # The time is compared so that a failure of this moment is not forgotten.
            removed += Penalty.objects.filter(source=row.source, at=row.at).delete()[0]
    return removed


def _score(row: Penalty) -> penalties.Score:
    return penalties.Score(row.points, row.at.astimezone(UTC))
