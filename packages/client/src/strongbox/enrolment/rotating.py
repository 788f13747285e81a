"""The next login key: made, kept, and handed to the firm with the old one's word for it (KEY-16).

How it takes over is in keys.rotation.
"""

from dataclasses import dataclass, replace
from pathlib import Path

from strongbox.api import firm
from strongbox.api.enrolling import EnrolmentState
from strongbox.enrolment import keeping, refusals
from strongbox.enrolment.keeping import Passphrases
from strongbox.keys.files import look_at_file, read_key_file
from strongbox.keys.making import NewKind, make_key
from strongbox.keys.reading import KeyFormat, PrivateKey
from strongbox.keys.writing import write_private
from strongbox.profiles import files
from strongbox.profiles.box import Box
from strongbox.profiles.profile import Profile


@dataclass(frozen=True, slots=True)
class Rotated:
    """The next key's public half. `state` is None where the firm has to be told by hand."""

    path: Path
    public_line: str
    fingerprint: str
    words: str
    state: EnrolmentState | None


def rotate(box: Box, profile: Profile, kind: NewKind) -> Rotated:
    """Make the next key, or take the one that an earlier, killed run made, and hand it over.

    A firm with a web service gets its public half, signed by the old key; for another the caller
    tells the person what to send. The profile tries it first from now on, and the old key goes on
    working until the next one has. Raises Refused: API-…, KEY-…, ROTATE-…; OSError.
    """
    passphrases = Passphrases(profile.keys.secret, what=profile.name)
    old = read_key_file(profile.keys.ssh, passphrases.known)
    path, key = _next_key(box, profile, kind, passphrases)
    state = None
    if profile.help.url:
        taken = firm.rotate(profile, old, key)
        ours = (key.public.fingerprint_sha256, key.public.words)
        if (taken.fingerprint, taken.words) != ours:
            raise refusals.ENROL_OTHER_KEY.because(theirs=taken.fingerprint, ours=ours[0])
        state = taken.state
    return Rotated(
        path=path,
        public_line=key.public.openssh_line(profile.login),
        fingerprint=key.public.fingerprint_sha256,
        words=key.public.words,
        state=state,
    )


def forget(box: Box, profile: Profile) -> Path:
    """Give a next key up; its file stays. Raises Refused: ROTATE-NONE, PROFILE-…; OSError."""
    path = profile.keys.next_ssh
    if path is None:
        raise refusals.ROTATE_NONE.because()
    files.save(box, replace(profile, keys=replace(profile.keys, next_ssh=None)))
    return path


def _next_key(
    box: Box, profile: Profile, kind: NewKind, passphrases: Passphrases
) -> tuple[Path, PrivateKey]:
    """The next key on the disk and in the profile, before anybody hears of it."""
    path = profile.keys.next_ssh
    if path is not None and path.exists():
        return path, read_key_file(path, passphrases.known)
    key = make_key(kind, profile.login)
    path = keeping.free_path(box, profile.name, keeping.SSH_NAME)
    keeping.write_whole(path, write_private(key, KeyFormat.OPENSSH, _lock(profile, passphrases)))
    keeping.write_public(path, key.public, profile.login)
    files.save(box, replace(profile, keys=replace(profile.keys, next_ssh=path)))
    return path, key


def _lock(profile: Profile, passphrases: Passphrases) -> bytes | None:
    """The old key's passphrase, for one run asks for one only; None where it has none."""
    return passphrases.known() if look_at_file(profile.keys.ssh).is_locked else None
