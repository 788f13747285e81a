"""How many files the gateway may have open, and the strangers' share of them."""

import resource
import subprocess
import sys

import pytest
from strongroom.gateways.sftp.settings import SftpSettings
from strongroom.runtime.open_files import fitted

_TELL = """
import resource
from strongroom.runtime.open_files import raise_limit
print(raise_limit(), resource.getrlimit(resource.RLIMIT_NOFILE)[0])
"""


@pytest.mark.req("ATK-23")
def test_strangers_held_in_silence_leave_most_open_files_to_partners() -> None:
    narrow = fitted(SftpSettings(), 1024)
    assert (narrow.silent_most, narrow.arriving_most) == (256, 256)
    assert fitted(SftpSettings(), 65_536) == SftpSettings()


@pytest.mark.req("ATK-23")
@pytest.mark.parametrize(("most", "expected"), [(2048, "2048 2048"), (512, "512 512")])
def test_the_gateway_may_open_as_many_files_as_the_machine_lets_it(
    most: int, expected: str
) -> None:
    def lower() -> None:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(1024, most), most))

    told = subprocess.run(
        [sys.executable, "-c", _TELL],
        preexec_fn=lower,
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )
    assert told.stdout.strip() == expected
