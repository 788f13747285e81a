"""From a fresh `strongroom demo` to the first opened statement: one command, under 30 seconds."""

import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic

import pytest

from tests.journeys.daemon import PROGRAM, Strongroom, free_port, wait_for
from tests.journeys.strongbox.enrolling_box import AGREED, BoxRun

_LINK = re.compile(r"/strongbox --box \S+ enrol '([^']+)' --landing \S+\n")


@contextmanager
def demo(folder: Path, pgp: str) -> Iterator[tuple[Strongroom, str]]:
    """A fresh demo; its home, and the invitation that it prints."""
    home, log = folder / "demo", folder / "log"
    words = [str(PROGRAM), "--home", str(home), "demo", "--enrol-pgp", pgp]
    for part in ("--sftp", "--web", "--api"):
        words += [part, f"127.0.0.1:{free_port()}"]
    with (
        log.open("wb") as out,
        subprocess.Popen(
            words, stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True
        ) as process,
    ):
        try:
            found = wait_for(lambda: _LINK.search(log.read_text()), "the demo's line", seconds=60)
            yield Strongroom(home), found[1]
        finally:
            process.send_signal(signal.SIGINT)


@pytest.mark.req("KEY-1", "KEY-13", "KEY-14", "KEY-17")
@pytest.mark.parametrize(("pgp", "verdict"), [("required", "verified"), ("off", "clear")])
def test_one_line_of_the_demo_leads_to_an_opened_statement(
    pgp: str, verdict: str, tmp_path: Path
) -> None:
    box = BoxRun(tmp_path / "user")
    with demo(tmp_path, pgp) as (home, link):
        began = monotonic()
        events = box.events("enrol", link, *AGREED)
        assert monotonic() - began < 30
        assert events["opened"]["verdict"] == verdict
        [key] = home.listed("key", "list", "demo-enrolment")
        assert key["words"] == events["sent"]["words"]
        assert key["fingerprint"] == events["sent"]["fingerprint"]
        shown = box.run("profile", "list").stdout
        assert "demo-enrolment@127.0.0.1" in shown
        refused = box.run("enrol", link, *AGREED, status=77)
        assert "ENROL-USED" in refused.stderr
