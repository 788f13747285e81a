"""A profile's way to a session, and what a login teaches the profile: host keys, a new own key.

How a login is made is in `strongbox.wire`; what is done in the session is in `running`.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import cache

from strongbox.keys.files import read_key_file
from strongbox.keys.reading import PrivateKey
from strongbox.keys.secrets import passphrase_source
from strongbox.profiles import files
from strongbox.profiles.box import Box
from strongbox.profiles.profile import Profile
from strongbox.sync.events import Event, EventKind, Tell
from strongbox.wire.connecting import connect
from strongbox.wire.ports import Server, Session

Ask = Callable[[], bytes]


def server_of(profile: Profile) -> Server:
    """Where the profile connects to."""
    return Server(profile.host, profile.port, profile.login, profile.host_keys)


def asking(profile: Profile) -> Ask:
    """The way to the passphrase of the profile's keys; it is taken once, when one is locked."""
    return cache(passphrase_source(profile.keys.secret, what=profile.name))


def login_keys(profile: Profile, ask: Ask) -> list[PrivateKey]:
    """The profile's keys in the order in which they are tried: a coming one first.

    Raises Refused (KEY-…), OSError.
    """
    paths = (profile.keys.next_ssh, profile.keys.ssh)
    return [read_key_file(path, ask) for path in paths if path is not None]


@asynccontextmanager
async def open_session(
    box: Box, profile: Profile, keys: list[PrivateKey], *, tell: Tell
) -> AsyncIterator[Session]:
    """Log in; the profile then learns what the server announced and which key it took.

    Raises Refused as `connect` does.
    """
    known = files.load(box, profile.name)  # An earlier login may have taught it a host key.
    async with connect(server_of(known), keys) as session:
        _learn(box, profile, lambda known: _with_own_key(known, keys, session), tell)
        try:
            yield session
        finally:
            _learn(box, profile, lambda known: _with_host_keys(known, session), tell)


Learned = tuple[Profile, list[Event]]


def _learn(box: Box, profile: Profile, change: Callable[[Profile], Learned], tell: Tell) -> None:
    """Save a change to the profile as it is on the disk now; tell what it was."""
    known = files.load(box, profile.name)
    changed, events = change(known)
    if changed != known:
        files.save(box, changed)
    for event in events:
        tell(event)


def _with_host_keys(profile: Profile, session: Session) -> Learned:
    """Announced keys are added; an old one stays until the firm says in a bundle that it ended."""
    known = {_bare(line) for line in profile.host_keys}
    new = [line for line in session.announced_host_keys if _bare(line) not in known]
    events = [Event(EventKind.HOST_KEY, {"host": profile.host, "key": line}) for line in new]
    return replace(profile, host_keys=(*profile.host_keys, *new)), events


def _with_own_key(profile: Profile, keys: list[PrivateKey], session: Session) -> Learned:
    """A coming key takes the other's place at its first success (issue 3, part 8)."""
    coming = profile.keys.next_ssh
    is_new = coming is not None and keys[0].public.fingerprint_sha256 == session.key_fingerprint
    if coming is None or not is_new:
        return profile, []
    changed = replace(profile, keys=replace(profile.keys, ssh=coming, next_ssh=None))
    facts = {"fingerprint": session.key_fingerprint, "old": str(profile.keys.ssh)}
    return changed, [Event(EventKind.KEY_CHANGED, facts)]


def _bare(line: str) -> str:
    return " ".join(line.split()[:2])
