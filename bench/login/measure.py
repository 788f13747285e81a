"""The login's chapter: pages against Django's own login, codes below HTTP, and a million users.

Sections: `login` (pages), `codes`, `crowd`. The parts are in the modules beside.
"""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from urllib.parse import urlsplit, urlunsplit

from bench.login import pages, peer
from bench.login.homes import PortalHome
from bench.login.site import Site
from bench.results import Quantity, Section, percentile
from bench.run import Run
from bench.servers import STRONGROOM, BenchError
from tools import postgres

SQLITE, POSTGRESQL = "SQLite", "PostgreSQL"
SECTIONS = ("login", "codes", "crowd")
_CODES = {
    "totp": "TOTP",
    "sms": "SMS (HMAC)",
    "card": "security card (OCRA)",
    "wrong": "wrong TOTP",
}


@dataclass(frozen=True, slots=True)
class Amounts:
    """How much is measured."""

    few: int = 1000
    many: int = 1_000_000
    turns: int = 3
    pages: int = 120
    logins: int = 40
    codes: int = 120


FULL = Amounts()
QUICK = Amounts(many=50_000, turns=2, pages=60, logins=20, codes=40)


def measure(run: Run, amounts: Amounts) -> list[Section]:
    """All three sections; PostgreSQL needs some 8 GiB below the temporary folder for them.

    Raises BenchError where PostgreSQL cannot run, a site does not start or a login fails.
    """
    with _postgresql() as address:
        few = {
            SQLITE: PortalHome(run.home / "sqlite"),
            POSTGRESQL: PortalHome(run.home / "few", _database(address, "few")),
        }
        run.say(f"login: making {amounts.few:,} users in {SQLITE} and in {POSTGRESQL}")
        numbers = {name: home.make(amounts.few) for name, home in few.items()}
        login = _pages(run, few, numbers, address, amounts)
        codes = _codes(run, few, amounts)
        many = PortalHome(run.home / "many", _database(address, "many"))
        crowd = _crowd(run, few[POSTGRESQL], many, amounts, numbers[POSTGRESQL])
    return [login, codes, crowd]


def versions() -> list[str]:
    """What was measured with."""
    return [f"{name} {metadata.version(name)}" for name in ("django", "granian", "argon2-cffi")]


def _pages(
    run: Run,
    homes: dict[str, PortalHome],
    numbers: dict[str, list[int]],
    address: str,
    amounts: Amounts,
) -> Section:
    section = pages.section(peer.NAME, STRONGROOM)
    for database, home in homes.items():
        url = _database(address, "peer") if database == POSTGRESQL else ""
        other = peer.made(run.home / f"peer-{database}", url, amounts.few)
        pair = [(other, pages.PEER), (home.site(), pages.OURS)]
        with _up([site for site, _ in pair]):
            run.say(f"login: pages and logins on {database}")
            pages.compare(section, database, pair, numbers[database], amounts)
    return section


def _codes(run: Run, homes: dict[str, PortalHome], amounts: Amounts) -> Section:
    section = Section(
        "codes",
        "Judging a code",
        "`login.challenges.judge` in one process, one after the other: its counts, the comparison, "
        "the conditional updates that use a code up, and the audit line.",
        list(homes),
        POSTGRESQL,
    )
    for database, home in homes.items():
        run.say(f"login: codes on {database}")
        for kind, times in home.times_of_codes(amounts.codes).items():
            label = _CODES[kind]
            section.add(Quantity(label, "codes/s"), database, len(times) / sum(times))
            for share, mark in ((0.5, "p50"), (0.99, "p99")):
                value = percentile(times, share) * 1e3
                section.add(Quantity(f"{label}, {mark}", "ms"), database, value)
    return section


def _crowd(
    run: Run, few: PortalHome, many: PortalHome, amounts: Amounts, known: list[int]
) -> Section:
    run.say(f"login: making {amounts.many:,} users in {POSTGRESQL}")
    names = (f"{amounts.few:,} users", f"{amounts.many:,} users")
    numbers = (known[::-1], many.make(amounts.many))
    sites = (few.site(), many.site())
    section = pages.crowd_section(*names)
    with _up(list(sites)):
        run.say("login: the same logins with few users and with many")
        columns = [pages.Column(*one) for one in zip(names, sites, numbers, strict=True)]
        pages.compare_crowds(section, columns, many.url, amounts)
    return section


@contextlib.contextmanager
def _up(sites: list[Site]) -> Iterator[None]:
    with contextlib.ExitStack() as stack:
        for site in sites:
            stack.callback(site.stop)
            site.start()
        yield


@contextlib.contextmanager
def _postgresql() -> Iterator[str]:
    """The address of a server's first database. Raises BenchError."""
    try:
        with postgres.cluster() as address:
            yield address
    except postgres.CannotRun as error:
        raise BenchError(str(error)) from error


def _database(address: str, name: str) -> str:
    """The address of a new database of this server."""
    import psycopg

    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    return urlunsplit(urlsplit(address)._replace(path=f"/{name}"))
