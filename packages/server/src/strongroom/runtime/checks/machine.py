"""Checks of the machine: its clock, free room, and who may read and write the home's folders."""

import os
import shutil
import stat
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from strongroom.audit.models import Event
from strongroom.rules.sidecar import SUFFIX as SIDECAR_END
from strongroom.runtime.checks.finding import Finding, Subject, bad, good, worth_a_look

_MIB = 1 << 20
_TOO_LITTLE = 200 * _MIB
_LITTLE = 2048 * _MIB
_SANE_YEARS = range(2026, 2100)
_LOOK_SECONDS = 0.2
_JUMP_SECONDS = 0.05
_AHEAD = timedelta(seconds=2)


def clock(subject: Subject) -> Iterator[Finding]:
    """The clock is believable, steady, and not before what is already on record."""
    advice = "Set the clock and let it follow a time server (chrony, systemd-timesyncd)."
    wall, steady = time.time(), time.monotonic()
    newest = Event.objects.order_by("-seq").values_list("at", flat=True).first()
    time.sleep(_LOOK_SECONDS)
    drift = (time.time() - wall) - (time.monotonic() - steady)
    shown = f"{subject.now:%Y-%m-%d %H:%M:%S} UTC"
    if subject.now.year not in _SANE_YEARS:
        yield bad("clock", shown, advice)
    elif newest is not None and newest - subject.now > _AHEAD:
        yield bad("clock", f"{shown}, but the newest audit record is of {newest}", advice)
    elif abs(drift) > _JUMP_SECONDS:
        yield worth_a_look("clock", f"{shown}; it jumped by {drift:+.2f} s while we looked", advice)
    else:
        yield good("clock", f"{shown}, steady, after the newest audit record")


def room(subject: Subject) -> Iterator[Finding]:
    """There is room on the disk, and there are file names left."""
    advice = "Make room, or move the home to a larger disk; intake stops when it is full."
    usage = shutil.disk_usage(subject.home.root)
    names = os.statvfs(subject.home.root)
    shown = f"{usage.free // _MIB} MiB free of {usage.total // _MIB}"
    if usage.free < _TOO_LITTLE or (names.f_files and not names.f_favail):
        yield bad("disk", shown, advice)
    elif usage.free < _LITTLE or usage.free * 20 < usage.total:
        yield worth_a_look("disk", shown, advice)
    else:
        yield good("disk", shown)


def folders(subject: Subject) -> Iterator[Finding]:
    """Nobody else can read the home, and this user can write it."""
    paths = [subject.home.root, *sorted(subject.home.root.iterdir())]
    paths = [path for path in paths if path.is_dir() and not path.is_symlink()]
    wrong = [finding for path in paths for finding in _folder(path)]
    settings = subject.home.settings
    if settings.stat().st_mode & 0o022:
        wrong.append(bad("folders", "others can change the settings", f"chmod go-w {settings}"))
    yield from wrong or [good("folders", f"{len(paths)}, private and writable")]


def _folder(path: Path) -> Iterator[Finding]:
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        yield worth_a_look(
            "folders", f"others can enter {path} (mode {mode:o})", f"chmod go-rwx {path}"
        )
    if not os.access(path, os.R_OK | os.W_OK | os.X_OK):
        yield bad("folders", f"{path} cannot be written", "Run this as the server's user.")


def inbox(subject: Subject) -> Iterator[Finding]:
    """A file can be dropped into the inbox; its name marks it unfinished, so it is left alone."""
    probe = subject.home.inbox / f".check-{os.getpid()}.part"
    try:
        descriptor = os.open(probe, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        os.close(descriptor)
    finally:
        probe.unlink(missing_ok=True)
    old = _oldest(subject)
    if old is not None:
        yield worth_a_look(
            "inbox",
            f"writable, but files lie in it since {old:%Y-%m-%d %H:%M}",
            "Is the worker running? `strongroom serve` takes files in within seconds.",
        )
        return
    yield good("inbox", "writable, nothing left lying")


def _oldest(subject: Subject) -> datetime | None:
    """When the oldest file came that the worker should have taken by now."""
    limit = subject.now - timedelta(minutes=10)
    with os.scandir(subject.home.inbox) as entries:
        times = [
            datetime.fromtimestamp(entry.stat(follow_symlinks=False).st_mtime, UTC)
            for entry in entries
            if entry.is_file(follow_symlinks=False)
            and not entry.name.startswith(".")
            and not entry.name.endswith(SIDECAR_END)
        ]
    return min((at for at in times if at < limit), default=None)
