"""What a server costs: CPU seconds of its whole process tree, the dead included, and memory.

A control group counts exactly where one can be made (v1 cpuacct or v2 cpu.stat); elsewhere the
server runs under `bench.reaper` and /proc is added up. Starting servers is not here.
"""

import contextlib
import itertools
import os
import signal
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

_NANOSECOND, _MICROSECOND = 1e-9, 1e-6
_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Memory:
    """Bytes of a process tree: `pss` shares common pages fairly; kernel memory is not in it."""

    pss: int
    processes: int


class Gauge(Protocol):
    """Follows one server from its start."""

    @property
    def kind(self) -> str: ...

    def wrap(self, argv: list[str]) -> list[str]:
        """The command that starts `argv` so that this gauge counts it."""
        ...

    def cpu_seconds(self) -> float: ...

    def processes(self) -> list[int]: ...

    def close(self) -> None: ...


class GroupGauge:
    """A control group of our own: counts every process that ever lived in it."""

    def __init__(self, folder: Path, *, is_version_two: bool) -> None:
        self.kind = "cgroup v2" if is_version_two else "cgroup v1"
        self._folder, self._is_version_two = folder, is_version_two
        folder.mkdir()

    def wrap(self, argv: list[str]) -> list[str]:
        enter = 'echo $$ > "$0" && exec "$@"'
        return ["/bin/sh", "-c", enter, str(self._folder / "cgroup.procs"), *argv]

    def cpu_seconds(self) -> float:
        if self._is_version_two:
            return parse_cpu_stat((self._folder / "cpu.stat").read_text())
        return int((self._folder / "cpuacct.usage").read_text()) * _NANOSECOND

    def processes(self) -> list[int]:
        return [int(line) for line in (self._folder / "cgroup.procs").read_text().split()]

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._folder.rmdir()


class TreeGauge:
    """Adds up /proc below a reaper that inherits and waits for every orphan of the server.

    Resolution is one clock tick (usually 10 ms), and the reaper's own few ticks are left out.
    """

    kind = "/proc sums under a reaper"

    def __init__(self) -> None:
        self._root = 0

    def wrap(self, argv: list[str]) -> list[str]:
        return [sys.executable, "-m", "bench.reaper", *argv]

    def follow(self, pid: int) -> None:
        self._root = pid

    def cpu_seconds(self) -> float:
        ticks = 0
        for pid in [self._root, *self.processes()]:
            with contextlib.suppress(OSError):
                own, of_waited_children = parse_stat_ticks(Path(f"/proc/{pid}/stat").read_text())
                ticks += of_waited_children + (own if pid != self._root else 0)
        return ticks / os.sysconf("SC_CLK_TCK")

    def processes(self) -> list[int]:
        found, waiting = [], [self._root]
        while waiting:
            for path in Path(f"/proc/{waiting.pop()}/task").glob("*/children"):
                with contextlib.suppress(OSError):
                    children = [int(pid) for pid in path.read_text().split()]
                    found += children
                    waiting += children
        return found

    def close(self) -> None:
        """Nothing outlives the processes."""


def parse_cpu_stat(content: str) -> float:
    """CPU seconds from a v2 `cpu.stat`. Raises KeyError where it has no `usage_usec`."""
    values = dict(line.split() for line in content.splitlines())
    return int(values["usage_usec"]) * _MICROSECOND


def parse_stat_ticks(content: str) -> tuple[int, int]:
    """(own ticks, ticks of waited-for children) from /proc/PID/stat (proc(5))."""
    # The command name may hold spaces and brackets: fields count from the last bracket.
    fields = content.rpartition(")")[2].split()
    utime, stime, cutime, cstime = (int(field) for field in fields[11:15])
    return utime + stime, cutime + cstime


def parse_pss(content: str) -> int:
    """Bytes of proportional set size from smaps_rollup, 0 where the line is missing."""
    for line in content.splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    return 0


def memory_of(pids: list[int]) -> Memory:
    """Added up over the processes that can be read; those that ended meanwhile are left out."""
    pss = processes = 0
    for pid in pids:
        with contextlib.suppress(OSError):
            pss += parse_pss(Path(f"/proc/{pid}/smaps_rollup").read_text())
            processes += 1
    return Memory(pss=pss, processes=processes)


def new_gauge() -> GroupGauge | TreeGauge:
    """The most exact gauge that this machine allows."""
    name = f"strongroom-bench-{os.getpid()}-{next(_numbers)}"
    for parent, is_version_two in _group_parents():
        with contextlib.suppress(OSError):
            gauge = GroupGauge(parent / name, is_version_two=is_version_two)
            if _can_enter(parent / name):
                return gauge
            gauge.close()
    return TreeGauge()


def _group_parents() -> list[tuple[Path, bool]]:
    """Where a group of ours could be made: below this process's own groups only."""
    parents = []
    for line in Path("/proc/self/cgroup").read_text().splitlines():
        _, controllers, path = line.split(":", 2)
        inside = path.lstrip("/")
        if "cpuacct" in controllers.split(","):
            roots = (Path("/sys/fs/cgroup") / c for c in (controllers, "cpuacct"))
            parents += [(root / inside, False) for root in roots if root.is_dir()]
        elif not controllers:
            root = Path("/sys/fs/cgroup")
            if (root / "cgroup.controllers").exists():
                parents.append((root / inside, True))
    return parents


def _can_enter(folder: Path) -> bool:
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    try:
        (folder / "cgroup.procs").write_text(str(os.getpid()))
    except OSError:
        os._exit(1)
    os._exit(0)


def end_all(gauge: Gauge) -> None:
    """End every process the gauge counts: these were started by the server it was made for."""
    for sign in (signal.SIGTERM, signal.SIGKILL):
        for pid in gauge.processes():
            with contextlib.suppress(OSError):
                os.kill(pid, sign)
        for _ in range(30):
            if not gauge.processes():
                return
            time.sleep(0.05)
