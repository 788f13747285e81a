"""`python -m bench`: reads the command line, measures, prints progress and writes RESULTS.md.

How a run is set up is in `preparing.py`; what is measured is in `measures` and `scale.py`.
"""

import argparse
import json
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from bench import machine, report, scale
from bench.login import measure as login
from bench.measures import bulk, listing, many, memory, publish, recipient, sessions
from bench.preparing import on_disk, raise_file_limit, roomiest, servers_up, temporary_home
from bench.results import Section
from bench.run import Run
from bench.servers import BenchError
from bench.shelves import FULL, QUICK, Shelf, Sizes

_PAGE = Path(__file__).parent / "RESULTS.md"
_UNAVAILABLE = 69
_SCALE = "scale"
_MEASURES: dict[str, tuple[Callable[[Run], Section], list[Shelf]]] = {
    "bulk": (bulk.measure, [Shelf.BULK]),
    "many": (many.measure, [Shelf.MANY]),
    "sessions": (sessions.measure, [Shelf.INBOX, Shelf.LARGE_INBOX]),
    "memory": (memory.measure, [Shelf.INBOX]),
    "listing": (listing.measure, [Shelf.LISTING]),
    "publish": (publish.measure, []),
    "recipient": (recipient.measure, [Shelf.BULK, Shelf.MANY, Shelf.INBOX]),
}
_LOGIN = "login"
_CHOICES = [*_MEASURES, _SCALE, _LOGIN]
_ORDER = [*_MEASURES, _SCALE, *login.SECTIONS]


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m bench",
        description="Measure Strongroom against OpenSSH and ProFTPD on this machine.",
    )
    parser.add_argument("--quick", action="store_true", help="smaller, at most 3 minutes")
    parser.add_argument(
        "--only",
        action="append",
        choices=_CHOICES,
        help="one measure, may be repeated; `scale` and `login` (millions of rows) run only so",
    )
    parser.add_argument("--json", action="store_true", help="print results, one section a line")
    parser.add_argument("--rounds", type=int, help="rounds at most, instead of the usual")
    parser.add_argument("--dir", type=Path, help="where to put the temporary folder")
    parser.add_argument("--results", type=Path, default=_PAGE, help="the page to bring up to date")
    parser.add_argument(
        "--peers-only", action="store_true", help="leave Strongroom out, to try the harness"
    )
    return parser


def main() -> int:
    """0 when all was measured, 1 when a measure failed, 69 when something needed is missing."""
    options = arguments().parse_args()
    wanted = options.only or list(_MEASURES)
    sizes = QUICK if options.quick else FULL
    if options.rounds:
        sizes = replace(sizes, rounds=options.rounds)
    raise_file_limit()
    # A terminated run has to stop its servers too, so it ends the way an exit does.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        sections = [
            *measure_servers(options, wanted, sizes),
            *measure_scale(options, wanted),
            *measure_login(options, wanted),
        ]
    except BenchError as error:
        print(f"bench: {error}", file=sys.stderr)
        return _UNAVAILABLE
    except KeyboardInterrupt:
        print("bench: stopped; nothing was written", file=sys.stderr)
        return 128 + signal.SIGINT
    write(options.results, sections)
    if options.json:
        for section in sections:
            print(json.dumps(section.as_json()))
    failures = [failure for section in sections for failure in section.failures]
    for failure in failures:
        print(f"bench: failed: {failure}", file=sys.stderr)
    return 1 if failures else 0


def measure_servers(options: argparse.Namespace, wanted: list[str], sizes: Sizes) -> list[Section]:
    """All wanted measures that need the servers, while they are up at the same time."""
    names = [name for name in _MEASURES if name in wanted]
    if not names:
        return []
    shelves = sorted({s for name in names for s in _MEASURES[name][1]}, key=lambda s: s.value)
    with (
        temporary_home(options.dir or roomiest()) as home,
        servers_up(home, sizes, shelves, with_strongroom=not options.peers_only) as run,
    ):
        sections = [_MEASURES[name][0](run) for name in names]
        versions = [server.version for server in run.servers]
        gauge = f"CPU by {run.servers[0].gauge.kind}"
    for section in sections:
        section.facts = machine.facts([*versions, gauge], is_quick=options.quick)
    return sections


def measure_scale(options: argparse.Namespace, wanted: list[str]) -> list[Section]:
    """The databases with millions of rows, on a disk because they are large."""
    if _SCALE not in wanted:
        return []
    with temporary_home(options.dir or on_disk()) as home:
        section = scale.measure(Run(QUICK, [], home, home), is_quick=options.quick)
    section.facts = machine.facts(scale.versions(), is_quick=options.quick)
    return [section]


def measure_login(options: argparse.Namespace, wanted: list[str]) -> list[Section]:
    """The clients' pages and codes; the homes lie in memory, the large database on the disk."""
    if _LOGIN not in wanted:
        return []
    amounts = login.QUICK if options.quick else login.FULL
    with temporary_home(options.dir or roomiest()) as home:
        sections = login.measure(Run(QUICK, [], home, home), amounts)
    for section in sections:
        section.facts = machine.facts(login.versions(), is_quick=options.quick)
    return sections


def write(page: Path, sections: list[Section]) -> None:
    """Put the new sections in place of their older selves."""
    old = page.read_text() if page.exists() else ""
    new = {section.slug: report.section_text(section) for section in sections}
    page.write_text(report.merged(old, new, _ORDER))
    print(f"written: {os.path.relpath(page)}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
