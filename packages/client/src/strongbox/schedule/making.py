"""The task of a profile put together: command, environment, time, folders, credential.

What a task is, is in `task`; who runs it is decided in `choosing`.
"""

import sys
from pathlib import Path

from strongroom_formats.one_line import is_clean

from strongbox.profiles.box import Box
from strongbox.profiles.profile import Profile
from strongbox.refusal import Refused
from strongbox.schedule import programs, refusals
from strongbox.schedule.secrets import Way
from strongbox.schedule.task import BUDGET, Kind, Task
from strongbox.schedule.times import Daily
from strongbox.words import language, say


def command_for(box: Box, profile: str) -> tuple[str, ...]:
    """The command of a daily run, from any folder."""
    root = str(box.root.absolute())
    sync = ("sync", "--profile", profile, "--budget", str(BUDGET))
    return (*programs.own_command(), "--box", root, *sync)


def task_for(box: Box, profile: Profile, kind: Kind, *, daily: Daily, way: Way) -> Task:
    """Put the task together. Raises Refused (SCHEDULE-PATH) for paths that no file can hold."""
    root = box.root.absolute()
    task = Task(
        name=profile.name,
        title=say("Fetch statements with strongbox, profile {name}", name=profile.name),
        words=command_for(box, profile.name),
        daily=daily,
        environment=_environment(kind),
        log=box.state(profile.name).absolute() / "schedule.log",
        writes=(_nearest(root), _nearest(profile.landing.absolute())),
        has_hook=bool(profile.hook),
        owner=_owner(root),
        credential=way.credential,
    )
    for word in (*task.words, *map(str, task.writes)):
        if not is_clean(word):
            raise refusals.SCHEDULE_PATH.because(path=word)
    return task


def needs_root(box: Box, error: PermissionError) -> Refused:
    """Build the refusal for a folder of the system that this user may not write to."""
    return refusals.SCHEDULE_ROOT.because(path=error.filename, box=box.root.absolute())


def _environment(kind: Kind) -> dict[str, str]:
    """Schedulers start programs with next to no environment, and so in English and without gpg."""
    if kind is Kind.WINDOWS:
        return {}
    lang = "en_US.UTF-8" if kind is Kind.LAUNCHD else "C.UTF-8"
    return {"PATH": programs.search_path(), "LANG": lang, "STRONGBOX_LANG": language()}


def _owner(root: Path) -> str:
    """Who the box belongs to: a run of the system is not done as its administrator."""
    if sys.platform == "win32" or not root.exists():
        return ""
    return root.owner()


def _nearest(path: Path) -> Path:
    """The folder itself, or the one in which it will be made."""
    return next(one for one in (path, *path.parents) if one.exists())
