"""What a process tree costs: reading the kernel's texts, and counting the dead too."""

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.gauge import (
    TreeGauge,
    end_all,
    memory_of,
    new_gauge,
    parse_cpu_stat,
    parse_pss,
    parse_stat_ticks,
)

BURN = "import time\nend = time.process_time() + 0.3\nwhile time.process_time() < end: pass\n"
# A child that burns and dies, then a quiet parent.
FORKING = f"""
import subprocess, sys, time
subprocess.run([sys.executable, "-S", "-c", {BURN!r}], check=True)
print("ready", flush=True)
time.sleep(60)
"""
# The same, but the parent of the burning process is gone before it ends.
ORPHANING = f"""
import subprocess, sys, time
code = "import subprocess, sys; subprocess.Popen([sys.executable, '-S', '-c', sys.argv[1]])"
subprocess.run([sys.executable, "-S", "-c", code, {BURN!r}], check=True)
time.sleep(1.5)
print("ready", flush=True)
time.sleep(60)
"""


def test_cpu_of_a_version_two_group_is_read_in_seconds() -> None:
    assert parse_cpu_stat("usage_usec 2500000\nuser_usec 1\nsystem_usec 2\n") == 2.5


def test_a_group_without_cpu_figures_is_an_error() -> None:
    with pytest.raises(KeyError):
        parse_cpu_stat("nr_periods 0\n")


def test_ticks_are_found_behind_a_command_name_with_spaces_and_brackets() -> None:
    before = "42 (odd) name (x) S 1 42 42 0 -1 4194304 100 0 0 0"
    assert parse_stat_ticks(f"{before} 7 3 20 5 20 0 1 0") == (10, 25)


def test_proportional_memory_is_read_in_bytes() -> None:
    assert parse_pss("00400000-7fff ---p 00000000 [rollup]\nRss: 900 kB\nPss: 12 kB\n") == 12288
    assert parse_pss("Rss: 900 kB\n") == 0


def test_memory_leaves_out_a_process_that_is_gone() -> None:
    assert memory_of([2**22 + 1]).processes == 0


@pytest.fixture(params=["best", "tree"])
def gauge(request: pytest.FixtureRequest) -> Iterator[object]:
    made = new_gauge() if request.param == "best" else TreeGauge()
    yield made
    made.close()


@pytest.mark.parametrize("program", [FORKING, ORPHANING], ids=["child", "orphan"])
def test_the_cpu_of_processes_that_died_is_counted(gauge: TreeGauge, program: str) -> None:
    argv = gauge.wrap([sys.executable, "-S", "-c", program])
    root = Path(__file__).parents[3]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True, cwd=root) as process:
        try:
            if isinstance(gauge, TreeGauge):
                gauge.follow(process.pid)
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            time.sleep(0.05)
            assert 0.25 < gauge.cpu_seconds() < 5
            assert len(gauge.processes()) == 1
        finally:
            end_all(gauge)
        assert process.wait(10) != 0
