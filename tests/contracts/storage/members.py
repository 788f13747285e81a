"""The members of the storage family as the contract sees them; its questions are elsewhere."""

import json
import sys
import uuid
from dataclasses import dataclass, field
from pathlib import Path

from strongroom.backends.storage.local.storage import LocalSettings
from strongroom.backends.storage.local.storage import build as build_local
from strongroom.backends.storage.s3.settings import S3Settings, SecondWrite
from strongroom.backends.storage.s3.storage import build as build_s3
from strongroom.rules.secret import Secret
from strongroom.statements.ports import Storage

from tools.s3_servers import BUCKET, S3Server


@dataclass(frozen=True, slots=True)
class Member:
    """A way to build one storage, here or in another process, and what it cannot promise."""

    kind: str
    settings: dict[str, str] = field(default_factory=dict)

    def build(self) -> Storage:
        """Make the storage anew, as another process would."""
        if self.kind == "local":
            return build_local(LocalSettings(Path(self.settings["root"])))
        return build_s3(self.s3_settings())

    def s3_settings(self) -> S3Settings:
        """The settings, for the S3 members."""
        settings = dict(self.settings)
        return S3Settings(
            bucket=BUCKET,
            secret_key=Secret(settings.pop("secret_key")),
            second_write=SecondWrite(settings.pop("second_write")),
            **settings,
        )

    def command(self, verb: str) -> list[str]:
        """The command of a child process that does `verb` with this storage."""
        child = Path(__file__).with_name("storage_child.py")
        return [sys.executable, str(child), verb, self.kind, json.dumps(self.settings)]

    @property
    def lets_one_win(self) -> bool:
        """Whether of many who write one small object at once exactly one is told that it did."""
        return self.settings.get("second_write") != SecondWrite.LOOK_FIRST.value


def local_member(folder: Path) -> Member:
    """The local storage in a folder."""
    return Member("local", {"root": str(folder)})


def s3_member(server: S3Server, endpoint: str = "") -> Member:
    """The S3 storage on a server, under a prefix of its own."""
    condition = SecondWrite.SERVER if server.is_conditional else SecondWrite.LOOK_FIRST
    return Member(
        "s3",
        {
            "endpoint": endpoint or server.endpoint,
            "access_key": server.access_key,
            "secret_key": server.secret_key,
            "prefix": f"test/{uuid.uuid4()}",
            "second_write": condition.value,
        },
    )


def fresh_key(kind: str = "statements") -> str:
    """A key that nobody has used."""
    return f"{kind}/{uuid.uuid4()}"


def read_all(storage: Storage, key: str) -> bytes:
    """Every byte of an object."""
    reader = storage.open(key)
    try:
        return reader.read(0, reader.size)
    finally:
        reader.close()
