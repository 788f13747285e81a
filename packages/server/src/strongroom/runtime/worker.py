"""The worker process: rounds of statement work, notices and housekeeping until it is told to stop.

What a round does is in `statements.work`.
"""

import logging
import threading
import time
from datetime import timedelta

from django.db import DatabaseError, close_old_connections, transaction

from strongroom.audit.act import Act
from strongroom.directory import pgp_keys, ssh_keys
from strongroom.directory.models import SshKey
from strongroom.documents import uploads
from strongroom.login.connections import attempts, nonces, penalties, sessions
from strongroom.messages import letter_care
from strongroom.messages.kinds import NoticeKind
from strongroom.messages.notices import post
from strongroom.messages.sending import send_waiting
from strongroom.runtime import carriers, clock, registry
from strongroom.runtime.home import Home
from strongroom.runtime.login_house import build_login_house
from strongroom.runtime.login_round import keep_logins
from strongroom.runtime.postman import Postman
from strongroom.runtime.settings import Settings
from strongroom.statements.ports import StorageError
from strongroom.statements.work import STEPS, Rounds

_HOUSEKEEPING = timedelta(minutes=1)
_SWEEPING = timedelta(hours=6)
_LOG = logging.getLogger(__name__)


class Worker:
    """Does rounds on one pipeline; `run_once` is what tests and `publish --wait` drive."""

    def __init__(self, settings: Settings, home: Home) -> None:
        self._settings = settings
        self._home = home
        self.pipeline = registry.build_pipeline(settings, home)
        self._sender = carriers.build_sender(settings, home)
        self._uploads = registry.upload_rules(settings)
        self._spool = registry.build_spool(self.pipeline)
        self._rounds = Rounds()
        self._kept_at = self._swept_at = clock.now() - _SWEEPING

    def run_once(self) -> int:
        """Do one round; returns how much moved on."""
        act = Act("worker", clock.now())
        moved = self._rounds.run(self.pipeline, act)
        moved += send_waiting(self._sender, act, support=self._settings.firm.support)
        if abs(act.at - self._kept_at) >= _HOUSEKEEPING:
            self._kept_at = act.at
            self._keep_house(act)
        return moved

    def run_steps(self) -> int:
        """Do the statements' steps alone, for a command that waits for its own files."""
        act = Act("worker", clock.now())
        return sum(step(self.pipeline, act) for step in STEPS)

    def _keep_house(self, act: Act) -> None:
        ssh_keys.expire_keys(act)
        with transaction.atomic():  # a mark that was passed and its warning belong together
            _warn_of_endings(act)
        uploads.forget_old_parts(self._spool, self._uploads, act)
        if abs(act.at - self._swept_at) >= _SWEEPING:
            self._swept_at = act.at
            uploads.remove_orphans(self._spool, act)
        letter_care.keep_letters(act)
        attempts.forget_old_attempts(act)
        nonces.forget_old_nonces(act)
        sessions.forget_old_sessions(act)
        penalties.forget_spent(act)
        login_house = build_login_house(self._settings, self._home)
        keep_logins(self.pipeline, login_house, act)

    def run(self, stop: threading.Event) -> None:
        """Do rounds until `stop`; trouble with disk or database is logged and tried again."""
        pause = self._settings.worker.poll_seconds
        postman = Postman(self._settings, self._home).start(stop)
        while not stop.is_set():
            started = time.monotonic()
            try:
                close_old_connections()
                moved = self.run_once()
            except (DatabaseError, StorageError, OSError):
                _LOG.exception("the round failed and will be tried again")
                stop.wait(min(10.0, pause * 10))
                continue
            if not moved:
                stop.wait(max(0.0, pause - (time.monotonic() - started)))
        postman.join()
        self.close()

    def close(self) -> None:
        """End the encryption processes."""
        self.pipeline.encryptor.close()


def _warn_of_endings(act: Act) -> None:
    for ending in pgp_keys.warn_expiring(act):
        facts = {
            "fingerprint": ending.fingerprint,
            "days": str(ending.days),
            "on": ending.ends_at.date().isoformat(),
        }
        sameness = f"{ending.fingerprint}:{ending.days}"
        for recipient in (ending.login, ""):
            post(
                NoticeKind.PGP_EXPIRING,
                recipient=recipient,
                sameness=sameness,
                at=act.at,
                facts={"login": ending.login, **facts},
            )
    for key in _ssh_keys_ending(act):
        assert key.expires_at is not None
        left = (key.expires_at - act.at).days
        post(
            NoticeKind.KEY_EXPIRING,
            recipient=key.recipient.login,
            sameness=f"{key.fingerprint}:{'week' if left <= 7 else 'month'}",
            at=act.at,
            facts={"fingerprint": key.fingerprint, "on": key.expires_at.date().isoformat()},
        )


def _ssh_keys_ending(act: Act) -> list[SshKey]:
    soon = act.at + timedelta(days=30)
    ending = SshKey.objects.filter(state="active", expires_at__gt=act.at, expires_at__lte=soon)
    return list(ending.select_related("recipient"))
