"""What the fetching side's tests share: a firm in memory, a profile, a box, a landing folder."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.unit.strongbox_sync.memory_firm import MemoryFirm, Recipient


@pytest.fixture
def firm() -> MemoryFirm:
    """A firm that signs manifests, with nothing published yet."""
    return MemoryFirm()


@pytest.fixture
def foreign() -> MemoryFirm:
    """A firm without manifests."""
    return MemoryFirm(has_manifests=False)


@pytest.fixture
def recipient(tmp_path: Path) -> Callable[..., Recipient]:
    """A factory: `recipient(firm)` is somebody who fetches from it."""

    def make(of: MemoryFirm, name: str = "acme", **changes: object) -> Recipient:
        return Recipient(of, tmp_path, name, **changes)

    return make
