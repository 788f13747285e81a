"""Writes results as Markdown: one section a measure, each replaced alone when it is run alone.

What the numbers are is in `results.py`.
"""

import math
import re

from bench.results import NO_TIME, NOT_OFFERED, Row, Section

_HEAD = """\
# Results of the benchmark

Written by `make bench`; do not edit. The machine is whatever it ran on, so trust the **ratios
inside one table**: all servers of a table were up at the same time and took turns, and each figure
is the median of its rounds. A ratio is Strongroom over the other: below 1 is good for costs (CPU,
memory, time), above 1 for rates. CPU is the server's, with every process it ever forked, unless
said otherwise. The targets of the server are those of a later issue, to keep the distance in sight.
"""
_SECTION = re.compile(r"^## .*? <!-- (?P<slug>[a-z]+) -->$", re.MULTILINE)


def number(value: float) -> str:
    """Three significant digits, or a dash for what was not measured."""
    if math.isnan(value):
        return "-"
    if value == 0 or abs(value) >= 100:
        return f"{value:,.0f}"
    digits = max(0, 2 - math.floor(math.log10(abs(value))))
    return f"{value:.{digits}f}"


def section_text(section: Section) -> str:
    """One section: heading with its slug, when and where it was measured, table, notes."""
    lines = [
        f"## {section.title} <!-- {section.slug} -->",
        "",
        section.about,
        "",
        section.facts,
        "",
    ]
    peers = [server for server in section.servers if server != section.subject]
    heads = ["what", "unit", *section.servers]
    for peer in peers:
        heads.append(f"ratio to {peer}")
        if _has_targets(section, peer):
            heads.append(f"target, to {peer}")
    lines += ["| " + " | ".join(heads) + " |", "| " + " | ".join("---" for _ in heads) + " |"]
    lines += [_line(row, section, peers) for row in section.rows]
    if section.notes or section.failures:
        lines += ["", *(f"- {note}" for note in [*section.notes, *section.failures])]
    return "\n".join(lines) + "\n"


def _line(row: Row, section: Section, peers: list[str]) -> str:
    figures = [_figure(row, server) for server in section.servers]
    cells = [row.quantity.label, row.quantity.unit, *figures]
    for peer in peers:
        cells.append(number(row.ratio(section.subject, peer)))
        if _has_targets(section, peer):
            cells.append(row.quantity.target(peer))
    return "| " + " | ".join(cells) + " |"


def _figure(row: Row, server: str) -> str:
    """The median, or in a word why there is none; failures are told in full below the table."""
    excuse = row.excuses.get(server)
    if server in row.samples or excuse is None:
        return number(row.median(server))
    return excuse if excuse in {NOT_OFFERED, NO_TIME} else "failed"


def _has_targets(section: Section, peer: str) -> bool:
    return any(row.quantity.target(peer) for row in section.rows)


def merged(old: str, new: dict[str, str], order: list[str]) -> str:
    """The whole page: `new` sections by slug put in place of old ones, others kept, in `order`."""
    marks = list(_SECTION.finditer(old))
    starts = [mark.start() for mark in marks]
    ends = [*starts[1:], len(old)][: len(marks)]
    kept = {
        mark["slug"]: old[start:end] for mark, start, end in zip(marks, starts, ends, strict=True)
    }
    sections = kept | new
    known = [slug for slug in order if slug in sections]
    return "\n".join([_HEAD, *(sections[slug].strip() + "\n" for slug in known)])
