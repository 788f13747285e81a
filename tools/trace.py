"""Shows which tests prove which requirement or attack: `make trace`, `make trace ARGS=--gaps`.

The IDs and the reasons for gaps are in docs/requirements-index.md; the tests name them with
`@pytest.mark.req(...)`. With --strict it ends with 1 when something that may not be missing is.
"""

import argparse
import ast
import re
import signal
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
INDEX = ROOT / "docs/requirements-index.md"
STRICT_CORE = (
    "DEL", "KEY", "SFTP",
    "LOGIN", "PWD", "SLS", "SMS2FA", "VOICE", "DSC", "CARD", "TEMP", "SHARE", "PHN", "IPR", "BP",
    "MON", "USR",
)  # fmt: skip
STRICT_ATTACKS = (
    "File system",
    "SSH before and during login",
    "Admission",
    "Keys and onboarding",
    "PGP",
    "Evidence, retention, supply chain",
    "Attacks on the login",
)
_ROW = re.compile(r"\| ([A-Z][A-Z0-9]*(?:-[A-Z]+)?-\d+|F\d+) \| (.+?) \| (core|) ?\| (.*?) ?\|")


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the index."""

    id: str
    what: str
    section: str
    is_core: bool
    reason: str

    @property
    def is_strict(self) -> bool:
        """Whether it may not be missing without a reason."""
        if self.id.startswith(("ATK-", "LATK-")):
            return self.section in STRICT_ATTACKS
        return self.is_core and self.id.split("-")[0] in STRICT_CORE


def read_index(text: str) -> list[Entry]:
    """Read the tables of the index, in order."""
    section, entries = "", []
    for line in text.splitlines():
        if line.startswith("## "):
            section = line[3:]
        elif row := _ROW.fullmatch(line):
            identity, what, core, reason = row.groups()
            entries.append(Entry(identity, what, section, core == "core", reason.strip()))
    return entries


def collect(folder: Path) -> dict[str, list[str]]:
    """Return the names of the tests below `folder` by the IDs that they are marked with."""
    found: dict[str, list[str]] = {}
    for path in sorted(folder.rglob("test_*.py")):
        for identity, name in _marks(ast.parse(path.read_text("utf-8"))):
            found.setdefault(identity, []).append(f"{path.relative_to(ROOT).as_posix()}::{name}")
    return found


def _marks(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Each ID with the test, class or module (`pytestmark`) that carries it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            for mark in node.decorator_list:
                yield from ((identity, node.name) for identity in _ids(mark))
        elif isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "pytestmark":
            yield from ((identity, "(all)") for identity in _ids(node.value))
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("pytest.param"):
            given = [word.value for word in node.keywords if word.arg == "marks"]
            yield from ((identity, "(a case)") for value in given for identity in _ids(value))


def _ids(mark: ast.expr) -> Iterator[str]:
    for node in ast.walk(mark):
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("mark.req"):
            for word in node.args:
                if isinstance(word, ast.Constant):
                    yield str(word.value)


def gaps(entries: Sequence[Entry], tests: Mapping[str, Sequence[str]]) -> list[Entry]:
    """Return what has neither a test nor a reason."""
    return [entry for entry in entries if entry.id not in tests and not entry.reason]


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--gaps", action="store_true", help="only what has no test")
    parser.add_argument("--names", action="store_true", help="name every test")
    parser.add_argument("--strict", action="store_true", help="end with 1 at a gap that may not be")
    given = parser.parse_args()
    entries, tests = read_index(INDEX.read_text("utf-8")), collect(ROOT / "tests")
    _show(entries, tests, only_gaps=given.gaps, all_names=given.names)
    missing = gaps(entries, tests)
    strict = [entry.id for entry in missing if entry.is_strict]
    proved = sum(entry.id in tests for entry in entries)
    print(
        f"\n{len(entries)} IDs: {proved} with tests, {len(missing)} with neither test nor reason."
    )
    if strict:
        print(f"May not be missing: {', '.join(strict)}")
    return int(bool(strict) and given.strict)


def _show(
    entries: Sequence[Entry],
    tests: Mapping[str, Sequence[str]],
    *,
    only_gaps: bool,
    all_names: bool,
) -> None:
    section = ""
    for entry in entries:
        mine = tests.get(entry.id, ())
        if only_gaps and mine:
            continue
        if entry.section != section:
            section = entry.section
            print(f"\n{section}")
        print(_line(entry, mine))
        if all_names:
            for name in mine:
                print(f"               {name}")


def _line(entry: Entry, mine: Sequence[str]) -> str:
    core = "core" if entry.is_core else ""
    proof = f"{len(mine)} tests" if len(mine) > 1 else "1 test" if mine else "no test"
    if entry.reason:
        proof = f"{proof}. {entry.reason}"
    elif not mine:
        proof = "GAP"
    return f"  {entry.id:<11} {core:<5} {entry.what[:58]:<58} {proof}"


if __name__ == "__main__":
    # `make trace | head` ends the reader early, which is no trouble worth a traceback.
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    sys.exit(main())
