"""A process that has loaded Strongroom and forks a child for each job, because loading is slow.

It reads one job a line from its standard input and answers with one line. The jobs are in `jobs`;
the tests' side is `nursery`.
"""

import json
import os
import sys
import tempfile
import traceback
from functools import partial
from pathlib import Path
from typing import Any

from strongroom.runtime.configuration import read_settings
from strongroom.runtime.django_setup import start_django
from strongroom.runtime.home import open_home

from tests.journeys.kill import points


def main(root: Path, folder: Path) -> None:
    """Answer jobs for the home at `root` until there are no more; its own files go to `folder`."""
    home = open_home(root)
    settings = read_settings(home.settings, os.environ)
    start_django(settings, home.root)
    _load()
    from tests.journeys.kill.jobs import JOBS

    for line in sys.stdin:
        job = json.loads(line)
        if job["do"] == "wait":
            answer = _wait(job["pid"], Path(job["told"]))
        else:
            answer = _start(partial(JOBS[job["do"]], settings, home), job, folder)
            if not job["is_background"]:
                answer = _wait(answer["pid"], Path(answer["told"]))
        print(json.dumps(answer), flush=True)


def _load() -> None:
    """Import what every job needs, once."""
    from strongroom.runtime import audit_check, serving, worker
    from strongroom.runtime.commands import publish, retention
    from strongroom.statements import expire, submitting

    assert all((audit_check, serving, worker, publish, retention, expire, submitting))


def _start(work: Any, job: dict[str, Any], folder: Path) -> dict[str, Any]:
    told = Path(tempfile.mkdtemp(dir=folder))
    pid = os.fork()
    if pid:
        return {"pid": pid, "told": str(told)}
    status = 70
    try:
        os.setsid()
        _redirect(folder / "jobs.log")
        counting = points.Points(points.Fault(job["fault"]), job["at"], told / "point")
        points.install(counting)
        answer = work({**job, "points": counting})
        (told / "answer").write_text(json.dumps({"answer": answer, "passed": counting.passed}))
        status = 0
    except SystemExit as end:
        (told / "answer").write_text(json.dumps({"answer": None, "passed": counting.passed}))
        status = int(end.code or 0)
    except BaseException:  # noqa: BLE001 - the rim of this process
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def _redirect(log: Path) -> None:
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)


def _wait(pid: int, told: Path) -> dict[str, Any]:
    _, status = os.waitpid(pid, 0)
    found: dict[str, Any] = {"status": os.waitstatus_to_exitcode(status), "told": str(told)}
    if (told / "answer").exists():
        found |= json.loads((told / "answer").read_text())
    if (told / "point").exists():
        found["point"] = (told / "point").read_text()
    for left in told.iterdir():
        left.unlink()
    told.rmdir()
    return found


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
