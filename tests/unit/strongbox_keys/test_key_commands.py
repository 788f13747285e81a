"""`strongbox keys make`, `show`, `convert` and `public` as a person types them."""

import json
import stat
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result
from strongbox.commands import keys_convert, keys_make
from strongbox.commands.main import strongbox
from strongbox.keys.faces import KeyFormat
from strongbox.keys.making import NewKind
from strongbox.keys.writing import public_line, write_private
from strongbox.refusal import Exit

from tests.unit.strongbox_keys.key_makers import PASSPHRASE, key


def run(*words: str | Path) -> Result:
    """Run a command of `keys`."""
    return CliRunner().invoke(strongbox, ["keys", *map(str, words)])


def done(*words: str | Path) -> Result:
    """Run a command that works."""
    result = run(*words)
    assert result.exit_code == 0, result.stderr
    return result


@pytest.fixture
def secret(tmp_path: Path) -> str:
    """The way to the passphrase."""
    path = tmp_path / "passphrase"
    path.touch(0o600)
    path.write_bytes(PASSPHRASE)
    return f"file:{path}"


def kept(folder: Path, form: KeyFormat, passphrase: bytes | None = None) -> Path:
    """A key file."""
    path = folder / f"id.{form}"
    path.touch(0o600)
    path.write_bytes(write_private(key("rsa-2048"), form, passphrase))
    return path


def test_the_choices_are_those_of_the_keys() -> None:
    assert list(NewKind) == list(keys_make.KINDS)
    assert set(KeyFormat) == set(keys_convert.ENDINGS)


@pytest.mark.parametrize(("word", "is_warned"), [("elevenchars", True), ("twelve chars", False)])
def test_make_warns_of_a_passphrase_that_can_be_guessed(
    word: str, is_warned: bool, tmp_path: Path
) -> None:
    (tmp_path / "word").touch(0o600)
    (tmp_path / "word").write_text(word)
    source = f"file:{tmp_path / 'word'}"
    result = done("make", tmp_path / "id", "--type", "ed25519", "--passphrase-from", source)
    assert ("fewer than 12 characters" in result.stderr) is is_warned
    assert word not in result.output


@pytest.mark.req("KEY-1", "KEY-8")
def test_make_writes_a_locked_pair_and_says_what_to_send(tmp_path: Path, secret: str) -> None:
    path = tmp_path / "new" / "id"
    result = done("make", path, "--type", "ed25519", "--ppk", "--passphrase-from", secret)
    assert str(path) in result.stdout
    assert f"Send {path}.pub and nothing else" in result.stderr
    assert sorted(one.name for one in path.parent.iterdir()) == ["id", "id.ppk", "id.pub"]
    for one in (path, path.with_name("id.ppk")):
        assert stat.S_IMODE(one.stat().st_mode) == 0o600
        assert json.loads(done("show", one, "--json").stdout)["locked"] is True
    assert PASSPHRASE.decode() not in result.output


def test_make_without_a_file_goes_into_the_box(tmp_path: Path) -> None:
    words = ["--box", str(tmp_path / "box"), "keys", "make", "--type", "ed25519", "--json"]
    result = CliRunner().invoke(strongbox, [*words, "--no-passphrase"])
    made = json.loads(result.stdout)
    assert Path(made["private"]).is_relative_to(tmp_path / "box")
    assert Path(made["public"]).read_text().startswith("ssh-ed25519 ")
    assert made["ppk"] is None
    assert made["words"].count("-") == 4
    assert "not locked" in result.stderr


def test_make_never_writes_over_a_key_and_asks_nothing_first(tmp_path: Path) -> None:
    (tmp_path / "id.pub").write_bytes(b"other")
    result = run("make", tmp_path / "id")
    assert result.exit_code == Exit.CANNOT_WRITE
    assert result.stderr.startswith("KEY-EXISTS: ")


@pytest.mark.req("KEY-15")
@pytest.mark.parametrize("form", [KeyFormat.OPENSSH, KeyFormat.PPK2, KeyFormat.PPK3])
def test_show_and_public_need_no_passphrase_where_the_format_shows_the_key(
    tmp_path: Path, form: KeyFormat
) -> None:
    path = kept(tmp_path, form, PASSPHRASE)
    result = done("show", path, "--passphrase-from", "none")
    public = key("rsa-2048").public
    for expected in (public.fingerprint_sha256, public.fingerprint_md5, "[RSA 2048]", "2048 bits"):
        assert expected in result.stdout
    comment = "" if form is KeyFormat.OPENSSH else "desk of acme"
    line = done("public", path, "--passphrase-from", "none").output
    assert line == public_line(public, comment)


def test_show_asks_where_the_format_hides_the_key(tmp_path: Path, secret: str) -> None:
    path = kept(tmp_path, KeyFormat.PKCS8, PASSPHRASE)
    assert run("show", path, "--passphrase-from", "none").stderr.startswith("KEY-LOCKED: ")
    shown = json.loads(done("show", path, "--passphrase-from", secret, "--json").stdout)
    assert shown["sha256"] == key("rsa-2048").public.fingerprint_sha256
    assert (shown["format"], shown["locked"], shown["bits"]) == ("pkcs8", True, 2048)


def test_show_warns_of_a_key_that_others_can_read(tmp_path: Path) -> None:
    path = kept(tmp_path, KeyFormat.PPK3)
    assert done("show", path).stderr == ""
    path.chmod(0o644)
    assert "other people" in done("show", path).stderr


FORMS = {
    "rsa-2048": [form for form in KeyFormat if not form.startswith("sec1")],
    "ecdsa-256": [form for form in KeyFormat if not form.startswith("pkcs1")],
}


@pytest.mark.parametrize(
    ("kind", "old", "new"),
    [(kind, old, new) for kind, forms in FORMS.items() for old in forms for new in forms],
)
def test_any_format_becomes_any_other_that_fits(
    tmp_path: Path, kind: str, old: KeyFormat, new: KeyFormat
) -> None:
    source, target = tmp_path / "old", tmp_path / "new"
    source.write_bytes(write_private(key(kind), old, None))
    result = done("convert", source, "--to", new, "-o", target, "--json")
    assert json.loads(result.stdout) == {"path": str(target), "format": new, "locked": False}
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    shown = json.loads(done("show", target, "--json").stdout)
    assert (shown["format"], shown["sha256"]) == (new, key(kind).public.fingerprint_sha256)
    assert "not locked" in result.stderr


def test_a_locked_key_stays_locked_with_the_same_passphrase(tmp_path: Path, secret: str) -> None:
    path = kept(tmp_path, KeyFormat.PPK2, PASSPHRASE)
    result = done("convert", path, "--to", "openssh", "--passphrase-from", secret)
    target = path.with_name("id.openssh")
    assert "not locked" not in result.stderr
    assert json.loads(done("show", target, "--json").stdout)["locked"] is True
    other = done("convert", target, "--to", "ppk3", "--passphrase-from", secret, "--json")
    assert json.loads(other.stdout)["path"] == str(path.with_name("id.ppk"))


def test_the_lock_can_be_changed_and_taken_away(tmp_path: Path, secret: str) -> None:
    path = kept(tmp_path, KeyFormat.PPK3)
    locked = tmp_path / "locked"
    done("convert", path, "--to", "ppk3", "-o", locked, "--new-passphrase-from", secret)
    assert json.loads(done("show", locked, "--json").stdout)["locked"] is True
    words = ("--to", "pkcs8", "-o", tmp_path / "open", "--passphrase-from", secret)
    assert "PuTTY" in done("convert", locked, *words, "--no-passphrase").stderr
    assert json.loads(done("show", tmp_path / "open", "--json").stdout)["locked"] is False
    both = run("convert", locked, *words, "--no-passphrase", "--new-passphrase-from", secret)
    assert both.exit_code == click.UsageError.exit_code


def test_a_locked_key_does_not_become_open_by_its_format(tmp_path: Path, secret: str) -> None:
    path = kept(tmp_path, KeyFormat.PPK3, PASSPHRASE)
    words = ("--to", "pkcs1", "-o", tmp_path / "new", "--passphrase-from", secret)
    result = run("convert", path, *words)
    assert (result.exit_code, result.stderr[:16]) == (Exit.USAGE, "KEY-FORMAT-LOCK:")
    assert not (tmp_path / "new").exists()
    done("convert", path, *words, "--no-passphrase")


def test_the_weak_lock_is_warned_of(tmp_path: Path) -> None:
    path = kept(tmp_path, KeyFormat.OPENSSH)
    result = done("convert", path, "--to", "ppk2", "-o", tmp_path / "new")
    assert "weak" in result.stderr
    assert "weak" in done("show", tmp_path / "new").stdout


@pytest.mark.req("KEY-6")
def test_public_formats_are_printed_or_written(tmp_path: Path) -> None:
    path = kept(tmp_path, KeyFormat.PPK3, PASSPHRASE)
    assert done("convert", path, "--to", "rfc4716").stdout.startswith("---- BEGIN SSH2 PUBLIC")
    done("convert", path, "--to", "public", "-o", tmp_path / "line")
    assert (tmp_path / "line").read_text() == done("public", path).stdout


@pytest.mark.req("KEY-8")
def test_no_command_prints_a_private_key(tmp_path: Path, secret: str) -> None:
    path = kept(tmp_path, KeyFormat.PKCS1)
    body = path.read_text().splitlines()[5]
    for words in (("show",), ("show", "--json"), ("public",), ("convert", "--to", "ppk3")):
        result = run(words[0], path, *words[1:])
        assert body not in result.output
        assert "PRIVATE KEY" not in result.stdout


@pytest.mark.parametrize("command", [("show",), ("public",), ("convert", "--to", "ppk3")])
def test_what_is_no_private_key_is_named_with_its_exit_status(
    tmp_path: Path, command: tuple[str, ...]
) -> None:
    path = tmp_path / "id.pub"
    path.write_text(public_line(key("ed25519").public, "desk"))
    result = run(command[0], path, *command[1:])
    assert (result.exit_code, result.stdout) == (Exit.DAMAGED, "")
    assert result.stderr.startswith("KEY-IS-PUBLIC: ")
    absent = run(command[0], tmp_path / "nothing", *command[1:])
    assert absent.exit_code == Exit.ABSENT
