"""Refills database, storage and folders of a home from a back-up that was opened.

Opening it, and moving the home to its place, is in `restoring`.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import closing
from typing import BinaryIO
from uuid import UUID

from django.apps.registry import Apps
from django.db import connections, transaction

from strongroom.audit.act import Act
from strongroom.audit.record import record
from strongroom.rules import refusals
from strongroom.runtime import clock, registry, setting_up
from strongroom.runtime.backup import names, rows
from strongroom.runtime.backup.names import Kind, StoredObject
from strongroom.runtime.backup.restoring import Member, Restored, Source
from strongroom.runtime.home import Home
from strongroom.runtime.new_file import new_file
from strongroom.runtime.settings import Settings
from strongroom.statements.models import Arrival, ArrivalState
from strongroom.statements.ports import StorageError

_BLOCK = 1 << 20


class Refill:
    """One restoration. Rows count only when the file proved whole to its last byte."""

    def __init__(self, settings: Settings, home: Home, source: Source) -> None:
        self._settings = settings
        self._home = home
        self._source = source
        self._storage = registry.build_storage(settings, home)
        self._restored = Restored(
            made_at=str(source.facts["made_at"]),
            audit_records=int(source.facts["audit_head"]["seq"]),
            keys=int(source.facts["keys"]),
            are_objects_inside=bool(source.facts["objects_inside"]),
        )

    def run(self, operator: str) -> Restored:
        """Refill all. Raises Refused: RESTORE-TARGET, BACKUP-DAMAGED, BACKUP-FOREIGN."""
        self._refuse_used_targets()
        try:
            tables = self._tables()  # SQLite cannot make them inside a transaction
            with transaction.atomic(), tempfile.TemporaryFile(dir=self._home.spool) as kept:
                self._fill(tables, kept)
                self._source.drain()
            setting_up.migrate()
            self._put_on_record(operator)
        except BaseException:
            self._empty_storage()
            raise
        finally:
            connections.close_all()
        return self._restored

    def _refuse_used_targets(self) -> None:
        """The settings may name a database or folder outside the home that is in use."""
        table = rows.first_table_in_use()
        if table is not None:
            raise refusals.RESTORE_TARGET.because(what=f"table {table} of the database")
        if self._restored.are_objects_inside and any(True for _ in self._storage.keys("")):
            raise refusals.RESTORE_TARGET.because(what="the storage of the settings")

    def _empty_storage(self) -> None:
        """Take away what was put into a storage that was empty before."""
        if self._restored.are_objects_inside:
            for key, _ in list(self._storage.keys("")):
                self._storage.remove(key)

    def _fill(self, tables: Apps, kept: BinaryIO) -> None:
        listed: Iterator[StoredObject] = iter(())
        for kind, group in self._source.groups:
            match kind:
                case Kind.ROWS:
                    self._insert(tables, group)
                case Kind.OBJECT_LIST:
                    listed = _kept(next(group), kept)
                case Kind.OBJECT:
                    self._put(group, listed)
                case Kind.FILE:
                    for member in group:
                        self._write(member)
                case _:
                    raise self._foreign(f"its {kind.value} stands in a strange place")
        self._look_for(listed)
        _take_back_to_spool(self._home)

    def _foreign(self, why: object) -> refusals.Refused:
        return refusals.BACKUP_FOREIGN.because(path=self._source.path, why=why)

    def _tables(self) -> Apps:
        try:
            return rows.build_tables(self._source.facts["migrations"])
        except (ValueError, KeyError) as error:
            raise self._foreign(error) from error

    def _insert(self, tables: Apps, group: Iterator[Member]) -> None:
        for member in group:
            label = names.table_of(member.name)
            self._restored.rows += rows.insert(tables, label, member.content)
        rows.set_counters(tables)

    def _put(self, group: Iterator[Member], listed: Iterator[StoredObject]) -> None:
        """Store objects; the list says what each should be, and which are missing between."""
        for member in group:
            key = member.name.removeprefix("objects/")
            expected = next(listed, None)
            while expected is not None and expected.key != key:
                self._restored.missing += 1
                expected = next(listed, None)
            try:
                stored = self._storage.put(key, _chunks(member))
            except StorageError as error:
                raise refusals.DISK.because(path=key, why=error) from error
            if expected is None:
                raise self._foreign(f"its list of objects lacks {key}")
            is_same = stored.size == expected.size and expected.sha256 in ("", stored.sha256)
            self._restored.objects += 1
            self._restored.damaged += not is_same

    def _look_for(self, listed: Iterator[StoredObject]) -> None:
        """What is still on the list was not in the file; it may lie in an object store."""
        for expected in listed:
            if self._restored.are_objects_inside or not self._is_stored(expected):
                self._restored.missing += 1
            else:
                self._restored.objects += 1

    def _is_stored(self, expected: StoredObject) -> bool:
        try:
            with closing(self._storage.open(expected.key)) as reader:
                return reader.size == expected.size
        except StorageError as error:
            if error.is_permanent:
                return False
            raise refusals.DISK.because(path=expected.key, why=error) from error

    def _write(self, member: Member) -> None:
        path = self._home.root / member.name
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with new_file(path) as file:
            shutil.copyfileobj(member.content, file, _BLOCK)
        os.utime(path, (member.changed_at, member.changed_at))
        self._restored.files += 1

    def _put_on_record(self, operator: str) -> None:
        record(
            Act(f"operator:{operator}", clock.now()),
            "home.restored",
            "home",
            made_at=self._restored.made_at,
            audit_records=self._restored.audit_records,
            missing_objects=self._restored.missing,
        )


def _kept(member: Member, kept: BinaryIO) -> Iterator[StoredObject]:
    """Keep the list of objects on disk while the objects are read; it may be long."""
    shutil.copyfileobj(member.content, kept, _BLOCK)
    kept.seek(0)
    return map(names.read_line, kept)


def _chunks(member: Member) -> Iterator[bytes]:
    while data := member.content.read(_BLOCK):
        yield data


def _take_back_to_spool(home: Home) -> None:
    """An original may have moved on after the moment of the rows; their work is still to do."""
    for folder in (home.root / "done").glob("*/*"):
        waiting = home.spool / "intake" / folder.name
        if not waiting.exists() and _is_awaited(folder.name):
            folder.rename(waiting)


def _is_awaited(name: str) -> bool:
    try:
        arrival = UUID(name)
    except ValueError:
        return False
    return Arrival.objects.filter(id=arrival, state=ArrivalState.WAITING).exists()
