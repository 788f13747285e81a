"""What the steps work with: the replaceable parts, the folders and the firm's rules.

One frozen value, put together in `strongroom.runtime.registry` and handed to every step.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from strongroom.rules.file_names import Grammar
from strongroom.rules.retention import RetentionPolicy
from strongroom.statements.ports import Encryptor, Storage


@dataclass(frozen=True, slots=True)
class Folders:
    """The folders of the home that files pass through; all on one file system."""

    inbox: Path
    spool: Path
    done: Path
    parked: Path


@dataclass(frozen=True, slots=True)
class IntakeRules:
    """When a dropped file counts as complete, and what it may be called and weigh."""

    grammar: Grammar
    largest_bytes: int
    settle: timedelta
    sidecar_wait: timedelta
    keep_done: timedelta


@dataclass(frozen=True, slots=True)
class FirmFacts:
    """Who sends, and whose midnight ends a business day."""

    name: str
    zone: ZoneInfo
    holidays: frozenset[date]
    support: str


@dataclass(frozen=True, slots=True)
class WorkRules:
    """How work is claimed and shared out; `encrypting` is how many files at a time."""

    lease: timedelta
    batch: int
    encrypting: int
    manifest_settle: timedelta
    nothing_today: bool


@dataclass(frozen=True, slots=True)
class Pipeline:
    """Everything a step may use. `sign(document, namespace)` makes an SSHSIG (docs/formats)."""

    storage: Storage
    encryptor: Encryptor
    sign: Callable[[bytes, str], bytes]
    folders: Folders
    intake: IntakeRules
    firm: FirmFacts
    work: WorkRules
    retention: RetentionPolicy
