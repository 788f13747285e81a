"""What every test can use: the database that was chosen, a clock that stands still, a pipeline.

`pytest --database postgresql` (default: sqlite) runs the tests that are marked
`pytest.mark.django_db` on a throw-away PostgreSQL server; SQLite runs in a temporary file with the
product's own options. A test with threads or processes takes `django_db(transaction=True)`: the
plain mark keeps one transaction open, which on SQLite is the only writer.

Fixtures:

`clock`             a `StillClock`: `clock.now()`, `clock.advance(days=1)`; starts at `MORNING`
`act`               a factory: `act()` is an `Act` of `operator:test` now, `act("worker")` another's
`home`              an initialised `Home` on `tmp_path` with fresh secret keys (made once a run)
`product_settings`  the `Settings` of that home: the defaults, with short waits
`pipeline`          a real `Pipeline`: local storage, OpenPGP, evidence key; closed at the end
`session_home_keys` the folder of secret keys that `home` copies

What only one area needs is in that area's own conftest.
"""

import atexit
import contextlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import hypothesis
import pytest
from django.conf import settings as django_settings

from tools import postgres

if TYPE_CHECKING:
    from strongroom.audit.act import Act
    from strongroom.runtime.home import Home
    from strongroom.runtime.settings import Settings
    from strongroom.statements.pipeline import Pipeline

# How fast a machine draws examples says nothing about the product.
hypothesis.settings.register_profile(
    "house", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("house")

MORNING = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
"""A Monday. Tests begin here unless they say otherwise."""

_ADDRESS = "STRONGROOM_TEST_POSTGRESQL"
"""Names the server to pytest-xdist's workers, which share the one that their parent started."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the choice of the database."""
    parser.addoption(
        "--database",
        choices=("sqlite", "postgresql"),
        default="sqlite",
        help="the database of the tests marked django_db",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Configure Django before pytest-django does."""
    if config.getoption("--database") == "postgresql":
        _start_postgresql(config)
    folder = Path(tempfile.mkdtemp(prefix="strongroom-tests-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    django_settings.configure(**_django_values(folder))


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the PostgreSQL server, if this process started one."""
    running = config.stash.get(_RUNNING, None)
    if running is not None:
        running.close()


_RUNNING = pytest.StashKey[contextlib.ExitStack]()


def _start_postgresql(config: pytest.Config) -> None:
    if hasattr(config, "workerinput"):
        return
    stack = config.stash[_RUNNING] = contextlib.ExitStack()
    try:
        os.environ[_ADDRESS] = stack.enter_context(postgres.cluster())
    except postgres.CannotRun as error:
        raise pytest.UsageError(str(error)) from error


def _django_values(folder: Path) -> dict[str, Any]:  # Any: Django's own values
    from strongroom.rules.secret import Secret
    from strongroom.runtime.django_setup import django_values
    from strongroom.runtime.settings import Database, Settings

    address = os.environ.get(_ADDRESS)
    database = Database(url=Secret(address)) if address else Database()
    values = django_values(Settings(database=database), folder)
    chosen = values["DATABASES"]["default"]
    # In a file, because in memory SQLite has no WAL and shares nothing between threads.
    chosen["TEST"] = {} if address else {"NAME": str(folder / "tests.sqlite3")}
    return values


@pytest.fixture(scope="session")
def django_db_keepdb() -> bool:
    """Leave the databases behind: their folder and their server are thrown away whole."""
    return True


class StillClock:
    """A clock that moves only when it is told to."""

    def __init__(self, at: datetime) -> None:
        self._at = at

    def now(self) -> datetime:
        """Return the time, aware and in UTC."""
        return self._at

    def advance(self, **duration: float) -> datetime:
        """Move on by what `timedelta` takes and return the new time."""
        self._at += timedelta(**duration)
        return self._at

    def set(self, at: datetime) -> datetime:
        """Jump to a time, as clocks do."""
        self._at = at
        return at


@pytest.fixture
def clock() -> StillClock:
    """The test's clock."""
    return StillClock(MORNING)


@pytest.fixture
def act(clock: StillClock) -> "Callable[..., Act]":
    """A factory of acts at the clock's time."""
    from strongroom.audit.act import Act

    def make(actor: str = "operator:test") -> Act:
        return Act(actor, clock.now())

    return make


@pytest.fixture(scope="session")
def session_home_keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The secret keys of the test firm; an RSA key takes its time, so they are made once."""
    from strongroom.runtime.home import make_home
    from strongroom.runtime.secret_keys import make_secret_keys

    home = make_home(tmp_path_factory.mktemp("firm") / "home", "")
    make_secret_keys(home, "Example Securities")
    return home.keys


@pytest.fixture
def home(tmp_path: Path, session_home_keys: Path) -> "Home":
    """An initialised home; its database is the one of the tests."""
    from strongroom.runtime.home import make_home, seal_home

    made = make_home(tmp_path / "home", "")
    for key in session_home_keys.iterdir():
        shutil.copy2(key, made.keys / key.name)
    seal_home(made)
    return made


@pytest.fixture
def product_settings() -> "Settings":
    """The default settings with waits that suit a test. (`settings` is pytest-django's.)"""
    from strongroom.runtime.settings import Settings

    given = Settings()
    return replace(
        given,
        intake=replace(given.intake, settle_seconds=0.0, sidecar_wait_seconds=0.0),
        manifests=replace(given.manifests, settle_seconds=0.0),
        key_desk=replace(given.key_desk, private_addresses=True),
    )


@pytest.fixture
def pipeline(
    home: "Home", product_settings: "Settings", clock: StillClock, monkeypatch: pytest.MonkeyPatch
) -> "Iterator[Pipeline]":
    """A pipeline as `serve` builds it, on the test's clock."""
    from strongroom.runtime import clock as product_clock
    from strongroom.runtime import registry

    monkeypatch.setattr(product_clock, "now", clock.now)
    built = registry.build_pipeline(product_settings, home)
    yield built
    built.encryptor.close()
