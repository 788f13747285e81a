"""Checks for things that wait for a person: parked files, held copies, notices, lone sidecars."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from django.db.models import Count

from strongroom.messages.models import Notice, NoticeState
from strongroom.rules.sidecar import SUFFIX as SIDECAR_END
from strongroom.runtime.checks.finding import Finding, Subject, good, worth_a_look
from strongroom.statements.models import Arrival, ArrivalState, Copy, CopyState

_PATIENCE = timedelta(minutes=15)


def parked(_subject: Subject) -> Iterator[Finding]:
    """Files that were set aside because nothing said where they belong."""
    count = Arrival.objects.filter(state=ArrivalState.PARKED).count()
    yield _counted("parked files", count, "strongroom parked list")


def held(_subject: Subject) -> Iterator[Finding]:
    """Copies that wait for a key or a release."""
    rows = Copy.objects.filter(state=CopyState.HELD).values("code").annotate(n=Count("pk"))
    codes = {row["code"] or "held": row["n"] for row in rows.order_by("code")}
    shown = ", ".join(f"{count} {code}" for code, count in codes.items())
    if codes:
        yield worth_a_look("held copies", shown, "strongroom statement list --held")
    else:
        yield good("held copies", "none")


def waiting(subject: Subject) -> Iterator[Finding]:
    """Files and copies that no worker took up."""
    since = subject.now - _PATIENCE
    files = Arrival.objects.filter(state=ArrivalState.WAITING, arrived_at__lt=since).count()
    copies = Copy.objects.filter(
        state__in=(CopyState.WAITING, CopyState.READY),
        statement__arrived_at__lt=since,
        statement__is_held=False,
    ).count()
    advice = "Is the worker running? Its log says what it tries."
    if files or copies:
        shown = f"{files} files and {copies} copies for more than 15 minutes"
        yield worth_a_look("waiting work", shown, advice)
    else:
        yield good("waiting work", "none")


def notices(subject: Subject) -> Iterator[Finding]:
    """Notices that were given up or do not leave."""
    failed = Notice.objects.filter(state=NoticeState.FAILED).count()
    late = Notice.objects.filter(
        state=NoticeState.WAITING, created_at__lt=subject.now - _PATIENCE
    ).count()
    if failed or late:
        shown = f"{failed} given up, {late} waiting for more than 15 minutes"
        yield worth_a_look("notices", shown, "Look at outbox/ and the worker's log.")
    else:
        yield good("notices", "none stuck")


def sidecars(subject: Subject) -> Iterator[Finding]:
    """Sidecar manifests in the inbox whose file never came."""
    with os.scandir(subject.home.inbox) as entries:
        found = {entry.name: entry.stat(follow_symlinks=False).st_mtime for entry in entries}
    since = subject.now - _PATIENCE
    lone = [
        name
        for name, changed in found.items()
        if name.endswith(SIDECAR_END)
        and name.removesuffix(SIDECAR_END) not in found
        and datetime.fromtimestamp(changed, UTC) < since
    ]
    yield _counted(
        "sidecars", len(lone), f"In {subject.home.inbox}: send the file again, or remove them."
    )


def _counted(name: str, count: int, advice: str) -> Finding:
    return worth_a_look(name, str(count), advice) if count else good(name, "none")
