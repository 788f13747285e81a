"""The proof that an enrolment holds: log in, fetch the test statement, open it.

It uses the same connection and the same opening as every later run.
"""

import asyncio
import time
from collections.abc import Sequence

from strongbox.enrolment import refusals
from strongbox.enrolment.ports import Person, Step
from strongbox.keys.reading import PrivateKey
from strongbox.opening.opener import Keyring, Opened
from strongbox.opening.refusals import OPEN_KEY_MISSING, OPEN_TEST_ABSENT
from strongbox.opening.rehearsal import open_rehearsal
from strongbox.profiles.profile import Profile
from strongbox.refusal import Refused
from strongbox.wire.connecting import connect
from strongbox.wire.ports import Server, Session

_TEST_SECONDS = 60.0
"""How long the firm may take to write the test statement after it approved the key."""

_PAUSE_SECONDS = 0.5


def prove(profile: Profile, keys: Sequence[PrivateKey], keyring: Keyring, person: Person) -> Opened:
    """Log in and open the test statement. Raises Refused: NET-…, LOGIN-…, OPEN-…, ENROL-…."""
    return asyncio.run(_prove(profile, keys, keyring, person))


async def _prove(
    profile: Profile, keys: Sequence[PrivateKey], keyring: Keyring, person: Person
) -> Opened:
    server = Server(profile.host, profile.port, profile.login, profile.host_keys)
    async with connect(server, keys) as session:
        facts = {"server": session.server_version, "fingerprint": session.key_fingerprint}
        person.tell(Step.CONNECTED, facts)
        return await _opened(session, profile, keyring, person)


async def _opened(session: Session, profile: Profile, keyring: Keyring, person: Person) -> Opened:
    """Open it as soon as it is there: the firm makes it, or makes it anew, for an approved key."""
    until = time.monotonic() + _TEST_SECONDS
    is_told = False
    while True:
        try:
            return await open_rehearsal(session, profile, keyring)
        except Refused as refused:
            if refused.kind not in {OPEN_TEST_ABSENT, OPEN_KEY_MISSING}:
                raise
            if time.monotonic() > until:
                raise refusals.ENROL_TEST_ABSENT.because(
                    folder=profile.folders.test, name=profile.name
                ) from refused
            if not is_told:
                person.tell(Step.PREPARING, {"folder": profile.folders.test})
                is_told = True
        await asyncio.sleep(_PAUSE_SECONDS)
