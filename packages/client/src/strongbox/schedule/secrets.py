"""Whether a run that starts by itself gets at the passphrase of its keys, and how.

The passphrase itself is neither asked for nor read here.
"""

import re
import shlex
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from strongroom_formats.pgp_armour import is_armoured, read_private_block
from strongroom_formats.pgp_packets import PgpFormatError
from strongroom_formats.pgp_transferable import needs_passphrase, read_secret_key

from strongbox.keys.files import is_open_to_others, key_bytes, look_at_file
from strongbox.keys.secrets import SERVICE
from strongbox.profiles.box import Box
from strongbox.profiles.profile import Profile
from strongbox.schedule import programs, refusals
from strongbox.schedule.task import Credential, Kind
from strongbox.words import mark, say

_NAME = "passphrase"
"""What a credential is called in the advice; any other name does as well."""

_ENCRYPTED_STORE = Path("/etc/credstore.encrypted")
_USERS_OWN = 256
"""From this version on systemd encrypts credentials for a user's manager too."""

_ADVICE = {
    Kind.SYSTEMD: mark(
        "`{choose}`, then make the credential: `{make}`. Or choose keys.secret=file:PATH, a file "
        "that only you can read."
    ),
    Kind.LAUNCHD: mark(
        "`{choose}`, then put the passphrase there: `{make}`. Or choose keys.secret=file:PATH."
    ),
    Kind.WINDOWS: mark(
        "`{choose}`, then put the passphrase there: `{make}`. Or choose keys.secret=file:PATH."
    ),
    Kind.CRON: mark(
        "`{choose}`, then make that file, which only you can read, and type the passphrase: "
        "`{make}`."
    ),
}
_KEYRING_WARNINGS = {
    Kind.SYSTEMD: mark(
        "The keyring is open only while you are logged in to a desktop; a run at another time "
        "fails. A systemd credential is the better source."
    ),
    Kind.CRON: mark(
        "Cron has no keyring: a run will fail unless the passphrase comes from a file."
    ),
}


@dataclass(frozen=True, slots=True)
class Way:
    """How a run gets its passphrase: a credential if systemd hands one over, and a warning."""

    credential: Credential | None = None
    warning: str = ""


def way_for(box: Box, profile: Profile, kind: Kind, *, is_system: bool) -> Way:
    """Find the way of a scheduled run to its passphrase. Raises Refused where there is none."""
    locked = next(_locked(profile), None)
    if locked is None:
        return Way()
    advice = _advice(box, profile.name, kind, is_system=is_system)
    source, _, name = profile.keys.secret.partition(":")
    match source:
        case "ask":
            raise refusals.SCHEDULE_ASKS.because(path=locked, advice=advice)
        case "none":
            raise refusals.SCHEDULE_LOCKED.because(path=locked, advice=advice)
        case "fd":
            raise refusals.SCHEDULE_DESCRIPTOR.because(advice=advice)
        case "credential":
            if kind is not Kind.SYSTEMD:
                raise refusals.SCHEDULE_CREDENTIAL_KIND.because(kind=kind.value, advice=advice)
            return Way(_credential(box, profile.name, name, is_system=is_system))
        case "file":
            _check_file(Path(name).expanduser())
            return Way()
        case _:
            return Way(warning=_keyring_warning(kind, is_system=is_system))


def _advice(box: Box, profile: str, kind: Kind, *, is_system: bool) -> str:
    """The two commands that give a run a passphrase: one for the profile, one for the secret."""
    if kind is Kind.SYSTEMD:
        source = f"credential:{_NAME}"
        _, make = _planned(box, profile, _NAME, is_system=is_system)
    elif kind is Kind.CRON:
        path = box.root.absolute() / "credentials" / profile
        source, put = f"file:{path}", f"stty -echo; head -n 1 > {shlex.quote(str(path))}; stty echo"
        make = f"mkdir -p -m 700 {shlex.quote(str(path.parent))}; (umask 077; {put})"
    else:
        source = "keyring"
        make = f'"{sys.executable}" -m keyring set {SERVICE} {profile}'
    choose = f"strongbox profile set --profile {profile} {shlex.quote(f'keys.secret={source}')}"
    return say(_ADVICE[kind], choose=choose, make=make)


def _locked(profile: Profile) -> Iterator[Path]:
    """The keys of a profile that want a passphrase."""
    for path in filter(None, (profile.keys.ssh, profile.keys.next_ssh)):
        if look_at_file(path).is_locked:
            yield path
    for path in profile.keys.pgp:
        if _is_pgp_locked(key_bytes(path)):
            yield path


def _is_pgp_locked(data: bytes) -> bool:
    """What cannot be read here may be locked: other programs put several keys into a file."""
    try:
        packets = read_private_block(data) if is_armoured(data) else data
        return needs_passphrase(read_secret_key(packets))
    except PgpFormatError:
        return True


def _keyring_warning(kind: Kind, *, is_system: bool) -> str:
    if is_system:
        return say("The system has no keyring: a run will fail unless somebody is logged in.")
    return say(_KEYRING_WARNINGS.get(kind, ""))


def _check_file(path: Path) -> None:
    why = ""
    if not path.is_absolute():
        why = say("its path is not absolute")
    elif not path.is_file():
        why = say("it is not there")
    elif is_open_to_others(path):
        why = say("others can read it; chmod 600 it")
    if why:
        raise refusals.SCHEDULE_SECRET_FILE.because(path=path, why=why)


def _credential(box: Box, profile: str, name: str, *, is_system: bool) -> Credential:
    """The credential's file, which has to be there. Raises Refused with the command for it."""
    planned, command = _planned(box, profile, name, is_system=is_system)
    if not planned.path.exists():
        raise refusals.SCHEDULE_CREDENTIAL_ABSENT.because(path=planned.path, command=command)
    return planned


def _planned(box: Box, profile: str, name: str, *, is_system: bool) -> tuple[Credential, str]:
    """Where a credential belongs on this machine, and the command that makes it."""
    folder = box.root.absolute() / "credentials"
    made = f"mkdir -p -m 700 {shlex.quote(str(folder))}"
    if is_system:
        path = _ENCRYPTED_STORE / f"strongbox-{profile}-{name}"
        command = f"systemd-ask-password -n | sudo systemd-creds encrypt --name={name} - {path}"
        return Credential(name, path, is_encrypted=True), command
    if _version() >= _USERS_OWN:
        path = folder / f"{profile}-{name}.cred"
        seal = f"systemd-creds --user encrypt --name={name} - {shlex.quote(str(path))}"
        command = f"{made}; systemd-ask-password -n | {seal}"
        return Credential(name, path, is_encrypted=True), command
    path = folder / f"{profile}-{name}"
    command = f"{made}; (umask 077; systemd-ask-password -n > {shlex.quote(str(path))})"
    return Credential(name, path, is_encrypted=False), command


def _version() -> int:
    """The number of systemd, 0 where it cannot be told."""
    if shutil.which("systemctl") is None:
        return 0
    found = re.match(rb"systemd (\d+)", programs.run("systemctl", "--version").out)
    return int(found[1]) if found else 0
