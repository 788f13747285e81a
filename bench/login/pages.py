"""What is measured over HTTP: pages and whole logins, site against site and few users against many.

How visits are timed is in `turns.py`; what a whole login sends is in `browser.py`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from bench.login import browser, scans
from bench.login.browser import Browser
from bench.login.site import FIRST_PAGE, Site
from bench.login.turns import Tally, Visit, visit
from bench.results import Quantity, Section

OURS, PEER = browser.sign_in_by_code, browser.sign_in_by_password
_AT_ONCE = 4
_WARMING = 3
_MIB = 1 << 20


class Amounts(Protocol):
    """How much is measured, see `measure.Amounts`."""

    @property
    def turns(self) -> int: ...
    @property
    def pages(self) -> int: ...
    @property
    def logins(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Column:
    """One site of a table, and the running numbers of those who can log in there."""

    name: str
    site: Site
    numbers: Sequence[int]


def section(peer: str, ours: str) -> Section:
    return Section(
        "login",
        "The portal's login",
        "Both on granian with one process and 4 threads, Argon2id with 46 MiB, the client on the "
        f"same cores; {_AT_ONCE} visitors at once on kept connections, one for the page inside. A "
        "whole login at the peer (`django.contrib.auth`, no second factor) is a page and a "
        "password; Strongroom's is a page, a password, a page and a TOTP code, with lock-out "
        "counters, history and audit, so there are twice the requests in it.",
        [peer, ours],
        ours,
    )


def crowd_section(few: str, many: str) -> Section:
    return Section(
        "crowd",
        "A login among many users",
        "The same logins, one after the other, at two portals on one PostgreSQL server. Each user "
        "has an account, a number, a factor and a past: sessions, challenges, history, limits.",
        [few, many],
        many,
    )


def compare(
    made: Section,
    database: str,
    pair: Sequence[tuple[Site, Visit]],
    numbers: Sequence[int],
    amounts: Amounts,
) -> None:
    """Pages, logins, and the page after the login, the sites taking turns. Raises BenchError."""
    tallies = {site.name: (Tally(), Tally(), Tally()) for site, _ in pair}
    for turn in range(amounts.turns):
        mine = _share(numbers, turn, amounts.logins)
        for site, sign_in in pair if turn % 2 else pair[::-1]:
            first, login, inside = tallies[site.name]
            visit(site, _first_page, range(1, amounts.pages + 1), _AT_ONCE, first)
            visit(site, sign_in, mine, _AT_ONCE, login)
            visit(
                site,
                _inside(site, sign_in, numbers[len(numbers) // 2 + turn]),
                [1] * amounts.pages,
                1,
                inside,
            )
    labels = (("sign-in page", "pages"), ("whole login", "logins"), ("first page inside", "pages"))
    for site, _ in pair:
        for (label, unit), tally in zip(labels, tallies[site.name], strict=True):
            tally.add_to(made, f"{database}: {label}", unit, site.name)
        memory = site.memory().pss / _MIB
        made.add(Quantity(f"{database}: memory after that", "MiB"), site.name, memory)


def compare_crowds(
    made: Section, columns: Sequence[Column], crowded: str, amounts: Amounts
) -> None:
    """Logins in turns; the first few warm up. `crowded` is the address of the full database.

    Raises BenchError.
    """
    tallies = {column.name: Tally() for column in columns}
    for column in columns:
        visit(column.site, OURS, column.numbers[-_WARMING:], 1, Tally())
    scans.forget(crowded)
    for turn in range(amounts.turns):
        for column in columns if turn % 2 else columns[::-1]:
            mine = _share(column.numbers, turn, amounts.logins)
            visit(column.site, OURS, mine, 1, tallies[column.name])
    made.notes += scans.told(crowded)
    for column in columns:
        tallies[column.name].add_to(made, "whole login", "logins", column.name)


def _share(numbers: Sequence[int], turn: int, size: int) -> Sequence[int]:
    """The users of this turn: nobody logs in twice, because a code is taken once."""
    return numbers[turn * size : (turn + 1) * size]


def _first_page(visitor: Browser, number: int) -> None:
    visitor.become(number)
    visitor.get(FIRST_PAGE)


def _inside(site: Site, sign_in: Visit, number: int) -> Visit:
    """Visits to the first page inside, by one who is signed in already."""
    known = Browser(site.port)
    sign_in(known, number)
    known.close()

    def look(visitor: Browser, _number: int) -> None:
        if not visitor.cookies:
            visitor.become(number)
            visitor.cookies.update(known.cookies)
        visitor.get("/")

    return look
