"""A process that has loaded strongbox and forks a child for each run, because loading is slow.

It reads one run a line from its standard input, `{"words": […], "strike": n, "fault": "kill"}`,
and answers with the child's pid; then, when it has ended, with its status. A child with a strike
kills itself at its n-th change of disk or ledger, or finds its disk full from then on ("full");
the tests' side is `sync_nursery`.
"""

import errno
import json
import os
import signal
import sqlite3
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

_CALLS = ("open", "write", "mkdir", "link", "replace", "rename", "unlink", "fsync", "ftruncate")
_GROWING = ("open", "write", "mkdir", "link")
_COMMITS = ("add", "advance", "add_manifests", "started_hook", "forget", "keep_part", "drop_part")


def main(log: Path) -> None:
    """Answer until there is nothing more to read."""
    _load()
    for line in sys.stdin:
        run = json.loads(line)
        pid = os.fork()
        if not pid:
            _child(run, log)
        print(json.dumps({"pid": pid}), flush=True)
        _, status = os.waitpid(pid, 0)
        print(json.dumps({"status": os.waitstatus_to_exitcode(status)}), flush=True)


def _load() -> None:
    """Import what every run needs, once."""
    from strongbox.commands import fetching, rim, sync, telling
    from strongbox.sync import rounds, sessions, stopping

    assert all((fetching, rim, sync, telling, rounds, sessions, stopping))


def _child(run: dict[str, Any], log: Path) -> None:
    status = 70
    try:
        os.setsid()
        _redirect(log)
        if run["strike"]:
            _strike_at(run["strike"], run["fault"], Path(run["passed"]))
        from strongbox.commands.main import strongbox

        strongbox(run["words"])
    except SystemExit as end:
        status = int(end.code or 0)
    finally:
        if run["strike"]:
            Path(run["passed"]).write_text(str(_passed))
        sys.stderr.flush()
        sys.stdout.flush()
        os._exit(status)


def _redirect(log: Path) -> None:
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)


_passed = 0
_lock = threading.RLock()


def _strike_at(number: int, fault: str, told: Path) -> None:
    """Count the changes of disk and ledger in this process; the chosen one is its end."""
    from strongbox.sync.ledger import Ledger

    owner = os.getpid()

    def pass_by(name: str) -> None:
        global _passed  # noqa: PLW0603 - one counter for the process
        if os.getpid() != owner:
            return
        with _lock:
            _passed += 1
            if _passed == number and fault == "kill":
                told.write_text(str(number))
                os.kill(owner, signal.SIGKILL)
            if _passed >= number and fault == "full" and name in _COMMITS:
                raise sqlite3.OperationalError("database or disk is full")
            if _passed >= number and fault == "full" and name in _GROWING:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def counted(call: Callable[..., Any], name: str) -> Callable[..., Any]:
        def run(*args: Any, **named: Any) -> Any:
            is_read = name == "open" and not args[1] & os.O_CREAT
            is_ours = name != "write" or args[0] > 2
            if not is_read and is_ours:
                pass_by(name)
            answer = call(*args, **named)
            if name in _COMMITS and fault == "kill":
                pass_by(name)
            return answer

        return run

    for name in _CALLS:
        setattr(os, name, counted(getattr(os, name), name))
    for name in _COMMITS:
        setattr(Ledger, name, counted(getattr(Ledger, name), name))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
