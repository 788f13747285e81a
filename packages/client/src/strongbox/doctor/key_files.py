"""The second stage: the key file, its permissions, its passphrase, and the pair it belongs to.

Whether the firm knows the key is found out with the login.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from strongbox.doctor import refusals
from strongbox.doctor.pgp_expiry import end_of
from strongbox.doctor.report import Finding, Stage, doubtful, failed, fine
from strongbox.keys.files import is_open_to_others, look_at_file, read_key_file
from strongbox.keys.reading import PrivateKey
from strongbox.profiles.profile import Profile
from strongbox.refusal import Refused
from strongbox.sync.sessions import Ask, asking
from strongbox.tools.sites import host_key
from strongbox.words import say

_SOON = timedelta(days=30)
_PUBLIC_MOST = 64 * 1024


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys that could be opened, the one that is to take over first; and what was found.

    `ask` is the way to the passphrase that they share, as in a run: it is taken once.
    """

    opened: tuple[PrivateKey, ...]
    findings: tuple[Finding, ...]
    ask: Ask


def look_at_keys(profile: Profile, now: datetime) -> Keys:
    """Open the SSH keys, and look at what lies around them."""
    opened: list[PrivateKey] = []
    found: list[Finding] = []
    ask = asking(profile)
    for path in (profile.keys.next_ssh, profile.keys.ssh):
        if path is None:
            continue
        found += _beside(path)
        outcome = _opened(path, ask)
        if isinstance(outcome, PrivateKey):
            opened.append(outcome)
        else:
            found.append(outcome)
    found += _pgp(profile, now)
    if not found or all(one.state != "failed" for one in found):
        found.append(fine(Stage.KEY, "; ".join(_measured(key) for key in opened)))
    return Keys(tuple(opened), tuple(found), ask)


def _opened(path: Path, ask: Ask) -> PrivateKey | Finding:
    measured = ""
    try:
        face = look_at_file(path)
        measured = f"{face.format.value}"
        if face.public is not None:
            measured += f", {face.public.fingerprint_sha256}"
        return read_key_file(path, ask)
    except Refused as refused:
        return failed(Stage.KEY, refused, measured)
    except OSError as error:
        why = error.strerror or str(error)
        return failed(Stage.KEY, refusals.KEY_UNREADABLE.because(path=path, why=why))


def _measured(key: PrivateKey) -> str:
    public = key.public
    lock = say("locked") if key.was_locked else say("not locked")
    kind = f"{public.algorithm} {public.bits}, {key.format.value}, {lock}"
    return f"{kind}, {public.fingerprint_sha256}"


def _beside(path: Path) -> Iterator[Finding]:
    """Permissions, and a public file that is of another pair."""
    try:
        own = look_at_file(path).public
        if is_open_to_others(path):
            mode = f"{path.stat().st_mode & 0o777:o}"
            yield failed(Stage.KEY, refusals.KEY_OPEN_TO_OTHERS.because(path=path), mode)
        public = path.with_name(path.name + ".pub")
        if public.exists():
            with public.open("r", encoding="utf-8", errors="replace") as file:
                other = host_key(file.read(_PUBLIC_MOST))
            if own is not None and own.blob != other.blob:
                wrong = refusals.KEY_PUBLIC_DIFFERS.because(
                    path=public, other=other.fingerprint_sha256
                )
                yield doubtful(Stage.KEY, wrong, own.fingerprint_sha256)
    except (OSError, ValueError, Refused):
        # What is wrong with the private file itself is said by who opens it.
        return


def _pgp(profile: Profile, now: datetime) -> Iterator[Finding]:
    """Own OpenPGP keys that have expired, or soon will; an older one beside a good one may."""
    ends = [one for path in profile.keys.pgp if (one := end_of(path)) is not None]
    if not ends or len(ends) < len(profile.keys.pgp):
        return
    fingerprint, last = max(ends, key=lambda one: one[1])
    day = f"{last:%Y-%m-%d}"
    if last <= now:
        expired = refusals.PGP_KEY_EXPIRED.because(fingerprint=fingerprint, day=day)
        yield failed(Stage.KEY, expired)
    elif last <= now + _SOON:
        yield doubtful(
            Stage.KEY, refusals.PGP_KEY_EXPIRES.because(fingerprint=fingerprint, day=day)
        )
