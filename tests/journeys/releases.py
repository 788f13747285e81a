"""Strongroom as it was released: its wheels, unpacked, run in place of this checkout's code."""

import zipfile
from pathlib import Path

WHEELS = Path(__file__).parents[1] / "fixtures" / "releases"
PREVIOUS = "0.1.0"


def unpacked(folder: Path, version: str = PREVIOUS) -> dict[str, str]:
    """Unpack a release's wheels and return the environment in which `strongroom` is that release.

    The libraries stay those of this checkout: a release's own are not kept.
    """
    wheels = sorted(WHEELS.glob(f"strongroom*-{version}-*.whl"))
    assert len(wheels) == 2, f"release {version} has {wheels}"
    for wheel in wheels:
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(folder)
    return {"PYTHONPATH": str(folder)}
