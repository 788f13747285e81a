"""What the commands on host keys show, and the audit lines of a rotation.

Making, announcing and swapping the files is in `secret_keys`.
"""

from collections.abc import Iterator, Sequence

from strongroom.audit.act import Act
from strongroom.audit.record import record
from strongroom.rules import refusals
from strongroom.runtime import secret_keys
from strongroom.runtime.home import Home
from strongroom.runtime.secret_keys import HostKeyFile

_STANDARD_PORT = "22"


def host_key_row(key: HostKeyFile) -> dict[str, object]:
    """Return a host key as the commands show it; there is nothing secret in it."""
    return {
        "state": "announced" if key.is_announced else "in use",
        "algorithm": str(key.public.algorithm),
        "bits": key.public.bits,
        "sha256": key.public.fingerprint_sha256,
        "md5": key.public.fingerprint_md5,
        "words": key.public.words,
    }


def known_hosts_lines(keys: Sequence[HostKeyFile], place: str) -> Iterator[str]:
    """Yield lines of sshd(8)'s known_hosts format for `place`, HOST:PORT with IPv6 in brackets.

    Raises Refused (CONFIGURATION-VALUE) for what is no HOST:PORT.
    """
    host, _, port = place.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    is_port = port.isascii() and port.isdigit() and 1 <= int(port) <= 65535
    if not is_port or not host or any(c.isspace() or c in ",*?!#[]@" for c in host):
        why = f"{place!r} is not HOST:PORT, such as sftp.example.com:32"
        raise refusals.CONFIGURATION_VALUE.because(key="--known-hosts", why=why)
    name = host if port == _STANDARD_PORT else f"[{host}]:{port}"
    for key in keys:
        yield f"{name} {key.public.openssh_line()}"


def newest(home: Home) -> list[HostKeyFile]:
    """Return the announced keys, or those in use when none are."""
    keys = secret_keys.host_keys(home)
    return [key for key in keys if key.is_announced] or keys


def announce(home: Home, act: Act) -> None:
    """Make the next host keys and put it on record. Safe to repeat: the same stay announced."""
    secret_keys.announce_host_keys(home)
    record(act, "host_key.announced", "home", fingerprints=_fingerprints(newest(home)))


def activate(home: Home, act: Act, *, with_rsa: bool) -> None:
    """Let the announced keys take over and put it on record. Raises Refused (HOST-KEY-NONE)."""
    secret_keys.activate_host_keys(home, with_rsa=with_rsa)
    fingerprints = _fingerprints(secret_keys.host_keys(home))
    record(act, "host_key.activated", "home", fingerprints=fingerprints)


def _fingerprints(keys: Sequence[HostKeyFile]) -> list[str]:
    return [key.public.fingerprint_sha256 for key in keys]
