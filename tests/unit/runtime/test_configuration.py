"""Reading the settings: file, environment, secrets in files, and a sentence for all nonsense."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from strongroom.rules.refusals import Exit, Refused
from strongroom.runtime.configuration import read_settings
from strongroom.runtime.settings import Settings


def read(tmp_path: Path, text: str, environment: Mapping[str, str] | None = None) -> Settings:
    """Read settings from this text and this environment."""
    file = tmp_path / "strongroom.toml"
    file.write_text(text, "utf-8")
    return read_settings(file, environment or {})


def refusal(tmp_path: Path, text: str, environment: Mapping[str, str] | None = None) -> Refused:
    """Read settings that have to be refused."""
    with pytest.raises(Refused) as refused:
        read(tmp_path, text, environment)
    assert refused.value.kind.exit is Exit.CONFIGURATION
    return refused.value


def test_a_missing_file_means_the_defaults(tmp_path: Path) -> None:
    assert read_settings(tmp_path / "none.toml", {}) == Settings()


def test_an_empty_file_means_the_defaults(tmp_path: Path) -> None:
    assert read(tmp_path, "") == Settings()


@pytest.mark.req("DEL-3", "DEL-15")
def test_sftp_listens_on_port_32_of_ipv4_and_ipv6_unless_told_otherwise() -> None:
    assert Settings().sftp.listen == ("0.0.0.0:32", "[::]:32")


@pytest.mark.req("DEL-11", "SFTP-8")
def test_statements_stay_100_days_unless_told_otherwise() -> None:
    assert Settings().retention.days == 100


def test_the_file_says_only_what_is_different(tmp_path: Path) -> None:
    settings = read(tmp_path, '[sftp]\nlisten = ["127.0.0.1:3232"]\nhandles = 8\n')
    assert settings.sftp.listen == ("127.0.0.1:3232",)
    assert settings.sftp.handles == 8
    assert settings.sftp.sessions == Settings().sftp.sessions


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    environment = {"STRONGROOM_SFTP_HANDLES": "9", "STRONGROOM_KEY_DESK_FOUR_EYES": "true"}
    settings = read(tmp_path, "[sftp]\nhandles = 8\n", environment)
    assert settings.sftp.handles == 9
    assert settings.key_desk.four_eyes is True


def test_a_list_in_the_environment_is_split_at_commas(tmp_path: Path) -> None:
    environment = {"STRONGROOM_RETENTION_UNFETCHED_ALARM_DAYS": "2, 9"}
    assert read(tmp_path, "", environment).retention.unfetched_alarm_days == (2, 9)


def test_a_secret_comes_from_a_file_without_its_line_end(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("postgresql://u:p@h/n\n")
    environment = {"STRONGROOM_DATABASE_URL_FILE": str(tmp_path / "secret")}
    settings = read(tmp_path, "", environment)
    assert settings.database.url.reveal() == "postgresql://u:p@h/n"


def test_a_secret_shows_in_no_printed_setting(tmp_path: Path) -> None:
    settings = read(tmp_path, '[storage]\nsecret_key = "marzipan"\n')
    assert settings.storage.secret_key.reveal() == "marzipan"
    assert "marzipan" not in f"{settings} {settings!r} {settings.storage.secret_key}"


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("[sftp]\nhandels = 1\n", "sftp.handels"),
        ("[stfp]\nhandles = 1\n", "[stfp]"),
        ("handles = 1\n", "[handles]"),
    ],
)
def test_an_unknown_name_stops_the_start_and_is_named(
    tmp_path: Path, text: str, named: str
) -> None:
    refused = refusal(tmp_path, text)
    assert refused.code == "CONFIGURATION-UNKNOWN"
    assert named in str(refused)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("sftp = 1\n", "sftp"),
        ('[sftp]\nhandles = "many"\n', "sftp.handles"),
        ("[sftp]\nhandles = 1.5\n", "sftp.handles"),
        ("[sftp]\nhandles = -1\n", "sftp.handles"),
        ("[sftp]\nhandles = true\n", "sftp.handles"),
        ("[sftp]\nhandles = [1]\n", "sftp.handles"),
        ("[sftp]\nhandles = 99999999999999999999\n", "sftp.handles"),
        ('[sftp]\nlisten = "127.0.0.1:32"\n', "sftp.listen"),
        ("[sftp]\nlisten = [32]\n", "sftp.listen"),
        ("[worker]\npoll_seconds = nan\n", "worker.poll_seconds"),
        ("[worker]\npoll_seconds = inf\n", "worker.poll_seconds"),
        ("[worker]\npoll_seconds = 1979-05-27\n", "worker.poll_seconds"),
        ("[key_desk]\nfour_eyes = 1\n", "key_desk.four_eyes"),
        ('[key_desk]\nfour_eyes = "yes"\n', "key_desk.four_eyes"),
        ("[firm]\nname = 5\n", "firm.name"),
    ],
)
def test_nonsense_stops_the_start_and_is_named(tmp_path: Path, text: str, named: str) -> None:
    refused = refusal(tmp_path, text)
    assert refused.code == "CONFIGURATION-VALUE"
    assert named in str(refused)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("STRONGROOM_KEY_DESK_FOUR_EYES", "yes"),
        ("STRONGROOM_SFTP_HANDLES", "1.5"),
        ("STRONGROOM_SFTP_HANDLES", ""),
        ("STRONGROOM_DATABASE_URL_FILE", "/nowhere/at/all"),
    ],
)
def test_nonsense_in_the_environment_stops_the_start(tmp_path: Path, name: str, value: str) -> None:
    assert refusal(tmp_path, "", {name: value}).code == "CONFIGURATION-VALUE"


@pytest.mark.parametrize("content", [b"[sftp\n", b"\xff\xfe", b"# " + b"x" * 1024 * 1024])
def test_a_file_that_cannot_be_read_stops_the_start(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "strongroom.toml"
    file.write_bytes(content)
    with pytest.raises(Refused) as refused:
        read_settings(file, {})
    assert refused.value.code == "CONFIGURATION-FILE"
    assert str(file) in str(refused.value)
