"""Fixtures of the SFTP gateway's tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.sftp.running import Running, running


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[Running]:
    """A gateway with the default settings."""
    with running(tmp_path) as run:
        yield run
