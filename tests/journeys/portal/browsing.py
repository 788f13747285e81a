"""A real browser at a real portal: Debian's Chromium, led by Playwright.

Pictures of what people saw are kept below build/screenshots.
"""

import json
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.journeys.daemon import Daemon, free_port, running, wait_for

PICTURES = Path(__file__).resolve().parents[3] / "build" / "screenshots"
PHONE, DESKTOP = (390, 844), (1280, 900)
LANGUAGES = {"en": "en-GB", "ja": "ja-JP"}
_SUPPORT = {"STRONGROOM_FIRM_SUPPORT": "+44 20 7946 0000"}
_SETTINGS = """
[portal]
listen = "127.0.0.1:{port}"

[login]
private_addresses = true

[mail]
kind = "console"

[sms]
kind = "console"

[voice]
kind = "console"
"""


@dataclass
class Person:
    """A user of the portal and what is in this person's pockets."""

    name: str
    full_name: str
    language: str
    password: str
    number: str
    pockets: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Newcomer:
    """A person that a test wants for itself, made so many hours ago with such factors."""

    letters: str
    kinds: tuple[str, ...] = ("sms",)
    language: str = "en"
    hours: int = 1


@dataclass
class Portal:
    """The served portal, its people, and what was sent to them."""

    daemon: Daemon
    site: str

    def person(self, letters: str) -> Person:
        """The one whose user name begins with these letters."""
        file = self.daemon.home / "client" / "people.json"
        found = [Person(**one) for one in json.loads(file.read_text("utf-8"))]
        return next(one for one in found if one.name.startswith(letters))

    def add_people(self, *newcomers: Newcomer) -> None:
        """Make more people; see `seeding`. Their letters are theirs alone in the whole run."""
        file = self.daemon.home / "client" / "people.json"
        known = {one["name"][:5] for one in json.loads(file.read_text("utf-8"))}
        assert not known & {one.letters for one in newcomers}, known
        _seed(self.daemon.home, json.dumps([asdict(one) for one in newcomers]))

    def change(self, statement: str, *values: object) -> None:
        """Change a row where a journey cannot wait until time has done it."""
        file = self.daemon.home / "strongroom.sqlite3"
        with closing(sqlite3.connect(file, timeout=20)) as db, db:
            db.execute(statement, values)

    def forget_crowd(self) -> None:
        """Take back what many journeys from one address and to one country have used up."""
        self.change(
            "DELETE FROM login_allowance WHERE key LIKE 'sign-in:%' OR key LIKE 'register:%'"
            " OR key LIKE 'reset:%' OR key LIKE 'codes:country:%'"
        )

    def letters(self, address: str) -> list[dict[str, Any]]:
        """What left for an address or number, newest first."""
        folder = self.daemon.home / "outbox" / "console"
        kept = [json.loads(file.read_text("utf-8")) for file in sorted(folder.glob("*.json"))]
        return [one for one in reversed(kept) if one["address"] == address]

    def next_letter(self, address: str, known: int) -> dict[str, Any]:
        """The letter that follows the `known` ones."""
        wait_for(lambda: len(self.letters(address)) > known, f"a letter to {address}")
        return self.letters(address)[0]

    def next_code(self, number: str, known: int) -> str:
        """The code in the message that follows the `known` ones."""
        found = re.search(r"(?<!\d)\d{6}(?!\d)", self.next_letter(number, known)["text"])
        assert found is not None
        return found[0]


@contextmanager
def served_portal(home: Path) -> Iterator[Portal]:
    """Serve a home with the demo's people."""
    port = free_port()
    with running(home, more=_SETTINGS.format(port=port), environment=_SUPPORT) as daemon:
        _seed(home)
        yield Portal(daemon, f"http://localhost:{port}")


def _seed(home: Path, *wanted: str) -> None:
    root = Path(__file__).resolve().parents[3]
    words = [sys.executable, "-m", "tests.journeys.portal.seeding", str(home), *wanted]
    subprocess.run(words, check=True, timeout=120, cwd=root)


@contextmanager
def chromium() -> Iterator[Browser]:
    """Debian's Chromium; the test is skipped by name where it is missing."""
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("chromium is not installed")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program, args=["--no-sandbox", "--disable-gpu"]
        )
        try:
            yield browser
        finally:
            browser.close()


@dataclass
class Visit:
    """One browser profile of one person at one size, in one language."""

    portal: Portal
    context: BrowserContext
    page: Page
    label: str
    complaints: list[str] = field(default_factory=list)

    def go(self, path: str) -> None:
        """Open one of the portal's pages."""
        self.page.goto(self.portal.site + path)

    def picture(self, name: str) -> None:
        """Keep what the person sees."""
        PICTURES.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=PICTURES / f"{name}-{self.label}.png", full_page=True)

    def check(self, name: str) -> None:
        """Keep a picture, and hold the page to what keyboards and screen readers need."""
        self.picture(name)
        found = Axe().run(self.page)
        wrong = [
            f"{one['id']}: {node['html'][:200]}"
            for one in found.response["violations"]
            for node in one["nodes"]
        ]
        assert not wrong, f"{name} {self.label}: {wrong}"
        width = self.page.evaluate("document.documentElement.scrollWidth")
        seen = self.page.evaluate("document.documentElement.clientWidth")
        assert width <= seen, f"{name} {self.label} is wider than the screen"
        assert self.complaints == [], f"{name}: the console says {self.complaints}"


@contextmanager
def visiting(
    portal: Portal,
    browser: Browser,
    *,
    language: str = "en",
    size: tuple[int, int] = DESKTOP,
    scheme: str = "light",
) -> Iterator[Visit]:
    """A fresh browser profile."""
    portal.forget_crowd()
    context = browser.new_context(
        locale=LANGUAGES[language],
        viewport={"width": size[0], "height": size[1]},
        color_scheme="dark" if scheme == "dark" else "light",
        bypass_csp=False,
    )
    context.set_default_timeout(10_000)
    page = context.new_page()
    label = f"{'phone' if size == PHONE else 'desktop'}-{language}-{scheme}"
    visit = Visit(portal, context, page, label)
    page.on("pageerror", lambda error: visit.complaints.append(str(error)))
    try:
        yield visit
    finally:
        context.close()
