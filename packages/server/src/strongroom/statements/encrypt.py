"""The second step: each recipient's copy is made, encrypted where the recipient asks for PGP.

A missing, expired, revoked or unusable key holds the copy; nothing ever falls back to clear
text (ATK-54). Showing the copy to the recipient is the next step, `publish`.
"""

import contextlib
import os
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from django.db import transaction
from django.db.models import Q, QuerySet

from strongroom.audit.act import Act
from strongroom.audit.record import record
from strongroom.directory import reads
from strongroom.directory.models import PgpPolicy
from strongroom.messages.kinds import NoticeKind
from strongroom.messages.notices import OPERATORS, post
from strongroom.rules import refusals
from strongroom.rules.file_names import Grammar, StatementName, delivered_name
from strongroom.statements.claims import claim_each, free
from strongroom.statements.models import Copy, CopyState, Statement
from strongroom.statements.pipeline import Pipeline
from strongroom.statements.ports import Encrypted, EncryptionError, StoredReader

_CHUNK = 1024 * 1024
_TRY_PASSING = timedelta(minutes=1)
_TRY_HELD = timedelta(days=1)


def prepare_copies(pipeline: Pipeline, act: Act) -> int:
    """Make waiting copies ready to publish; returns how many moved on."""
    due = Copy.objects.filter(
        Q(state=CopyState.WAITING) | Q(state=CopyState.HELD),
        next_try_at__lte=act.at,
        statement__is_held=False,
    )
    moved = _prepare_clear(due, pipeline, act)
    encrypting = due.filter(recipient__pgp=PgpPolicy.REQUIRED).order_by("next_try_at")
    work = pipeline.work
    for copy in claim_each(encrypting, act.at, lease=work.lease, most=work.batch):
        moved += _prepare_encrypted(pipeline, copy, act)
    return moved


def _prepare_clear(due: QuerySet[Copy], pipeline: Pipeline, act: Act) -> int:
    """Copies in clear share the statement's object: nothing to make, so all in one go."""
    with transaction.atomic():
        copies = list(
            due.filter(free(act.at), recipient__pgp=PgpPolicy.OFF)
            .select_related("statement__account")
            .select_for_update(of=("self",), skip_locked=True)
            .order_by("next_try_at")[: pipeline.work.batch]
        )
        for copy in copies:
            copy.state = CopyState.READY
            copy.name = public_name(pipeline.intake.grammar, copy.statement, is_encrypted=False)
            copy.encryption = "none"
            copy.size, copy.sha256 = copy.statement.size, copy.statement.sha256
            copy.storage_key = copy.statement.storage_key
            copy.code, copy.reason, copy.claimed_until = "", "", None
        Copy.objects.bulk_update(
            copies,
            [
                "state",
                "name",
                "encryption",
                "size",
                "sha256",
                "storage_key",
                "code",
                "reason",
                "claimed_until",
            ],
        )
    return len(copies)


def public_name(grammar: Grammar, statement: Statement, *, is_encrypted: bool) -> str:
    """Return the name under which a recipient sees a statement (docs/formats/file-names.md)."""
    name = StatementName(
        account=statement.account.number,
        kind=statement.kind,
        period_from=statement.period_from,
        period_to=statement.period_to,
        extension=statement.extension,
    )
    return delivered_name(grammar.spell(name), statement.revision, encrypted=is_encrypted)


def _prepare_encrypted(pipeline: Pipeline, copy: Copy, act: Act) -> int:
    certificate = reads.certificate_of(copy.recipient_id)
    login = copy.recipient.login
    if certificate is None:
        refused = refusals.COPY_NO_PGP_KEY.because(login=login)
        _hold(copy, refused.code, str(refused), act=act)
        return 0
    name = public_name(pipeline.intake.grammar, copy.statement, is_encrypted=True)
    key = f"copies/{uuid.uuid4()}"
    target = pipeline.folders.spool / "encrypt" / f"{copy.pk}-{uuid.uuid4()}.pgp"
    try:
        with clear_file(pipeline, copy.statement.storage_key) as source:
            encrypted = pipeline.encryptor.encrypt(
                str(source), str(target), certificate=certificate.data, name=name
            )
        pipeline.storage.adopt(key, encrypted.path)
    except EncryptionError as error:
        target.unlink(missing_ok=True)
        if error.is_permanent:
            _hold(copy, error.code, str(error), act=act)
        else:
            later = act.at + _TRY_PASSING
            _owned(copy).update(claimed_until=None, next_try_at=later, reason=str(error)[:500])
        return 0
    if not _make_ready(copy, _Made(name, key, encrypted), act):
        pipeline.storage.remove(key)
        return 0
    return 1


@dataclass(frozen=True, slots=True)
class _Made:
    """An encrypted copy in storage that no row names yet."""

    name: str
    key: str
    file: Encrypted


def _make_ready(copy: Copy, made: _Made, act: Act) -> int:
    return _owned(copy).update(
        state=CopyState.READY,
        name=made.name,
        encryption="openpgp",
        size=made.file.size,
        sha256=made.file.sha256,
        storage_key=made.key,
        code="",
        reason="",
        claimed_until=None,
        next_try_at=act.at,
    )


def _owned(copy: Copy) -> QuerySet[Copy]:
    """The copy while our claim holds; another worker may have taken it over meanwhile."""
    return Copy.objects.filter(id=copy.pk, state=copy.state, claimed_until=copy.claimed_until)


def _hold(copy: Copy, code: str, reason: str, *, act: Act) -> None:
    """Hold the copy until its key changes; look again daily. Told once for each cause."""
    with transaction.atomic():
        is_new = copy.state != CopyState.HELD or copy.code != code
        _owned(copy).update(
            state=CopyState.HELD,
            code=code,
            reason=reason[:500],
            claimed_until=None,
            next_try_at=act.at + _TRY_HELD,
        )
        if not is_new:
            return
        login = copy.recipient.login
        for recipient in (login, OPERATORS):
            post(
                NoticeKind.STATEMENTS_HELD,
                recipient=recipient,
                sameness=f"{login}:{code}:{act.at.date().isoformat()}",
                at=act.at,
                facts={"login": login, "reason": reason},
            )
        record(
            act,
            "copy.held",
            f"statement:{copy.statement_id}",
            recipient=login,
            code=code,
        )


def wake_held(recipient_id: int, act: Act) -> int:
    """Try a recipient's held copies again at once, because a key was approved."""
    held = Copy.objects.filter(recipient_id=recipient_id, state=CopyState.HELD)
    return held.update(next_try_at=act.at)


@contextlib.contextmanager
def clear_file(pipeline: Pipeline, key: str) -> Iterator[Path]:
    """Give the stored object as a file for the encryption process to read.

    Where the storage has a descriptor the process reads through it, and no clear text is
    written anywhere (ATK-57); otherwise a 0600 file in the spool lives as long as the block.
    """
    reader = pipeline.storage.open(key)
    try:
        if reader.descriptor is not None:
            yield Path(f"/proc/{os.getpid()}/fd/{reader.descriptor}")
            return
        path = pipeline.folders.spool / "encrypt" / f"{uuid.uuid4()}.clear"
        try:
            _copy_out(reader, path)
            yield path
        finally:
            path.unlink(missing_ok=True)
    finally:
        reader.close()


def _copy_out(reader: StoredReader, path: Path) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        offset = 0
        while chunk := reader.read(offset, _CHUNK):
            file.write(chunk)
            offset += len(chunk)


def sweep_spool(pipeline: Pipeline, act: Act) -> None:
    """Remove what a killed worker left in the encryption spool, once no claim can own it."""
    oldest = (act.at - 2 * pipeline.work.lease).timestamp()
    for path in (pipeline.folders.spool / "encrypt").iterdir():
        with contextlib.suppress(FileNotFoundError):
            if path.stat().st_mtime < oldest:
                path.unlink()
