"""A marker is looked for in everything that a home holds, the database and its log included."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.apps import apps
from django.db import connection
from strongroom.messages.sending import send_waiting
from strongroom.statements.models import Copy

from tests.unit.directory.keys import certificate_of, fresh_tsk
from tests.unit.statements.doubles import DyingEncryptor, FailingStorage
from tests.unit.statements.firm import Firm

if TYPE_CHECKING:
    from strongroom.runtime.home import Home
    from strongroom.runtime.settings import Settings

pytestmark = pytest.mark.django_db(transaction=True)

MARKER = b"MARKER-5f2c9b1e"
NAME = "U1234567_Activity_20261120.csv"


def _files_with_marker(root: Path) -> set[str]:
    found = (path for path in root.rglob("*") if path.is_file())
    return {path.relative_to(root).parts[0] for path in found if MARKER in path.read_bytes()}


def _database_holds_marker() -> bool:
    rows = " ".join(str(list(model.objects.values())) for model in apps.get_models())
    if MARKER.decode() in rows:
        return True
    if connection.vendor != "sqlite":
        return False
    file = str(connection.settings_dict["NAME"])
    beside = [Path(file), Path(f"{file}-wal"), Path(f"{file}-shm")]
    return any(MARKER in path.read_bytes() for path in beside if path.exists())


@pytest.mark.req("ATK-57")
def test_clear_text_of_an_encrypted_statement_lies_only_in_storage_and_done(
    firm: Firm, home: "Home", product_settings: "Settings", caplog: pytest.LogCaptureFixture
) -> None:
    """Storage keeps the statement for the next key, done/ the original for a week."""
    from strongroom.runtime.carriers import build_sender

    firm.start_now()
    firm.recipient(pgp=True)
    firm.certify("fund", certificate_of(fresh_tsk()))
    firm.drop("U1234567_Strange.csv", MARKER * 10)
    firm.publish(content=(MARKER + b",x\n") * 1000)
    firm.clock.advance(seconds=30)
    send_waiting(build_sender(product_settings, home), firm.act(), support="desk")
    assert Copy.objects.get().state == "published"
    assert _files_with_marker(home.root) == {"objects", "done", "parked"}
    objects = home.root / "objects"
    assert _files_with_marker(objects) == {"statements"}
    assert not _database_holds_marker()
    assert MARKER.decode() not in caplog.text


@pytest.mark.req("ATK-57", "ATK-55")
def test_clear_text_is_nowhere_else_when_encryption_fails_on_a_remote_storage(
    firm: Firm, home: "Home"
) -> None:
    firm.start_now()
    firm.recipient(pgp=True)
    firm.certify("fund", certificate_of(fresh_tsk()))
    storage = FailingStorage(firm.pipeline.storage)
    storage.opens_without_descriptor = True
    firm.change(storage=storage, encryptor=DyingEncryptor())
    firm.publish(content=MARKER * 100)
    assert Copy.objects.get().state == "waiting"
    assert _files_with_marker(home.root) == {"objects", "done"}
    assert _files_with_marker(home.root / "objects") == {"statements"}
    assert not _database_holds_marker()
