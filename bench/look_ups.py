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
    """Seconds of each look-up, once for each of the probed recipients.

    Raises BenchError when a look-up does not find what it has to: then its time means nothing.
    """
    from strongroom.statements import repositories

    judge = _login_judge(probed)
    times: dict[str, list[float]] = {"login look-up": [], f"listing of {copies_each} copies": []}
    logins, listings = times.values()
    for recipient in probed:
        began = time.perf_counter()
        is_open = judge(recipient)
        between = time.perf_counter()
        shown = repositories.list_copies(recipient)
        ended = time.perf_counter()
        if not is_open or len(shown) != copies_each:
            raise BenchError(f"recipient {recipient}: opens {is_open}, {len(shown)} copies")
        logins.append(between - began)
        listings.append(ended - between)
    return times


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
