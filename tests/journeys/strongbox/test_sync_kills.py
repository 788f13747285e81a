"""Killed at any moment, `strongbox sync` hands each statement over once and shows no half file."""

import json
import random
import shutil
import sqlite3
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

import pytest

from tests.journeys.strongbox.folder_firm import FolderFirm, folder_firm
from tests.journeys.strongbox.sync_nursery import SyncNursery, sync_nursery

KILLS, SOAK_KILLS = 15, 500
_DECRYPTED, _HANDED_OVER = 4, 5

# Starts are counted apart from effects: a hook that was started twice knows it by the key.
_HOOK = """\
#!/bin/sh
echo "$STRONGBOX_STATEMENT_ID $STRONGBOX_IDEMPOTENCY_KEY" >> "$0.starts"
mkdir "$0.keys/$STRONGBOX_IDEMPOTENCY_KEY" 2>/dev/null || exit 0
sha256sum < "$STRONGBOX_FILE" > "$0.sum.$$"
read -r sum rest < "$0.sum.$$"
rm "$0.sum.$$"
echo "$STRONGBOX_STATEMENT_ID $sum" >> "$0.effects"
"""


@dataclass
class Scene:
    """A recipient of the firm, with a hook that counts."""

    firm: FolderFirm
    nursery: SyncNursery
    root: Path
    _seen: set[Path] = field(default_factory=set)

    def begin(self) -> None:
        """A new box and a new hook."""
        shutil.rmtree(self.root, ignore_errors=True)
        self.root.mkdir()
        self.hook.write_text(_HOOK)
        self.hook.chmod(0o700)
        Path(f"{self.hook}.keys").mkdir()
        self.firm.box(self.root, hook=(str(self.hook),))
        self._seen.clear()

    @property
    def hook(self) -> Path:
        return self.root / "hook"

    @property
    def landing(self) -> Path:
        return self.root / "landing"

    @property
    def words(self) -> list[str]:
        return ["--box", str(self.root / "box"), "sync", "--json"]

    def said(self) -> str:
        return self.nursery.log.read_text()[-6000:] if self.nursery.log.exists() else ""

    def check_on_the_way(self) -> None:
        """Whatever lies under a final name is whole, also when its folder is not complete yet."""
        known = set(self.firm.sent.values())
        for path in self.landing.glob("kind=*/**/*.csv"):
            if path not in self._seen:
                assert sha256(path.read_bytes()).hexdigest() in known, f"half: {path}"
                self._seen.add(path)

    def check_in_the_end(self) -> None:
        """Everything landed, once, was handed over, once, and the ledger says the same."""
        sent = self.firm.sent
        landed = Counter()
        for marker in self.landing.glob("kind=*/**/_COMPLETE"):
            entry = json.loads((marker.parent / "entry.json").read_text())
            content = (marker.parent / entry["file"]).read_bytes()
            assert sha256(content).hexdigest() == entry["sha256"]
            assert sent[entry["entry"]["statement_id"]] == entry["sha256"]
            landed[entry["entry"]["statement_id"]] += 1
        assert landed == Counter(sent.keys())
        self._check_hook()
        self._check_ledger()
        hidden = {path.name for path in (self.landing / ".strongbox-firm").iterdir()}
        assert hidden == {"blank"}

    def _check_hook(self) -> None:
        starts = [line.split() for line in self._lines("starts")]
        keys = {}
        for statement, key in starts:
            assert keys.setdefault(statement, key) == key, "two keys for one statement"
        assert len(set(keys.values())) == len(keys) == len(self.firm.sent)
        effects = [tuple(line.split()) for line in self._lines("effects")]
        assert sorted(effects) == sorted(self.firm.sent.items()), "not each once"

    def _lines(self, kind: str) -> list[str]:
        return Path(f"{self.hook}.{kind}").read_text().splitlines()

    def _check_ledger(self) -> None:
        path = self.root / "box" / "state" / "firm" / "ledger.sqlite3"
        with closing(sqlite3.connect(path)) as db:
            assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            rows = db.execute("SELECT statement_id, state, folder FROM statement").fetchall()
        assert Counter(row[0] for row in rows) == Counter(self.firm.sent.keys())
        for statement, state, folder in rows:
            assert state == _HANDED_OVER, statement
            assert (self.landing / folder / "_COMPLETE").exists()


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SyncNursery]:
    """Strongbox, loaded once."""
    with sync_nursery(tmp_path_factory.mktemp("nursery") / "n") as nursery:
        yield nursery


@pytest.fixture
def scene(loaded: SyncNursery, tmp_path: Path) -> Iterator[Scene]:
    """A firm that is served, and its recipient."""
    with folder_firm(tmp_path / "firm") as firm:
        made = Scene(firm, loaded, tmp_path / "recipient")
        made.begin()
        yield made


def _kill_often(scene: Scene, kills: int, seed: int) -> None:
    """Publish, run, kill; the moments are spread over what an undisturbed run takes."""
    chance = random.Random(seed)
    scene.firm.publish(b"first")
    began = time.monotonic()
    assert scene.nursery.run(scene.words) == 0, scene.said()
    usual = time.monotonic() - began
    killed = 0
    while killed < kills:
        sizes = [chance.randrange(1, 40_000) for _ in range(chance.randrange(3))]
        if chance.random() < 0.1:
            sizes.append(700_000)  # through a part
        if sizes:
            scene.firm.publish(*(chance.randbytes(size) for size in sizes))
        status = scene.nursery.run_and_kill(scene.words, chance.uniform(0, 1.5 * usual))
        assert status in (0, -9), scene.said()
        killed += status == -9
        scene.check_on_the_way()
    assert scene.nursery.run(scene.words) == 0, scene.said()
    scene.check_in_the_end()


def test_a_killed_sync_hands_each_statement_over_once(scene: Scene) -> None:
    _kill_often(scene, KILLS, seed=1)


@pytest.mark.soak
@pytest.mark.timeout(600)
def test_five_hundred_kills_lose_and_double_nothing(scene: Scene) -> None:
    _kill_often(scene, SOAK_KILLS, seed=2)


def _strike(scene: Scene, number: int) -> bool:
    """One run that dies at its n-th change, and one that ends; whether there was such a change."""
    scene.begin()
    status, passed = scene.nursery.run_and_strike(scene.words, number)
    assert status in (0, -9), scene.said()
    scene.check_on_the_way()
    assert scene.nursery.run(scene.words) == 0, scene.said()
    scene.check_in_the_end()
    return passed >= number and status == -9


def _publish_some(scene: Scene) -> None:
    scene.firm.publish(b"one", b"two" * 100)
    scene.firm.publish(random.Random(3).randbytes(700_000))


def _fill_up(scene: Scene, number: int) -> bool:
    """One run on a disk that is full from its n-th change on; whether there was such a change."""
    scene.begin()
    status, passed = scene.nursery.run_and_strike(scene.words, number, "full")
    assert status in (0, 73), scene.said()
    scene.check_on_the_way()
    assert scene.nursery.run(scene.words) == 0, scene.said()
    scene.check_in_the_end()
    assert status == 73 or passed < number + 5, scene.said()
    return passed >= number


@pytest.mark.req("ATK-10")
@pytest.mark.parametrize("number", [4, 13, 21, 33])
def test_a_disk_that_fills_up_is_said_and_the_next_run_goes_on(scene: Scene, number: int) -> None:
    _publish_some(scene)
    assert _fill_up(scene, number)


@pytest.mark.soak
@pytest.mark.req("ATK-10")
@pytest.mark.timeout(600)
def test_a_disk_that_fills_up_at_any_change_does_no_harm(scene: Scene) -> None:
    _publish_some(scene)
    number = 1
    while _fill_up(scene, number):
        number += 1
    assert number > 40


@pytest.mark.parametrize("number", [1, 9, 15, 22, 30, 36, 41])
def test_a_sync_that_dies_at_a_change_of_the_disk_goes_on(scene: Scene, number: int) -> None:
    _publish_some(scene)
    assert _strike(scene, number)


@pytest.mark.soak
@pytest.mark.timeout(600)
def test_a_sync_that_dies_at_any_change_of_the_disk_goes_on(scene: Scene) -> None:
    _publish_some(scene)
    number = 1
    while _strike(scene, number):
        number += 1
    assert number > 40
