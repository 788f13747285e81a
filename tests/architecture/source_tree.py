"""The checkout as the architecture tests read it: its files, its modules and their syntax trees."""

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SERVER = ROOT / "packages/server/src/strongroom"
CLIENT = ROOT / "packages/client/src/strongbox"
FORMATS = ROOT / "packages/formats/src/strongroom_formats"
_SKIPPED = {".git", ".venv", "build", "dist", "__pycache__", "node_modules"}
_PYTHON_TREES = ("packages", "bench", "tools", "tests")


def shown(path: Path) -> str:
    """The path as people name it: from the top of the checkout."""
    return path.relative_to(ROOT).as_posix()


@cache
def python_files(*trees: str) -> tuple[Path, ...]:
    """Every Python file below the named folders (all by default), without made ones."""
    found = [path for tree in trees or _PYTHON_TREES for path in (ROOT / tree).rglob("*.py")]
    return tuple(sorted(path for path in found if not _SKIPPED & set(path.parts)))


@cache
def product_files() -> tuple[Path, ...]:
    """The product's modules, without migrations, which Django writes."""
    return tuple(path for path in python_files("packages") if "migrations" not in path.parts)


@cache
def tree_of(path: Path) -> ast.Module:
    """The file's syntax tree."""
    return ast.parse(path.read_text("utf-8"), filename=str(path))


@cache
def committed_files() -> tuple[Path, ...]:
    """Every file of the project: what git knows, or all there is where there is no git."""
    asked = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    if asked.returncode == 0:
        names = (ROOT / name for name in asked.stdout.decode().split("\0") if name)
        return tuple(path for path in names if path.is_file())
    walked = (path for path in ROOT.rglob("*") if path.is_file())
    return tuple(path for path in walked if not _SKIPPED & set(path.relative_to(ROOT).parts))


def names_used(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Every bare and dotted name that is used, `datetime.now` as one, with its line."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            yield f"{_last(node.value)}.{node.attr}", node.lineno
        elif isinstance(node, ast.Name):
            yield node.id, node.lineno


def _last(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def modules_imported(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Every module or name that is imported, in full, with its line."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((f"{node.module}.{alias.name}", node.lineno) for alias in node.names)


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function and method."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node
