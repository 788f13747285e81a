"""What a login teaches a profile: announced host keys, and which of the own keys works."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from strongbox.keys.making import NewKind, make_key
from strongbox.keys.writing import write_private
from strongbox.profiles import files
from strongbox.profiles.box import Box
from strongbox.profiles.profile import OwnKeys, Profile
from strongbox.sync import sessions
from strongbox.sync.events import Event, EventKind
from strongbox.sync.sessions import asking, login_keys, open_session
from strongbox.wire.ports import Server

OLD, NEW = "ssh-ed25519 AAAAold", "ssh-ed25519 AAAAnew"


class Taught:
    """A session in which something was learnt."""

    announced_host_keys = (f"{OLD} with a comment", NEW)

    def __init__(self, fingerprint: str) -> None:
        self.key_fingerprint = fingerprint


@pytest.fixture
def profile(tmp_path: Path) -> Profile:
    """A profile with a key, and one that is coming."""
    from strongbox.keys.reading import KeyFormat

    for name in ("id", "next"):
        key = make_key(NewKind.ED25519)
        (tmp_path / name).write_bytes(write_private(key, KeyFormat.OPENSSH, None))
        (tmp_path / name).chmod(0o600)
    keys = OwnKeys(tmp_path / "id", next_ssh=tmp_path / "next", secret="none")
    made = Profile("acme", "firm.example", 22, "acme", (OLD,), keys, tmp_path / "landing")
    files.save(Box(tmp_path / "box"), made)
    return made


def log_in(profile: Profile, box: Box, which: int, monkeypatch: pytest.MonkeyPatch) -> list[Event]:
    """Log in with one of the keys; what was told."""
    told: list[Event] = []
    keys = login_keys(profile, asking(profile))
    servers: list[Server] = []

    @asynccontextmanager
    async def connect(server: Server, _keys: object) -> AsyncIterator[Taught]:
        servers.append(server)
        yield Taught(keys[which].public.fingerprint_sha256)

    monkeypatch.setattr(sessions, "connect", connect)

    async def run() -> None:
        async with open_session(box, profile, keys, tell=told.append):
            pass

    asyncio.run(run())
    assert servers[0].host_keys == files.load(box, "acme").host_keys[: len(servers[0].host_keys)]
    return told


def test_announced_host_keys_are_kept_once_and_told(
    profile: Profile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    box = Box(tmp_path / "box")
    told = log_in(profile, box, 1, monkeypatch)
    assert [(one.kind, one.facts["key"]) for one in told] == [(EventKind.HOST_KEY, NEW)]
    assert files.load(box, "acme").host_keys == (OLD, NEW)
    assert log_in(profile, box, 1, monkeypatch) == []


def test_a_coming_key_takes_over_at_its_first_success(
    profile: Profile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    box = Box(tmp_path / "box")
    told = log_in(profile, box, 0, monkeypatch)
    assert told[0].kind is EventKind.KEY_CHANGED
    kept = files.load(box, "acme").keys
    assert (kept.ssh, kept.next_ssh) == (tmp_path / "next", None)
    assert (tmp_path / "id").exists(), "the old file stays"


def test_until_then_the_old_key_goes_on_working(
    profile: Profile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    box = Box(tmp_path / "box")
    told = log_in(profile, box, 1, monkeypatch)
    assert EventKind.KEY_CHANGED not in {one.kind for one in told}
    assert files.load(box, "acme").keys == profile.keys


def test_a_login_uses_what_an_earlier_one_learnt(
    profile: Profile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    box = Box(tmp_path / "box")
    files.save(box, replace(profile, host_keys=(OLD, NEW)))
    assert log_in(profile, box, 1, monkeypatch) == []
