"""What an examination comes to: findings in the order of the stages, and one exit status.

How each stage is examined is in the modules beside this one.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from strongbox.refusal import Exit, RefusalKind, Refused


class Stage(StrEnum):
    """What a fetch goes through, in order."""

    CLOCK = "clock"
    KEY = "key"
    RESOLVE = "resolve"
    TCP = "tcp"
    VERSION = "version"
    ALGORITHMS = "algorithms"
    HOST_KEY = "host-key"
    LOGIN = "login"
    FOLDER = "folder"
    EXPECTED = "expected"
    TEST_STATEMENT = "test-statement"
    SIGNATURE = "signature"
    DISK = "disk"
    SCHEDULE = "schedule"
    TOOL = "tool"


class State(StrEnum):
    """How a stage stands. A warning alone never fails an examination."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"
    NOT_REACHED = "not-reached"


@dataclass(frozen=True, slots=True)
class Finding:
    """One result. `code` is stable: "OK", "NOT-REACHED" or a refusal's.

    `measured` is what was seen, `sentence` what it means and what to do, `remedies` what else to
    try, in order.
    """

    stage: Stage
    state: State
    code: str
    measured: str = ""
    sentence: str = ""
    remedies: tuple[str, ...] = ()
    exit: Exit = Exit.OK


def fine(stage: Stage, measured: str = "") -> Finding:
    """Nothing is wrong here."""
    return Finding(stage, State.OK, "OK", measured)


def failed(
    stage: Stage, refused: Refused, measured: str = "", remedies: tuple[str, ...] = ()
) -> Finding:
    """What a stage failed with."""
    return Finding(
        stage, State.FAILED, refused.code, measured, str(refused), remedies, refused.kind.exit
    )


def doubtful(stage: Stage, refused: Refused, measured: str = "") -> Finding:
    """Something to look after, which stops nothing."""
    return Finding(stage, State.WARNING, refused.code, measured, str(refused))


def not_reached(*stages: Stage) -> list[Finding]:
    """Stages that nothing can be said about because of one before them."""
    return [Finding(stage, State.NOT_REACHED, "NOT-REACHED") for stage in stages]


def local_time(moment: datetime) -> str:
    """A moment as the person's clock shows it, with the name of its zone."""
    return f"{moment.astimezone():%Y-%m-%d %H:%M:%S %Z}"


@dataclass(slots=True)
class Report:
    """The findings so far."""

    findings: list[Finding] = field(default_factory=list)

    @property
    def first_failure(self) -> Finding | None:
        """The finding that names the cause; what failed after it may only follow from it."""
        return next((one for one in self.findings if one.state is State.FAILED), None)

    @property
    def exit(self) -> Exit:
        """The exit status of the first failure."""
        first = self.first_failure
        return Exit.OK if first is None else first.exit


def is_one_of(refused: Refused, *kinds: RefusalKind) -> bool:
    """Whether a refusal is of one of these kinds."""
    return refused.kind in kinds
