"""The stages of one login: host key, login, folder, what is expected, and the test statement.

How connections are made is in `wire`, how files are opened in `opening`; nothing is kept here.
"""

import asyncio
import shlex
from collections.abc import Sequence
from datetime import datetime
from pathlib import PurePosixPath

from strongbox.doctor import refusals
from strongbox.doctor.causes import of_refusal
from strongbox.doctor.expecting import look_at_expected
from strongbox.doctor.firm_help import FirmHelp
from strongbox.doctor.report import (
    Finding,
    Stage,
    doubtful,
    failed,
    fine,
    is_one_of,
    not_reached,
)
from strongbox.opening import refusals as opening_refusals
from strongbox.opening.opener import Keyring, Opened, Verdict
from strongbox.opening.rehearsal import open_rehearsal
from strongbox.profiles.profile import Profile
from strongbox.refusal import Refused
from strongbox.sync.sessions import Ask
from strongbox.tools.sites import host_key
from strongbox.wire import refusals as wire_refusals
from strongbox.wire.connecting import connect
from strongbox.wire.pinned import pinned_keys
from strongbox.wire.ports import Server, Session
from strongbox.wire.presented import presented_host_keys
from strongbox.words import say

_MOST_SHOWN = 20
_INSIDE = (Stage.FOLDER, Stage.EXPECTED, Stage.TEST_STATEMENT, Stage.SIGNATURE)
_OF_THE_SIGNATURE = (
    opening_refusals.OPEN_UNSIGNED,
    opening_refusals.OPEN_OTHER_SIGNER,
    opening_refusals.OPEN_SENDER_EXPIRED,
    opening_refusals.OPEN_SENDER_REVOKED,
    opening_refusals.OPEN_SENDER_UNKNOWN,
    opening_refusals.OPEN_SENDER_BROKEN,
)
_OF_THE_HOST_KEY = (
    wire_refusals.HOST_KEY_CHANGED,
    wire_refusals.HOST_KEY_UNKNOWN,
    wire_refusals.HOST_KEY_BROKEN,
)


async def look_inside(server: Server, help_: FirmHelp, *, now: datetime, ask: Ask) -> list[Finding]:
    """Log in, and look at everything that a run would use; `ask` is for OpenPGP keys."""
    if not help_.keys or not server.host_keys:
        shown = await _host_key_alone(server)
        return [shown, *not_reached(Stage.LOGIN, *_INSIDE)]
    measured = ", ".join(key.public.fingerprint_sha256 for key in help_.keys)
    try:
        async with connect(server, help_.keys) as session:
            found = [_host_key(server, session), _login(session)]
            return [*found, *await _in_session(session, help_, now=now, ask=ask)]
    except Refused as refused:
        return await asyncio.to_thread(_refused, help_, refused, server, measured)


def _refused(help_: FirmHelp, refused: Refused, server: Server, measured: str) -> list[Finding]:
    """Which stage the end of the connection belongs to."""
    if is_one_of(refused, *_OF_THE_HOST_KEY):
        return [_wrong_host_key(refused), *not_reached(Stage.LOGIN, *_INSIDE)]
    pinned = ", ".join(key.fingerprint_sha256 for key in pinned_keys(server.host_keys))
    known = fine(Stage.HOST_KEY, say("one of {fingerprints}", fingerprints=pinned))
    if is_one_of(refused, wire_refusals.NET_NO_SFTP):
        later = not_reached(*_INSIDE[1:])
        return [known, fine(Stage.LOGIN, measured), failed(Stage.FOLDER, refused), *later]
    if is_one_of(refused, wire_refusals.LOGIN_REFUSED):
        login = of_refusal(help_, refused, measured)
    else:
        login = failed(Stage.LOGIN, refused, measured)
    return [known, login, *not_reached(*_INSIDE)]


def _wrong_host_key(refused: Refused) -> Finding:
    """A host key that is not on record; a changed one is nothing to shrug off."""
    measured = str(refused.facts.get("shown", ""))
    if refused.kind is not wire_refusals.HOST_KEY_CHANGED:
        return failed(Stage.HOST_KEY, refused, measured)
    remedies = (
        say("Ask the firm by telephone, not by e-mail, and read out the fingerprint shown here."),
        say("A planned change is announced to strongbox beforehand; this one was not."),
    )
    return failed(Stage.HOST_KEY, refused, measured, remedies)


async def _host_key_alone(server: Server) -> Finding:
    """Compare host keys without a login, for want of a key or of host keys."""
    try:
        presented = await presented_host_keys(server.host, server.port, server.timeout)
        pinned = {key.blob for key in pinned_keys(server.host_keys)}
    except Refused as refused:
        return failed(Stage.HOST_KEY, refused)
    keys = [host_key(line) for line in presented]
    shown = ", ".join(f"{key.algorithm} {key.fingerprint_sha256}" for key in keys)
    if any(key.blob in pinned for key in keys):
        return fine(Stage.HOST_KEY, shown)
    if not pinned:
        unknown = wire_refusals.HOST_KEY_UNKNOWN.because(host=server.host, shown=shown)
        accept = shlex.quote("host_keys=" + ",".join(presented))
        command = f"strongbox profile set {accept}"
        remedy = say("Only if the firm published just these: {command}", command=command)
        return failed(Stage.HOST_KEY, unknown, shown, (remedy,))
    wanted = ", ".join(f"{key.algorithm} {key.fingerprint_sha256}"
                       for key in pinned_keys(server.host_keys))  # fmt: skip
    changed = wire_refusals.HOST_KEY_CHANGED.because(host=server.host, expected=wanted, shown=shown)
    return _wrong_host_key(changed)


def _host_key(server: Server, session: Session) -> Finding:
    pinned = ", ".join(key.fingerprint_sha256 for key in pinned_keys(server.host_keys))
    measured = say("one of {fingerprints}", fingerprints=pinned)
    coming = [host_key(line).fingerprint_sha256 for line in session.announced_host_keys]
    if coming:
        measured += "; " + say("announced: {fingerprints}", fingerprints=", ".join(coming))
    return fine(Stage.HOST_KEY, measured)


def _login(session: Session) -> Finding:
    return fine(Stage.LOGIN, f"{session.key_fingerprint}, {session.server_version}")


async def _in_session(
    session: Session, help_: FirmHelp, *, now: datetime, ask: Ask
) -> list[Finding]:
    profile = help_.profile
    folder = await _folder(session, profile)
    due = await look_at_expected(session, help_.box, profile, now)
    return [folder, due, *await _test_statement(session, profile, ask)]


async def _folder(session: Session, profile: Profile) -> Finding:
    measured, folder = "", ""
    try:
        for folder in filter(None, (profile.folders.outgoing, profile.folders.manifests)):
            measured += f"{folder}: {len(await session.list(folder))}; "
    except Refused as refused:
        if is_one_of(refused, wire_refusals.FILE_ABSENT, wire_refusals.FILE_FAILED):
            refused = await _absent(session, folder, refused)
        return failed(Stage.FOLDER, refused, measured.rstrip("; "))
    return fine(Stage.FOLDER, measured.rstrip("; "))


async def _absent(session: Session, folder: str, refused: Refused) -> Refused:
    """Servers say in several ways that a folder is not there; a look around makes it plain."""
    for around in (str(PurePosixPath(folder).parent), "/", "."):
        try:
            found = [one.name for one in await session.list(around) if one.is_folder]
        except Refused:
            continue
        if PurePosixPath(folder).name in found:
            return refused
        names = ", ".join(sorted(found)[:_MOST_SHOWN]) or "–"
        return refusals.FOLDER_ABSENT.because(folder=folder, names=names)
    return refused


async def _test_statement(session: Session, profile: Profile, ask: Ask) -> Sequence[Finding]:
    if not profile.folders.test:
        return [fine(Stage.TEST_STATEMENT, say("the firm has none")),
                fine(Stage.SIGNATURE, say("nothing to check"))]  # fmt: skip
    where = say("the file in {folder}", folder=profile.folders.test)
    try:
        keyring = await asyncio.to_thread(_keyring, profile, ask)
        opened = await open_rehearsal(session, profile, keyring)
    except Refused as refused:
        if is_one_of(refused, *_OF_THE_SIGNATURE):
            return [fine(Stage.TEST_STATEMENT, where), failed(Stage.SIGNATURE, refused, where)]
        later = not_reached(Stage.SIGNATURE)
        if is_one_of(refused, opening_refusals.OPEN_TEST_ABSENT):
            return [doubtful(Stage.TEST_STATEMENT, refused, where), *later]
        return [failed(Stage.TEST_STATEMENT, refused, where), *later]
    except OSError as error:
        path, why = error.filename or profile.sender.certificate, error.strerror or str(error)
        unreadable = refusals.KEY_UNREADABLE.because(path=path, why=why)
        return [failed(Stage.TEST_STATEMENT, unreadable, where), *not_reached(Stage.SIGNATURE)]
    return [fine(Stage.TEST_STATEMENT, say("{size} bytes", size=opened.size)), _signature(opened)]


def _signature(opened: Opened) -> Finding:
    match opened.verdict:
        case Verdict.VERIFIED:
            return fine(Stage.SIGNATURE, opened.signer or "")
        case Verdict.UNSIGNED:
            return doubtful(Stage.SIGNATURE, refusals.SIGNATURE_NONE.because())
        case Verdict.CLEAR:
            return fine(Stage.SIGNATURE, say("not encrypted; the signed lists vouch for files"))


def _keyring(profile: Profile, ask: Ask) -> Keyring:
    """Raises Refused, OSError."""
    keys, sender = profile.keys, profile.sender
    return Keyring(
        secret_keys=keys.pgp,
        sender=None if sender.certificate is None else sender.certificate.read_bytes(),
        is_signature_needed=sender.is_signature_needed,
        ask=ask,
    )
