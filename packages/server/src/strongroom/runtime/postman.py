"""Carries letters to people, in a thread of the worker: a code waits for no statement.

What it sends, and to whom, is `strongroom.messages`' business.
"""

import logging
import threading

from django.db import close_old_connections, connections

from strongroom.audit.act import Act
from strongroom.messages.letter_sending import send_letters
from strongroom.runtime import carriers, clock
from strongroom.runtime.home import Home
from strongroom.runtime.login_house import build_sealing
from strongroom.runtime.settings import Settings

_LOG = logging.getLogger(__name__)
_AFTER_TROUBLE_SECONDS = 5.0


class Postman:
    """Does rounds until it is told to stop; `run_once` is what tests drive."""

    def __init__(self, settings: Settings, home: Home) -> None:
        self._room = carriers.build_mailroom(settings, home, build_sealing(home))
        self._pause = settings.worker.poll_seconds

    def run_once(self) -> int:
        """Send what is due; returns how many letters left."""
        return send_letters(self._room, Act("worker", clock.now()))

    def run(self, stop: threading.Event) -> None:
        """Do rounds until `stop`; trouble is logged and tried again."""
        while not stop.is_set():
            try:
                close_old_connections()
                moved = self.run_once()
            except Exception:  # noqa: BLE001 - the rim of the thread: codes have to go on leaving
                _LOG.exception("the round of letters failed and will be tried again")
                stop.wait(_AFTER_TROUBLE_SECONDS)
                continue
            if not moved:
                stop.wait(self._pause)
        connections.close_all()

    def start(self, stop: threading.Event) -> threading.Thread:
        """Run in a thread of its own, and return it."""
        thread = threading.Thread(target=self.run, args=(stop,), name="postman")
        thread.start()
        return thread
