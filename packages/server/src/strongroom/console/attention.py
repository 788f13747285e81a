"""Decides which figures need somebody, and says in a sentence what to do about each.

The figures are read in `figures`; the Japanese of the words here is in locale/.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from strongroom.console.figures import MOST, Figures


@dataclass(frozen=True, slots=True)
class Tile:
    """One number of the page; `is_matter` when somebody should do something about it."""

    label: str | Promise
    number: str
    is_matter: bool = False


@dataclass(frozen=True, slots=True)
class Matter:
    """A figure that should be zero: its name, what it means and the command that shows more."""

    name: str
    label: str | Promise
    meaning: str | Promise
    command: str


_MATTERS = (
    Matter(
        "arrivals_late",
        _("Files waiting for over ten minutes"),
        _("The worker may have stopped, or the disk may be full."),
        "strongroom check",
    ),
    Matter(
        "files_parked",
        _("Files parked"),
        _("They matched no account or were not whole. Nothing was lost."),
        "strongroom parked list",
    ),
    Matter(
        "copies_held",
        _("Copies held"),
        _("They wait for a usable PGP key. They are never sent in clear."),
        "strongroom statement list --held",
    ),
    Matter(
        "keys_pending",
        _("Keys to approve"),
        _("Recipients sent public keys that wait for your decision."),
        "strongroom recipient list",
    ),
    Matter(
        "never_fetched",
        _("Published over a day ago and never fetched"),
        _("Their recipients may not know that they are there."),
        "strongroom statement list",
    ),
    Matter(
        "notices_failed",
        _("Notices given up"),
        _("They could not be handed to the sender."),
        "strongroom check",
    ),
)
_DELIVERY: tuple[tuple[str, str | Promise], ...] = (
    ("published_today", _("Published in 24 hours")),
    ("fetched_today", _("Fetched in 24 hours")),
    ("never_fetched", _("Not fetched for over a day")),
    ("arrivals_waiting", _("Files arriving")),
    ("copies_waiting", _("Copies in preparation")),
    ("copies_held", _("Copies held")),
    ("files_parked", _("Files parked")),
    ("notices_waiting", _("Notices to send")),
)
_HOUSE: tuple[tuple[str, str | Promise], ...] = (
    ("recipients", _("Recipients")),
    ("accounts", _("Accounts")),
    ("sessions_open", _("Sessions open")),
    ("keys_pending", _("Keys to approve")),
    ("audit_records", _("Audit records")),
)
_UNBOUNDED = frozenset({"audit_records"})


def matters(figures: Figures) -> list[tuple[Matter, str]]:
    """Return what needs somebody, most urgent first, each with its number in words."""
    numbers = _numbers(figures)
    return [(matter, _shown(matter.name, numbers)) for matter in _MATTERS if numbers[matter.name]]


def delivery(figures: Figures) -> list[Tile]:
    """Return the numbers of what comes in and goes out."""
    return _tiles(_DELIVERY, figures)


def house(figures: Figures) -> list[Tile]:
    """Return the numbers of who is served."""
    return _tiles(_HOUSE, figures)


def _tiles(rows: Sequence[tuple[str, str | Promise]], figures: Figures) -> list[Tile]:
    numbers = _numbers(figures)
    urgent = {matter.name for matter in _MATTERS}
    return [
        Tile(label, _shown(name, numbers), is_matter=name in urgent and numbers[name] > 0)
        for name, label in rows
    ]


def _numbers(figures: Figures) -> dict[str, int]:
    return {name: value for name, value in figures.items() if isinstance(value, int)}


def _shown(name: str, numbers: dict[str, int]) -> str:
    """A number as people read it, with a plus where the counting stopped."""
    number = numbers[name]
    return f"{number:,}" + ("+" if number >= MOST and name not in _UNBOUNDED else "")
