"""The checkout as a whole: the map is true, families are complete, and nothing private is in it."""

import re
from pathlib import Path

import pytest

from tests.architecture.source_tree import CLIENT, ROOT, SERVER, committed_files, shown

REGISTRY = "".join(
    (SERVER / "runtime" / name).read_text("utf-8") for name in ("registry.py", "carriers.py")
)
FAMILIES = sorted(
    path for path in (SERVER / "backends").iterdir() if path.is_dir() and path.name[0] != "_"
)
KINDS = [
    path
    for family in FAMILIES
    for path in sorted(family.iterdir())
    if path.is_dir() and path.name[0] != "_"
]


def texts() -> list[tuple[Path, str]]:
    """Every file of the project that is text."""
    found = []
    for path in committed_files():
        try:
            found.append((path, path.read_text("utf-8")))
        except UnicodeDecodeError:
            continue
    return found


def test_every_path_that_the_map_names_exists() -> None:
    words = re.findall(r"`([^`\s]+)`", (ROOT / "ARCHITECTURE.md").read_text("utf-8"))
    paths = [word.rstrip("/") for word in words if "/" in word and re.match(r"[\w.]", word)]
    starts = ("packages", "tests", "tools", "docs", "bench", "changes", "requirements", ".ci")
    missing = [
        path
        for path in paths
        if not (ROOT / path).exists()
        and not (
            path.split("/")[0] not in starts
            and ((SERVER / path).exists() or (CLIENT / path).exists())
        )
    ]
    assert missing == []
    assert len(paths) > 30


@pytest.mark.parametrize("package", [SERVER, CLIENT], ids=lambda path: path.name)
def test_the_map_names_every_folder_of_both_programs(package: Path) -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text("utf-8")
    folders = [path.name for path in package.iterdir() if (path / "__init__.py").exists()]
    assert [name for name in folders if f"`{name}/`" not in text] == []
    assert len(folders) > 5


@pytest.mark.parametrize("kind", KINDS, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_every_backend_is_in_the_registry(kind: Path) -> None:
    assert f"strongroom.backends.{kind.parent.name}.{kind.name}" in REGISTRY


@pytest.mark.parametrize("kind", KINDS, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_every_backend_runs_its_familys_contract(kind: Path) -> None:
    folder = ROOT / "tests" / "contracts" / kind.parent.name
    sources = "".join(path.read_text("utf-8") for path in folder.glob("*.py"))
    assert list(folder.glob("test_*.py")), f"{shown(folder)} has no contract"
    assert f"strongroom.backends.{kind.parent.name}.{kind.name}" in sources


def test_every_decision_has_its_number_once() -> None:
    numbers = [path.name[:4] for path in (ROOT / "docs" / "decisions").glob("[0-9]*.md")]
    assert len(numbers) == len(set(numbers))


@pytest.mark.req("ATK-73")
@pytest.mark.parametrize("name", ["build", "server", "client", "develop"])
def test_requirements_are_locked_with_hashes_and_name_no_registry(name: str) -> None:
    text = (ROOT / "requirements" / f"{name}.txt").read_text("utf-8")
    assert (
        re.findall(r"(?m)^\s*(?:-|--)(?:i|f|index|extra|find|trusted)\S*|https?://.*", text) == []
    )
    blocks = re.split(r"(?m)^(?=[A-Za-z0-9])", text)
    unlocked = [
        block.split()[0] for block in blocks if "==" in block and "--hash=sha256:" not in block
    ]
    assert unlocked == []
    assert len(blocks) > 2


def test_every_direct_dependency_has_its_reason() -> None:
    reasons = (ROOT / "docs/decisions/0002-dependencies.md").read_text("utf-8").lower()
    named = {
        match.group()
        for path in (ROOT / "requirements").glob("*.in")
        for line in path.read_text("utf-8").splitlines()
        if (match := re.match(r"[A-Za-z0-9-]+(?=$|[\[~<>=\s])", line)) and not line.startswith("-")
    }
    assert sorted(name for name in named if f"| `{name.lower()}" not in reasons) == []
    assert len(named) > 15


def test_no_file_names_a_folder_of_the_machine_it_was_written_on() -> None:
    pattern = re.compile(r"(?<![\w./~*-])/(?:wo" + r"rk|ro" + r"ot)/\w")
    astray = [
        f"{shown(path)}: {found.group()}"
        for path, text in texts()
        if (found := pattern.search(text))
    ]
    assert astray == []


def test_only_the_clients_presets_name_the_reference_services_hosts() -> None:
    host = "interactive" + "brokers.com"
    named = [shown(path) for path, text in texts() if host in text.lower()]
    assert named == [shown(CLIENT / "profiles" / "presets.py")]


@pytest.mark.req("ATK-74")
def test_no_secret_key_is_in_the_checkout() -> None:
    pattern = re.compile(
        r"-----BEGIN [A-Z ]*PRIVATE KEY(?: BLOCK)?-----\r?\n(?:[A-Za-z-]+: .*\r?\n|\r?\n)*"
        r"[A-Za-z0-9+/=]{40}|\nPrivate-Lines: \d+\r?\n[A-Za-z0-9+/]{40}"
    )
    assert [shown(path) for path, text in texts() if pattern.search(text)] == []


def test_no_committed_file_is_a_leftover() -> None:
    endings = {".orig", ".rej", ".pyc", ".sqlite3", ".log", ".bak", ".swp"}
    assert [shown(path) for path in committed_files() if path.suffix in endings] == []
