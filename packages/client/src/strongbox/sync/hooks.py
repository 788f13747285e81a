"""The hook: the recipient's own program, started once for each statement that has landed.

It may be started again for the same statement after a crash; the idempotency key is the same then.
When it is started, and what is written down about it, is in `handing`.
"""

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from strongbox.sync import refusals

DATA_ERROR = 65
"""A hook that ends with this status says that repeating is useless in this run."""

_GRACE_SECONDS = 10.0
"""How long a hook may go on when the run is asked to stop: its work is the recipient's."""


@dataclass(frozen=True, slots=True)
class Hook:
    """A program with its arguments, its time limit in seconds, and the pauses before retries.

    `environment` is what it gets beside the STRONGBOX_… variables.
    """

    argv: tuple[str, ...]
    limit: float = 300.0
    pauses: tuple[float, ...] = (1.0, 5.0)
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)


async def run_hook(hook: Hook, facts: Mapping[str, object]) -> int:
    """Start the hook with its retries; its last exit status, negative for a signal.

    The facts go to its standard input as one JSON object, and into STRONGBOX_… variables.
    Raises Refused (HOOK-MISSING).
    """
    status = await _run(hook, facts)
    for pause in hook.pauses:
        if status in (0, DATA_ERROR):
            break
        await asyncio.sleep(pause)
        status = await _run(hook, facts)
    return status


async def _run(hook: Hook, facts: Mapping[str, object]) -> int:
    try:
        process = await asyncio.create_subprocess_exec(
            *hook.argv,
            stdin=asyncio.subprocess.PIPE,
            stdout=2,  # Our own output is for results alone.
            env={**hook.environment, **_variables(facts)},
            start_new_session=sys.platform != "win32",
        )
    except (OSError, ValueError) as error:
        program = hook.argv[0] if hook.argv else ""
        raise refusals.HOOK_MISSING.because(program=program, why=str(error)) from error
    given = json.dumps(dict(facts), ensure_ascii=False).encode() + b"\n"
    try:
        async with asyncio.timeout(hook.limit):
            await process.communicate(given)
    except TimeoutError:
        _end(process)
        await process.wait()
    except asyncio.CancelledError:
        await _leave(process)
        raise
    return -1 if process.returncode is None else process.returncode


async def _leave(process: asyncio.subprocess.Process) -> None:
    """The run was asked to stop: let the hook finish what it is at, within reason."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_GRACE_SECONDS):
            await process.wait()
    if process.returncode is None:
        _end(process)
        await process.wait()


def _end(process: asyncio.subprocess.Process) -> None:
    """Kill the hook and whatever it started."""
    with contextlib.suppress(ProcessLookupError):
        if sys.platform == "win32":
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGKILL)


def _variables(facts: Mapping[str, object]) -> dict[str, str]:
    """The plain facts as STRONGBOX_NAME; a NUL ends no variable early."""
    return {
        f"STRONGBOX_{name.upper()}": str(value).replace("\0", "")
        for name, value in facts.items()
        if isinstance(value, str | int) and not isinstance(value, bool)
    }


def plain_argv(argv: Sequence[str]) -> tuple[str, ...]:
    """A hook's words, with `~` in the program's name filled in."""
    words = list(argv)
    if words:
        words[0] = os.path.expanduser(words[0])
    return tuple(words)
