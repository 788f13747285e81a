"""Profiles given to the programs that people have: each then fetches, checking the host key."""

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from strongbox.commands.profile_exchange import export, import_
from strongbox.profiles import files
from strongbox.profiles.box import Box
from strongbox.profiles.profile import OwnKeys, Profile
from strongbox.tools import exchange
from strongbox.tools.every import TOOLS
from strongbox.tools.ssh_settings import settings_of

from tests.journeys.clients import filezilla
from tests.journeys.clients.site import ClientFailed, Site, program, say
from tests.journeys.enrolling import Enrol, Enrolled
from tests.journeys.strongbox.wire_servers import make_pair, openssh

NEW_CONTENT = b"date,amount\n2026-11-20,1\n" * 2000


@pytest.fixture(scope="module")
def enrolled(enrol: Enrol) -> Enrolled:
    """A recipient with a statement to fetch."""
    return enrol("toolsuser")


@pytest.fixture(scope="module")
def statement(enrolled: Enrolled) -> str:
    return enrolled.publish(NEW_CONTENT)


@pytest.fixture
def box(enrolled: Enrolled, tmp_path: Path) -> Box:
    """A box with one profile, whose key lies in both forms beside each other."""
    key = tmp_path / "the keys" / "acme"
    key.parent.mkdir()
    shutil.copy2(enrolled.site.key.openssh, key)
    assert enrolled.site.key.ppk is not None
    shutil.copy2(enrolled.site.key.ppk, key.with_name("acme.ppk"))
    key.chmod(0o600)
    made = Box(tmp_path / "box")
    lines = tuple(enrolled.server.public_host_keys())
    profile = Profile(
        "firm",
        "127.0.0.1",
        enrolled.site.port,
        enrolled.login,
        lines,
        OwnKeys(key),
        tmp_path / "in",
    )
    files.save(made, profile)
    return made


def exported(box: Box, tool: str, folder: Path) -> list[Path]:
    """Run `strongbox profile export`; returns the files that it wrote."""
    words = [tool, "--into", str(folder / tool), "--json"]
    done = CliRunner().invoke(export, words, obj=box)
    assert done.exit_code == 0, done.output
    return [Path(path) for path in json.loads(done.stdout)["files"]]


def with_other_host_keys(box: Box) -> None:
    """Give the profile a host key that is not the server's."""
    words = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(box.root / "other")]
    subprocess.run(words, check=True, timeout=20)
    line = (box.root / "other.pub").read_text().strip()
    profile = files.load(box, "firm")
    changed = {field: getattr(profile, field) for field in profile.__slots__}
    files.save(box, Profile(**{**changed, "host_keys": (line,)}))


def by_sftp(files: list[Path], statement: str, folder: Path) -> None:
    words = [program("sftp"), "-b", "-", "-F", str(files[0]), "-o", "BatchMode=yes", "firm"]
    say(words, folder, given=f"get /outgoing/{statement}\n")


def by_rclone(files: list[Path], statement: str, folder: Path) -> None:
    once = ["--retries", "1", "--low-level-retries", "1"]
    words = [program("rclone"), "--config", files[0], *once, "copy"]
    say([*words, f"firm:/outgoing/{statement}", folder], folder)


def by_lftp(files: list[Path], statement: str, folder: Path) -> None:
    lines = f"set cmd:fail-exit yes; get /outgoing/{statement}; cls -1 /"
    quoted = str(files[0]).replace(" ", "\\ ")
    say([program("lftp"), "--norc", "-c", f"source {quoted}; {lines}"], folder)


FETCHING: dict[str, Callable[[list[Path], str, Path], None]] = {
    "openssh": by_sftp,
    "rclone": by_rclone,
    "lftp": by_lftp,
}


@pytest.mark.req("SFTP-1", "SFTP-3")
@pytest.mark.parametrize("tool", sorted(FETCHING))
def test_a_program_fetches_with_nothing_but_its_exported_profile(
    tool: str, box: Box, statement: str, tmp_path: Path
) -> None:
    home = tmp_path / "home dir"
    home.mkdir()
    FETCHING[tool](exported(box, tool, tmp_path), statement, home)
    assert (home / statement).read_bytes() == NEW_CONTENT


@pytest.mark.req("SFTP-3")
@pytest.mark.parametrize("tool", sorted(FETCHING))
def test_a_program_stops_at_another_host_key_than_the_profiles(
    tool: str, box: Box, statement: str, tmp_path: Path
) -> None:
    """Else the test above would show nothing of host keys."""
    home = tmp_path / "home"
    home.mkdir()
    with_other_host_keys(box)
    with pytest.raises(ClientFailed):
        FETCHING[tool](exported(box, tool, tmp_path), statement, home)
    assert not (home / statement).exists()


class FileZillaWithImport(filezilla.FileZilla):
    """FileZilla whose site manager is the file that strongbox wrote."""

    def __init__(self, site: Site, exported: Path) -> None:
        super().__init__(site)
        self._exported = exported

    def _prepare(self, folder: str) -> None:
        super()._prepare(folder)
        text = self._exported.read_text("utf-8")
        (self._settings / "sitemanager.xml").write_text(text, "utf-8")


@pytest.mark.xdist_group("filezilla")
@pytest.mark.req("SFTP-3", "DEL-2")
def test_filezilla_opens_the_exported_site_in_its_folder_and_fetches(
    box: Box, enrolled: Enrolled, statement: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its window lists the site's own folder and fetches all of it, by the key of the site."""
    [file] = exported(box, "filezilla", tmp_path)
    client = FileZillaWithImport(enrolled.at_home_in(tmp_path / "home"), file)
    assert statement in client.list("/outgoing")


@pytest.mark.req("SFTP-3")
def test_openssh_itself_says_what_the_exported_config_means(box: Box, tmp_path: Path) -> None:
    config, hosts = exported(box, "openssh", tmp_path)
    said = settings_of(config, "firm")
    profile = files.load(box, "firm")
    expected = {
        "hostname": profile.host,
        "port": str(profile.port),
        "user": profile.login,
        "identityfile": str(profile.keys.ssh),
        "identitiesonly": "yes",
        "preferredauthentications": "publickey",
        "stricthostkeychecking": "true",
        "updatehostkeys": "true",
        "userknownhostsfile": str(hosts),
    }
    assert {name: said[name] for name in expected} == {
        name: [value] for name, value in expected.items()
    }
    first = hosts.read_text().splitlines()[0]
    assert first == f"[127.0.0.1]:{profile.port} {profile.host_keys[0]}"


@pytest.mark.parametrize("tool", sorted(TOOLS))
def test_what_was_exported_is_imported_as_a_profile_on_the_command_line(
    tool: str, box: Box, tmp_path: Path
) -> None:
    first = exported(box, tool, tmp_path)[0]
    words = [tool, str(first), "--name", "again", "--landing", str(tmp_path / "x"), "--json"]
    done = CliRunner().invoke(import_, words, obj=box)
    assert done.exit_code == 0, done.output
    said: dict[str, Any] = json.loads(done.stdout)
    old, new = files.load(box, "firm"), files.load(box, "again")
    assert (new.host, new.port, new.login) == (old.host, old.port, old.login)
    assert said["profile"] == "again"
    assert new.keys.ssh.exists()
    if tool in FETCHING:
        assert set(new.host_keys) == set(old.host_keys)
    else:
        assert any("host keys" in warning for warning in said["warnings"])
    again = CliRunner().invoke(import_, words, obj=box)
    assert again.exit_code == 64


def test_the_notes_of_an_export_are_said_in_japanese_too(
    box: Box, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from strongbox import words as language

    monkeypatch.setattr(language, "language", lambda: "ja")
    out = exchange.export(files.load(box, "firm"), TOOLS["filezilla"], tmp_path / "ja")
    assert "FileZilla" in out.notes[0]
    assert any("\u3040" <= sign <= "\u30ff" for sign in out.notes[0])


def test_openssh_takes_over_announced_host_keys_into_the_exported_file(tmp_path: Path) -> None:
    """So a planned change of the host key does not break a recipient without strongbox."""
    key = make_pair(tmp_path / "own", "-t", "ed25519")
    server = openssh(tmp_path / "home", [key.with_suffix(".pub")], used=1)
    server.start()
    try:
        profile = Profile(
            "firm", "127.0.0.1", server.port, server.login, tuple(server.host_keys),
            OwnKeys(key), tmp_path / "in",
        )  # fmt: skip
        config, hosts = exchange.export(profile, TOOLS["openssh"], tmp_path / "out").files
        assert len(hosts.read_text().splitlines()) == 1
        words = [program("sftp"), "-b", "-", "-F", str(config), "-o", "BatchMode=yes", "firm"]
        say(words, tmp_path, given="pwd\n")
    finally:
        server.stop()
    kinds = {line.split()[1] for line in hosts.read_text().splitlines()}
    assert {"ssh-ed25519", "ecdsa-sha2-nistp256"} <= kinds
    again, _ = exchange.choose(TOOLS["openssh"], config, "firm")
    assert set(server.host_keys) < set(again.host_keys)
