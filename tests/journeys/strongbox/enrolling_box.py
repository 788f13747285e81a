"""A box of the recipient's command, run as a process of its own, and real invitations."""

import json
import os
import pty
import select
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any

from tests.journeys.daemon import Daemon

PROGRAM = Path(sys.executable).with_name("strongbox")
AGREED = ("--yes", "--no-passphrase", "--json")


@dataclass(frozen=True)
class BoxRun:
    """A box in a folder of its own, with an empty HOME."""

    folder: Path

    @property
    def root(self) -> Path:
        """Profiles, keys and state."""
        return self.folder / "box"

    def words(self, *words: str | Path) -> list[str]:
        """The command line."""
        return [str(PROGRAM), "--box", str(self.root), *map(str, words)]

    @property
    def environment(self) -> dict[str, str]:
        """No proxy, no settings of whoever runs the tests."""
        self.folder.mkdir(parents=True, exist_ok=True)
        dropped = {"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "STRONGBOX_LANG"}
        kept = {name: value for name, value in os.environ.items() if name not in dropped}
        return {**kept, "HOME": str(self.folder), "PYTHONUTF8": "1", "LC_ALL": "C.UTF-8"}

    def run(self, *words: str | Path, status: int = 0) -> "subprocess.CompletedProcess[str]":
        """One command, which has to end with `status`."""
        done = subprocess.run(
            self.words(*words),
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == status, f"{words}: {done.returncode}\n{done.stdout}{done.stderr}"
        return done

    def events(self, *words: str | Path, status: int = 0) -> dict[str, dict[str, Any]]:
        """The events of one command, the first of each kind."""
        found: dict[str, dict[str, Any]] = {}
        for line in self.run(*words, status=status).stdout.splitlines():
            row = json.loads(line)
            found.setdefault(row["event"], row)
        return found

    @contextmanager
    def going(self, *words: str | Path) -> "Iterator[Going]":
        """A command that goes on while the block runs; it is killed if it is still there then."""
        with subprocess.Popen(
            self.words(*words),
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as process:
            try:
                yield Going(process)
            finally:
                process.kill()


@dataclass
class Going:
    """A command that is running and tells events."""

    process: "subprocess.Popen[str]"

    def until(self, event: str) -> dict[str, Any]:
        """Read its events up to one of this kind."""
        assert self.process.stdout is not None
        seen = []
        for line in self.process.stdout:
            seen.append(line)
            row: dict[str, Any] = json.loads(line) if line.startswith("{") else {}
            if row.get("event") == event:
                return row
        raise AssertionError(f"it ended before {event}:\n{''.join(seen)}")

    def end(self) -> tuple[int, str]:
        """Wait for its end; the status, and what it still said."""
        assert self.process.stdout is not None
        rest = self.process.stdout.read()
        return self.process.wait(timeout=60), rest


class Terminal:
    """A command at a terminal of its own, and the person before it."""

    def __init__(self, box: BoxRun, *words: str, language: str) -> None:
        self.seen = ""
        self._at = 0
        self._hand, screen = pty.openpty()
        self._process = subprocess.Popen(
            box.words(*words),
            env={**box.environment, "STRONGBOX_LANG": language},
            stdin=screen,
            stdout=screen,
            stderr=screen,
            start_new_session=True,
        )
        os.close(screen)

    def __enter__(self) -> "Terminal":
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._hand)

    def until(self, text: str, *, seconds: float = 60.0) -> str:
        """Read on to a text after what was read before; returns what came up to it."""
        end = monotonic() + seconds
        raw = b""
        while text not in self.seen[self._at :]:
            left = end - monotonic()
            assert left > 0, f"no {text!r} in:\n{self.seen}"
            if not select.select([self._hand], [], [], left)[0]:
                continue
            try:
                raw += os.read(self._hand, 65_536)
            except OSError as error:  # the other side is closed
                raise AssertionError(f"no {text!r} in:\n{self.seen}") from error
            try:
                self.seen += raw.decode()
                raw = b""
            except UnicodeDecodeError:  # a letter came in two parts
                continue
        found = self.seen.index(text, self._at) + len(text)
        before, self._at = self.seen[self._at : found], found
        return before

    def type(self, line: str) -> None:
        """Type a line."""
        os.write(self._hand, f"{line}\n".encode())

    def status(self) -> int:
        """Wait for the end, reading on."""
        while True:
            try:
                if not os.read(self._hand, 65_536):
                    break
            except OSError:
                break
        return self._process.wait(timeout=60)


def invite(server: Daemon, login: str, *words: str) -> str:
    """The link of a fresh invitation."""
    [row] = server.listed("recipient", "invite", login, *words)
    link: str = row["link"]
    return link
