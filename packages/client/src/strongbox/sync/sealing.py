"""A profile's way to open encrypted statements, made ready when the first one arrives.

How a file is opened is in `strongbox.opening`.
"""

import threading
from collections.abc import Callable
from pathlib import Path

from strongbox.opening.envelope import is_openpgp
from strongbox.opening.opener import Keyring, Opened, Opener
from strongbox.profiles.profile import Profile
from strongbox.sync.statement import Statement


class ProfileSeal:
    """Tells and opens the encrypted files of one profile. `close` ends what it started."""

    def __init__(self, profile: Profile, ask: Callable[[], bytes]) -> None:
        self._keyring = keyring_of(profile, ask)
        self._opener: Opener | None = None
        self._lock = threading.Lock()

    def is_sealed(self, statement: Statement, head: bytes) -> bool:
        """A manifest says so itself; without one, whatever could be, or has to be, encrypted."""
        if statement.is_listed:
            return statement.is_encrypted
        if not self._keyring.is_clear_accepted:
            return True
        return bool(self._keyring.secret_keys) and is_openpgp(head)

    def open(self, source: Path, target: Path) -> Opened:
        """See `finishing.Seal`."""
        with self._lock:
            if self._opener is None:
                self._opener = Opener(self._keyring)
            opener = self._opener
        return opener.open(source, target)

    def close(self) -> None:
        """End the programs that hold keys."""
        if self._opener is not None:
            self._opener.close()


def keyring_of(profile: Profile, ask: Callable[[], bytes]) -> Keyring:
    """What the profile opens files with. Raises OSError for a certificate that is not there."""
    sender = profile.sender
    return Keyring(
        secret_keys=profile.keys.pgp,
        sender=None if sender.certificate is None else sender.certificate.read_bytes(),
        is_signature_needed=sender.is_signature_needed,
        ask=ask,
    )
