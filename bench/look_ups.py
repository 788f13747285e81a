"""Times the product's own look-ups on a filled database: judging a key, listing a repository.

The rows come from `rows.py`; Django is imported late, after that module has started it.
"""

import base64
import datetime as dt
import time
from collections.abc import Callable, Sequence
from ipaddress import IPv4Address

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519

from bench.servers import BenchError

_NET_TEN = int(IPv4Address("10.0.0.0"))


def time_look_ups(probed: Sequence[int], copies_each: int) -> dict[str, list[float]]:
    """Seconds of each look-up for each of the probed recipients, the first time and again.

    The first time shows what caches do not hold. Raises BenchError when a look-up does not find
    what it has to: then its time means nothing.
    """
    judge = _login_judge(probed)
    times: dict[str, list[float]] = {}
    for when in ("first time", "again"):
        for recipient in probed:
            login, listing = _timed(judge, recipient, copies_each)
            times.setdefault(f"login look-up, {when}", []).append(login)
            times.setdefault(f"listing of {copies_each} copies, {when}", []).append(listing)
    return times


def _timed(judge: Callable[[int], bool], recipient: int, copies_each: int) -> tuple[float, float]:
    from strongroom.statements import repositories

    began = time.perf_counter()
    is_open = judge(recipient)
    between = time.perf_counter()
    shown = repositories.list_copies(recipient)
    ended = time.perf_counter()
    if not is_open or len(shown) != copies_each:
        raise BenchError(f"recipient {recipient}: opens {is_open}, {len(shown)} copies")
    return between - began, ended - between


def _login_judge(probed: Sequence[int]) -> Callable[[int], bool]:
    """Give the probed recipients real keys; the judge tells whether a recipient's key opens."""
    from strongroom.directory.models import SshKey
    from strongroom.visits.offers import look_up
    from strongroom.visits.ports import Caller, OfferedKey
    from strongroom_formats.ssh_public_key import sha256_fingerprint

    now = dt.datetime.now(dt.UTC)
    blobs: dict[int, bytes] = {}
    for recipient in probed:
        line = (
            ed25519.Ed25519PrivateKey.generate()
            .public_key()
            .public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)
        )
        text = line.split()[1].decode()
        blobs[recipient] = base64.b64decode(text)
        SshKey.objects.filter(recipient_id=recipient).update(
            blob=text, fingerprint=sha256_fingerprint(blobs[recipient])
        )

    def opens(recipient: int) -> bool:
        caller = Caller("bench", IPv4Address(_NET_TEN + recipient), 22, "sftp")
        offered = OfferedKey(blobs[recipient], "ssh-ed25519")
        return look_up(caller, f"client{recipient}", offered, now).cause is None

    return opens
