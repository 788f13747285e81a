"""A small firm for the tests of the product's heart: built by verbs, worked by rounds."""

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from strongroom.audit.act import Act
from strongroom.backends.encryption.openpgp.certificates import read_certificate
from strongroom.directory.accounts import add_account
from strongroom.directory.models import Account, PgpKey, PgpPolicy, Recipient
from strongroom.directory.pgp_keys import PgpSubmission
from strongroom.directory.recipients import Enrolment, add_recipient
from strongroom.directory.ssh_keys import DeskRules
from strongroom.messages import key_desk
from strongroom.statements import certificates
from strongroom.statements.models import Copy, Manifest
from strongroom.statements.pipeline import Pipeline
from strongroom.statements.ports import Storage
from strongroom.statements.work import Rounds

from tests.conftest import StillClock

RULES = DeskRules(four_eyes=False, keys_per_recipient=4, life_days=0)
ACCOUNT = "U1234567"
NAME = "U1234567_Activity_20261120.csv"


class Firm:
    """Operators, a drop folder and a worker, on the test's clock."""

    def __init__(self, pipeline: Pipeline, clock: StillClock) -> None:
        self.pipeline = pipeline
        self.clock = clock
        self.rounds = Rounds()

    def act(self, actor: str = "operator:test") -> Act:
        return Act(actor, self.clock.now())

    def change(self, **parts: Any) -> None:
        """Work with other parts, such as `storage`, or other `work` rules."""
        self.pipeline = replace(self.pipeline, **parts)

    def recipient(
        self, login: str = "fund", *accounts: str, pgp: bool = False, allow: Iterable[str] = ()
    ) -> Recipient:
        """Enrol a recipient of the accounts, which are made where they are missing."""
        for number in accounts or (ACCOUNT,):
            if not Account.objects.filter(number=number).exists():
                add_account(number, name=f"Holder of {number}", act=self.act())
        policy = PgpPolicy.REQUIRED if pgp else PgpPolicy.OFF
        enrolment = Enrolment(accounts or (ACCOUNT,), tuple(allow), policy)
        return add_recipient(login, enrolment, act=self.act(), private_allowed=True)

    def drop(
        self,
        name: str = NAME,
        content: bytes = b"Statement,Data,1\n",
        *,
        sidecar: dict[str, object] | None = None,
    ) -> Path:
        """Put a file into the drop folder, its sidecar first."""
        path = self.pipeline.folders.inbox / name
        if sidecar is not None:
            fields = {"schema": "strongroom-sidecar-1", **sidecar}
            path.with_name(name + ".manifest.json").write_text(json.dumps(fields))
        path.write_bytes(content)
        return path

    def work(self, rounds: int = 12) -> int:
        """Do rounds until nothing moves any more."""
        moved = 0
        for _ in range(rounds):
            step = self.rounds.run(self.pipeline, self.act("worker"))
            moved += step
            if not step:
                return moved
        raise AssertionError("the worker never came to an end")

    def restart(self) -> None:
        """Let a new worker take over from one that was killed."""
        self.rounds = Rounds()

    def publish(self, name: str = NAME, content: bytes = b"Statement,Data,1\n") -> list[Copy]:
        """Deliver one file all the way; returns all published copies by number."""
        self.drop(name, content)
        self.work()
        return list(Copy.objects.filter(state="published").order_by("recipient_id", "number"))

    def start_now(self) -> None:
        """Set the clock to the machine's time, where keys and files are made just now."""
        self.clock.set(datetime.now(UTC))

    def certify(self, login: str, certificate: bytes) -> PgpKey:
        """Submit and approve a certificate."""
        read = read_certificate(certificate)
        submission = PgpSubmission(read.facts, read.canonical)
        key = key_desk.submit_certificate(login, submission, act=self.act())
        return certificates.approve_certificate(login, key.fingerprint, rules=RULES, act=self.act())


def stored(storage: Storage, key: str) -> bytes:
    """Every byte of an object."""
    reader = storage.open(key)
    try:
        return reader.read(0, reader.size)
    finally:
        reader.close()


def manifests_of(login: str) -> list[bytes]:
    """The manifests of a recipient in the order of their numbers."""
    rows = Manifest.objects.filter(recipient__login=login).order_by("number")
    return [bytes(row.body) for row in rows]


def everything_in(*folders: Path) -> list[str]:
    """The names of all files below the folders."""
    return sorted(path.name for folder in folders for path in folder.rglob("*") if path.is_file())
