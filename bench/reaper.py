"""Runs one command as a child subreaper, so that the CPU of every descendant stays countable.

Started by `bench.gauge` where no control group can be made; measures nothing itself.
"""

import ctypes
import os
import signal
import subprocess
import sys

_PR_SET_CHILD_SUBREAPER = 36


def main(argv: list[str]) -> int:
    """Wait for all descendants, orphans included; the command's exit code, 128 + signal if killed.

    The kernel adds a waited-for child's CPU to its parent (proc(5), cutime and cstime), so
    nothing that the server forked is lost, however short it lived.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        print("this kernel has no child subreaper", file=sys.stderr)
        return 69
    server = subprocess.Popen(argv)  # the argv comes from the harness itself
    signal.signal(signal.SIGTERM, lambda *_: server.send_signal(signal.SIGTERM))
    code = 0
    while True:
        try:
            pid, status = os.waitpid(-1, 0)
        except ChildProcessError:
            return code
        if pid == server.pid:
            server.returncode = os.waitstatus_to_exitcode(status)
            code = server.returncode if server.returncode >= 0 else 128 - server.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
