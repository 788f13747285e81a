"""`strongbox doctor`: says why it does not work and what to do, with the first failure's status.

What is examined is in `doctor`.
"""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click
from strongroom_formats.one_line import clean_text

from strongbox.commands.rim import answering, as_json_option, pass_box, print_json, profile_option
from strongbox.profiles import files
from strongbox.profiles.box import Box
from strongbox.words import mark, say

if TYPE_CHECKING:
    from strongbox.doctor.report import Finding, Report

_LONGEST = 2000
_STAGES = {
    "clock": mark("clock"),
    "key": mark("key"),
    "resolve": mark("name"),
    "tcp": mark("connection"),
    "version": mark("SSH greeting"),
    "algorithms": mark("algorithms"),
    "host-key": mark("host key"),
    "login": mark("login"),
    "folder": mark("folder"),
    "expected": mark("expected statements"),
    "test-statement": mark("test statement"),
    "signature": mark("signature"),
    "disk": mark("disk"),
    "schedule": mark("last run"),
    "tool": mark("other program"),
}
_STATES = {
    "ok": mark("ok"),
    "warning": mark("WARNING"),
    "failed": mark("FAILED"),
    "not-reached": mark("not reached"),
}

_DECLINED = mark("The firm does not list {addresses}. Ask its support desk.")
_REQUESTED = {
    "pending": mark(
        "Asked the firm to list {addresses}. A person there decides; run `strongbox doctor` again "
        "later."
    ),
    "approved": mark("The firm lists {addresses} now. Run `strongbox doctor` again."),
    "rejected": _DECLINED,
    "expired": _DECLINED,
}


@click.command(
    help=say(
        "Say why it does not work, and what to do. Goes from the clock of this machine to a test "
        "statement that is fetched and opened; where the firm runs Strongroom, asks it for the "
        "reason of a refusal. Ends with the exit status of the first failure."
    )
)
@profile_option
@click.option("--offline", is_flag=True, help=say("Look at this machine only."))
@click.option(
    "--request-address",
    is_flag=True,
    help=say("If the firm does not list your address, ask it to, signed with your key."),
)
@click.option(
    "--tool",
    type=(str, click.Path(path_type=Path)),
    metavar=say("PROGRAM FILE"),
    help=say("Compare the settings of another program with the profile, too."),
)
@click.option("--site", default="", help=say("Which connection of that file, by its name."))
@click.option(
    "--timeout",
    type=click.FloatRange(0.5, 120),
    default=10.0,
    show_default=True,
    help=say("Seconds for each step of the network."),
)
@as_json_option
@pass_box
@answering
def doctor(  # noqa: PLR0913, PLR0917 - one for each option
    box: Box,
    profile_name: str,
    offline: bool,
    request_address: bool,
    tool: tuple[str, Path] | None,
    site: str,
    timeout: float,
    as_json: bool,
) -> None:
    """Examine a profile and end with what was found first."""
    from strongbox.doctor import examining
    from strongbox.doctor.tool_traps import look_at_tool
    from strongbox.tools.every import TOOLS

    profile = files.load(box, profile_name)
    if tool is not None and tool[0] not in TOOLS:
        raise click.BadParameter(", ".join(sorted(TOOLS)), param_hint="--tool")
    tell = _as_json if as_json else _as_text
    case = examining.Case(box, profile, datetime.now(UTC), offline, timeout)
    examined = examining.examine(case, tell)
    report = examined.report
    if tool is not None:
        found = look_at_tool(profile, TOOLS[tool[0]], tool[1], site)
        report.findings += found
        for finding in found:
            tell(finding)
    first = report.first_failure
    is_about_address = first is not None and first.code == "FIRM-ADDRESS"
    requested = None
    if request_address and is_about_address:
        requested = examining.ask_for_addresses(examined.help)
    if as_json and requested is not None:
        print_json({"requested": requested.addresses, "state": requested.state})
    _close(report, as_json=as_json)
    if requested is not None and not as_json:
        addresses = ", ".join(requested.addresses)
        click.echo(say(_REQUESTED[requested.state.value], addresses=addresses))
    sys.exit(int(report.exit))


def _as_json(finding: "Finding") -> None:
    print_json(
        {
            "stage": finding.stage.value,
            "state": finding.state.value,
            "code": finding.code,
            "measured": clean_text(finding.measured, _LONGEST),
            "sentence": clean_text(finding.sentence, _LONGEST),
            "remedies": [clean_text(one, _LONGEST) for one in finding.remedies],
            "exit": int(finding.exit),
        }
    )


def _as_text(finding: "Finding") -> None:
    state, stage = say(_STATES[finding.state.value]), say(_STAGES[finding.stage.value])
    measured = clean_text(finding.measured, _LONGEST)
    click.echo(f"{_padded(state, 12)}{_padded(stage, 22)}{measured}".rstrip())
    if finding.sentence:
        click.echo(f"    {finding.code}: {clean_text(finding.sentence, _LONGEST)}")
    for remedy in finding.remedies:
        click.echo(f"    - {clean_text(remedy, _LONGEST)}")
    sys.stdout.flush()


def _padded(text: str, width: int) -> str:
    """Text in columns; Japanese letters are two wide."""
    taken = sum(2 if ord(sign) > 0x2E7F else 1 for sign in text)
    return text + " " * max(1, width - taken)


def _close(report: "Report", *, as_json: bool) -> None:
    first = report.first_failure
    if as_json:
        print_json({"verdict": first.code if first else "OK", "exit": int(report.exit)})
    elif first is None:
        click.echo(say("Everything that was examined is in order."))
    else:
        stage = say(_STAGES[first.stage.value])
        click.echo(say("First failure: {stage}, {code}.", stage=stage, code=first.code))
