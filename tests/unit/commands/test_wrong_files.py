"""What `publish` and `key submit` say to a path that is no file, and `pgp-key` to a wrong key."""

from pathlib import Path

import pytest

from tests.unit.commands.conftest import Say


@pytest.fixture
def recipient(say: Say) -> None:
    say("account", "add", "U1234567", "--name", "A")
    say("recipient", "add", "fund", "--account", "U1234567")


@pytest.mark.usefixtures("recipient")
def test_a_file_that_is_not_there_is_not_found(say: Say, tmp_path: Path) -> None:
    missing = tmp_path / "nothing.csv"
    for command in (("publish",), ("key", "submit", "fund"), ("pgp-key", "submit", "fund")):
        said = say(*command, missing, status=66)
        assert said.err == f"ARRIVAL-MISSING: There is no file {missing}.\n"


@pytest.mark.parametrize("folder", [".", "/", "..", "/tmp"])
def test_publishing_a_folder_is_refused_in_one_sentence(say: Say, folder: str) -> None:
    said = say("publish", folder, status=65)
    assert said.err == f"ARRIVAL-UNREADABLE: {folder} cannot be read: it is a folder.\n"


@pytest.mark.usefixtures("recipient")
def test_a_certificate_that_nobody_sent_in_leads_to_the_list_of_certificates(
    say: Say,
) -> None:
    said = say("pgp-key", "approve", "fund", "64064EA71F7005EF", status=66)
    assert "`strongroom pgp-key list fund`" in said.err


def test_a_malformed_address_of_the_status_page_fails_the_check(say: Say, home: object) -> None:
    settings = home.settings  # type: ignore[attr-defined]
    settings.write_text(settings.read_text() + '[web]\nlisten = "127.0.0.1"\n')
    assert "web.listen" in say("check", status=78).out
