"""What a run found: rows of samples for each server, and ratios of medians between them.

How they look on a page is in `report.py`; nothing here measures.
"""

import math
import statistics
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Quantity:
    """One row of a table: what was measured, in which unit, and its targets.

    `targets` are texts by peer name, such as `at most 1/2`; a quantity may have none.
    """

    label: str
    unit: str
    targets: tuple[tuple[str, str], ...] = ()

    def target(self, peer: str) -> str:
        return dict(self.targets).get(peer, "")


@dataclass(slots=True)
class Row:
    """The samples of one quantity by server, and why a server has none."""

    quantity: Quantity
    samples: dict[str, list[float]] = field(default_factory=dict)
    excuses: dict[str, str] = field(default_factory=dict)

    def median(self, server: str) -> float:
        """The median sample, NaN where there is none."""
        samples = self.samples.get(server)
        return statistics.median(samples) if samples else math.nan

    def ratio(self, server: str, peer: str) -> float:
        """Median of `server` over median of `peer`; NaN where either is missing or zero."""
        own, other = self.median(server), self.median(peer)
        return own / other if other else math.nan


@dataclass(slots=True)
class Section:
    """One table of the results. `servers` are its columns; ratios are `subject` over the rest."""

    slug: str
    title: str
    about: str
    servers: list[str]
    subject: str
    rows: list[Row] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    facts: str = ""
    deaths: list[str] = field(default_factory=list)

    def row(self, quantity: Quantity) -> Row:
        """The row of this quantity, made at its first use."""
        for row in self.rows:
            if row.quantity == quantity:
                return row
        self.rows.append(Row(quantity))
        return self.rows[-1]

    def add(self, quantity: Quantity, server: str, value: float) -> None:
        self.row(quantity).samples.setdefault(server, []).append(value)

    def excuse(self, quantity: Quantity, server: str, why: str) -> None:
        self.row(quantity).excuses[server] = why

    @property
    def failures(self) -> list[str]:
        """Sentences about what did not work, without what a server simply does not offer."""
        excuses = [
            f"{row.quantity.label}: {server}: {why}"
            for row in self.rows
            for server, why in row.excuses.items()
            if why not in {NOT_OFFERED, NO_TIME}
        ]
        return list(dict.fromkeys(self.deaths + excuses))

    def as_json(self) -> dict[str, Any]:
        """The whole section with every sample, for machines."""
        return {
            "section": self.slug,
            "title": self.title,
            "servers": self.servers,
            "rows": [
                {
                    "label": row.quantity.label,
                    "unit": row.quantity.unit,
                    "samples": row.samples,
                    "medians": {server: row.median(server) for server in row.samples},
                    "ratios": {
                        peer: row.ratio(self.subject, peer)
                        for peer in row.samples
                        if peer != self.subject and self.subject in row.samples
                    },
                    "targets_of_a_later_issue": dict(row.quantity.targets),
                    "missing": row.excuses,
                }
                for row in self.rows
            ],
            "notes": self.notes,
            "facts": self.facts,
        }


NOT_OFFERED = "not offered"
NO_TIME = "no time left"


def percentile(samples: list[float], share: float) -> float:
    """The nearest-rank percentile; `share` from 0 to 1. Raises ValueError without samples."""
    if not samples:
        raise ValueError("no samples")
    rank = max(1, math.ceil(share * len(samples)))
    return sorted(samples)[rank - 1]
