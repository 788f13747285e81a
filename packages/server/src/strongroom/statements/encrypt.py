"""The second step: each recipient's copy is made, encrypted where the recipient asks for PGP.

A missing, expired, revoked or unusable key holds the copy; nothing ever falls back to clear
text (ATK-54). Showing the copy to the recipient is the next step, `publish`.
"""

import contextlib
import os
import uuid
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path

from django.db import transaction
from django.db.models import Q, QuerySet

from strongroom.audit.act import Act
from strongroom.audit.record import Line, record_all
from strongroom.directory import reads
from strongroom.directory.models import PgpPolicy
from strongroom.messages.kinds import NoticeKind
from strongroom.messages.notices import OPERATORS, post
from strongroom.rules import refusals
from strongroom.rules.file_names import Grammar, StatementName, delivered_name
from strongroom.rules.refusals import Refused
from strongroom.statements.claims import claim, due, free, update_each
from strongroom.statements.models import Copy, CopyState, Statement
from strongroom.statements.pipeline import Pipeline
from strongroom.statements.ports import Encrypted, EncryptionError, StorageError, StoredReader

_CHUNK = 1024 * 1024
_TRY_PASSING = timedelta(minutes=1)
_TRY_HELD = timedelta(days=1)
_AT_ONCE = 32


def prepare_copies(pipeline: Pipeline, act: Act) -> int:
    """Make waiting copies ready to publish; returns how many moved on."""
    waiting = Copy.objects.filter(
        Q(due(act.at, 2 * _TRY_PASSING), state=CopyState.WAITING)
        | Q(due(act.at, 2 * _TRY_HELD), state=CopyState.HELD),
        statement__is_held=False,
    ).order_by("next_try_at")
    clear = waiting.filter(recipient__pgp=PgpPolicy.OFF)
    encrypted = waiting.filter(recipient__pgp=PgpPolicy.REQUIRED)
    return _prepare_clear(clear, pipeline, act) + _prepare_encrypted(encrypted, pipeline, act)


_READY = (
    "state",
    "name",
    "encryption",
    "size",
    "sha256",
    "storage_key",
    "code",
    "reason",
    "claimed_until",
)


def _prepare_clear(waiting: QuerySet[Copy], pipeline: Pipeline, act: Act) -> int:
    """Copies in clear share the statement's object: nothing to make, so all in one go."""
    held: list[_Held | None] = []
    with transaction.atomic():
        found = list(
            waiting.filter(free(act.at))
            .select_related("statement__account")
            .select_for_update(of=("self",), skip_locked=True, no_key=True)[: pipeline.work.batch]
        )
        copies = []
        for copy in found:
            try:
                name = public_name(pipeline.intake.grammar, copy.statement, is_encrypted=False)
            except Refused as refused:  # the grammar in the settings was changed
                held.append(_hold(copy, refused.code, str(refused), act=act))
                continue
            copies.append(copy)
            copy.state, copy.name = CopyState.READY, name
            copy.encryption = "none"
            copy.size, copy.sha256 = copy.statement.size, copy.statement.sha256
            copy.storage_key = copy.statement.storage_key
            copy.code, copy.reason, copy.claimed_until = "", "", None
        update_each(copies, _READY)
        _tell_held([one for one in held if one], act)
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


@dataclass(frozen=True, slots=True)
class _Job:
    """A claimed copy with all that its encryption needs, so that no thread touches a row."""

    copy: Copy
    name: str
    certificate: reads.Certificate


@dataclass(frozen=True, slots=True)
class _Made:
    """An encrypted copy in storage that no row names yet."""

    name: str
    key: str
    file: Encrypted


def _prepare_encrypted(waiting: QuerySet[Copy], pipeline: Pipeline, act: Act) -> int:
    """Encrypt a handful of copies side by side, then settle them in one transaction."""
    most = min(pipeline.work.batch, _AT_ONCE)
    copies = claim(waiting, act.at, lease=pipeline.work.lease, most=most)
    jobs = [job for copy in copies if (job := _job(pipeline, copy, act))]
    if not jobs:
        return 0
    with ThreadPoolExecutor(pipeline.work.encrypting) as pool:
        results = list(pool.map(partial(_encrypt, pipeline), jobs))
    with transaction.atomic():
        settled = [_settle(pipeline, *each, act) for each in zip(jobs, results, strict=True)]
        _tell_held([one for one in settled if isinstance(one, _Held)], act)
    return settled.count(True)


def _job(pipeline: Pipeline, copy: Copy, act: Act) -> _Job | None:
    """Look up what encryption needs; a copy without a certificate is held, and is no job."""
    try:
        certificate = reads.certificate_of(copy.recipient_id)
        if certificate is None:
            raise refusals.COPY_NO_PGP_KEY.because(login=copy.recipient.login)
        name = public_name(pipeline.intake.grammar, copy.statement, is_encrypted=True)
    except Refused as refused:
        with transaction.atomic():
            held = _hold(copy, refused.code, str(refused), act=act)
            _tell_held([held] if held else [], act)
        return None
    return _Job(copy, name, certificate)


_Trouble = EncryptionError | StorageError | OSError


def _encrypt(pipeline: Pipeline, job: _Job) -> _Made | _Trouble:
    """Encrypt one copy into storage; trouble is returned, for the row is settled elsewhere."""
    key = f"copies/{uuid.uuid4()}"
    target = pipeline.folders.spool / "encrypt" / f"{job.copy.pk}-{uuid.uuid4()}.pgp"
    try:
        with clear_file(pipeline, job.copy.statement.storage_key) as source:
            encrypted = pipeline.encryptor.encrypt(
                str(source), str(target), certificate=job.certificate.data, name=job.name
            )
        pipeline.storage.adopt(key, encrypted.path)
    except (EncryptionError, StorageError, OSError) as trouble:
        target.unlink(missing_ok=True)
        return trouble
    return _Made(job.name, key, encrypted)


@dataclass(frozen=True, slots=True)
class _Held:
    """A copy that was held just now, for a cause that nobody was told yet."""

    login: str
    statement: uuid.UUID
    code: str
    reason: str


def _settle(
    pipeline: Pipeline, job: _Job, result: _Made | _Trouble, act: Act
) -> bool | _Held | None:
    """Write down what became of a copy; True when it is ready, or what has to be told."""
    copy = job.copy
    if isinstance(result, _Made):
        if _is_in_force(job) and _make_ready(copy, result, act):
            return True
        # Our claim ran out and another worker has the copy, or the key has changed meanwhile.
        transaction.on_commit(partial(pipeline.storage.remove, result.key))
        _owned(copy).update(claimed_until=None)
    elif isinstance(result, EncryptionError) and result.is_permanent:
        return _hold(copy, result.code, str(result), act=act)
    else:
        later = act.at + _TRY_PASSING
        _owned(copy).update(claimed_until=None, next_try_at=later, reason=str(result)[:500])
    return None


def _is_in_force(job: _Job) -> bool:
    """Whether the certificate was neither revoked nor replaced while the copy was encrypted."""
    now = reads.certificate_of(job.copy.recipient_id)
    return now is not None and now.id == job.certificate.id


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


def _hold(copy: Copy, code: str, reason: str, *, act: Act) -> _Held | None:
    """Hold the copy until its key changes; look again daily. Told once for each cause."""
    changed = _owned(copy).update(
        state=CopyState.HELD,
        code=code,
        reason=reason[:500],
        claimed_until=None,
        next_try_at=act.at + _TRY_HELD,
    )
    if not changed or (copy.state == CopyState.HELD and copy.code == code):
        return None
    return _Held(copy.recipient.login, copy.statement_id, code, reason)


def _tell_held(found: Sequence[_Held], act: Act) -> None:
    """Tell recipients and operators, in one order, so that two workers cannot stop each other."""
    for login, code, reason in sorted({(held.login, held.code, held.reason) for held in found}):
        for recipient in (login, OPERATORS):
            post(
                NoticeKind.STATEMENTS_HELD,
                recipient=recipient,
                sameness=f"{login}:{code}:{act.at.date().isoformat()}",
                at=act.at,
                facts={"login": login, "reason": reason},
            )
    lines = [
        Line(
            "copy.held", f"statement:{held.statement}", {"recipient": held.login, "code": held.code}
        )
        for held in found
    ]
    record_all(act, lines)


def make_again(recipient_id: int, act: Act) -> int:
    """Make a recipient's ready copies anew, because what they were made with has changed.

    Their objects are named by no row any more, and `orphans` removes them.
    """
    ready = Copy.objects.filter(recipient_id=recipient_id, state=CopyState.READY)
    return ready.update(
        state=CopyState.WAITING, storage_key="", claimed_until=None, next_try_at=act.at
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
