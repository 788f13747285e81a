"""Facts about the machine and the programs that a reader needs to judge the figures.

No host names, no paths, no user names: the results are public.
"""

import datetime as dt
import os
import platform
import re
from importlib import metadata
from pathlib import Path


def facts(versions: list[str], *, is_quick: bool) -> str:
    """One paragraph: date, size of the run, cores, processor, memory, kernel, versions."""
    today = dt.datetime.now(dt.UTC).date().isoformat()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / (1 << 30)
    parts = [
        f"Measured {today}, {'quick' if is_quick else 'full'} run",
        f"{os.cpu_count()} cores ({processor()}), {memory:.0f} GiB",
        f"{platform.system()} {kernel(platform.release())}",
        f"Python {platform.python_version()}",
        f"cryptography {metadata.version('cryptography')}",
        *versions,
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
