"""The import contracts of pyproject.toml, run as tests too."""

import subprocess
import sys
from pathlib import Path

from tests.architecture.source_tree import ROOT


def test_imports_go_down_only_and_every_library_has_one_home() -> None:
    program = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run(
        [program, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False, timeout=150
    )
    assert done.returncode == 0, done.stdout + done.stderr
