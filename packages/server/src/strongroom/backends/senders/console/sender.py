"""Keeps letters in a folder where a development house shows them on a local page.

Nothing leaves the machine. Who shows them is the portal in a demonstration.
"""

import json
import os
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from strongroom.messages.ports import Outgoing, Report, SenderError, Shown

_MOST_KEPT = 100


class ConsoleSender:
    """One file for each letter; the same letter sent twice is the same file."""

    def __init__(self, folder: Path, *, channel: str) -> None:
        self._folder = folder
        self._channel = channel

    @property
    def name(self) -> str:
        """What stands in letters."""
        return "console"

    def send(self, outgoing: Outgoing) -> str:
        """Keep the letter. Raises SenderError when the folder cannot be written."""
        kept = {
            "at": outgoing.created_at.isoformat(),
            "channel": self._channel,
            "address": outgoing.address,
            "subject": outgoing.subject,
            "text": outgoing.text.reveal(),
            "handle": outgoing.handle,
        }
        stamp = outgoing.created_at.strftime("%Y%m%dT%H%M%S.%fZ")
        target = self._folder / f"{stamp}-{outgoing.id}.json"
        part = target.with_suffix(".part")
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                json.dump(kept, file, ensure_ascii=False)
            part.rename(target)
            self._forget_old()
        except OSError as error:
            raise SenderError(f"the console folder cannot be written: {error.strerror}") from error
        return outgoing.handle

    def reports(self) -> Sequence[Report]:
        """Return nothing: who keeps a letter does not know whether it was read."""
        return ()

    def _forget_old(self) -> None:
        for file in sorted(self._folder.glob("*.json"))[:-_MOST_KEPT]:
            file.unlink(missing_ok=True)


class ConsoleBoard:
    """Reads what console senders kept. A call is shown with its handle, so a key can be pressed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def shown(self) -> Sequence[Shown]:
        """Return the kept letters, newest first."""
        files = sorted(self._folder.glob("*.json"), reverse=True)[:_MOST_KEPT]
        return [_read(file) for file in files]


def _read(file: Path) -> Shown:
    kept = json.loads(file.read_text(encoding="utf-8"))
    return Shown(
        at=datetime.fromisoformat(kept["at"]),
        channel=kept["channel"],
        address=kept["address"],
        subject=kept["subject"],
        text=kept["text"],
        handle=kept["handle"] if kept["channel"] == "voice" else "",
    )
