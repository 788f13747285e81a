"""A process of its own for what the tests' own cannot do: be killed, be measured, hit a limit."""

import hashlib
import json
import os
import resource
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[3]))

from strongroom.statements.ports import StorageError

from tests.contracts.storage.members import Member

CHUNK = 1 << 16
WARM_UP = 20 << 20


def content_of(key: str, size: int) -> Iterator[bytes]:
    """The bytes that belong under a key, so that a reader can tell a whole object from a part."""
    seed = hashlib.sha256(key.encode()).digest()
    while size > 0:
        chunk = (seed * (CHUNK // len(seed)))[: min(size, CHUNK)]
        yield bytes(chunk)
        size -= len(chunk)


def _status(name: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:")) << 10


def _write_until_killed(member: Member, size: int) -> None:
    storage = member.build()
    while True:
        key = f"copies/{uuid.uuid4()}"
        print("began", key, flush=True)
        storage.put(key, content_of(key, size))
        print("ended", key, flush=True)


def _measure(member: Member, size: int) -> None:
    """Print by how many bytes the most memory held rose while `size` bytes were written."""
    storage = member.build()
    storage.put(f"copies/{uuid.uuid4()}", [os.urandom(CHUNK) for _ in range(WARM_UP // CHUNK)])
    Path("/proc/self/clear_refs").write_text("5")
    before = _status("VmRSS")
    storage.put(f"copies/{uuid.uuid4()}", (os.urandom(CHUNK) for _ in range(size // CHUNK)))
    print(_status("VmHWM") - before)


def _write_into_a_limit(member: Member, size: int) -> None:
    """Write with a limit on the length of files, which the write runs into."""
    storage = member.build()
    resource.setrlimit(resource.RLIMIT_FSIZE, (size // 2, size // 2))
    key = f"copies/{uuid.uuid4()}"
    try:
        storage.put(key, content_of(key, size))
    except StorageError as error:
        print("refused", error.is_permanent)


def main() -> None:
    """Read `VERB KIND SETTINGS SIZE` and do it."""
    verb, kind, settings, size = sys.argv[1:5]
    verbs = {"write": _write_until_killed, "measure": _measure, "limit": _write_into_a_limit}
    verbs[verb](Member(kind, json.loads(settings)), int(size))


if __name__ == "__main__":
    main()
