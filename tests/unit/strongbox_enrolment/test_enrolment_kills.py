"""An enrolment that is killed at any moment goes on where it was, with the keys that it made."""

import importlib
from pathlib import Path
from typing import Any

import pytest
from strongbox.enrolment import progress
from strongbox.profiles import files
from strongbox.profiles.box import Box

from tests.unit.strongbox_enrolment.paper_firm import PaperFirm
from tests.unit.strongbox_enrolment.persons import TestPerson, enrol

pytestmark = pytest.mark.usefixtures("proved", "asked_kinds")


class Killed(BaseException):
    """The run was killed here."""


class Kills:
    """Counts the moments at which something is made durable, sent or heard; kills at one."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, fatal: int | None) -> None:
        self.count = 0
        self._fatal = fatal
        for place in ("os.fsync", "os.rename", "os.replace", "strongbox.api.https.dial"):
            self._watch(monkeypatch, place, is_before=True)
        self._watch(monkeypatch, "strongbox.api.https._read", is_before=False)

    def _watch(self, monkeypatch: pytest.MonkeyPatch, place: str, *, is_before: bool) -> None:
        module, _, name = place.rpartition(".")
        imported = importlib.import_module(module)
        real = getattr(imported, name)

        def watched(*args: Any, **named: Any) -> Any:
            if is_before:
                self._tick()
            found = real(*args, **named)
            if not is_before:
                self._tick()
            return found

        monkeypatch.setattr(imported, name, watched)

    def _tick(self) -> None:
        self.count += 1
        if self.count == self._fatal:
            raise Killed


def count_moments(box: Box, firm: PaperFirm, monkeypatch: pytest.MonkeyPatch) -> int:
    """How many moments an undisturbed run has."""
    with monkeypatch.context() as patched:
        kills = Kills(patched, None)
        enrol(box, firm, TestPerson(), is_pgp_wanted=True)
    return kills.count


@pytest.mark.req("KEY-1")
@pytest.mark.parametrize("every", [pytest.param(1, marks=pytest.mark.soak), 5])
def test_a_run_killed_at_any_moment_goes_on_and_sends_one_key_only(
    every: int,
    firm: PaperFirm,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    moments = count_moments(Box(tmp_path / "whole"), firm, monkeypatch)
    assert moments > 20
    for fatal in range(1, moments + 1, every):
        firm.is_used = False
        firm.submissions.clear()
        firm.keys.clear()
        box = Box(tmp_path / f"killed-{fatal}")
        with monkeypatch.context() as patched:
            Kills(patched, fatal)
            with pytest.raises(Killed):
                enrol(box, firm, TestPerson(), is_pgp_wanted=True)
        enrolled = enrol(box, firm, TestPerson(), is_pgp_wanted=True)
        assert files.load(box, "") == enrolled.profile, fatal
        assert len(set(firm.keys)) == 1, fatal
        kept = sorted(path.name for path in box.keys("paper-co").iterdir())
        assert kept == ["pgp-public.asc", "pgp-secret.asc", "ssh-key", "ssh-key.pub"], fatal
        assert progress.waiting(box) == []
