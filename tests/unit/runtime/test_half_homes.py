"""A home that was begun and not finished is made whole by the next start."""

from pathlib import Path

import pytest
from strongroom.rules.refusals import Refused
from strongroom.runtime.home import make_home, seal_home


def test_a_home_whose_making_was_cut_off_can_be_made_again(tmp_path: Path) -> None:
    make_home(tmp_path / "home", "first")
    (tmp_path / "home" / "strongroom.sqlite3").touch()
    again = make_home(tmp_path / "home", "second")
    seal_home(again)
    assert again.settings.read_text() == "second"


def test_a_home_that_was_cut_off_while_its_settings_were_written_can_be_made(
    tmp_path: Path,
) -> None:
    (tmp_path / "settings.new.new~").write_text("half of i")
    seal_home(make_home(tmp_path, "whole"))
    assert (tmp_path / "strongroom.toml").read_text() == "whole"


def test_a_folder_with_somebody_elses_files_never_becomes_a_home(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").touch()
    with pytest.raises(Refused) as no:
        make_home(tmp_path, "")
    assert no.value.code == "HOME-CANNOT"
    assert list(tmp_path.iterdir()) == [tmp_path / "thesis.txt"]
