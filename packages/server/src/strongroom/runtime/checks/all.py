"""All checks in the order in which they are made, and what a failure of each means.

One check that cannot be made is one failed line; the others are still made.
"""

from collections.abc import Callable, Iterator
from datetime import datetime

from django.db import DatabaseError
from strongroom_formats.one_line import clean_text
from strongroom_formats.sshsig import SignatureInvalid

from strongroom.rules.refusals import Exit, Refused
from strongroom.runtime import registry
from strongroom.runtime.checks import api, entrance, keys, machine, portal, services, stuck
from strongroom.runtime.checks.finding import Finding, Level, Subject, bad, good
from strongroom.runtime.home import Home
from strongroom.runtime.meaning import refuse_nonsense
from strongroom.runtime.serving import split_address
from strongroom.runtime.settings import Settings
from strongroom.statements.ports import EncryptionError, StorageError

Check = Callable[[Subject], Iterator[Finding]]
_CANNOT_BE_MADE = (
    Refused, StorageError, EncryptionError, OSError, DatabaseError, SignatureInvalid, ValueError,
)  # fmt: skip


def settings(subject: Subject) -> Iterator[Finding]:
    """Every setting makes sense, also those that are read only when the server starts."""
    refuse_nonsense(subject.settings)
    registry.sftp_settings(subject.settings)
    for address in (*subject.settings.sftp.listen, subject.settings.web.listen):
        split_address(address)
    registry.build_pipeline(subject.settings, subject.home).encryptor.close()
    yield good("settings", str(subject.home.settings))


CHECKS: tuple[tuple[str, Check, Exit], ...] = (
    ("settings", settings, Exit.CONFIGURATION),
    ("folders", machine.folders, Exit.CONFIGURATION),
    ("key files", keys.key_files, Exit.CONFIGURATION),
    ("host keys", keys.host_keys, Exit.CONFIGURATION),
    ("evidence key", keys.evidence_key, Exit.CONFIGURATION),
    ("firm PGP key", keys.firm_pgp_key, Exit.CONFIGURATION),
    ("enrolment", api.address, Exit.CONFIGURATION),
    ("certificate", api.certificate, Exit.CONFIGURATION),
    ("portal", portal.address, Exit.CONFIGURATION),
    ("senders", portal.senders, Exit.CONFIGURATION),
    ("proxies", entrance.proxies, Exit.CONFIGURATION),
    ("clock", machine.clock, Exit.UNAVAILABLE),
    ("disk", machine.room, Exit.UNAVAILABLE),
    ("inbox", machine.inbox, Exit.UNAVAILABLE),
    ("storage", services.storage, Exit.UNAVAILABLE),
    ("database", services.database, Exit.UNAVAILABLE),
    ("audit log", services.audit_end, Exit.UNAVAILABLE),
    ("parked files", stuck.parked, Exit.UNAVAILABLE),
    ("held copies", stuck.held, Exit.UNAVAILABLE),
    ("waiting work", stuck.waiting, Exit.UNAVAILABLE),
    ("notices", stuck.notices, Exit.UNAVAILABLE),
    ("sidecars", stuck.sidecars, Exit.UNAVAILABLE),
)


def make(chosen: Settings, home: Home, now: datetime) -> Iterator[tuple[Finding, Exit]]:
    """Make all checks; yields each finding with the exit status it stands for.

    A failure among settings and keys means 78, elsewhere 69; anything else 0.
    """
    subject = Subject(chosen, home, now)
    for name, check, status in CHECKS:
        for finding in _made(name, check, subject):
            yield finding, status if finding.level is Level.FAIL else Exit.OK


def _made(name: str, check: Check, subject: Subject) -> Iterator[Finding]:
    try:
        yield from check(subject)
    except _CANNOT_BE_MADE as error:
        advice = "" if isinstance(error, Refused) else "Put this right and check again."
        yield bad(name, clean_text(str(error) or type(error).__name__, 500), advice)
