"""How a run went, and which exit status that is.

The run itself is in `running`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from strongbox.refusal import Exit, Refused
from strongbox.sync import refusals
from strongbox.sync.expectations import Missing
from strongbox.sync.planning import Plan
from strongbox.sync.tally import Tally
from strongbox.words import say

_WORST_FIRST = (
    Exit.DAMAGED,
    Exit.CANNOT_WRITE,
    Exit.PROTOCOL,
    Exit.CONFIGURATION,
    Exit.REFUSED,
    Exit.UNAVAILABLE,
    Exit.TRY_AGAIN,
    Exit.ABSENT,
)


@dataclass(slots=True)
class Summary:
    """What a run did. `refused` holds all that went wrong, in the order of the run.

    `told` are those of single files, which were told as events while the run went on.
    """

    landed: int = 0
    reissued: int = 0
    handed_over: int = 0
    changing: int = 0
    unlisted: int = 0
    missing: tuple[Missing, ...] = ()
    refused: list[Refused] = field(default_factory=list)
    told: tuple[Refused, ...] = ()

    @property
    def worst(self) -> Refused | None:
        """The refusal that gives the run its exit status, None for a run that went well."""
        return worst_of(self.refused)


def worst_of(found: Sequence[Refused]) -> Refused | None:
    """The refusal that decides the exit status of whatever came to all of them."""
    return min(found, key=_weight, default=None)


def _weight(refused: Refused) -> int:
    """Damage first, then what has to be mended here, then what passes, then what is absent."""
    known = refused.kind.exit in _WORST_FIRST
    return _WORST_FIRST.index(refused.kind.exit) if known else len(_WORST_FIRST)


def summary_of(plan: Plan, tally: Tally, missing: Sequence[Missing]) -> Summary:
    """Everything that a run came to."""
    refused = [
        *(refusals.SYNC_NAME.because(name=name) for name in plan.paths),
        *(_resized(one.statement.name, one.statement.size) for one in plan.resized),
        *tally.refused,
    ]
    if tally.failed:
        refused.append(refusals.HOOK_FAILED.because(count=tally.failed))
    if tally.left:
        refused.append(refusals.SYNC_BUDGET.because(left=tally.left))
    if missing:
        refused.append(refusals.SYNC_MISSING.because(count=len(missing)))
    return Summary(
        landed=tally.landed,
        reissued=tally.reissued,
        handed_over=tally.handed,
        changing=tally.changing,
        unlisted=len(plan.unlisted),
        missing=tuple(missing),
        refused=refused,
        told=tuple(tally.refused),
    )


def _resized(name: str, size: int) -> Refused:
    why = say("it has not the listed {size} bytes", size=size)
    return refusals.SYNC_DAMAGED.because(name=name, why=why)
