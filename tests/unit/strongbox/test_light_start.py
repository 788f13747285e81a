"""strongbox is light: few packages, and help that loads next to nothing."""

import os
import re
import subprocess
import sys
from importlib.metadata import requires
from pathlib import Path

from packaging.requirements import Requirement

PROGRAM = Path(sys.executable).with_name("strongbox")
HEAVY = {"asyncio", "asyncssh", "cryptography", "pysequoia", "segno", "sqlite3", "ssl", "django"}


def loaded_by(*words: str) -> set[str]:
    """The modules that a run of strongbox imports."""
    line = [sys.executable, "-X", "importtime", "-m", "strongbox", *words]
    done = subprocess.run(line, capture_output=True, text=True, timeout=60, check=True)
    return {
        name.partition(".")[0] for name in re.findall(r"\| +([\w.]+)$", done.stderr, re.MULTILINE)
    }


def test_help_loads_none_of_the_heavy_libraries() -> None:
    loaded = loaded_by("--help")
    assert "click" in loaded
    assert loaded & HEAVY == set()


def test_every_command_explains_itself_in_both_languages() -> None:
    for language, word in (("en", "Usage:"), ("ja", "使い方:")):
        environment = {**os.environ, "STRONGBOX_LANG": language}
        listed = run(environment, "--help").split("\n")
        names = [line.split()[0] for line in listed if re.match(r"  [a-z]+  ", line)]
        assert len(names) > 8
        for name in names:
            assert word in run(environment, name, "--help")


def run(environment: dict[str, str], *words: str) -> str:
    """What a run of strongbox prints."""
    return subprocess.run(
        [PROGRAM, *words], env=environment, capture_output=True, text=True, timeout=60, check=True
    ).stdout


def test_it_brings_at_most_ten_packages() -> None:
    found: set[str] = set()
    waiting = ["strongbox"]
    while waiting:
        for text in requires(waiting.pop()) or ():
            wanted = Requirement(text)
            if wanted.marker is not None and not wanted.marker.evaluate({"extra": ""}):
                continue
            if wanted.name not in found:
                found.add(wanted.name)
                waiting.append(wanted.name)
    assert len(found) <= 10, sorted(found)
    assert "asyncssh" in found
