"""Where passphrases come from, and that none is ever said aloud."""

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest
from strongbox.keys import secrets
from strongbox.keys.passphrases import MOST
from strongbox.keys.secrets import new_passphrase, passphrase_source
from strongbox.refusal import Refused


@pytest.fixture(autouse=True)
def _unread_descriptors() -> Iterator[None]:
    """Each test has descriptors of its own, under the same numbers."""
    secrets._from_descriptor.cache_clear()
    yield
    secrets._from_descriptor.cache_clear()


def code_of(take: Callable[[], object]) -> str:
    """Why there is no passphrase."""
    with pytest.raises(Refused) as caught:
        take()
    assert str(caught.value)
    return caught.value.code


def piped(content: bytes) -> int:
    """A descriptor with something to read, which ends."""
    reading, writing = os.pipe()
    os.write(writing, content)
    os.close(writing)
    return reading


@pytest.mark.parametrize("content", [b"secret", b"secret\n", b"secret\r\n", b"secret\nmore\n"])
def test_a_descriptor_gives_its_first_line(content: bytes) -> None:
    number = piped(content)
    source = passphrase_source(f"fd:{number}", what="key")
    assert source() == b"secret"
    assert source() == b"secret", "a second key of the same run asks again"
    assert passphrase_source(f"fd:{number}", what="other")() == b"secret"
    os.close(number)


def test_a_descriptor_that_is_empty_or_closed_is_named() -> None:
    number = piped(b"")
    assert code_of(passphrase_source(f"fd:{number}", what="key")) == "KEY-SECRET-ABSENT"
    os.close(number)
    assert code_of(passphrase_source("fd:987", what="key")) == "KEY-SECRET-ABSENT"


def test_an_endless_descriptor_is_not_read_for_ever() -> None:
    number = os.open("/dev/zero", os.O_RDONLY)
    assert code_of(passphrase_source(f"fd:{number}", what="key")) == "KEY-PASSPHRASE-LONG"
    os.close(number)


def test_a_file_is_read_if_it_is_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.touch(0o600)
    path.write_bytes("秘密\n".encode())
    source = passphrase_source(f"file:{path}", what="key")
    assert source() == "秘密".encode()
    path.chmod(0o640)
    assert code_of(source) == "KEY-OPEN-FILE"
    path.unlink()
    assert code_of(source) == "KEY-SECRET-ABSENT"
    path.touch(0o600)
    path.write_bytes(b"x" * (MOST + 1))
    assert code_of(source) == "KEY-PASSPHRASE-LONG"


def test_a_credential_lies_where_systemd_puts_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = passphrase_source("credential:acme", what="key")
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    assert code_of(source) == "KEY-SECRET-ABSENT"
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert code_of(source) == "KEY-SECRET-ABSENT"
    (tmp_path / "acme").write_bytes(b"secret\n")
    assert source() == b"secret"


@pytest.mark.parametrize(
    "source",
    [
        "", "hunter2", "fd:", "fd:x", "fd:-1", "fd:²", "file:", "credential:", "credential:../x",
        "credential:..", "credential:a/b", "ask:me", "none:x", "keyring:x", "env:SECRET",
    ],
)  # fmt: skip
def test_an_unknown_way_is_refused_and_not_repeated(source: str) -> None:
    """People put the passphrase itself there, and screens are seen."""
    with pytest.raises(Refused) as caught:
        passphrase_source(source, what="key")
    assert caught.value.code == "KEY-SECRET-SOURCE"
    assert "hunter2" not in str(caught.value)
    assert "hunter2" not in repr(caught.value.facts)


def test_none_means_that_a_locked_key_stays_locked() -> None:
    assert code_of(passphrase_source("none", what="key")) == "KEY-LOCKED"


class Ring(ModuleType):
    """What the package `keyring` offers."""

    def __init__(self, kept: dict[tuple[str, str], str], trouble: Exception | None = None) -> None:
        super().__init__("keyring")
        self.kept = kept
        self.trouble = trouble

    def get_password(self, service: str, user: str) -> str | None:
        if self.trouble:
            raise self.trouble
        return self.kept.get((service, user))

    def set_password(self, service: str, user: str, password: str) -> None:
        self.kept[service, user] = password


def test_the_keyring_is_asked_by_the_keys_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keyring", Ring({("strongbox", "acme"): "秘密"}))
    assert passphrase_source("keyring", what="acme")() == "秘密".encode()
    assert new_passphrase("keyring", what="acme") == "秘密".encode()
    assert code_of(passphrase_source("keyring", what="other")) == "KEY-SECRET-ABSENT"


def test_what_enrolment_kept_for_a_profile_opens_its_keys_by_file(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "keyring", Ring({("strongbox", "acme"): "secret"}))
    assert passphrase_source("keyring", what="/box/keys/acme/id")() == b"secret"
    assert code_of(passphrase_source("keyring", what="/box/keys/other/id")) == "KEY-SECRET-ABSENT"
    assert code_of(passphrase_source("keyring", what="acme/id")) == "KEY-SECRET-ABSENT"


def test_a_keyring_that_is_not_there_or_not_open_is_no_crash(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    source = passphrase_source("keyring", what="acme")
    monkeypatch.setitem(sys.modules, "keyring", None)
    assert code_of(source) == "KEY-SECRET-KEYRING"
    monkeypatch.setitem(sys.modules, "keyring", Ring({}, RuntimeError("locked: hunter2")))
    with pytest.raises(Refused) as caught:
        source()
    assert caught.value.code == "KEY-SECRET-KEYRING"
    assert "hunter2" not in str(caught.value)


class Person:
    """Someone at a terminal who types these, one after the other."""

    def __init__(self, *typed: str) -> None:
        self.left = list(typed)

    def __call__(self, prompt: str) -> str:
        if not self.left:
            raise EOFError
        return self.left.pop(0)


@pytest.fixture
def person(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Person]:
    """Puts somebody at the terminal."""

    def sit(*typed: str) -> Person:
        sitting = Person(*typed)
        monkeypatch.setattr(secrets.getpass, "getpass", sitting)
        monkeypatch.setattr(secrets, "_has_terminal", lambda: True)
        return sitting

    return sit


def test_a_new_passphrase_is_typed_twice(person: Callable[..., Person]) -> None:
    sitting = person("秘密", "秘密")
    assert new_passphrase("ask", what="key") == "秘密".encode()
    assert sitting.left == []
    person("one", "other")
    assert code_of(lambda: new_passphrase("ask", what="key")) == "KEY-PASSPHRASE-TWICE"
    person("", "")
    assert code_of(lambda: new_passphrase("ask", what="key")) == "KEY-PASSPHRASE-EMPTY"
    person("x" * (MOST + 1))
    assert code_of(lambda: new_passphrase("ask", what="key")) == "KEY-PASSPHRASE-LONG"
    person()
    assert code_of(passphrase_source("ask", what="key")) == "KEY-SECRET-TERMINAL"


def test_a_new_passphrase_for_the_keyring_is_typed_and_kept(
    person: Callable[..., Person], monkeypatch: pytest.MonkeyPatch
) -> None:
    kept: dict[tuple[str, str], str] = {}
    monkeypatch.setitem(sys.modules, "keyring", Ring(kept))
    person("secret", "secret")
    assert new_passphrase("keyring", what="acme") == b"secret"
    assert passphrase_source("keyring", what="acme")() == b"secret"


def test_without_a_terminal_nobody_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(secrets, "_has_terminal", lambda: False)
    assert code_of(passphrase_source("ask", what="key")) == "KEY-SECRET-TERMINAL"
