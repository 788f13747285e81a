"""Facts about the machine and the programs that a reader needs to judge the figures.

No host names, no paths, no user names: the results are public.
"""

import datetime as dt
import os
import platform
import re
import subprocess
from importlib import metadata
from pathlib import Path


def facts(versions: list[str], *, size: str, gauge: str) -> str:
    """One paragraph: date, size of the run, cores, processor, memory, kernel, versions."""
    today = dt.datetime.now(dt.UTC).date().isoformat()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / (1 << 30)
    parts = [
        f"Measured {today}, {size} run",
        f"{os.cpu_count()} cores ({processor()}), {memory:.0f} GiB",
        f"{platform.system()} {kernel(platform.release())}",
        f"Python {platform.python_version()}",
        f"cryptography {metadata.version('cryptography')}",
        *versions,
        f"CPU by {gauge}",
    ]
    return "; ".join(parts) + "."


def processor() -> str:
    """The processor's model name, or its architecture where the kernel gives none."""
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def kernel(release: str) -> str:
    """The numbers of a kernel release, without what its builder added."""
    found = re.match(r"\d+(\.\d+)*", release)
    return found.group() if found else "of unknown release"


def commit() -> str:
    """The checkout's short commit, with a mark where it has changes; empty outside of git."""
    command = ["git", "describe", "--always", "--dirty", "--exclude=*"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else ""
