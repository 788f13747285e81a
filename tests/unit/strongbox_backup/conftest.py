"""Keys, profiles and back-ups that the tests of back-ups share; all are made at run time."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from strongbox.backup.containers import gather
from strongbox.backup.contents import Contents
from strongbox.backup.moving import for_a_move
from strongbox.keys.faces import KeyFormat
from strongbox.keys.making import NewKind, make_key
from strongbox.keys.openpgp_making import NewPgpKind, make_pgp_key
from strongbox.keys.writing import write_private
from strongbox.profiles.box import Box
from strongbox.profiles.files import save
from strongbox.profiles.profile import OwnKeys, Profile, Sender

AT = datetime(2026, 11, 1, 20, 15, tzinfo=UTC)
KEY_PASSPHRASE = b"the passphrase of the keys"
PASSPHRASE = b"the passphrase of the back-up"


@pytest.fixture(scope="session")
def key_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an RSA key as PPK, an Ed25519 key and an OpenPGP key, all locked but one."""
    folder = tmp_path_factory.mktemp("keys")
    login = make_key(NewKind.RSA_2048, "aki@desk")
    (folder / "login.ppk").write_bytes(write_private(login, KeyFormat.PPK3, KEY_PASSPHRASE))
    coming = make_key(NewKind.ED25519, "coming")
    (folder / "coming").write_bytes(write_private(coming, KeyFormat.OPENSSH, None))
    pair = make_pgp_key("Aki <aki@example.org>", KEY_PASSPHRASE, at=AT, kind=NewPgpKind.CURVE25519)
    (folder / "pgp-secret.asc").write_bytes(pair.secret)
    (folder / "firm.asc").write_bytes(pair.certificate)
    return folder


@pytest.fixture
def box(tmp_path: Path) -> Box:
    """An empty box."""
    return Box(tmp_path / "box")


@pytest.fixture
def profile(key_files: Path, tmp_path: Path) -> Profile:
    """A profile that uses all of the keys."""
    return Profile(
        name="firm",
        host="sftp.example.org",
        port=32,
        login="aki",
        host_keys=(),
        keys=OwnKeys(
            ssh=key_files / "login.ppk",
            next_ssh=key_files / "coming",
            pgp=(key_files / "pgp-secret.asc",),
            secret="keyring",
        ),
        landing=tmp_path / "landing",
        sender=Sender(certificate=key_files / "firm.asc"),
        hook=("load", "--quick"),
    )


@pytest.fixture
def contents(profile: Profile) -> Contents:
    """What a back-up of the profile holds."""
    return for_a_move(gather(profile, lambda _: lambda: KEY_PASSPHRASE, at=AT))


@pytest.fixture
def kept_box(box: Box, profile: Profile) -> Box:
    """A box that has the profile."""
    save(box, profile)
    return box
