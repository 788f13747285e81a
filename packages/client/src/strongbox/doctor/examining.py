"""An examination from the clock to the schedule: each stage in order, each told as it is found.

What a single stage looks at is in the modules beside this one.
"""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from strongbox.api.enrolling import EnrolmentState
from strongbox.doctor.clock import look_at_clock
from strongbox.doctor.firm_help import FirmHelp
from strongbox.doctor.key_files import look_at_keys
from strongbox.doctor.local import look_at_disk, look_at_runs
from strongbox.doctor.network import look_at_way
from strongbox.doctor.report import Finding, Report, Stage, State, not_reached
from strongbox.doctor.sessions import look_inside
from strongbox.profiles.box import Box
from strongbox.profiles.profile import Profile
from strongbox.sync.sessions import Ask
from strongbox.wire.ports import Server

SECONDS = 10.0
"""How long each step of the network may take; sync waits longer."""

_WAY = (Stage.RESOLVE, Stage.TCP, Stage.VERSION, Stage.ALGORITHMS)
_INSIDE = (
    Stage.HOST_KEY,
    Stage.LOGIN,
    Stage.FOLDER,
    Stage.EXPECTED,
    Stage.TEST_STATEMENT,
    Stage.SIGNATURE,
)


@dataclass(frozen=True, slots=True)
class Case:
    """What is examined. `seconds` bounds each step of the network."""

    box: Box
    profile: Profile
    now: datetime
    is_offline: bool = False
    seconds: float = SECONDS


@dataclass(frozen=True, slots=True)
class Examined:
    """The report, and the help of the firm as it was left, for a request that may follow."""

    report: Report
    help: FirmHelp


@dataclass(frozen=True, slots=True)
class Requested:
    """The addresses that the firm was asked to list, and what became of that so far."""

    addresses: tuple[str, ...]
    state: EnrolmentState


def examine(case: Case, tell: Callable[[Finding], None]) -> Examined:
    """Go through all stages; what makes no sense after a failure is not reached."""
    return asyncio.run(_examine(case, tell))


async def _examine(case: Case, tell: Callable[[Finding], None]) -> Examined:
    report = Report()

    def note(findings: Iterable[Finding]) -> None:
        for finding in findings:
            report.findings.append(finding)
            tell(finding)

    clock = look_at_clock(case.profile, case.now, is_offline=case.is_offline)
    note([clock])
    keys = look_at_keys(case.profile, case.now)
    note(keys.findings)
    help_ = FirmHelp(case.box, case.profile, keys.opened)
    if case.is_offline:
        note(not_reached(*_WAY, *_INSIDE))
    else:
        note(await _over_the_network(case, help_, keys.ask))
    note(look_at_disk(case.box, case.profile))
    note([look_at_runs(case.box, case.profile, case.now)])
    return Examined(report, help_)


async def _over_the_network(case: Case, help_: FirmHelp, ask: Ask) -> list[Finding]:
    profile = case.profile
    server = Server(
        profile.host, profile.port, profile.login, profile.host_keys, timeout=case.seconds
    )
    found = await look_at_way(server, help_)
    if found[-1].stage is Stage.ALGORITHMS and found[-1].state is State.OK:
        return [*found, *await look_inside(server, help_, now=case.now, ask=ask)]
    reached = {one.stage for one in found}
    return [*found, *not_reached(*(one for one in (*_WAY, *_INSIDE) if one not in reached))]


def ask_for_addresses(help_: FirmHelp) -> Requested | None:
    """File the request that `--request-address` offers; None where there is nobody to ask.

    Raises Refused (API-…).
    """
    addresses = help_.addresses() if help_.is_there and help_.keys else ()
    if not addresses:
        return None
    return Requested(addresses, help_.request(addresses))
