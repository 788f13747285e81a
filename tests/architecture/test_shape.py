"""The house's sizes and habits: docstrings, lengths, parameters, names, empty `__init__.py`."""

import ast
from pathlib import Path

from tests.architecture.source_tree import (
    CLIENT,
    FORMATS,
    SERVER,
    functions,
    names_used,
    product_files,
    python_files,
    shown,
    tree_of,
)

LONGEST_FUNCTION = 60
LONGEST_MODULE = 500
MOST_PARAMETERS = 5
LONG_FOR_A_REASON = {
    # Vocabularies: one constant after another, looked up by name, with next to no code.
    SERVER / "rules" / "refusals.py",
    SERVER / "rules" / "login_refusals.py",
}
BAD_NAMES = {"utils", "util", "helpers", "helper", "common", "manager", "service", "base", "misc"}


def _measured() -> list[Path]:
    return [path for path in python_files("packages", "bench", "tools", "tests")
            if "migrations" not in path.parts]  # fmt: skip


def test_every_module_says_what_lives_in_it() -> None:
    silent = [
        shown(path)
        for path in _measured()
        if path.name != "__init__.py" and not ast.get_docstring(tree_of(path))
    ]
    assert silent == []


def test_package_files_are_empty() -> None:
    full = [shown(path) for path in python_files() if path.name == "__init__.py" and _size(path)]
    assert full == []


def _size(path: Path) -> int:
    return path.stat().st_size


def test_no_function_is_longer_than_sixty_lines() -> None:
    long = [
        f"{shown(path)}:{function.lineno} {function.name}: {_lines(function)} lines"
        for path in _measured()
        for function in functions(tree_of(path))
        if _lines(function) > LONGEST_FUNCTION
    ]
    assert long == []


def _lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return (function.end_lineno or function.lineno) - function.lineno + 1


def test_no_module_is_longer_than_five_hundred_lines() -> None:
    long = [
        f"{shown(path)}: {count} lines"
        for path in _measured()
        if path not in LONG_FOR_A_REASON
        and (count := len(path.read_text("utf-8").splitlines())) > LONGEST_MODULE
    ]
    assert long == []


def test_no_function_of_the_product_takes_more_than_five_parameters() -> None:
    wide = [
        f"{shown(path)}:{function.lineno} {function.name}: {count} parameters"
        for path in product_files()
        for function in functions(tree_of(path))
        if not _is_command(function) and (count := _parameters(function)) > MOST_PARAMETERS
    ]
    assert wide == []


def _parameters(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    given = function.args
    named = [one.arg for one in (*given.posonlyargs, *given.args, *given.kwonlyargs)]
    return len([name for name in named if name not in {"self", "cls"}])


def _is_command(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """A command's parameters are the options that it has on the command line."""
    return any("click." in ast.unparse(one) or ".command(" in ast.unparse(one)
               for one in function.decorator_list)  # fmt: skip


def test_rules_formats_ports_and_the_client_are_typed_without_any() -> None:
    loose = [
        f"{shown(path)}:{line}"
        for path in product_files()
        if path.is_relative_to(SERVER / "rules")
        or path.is_relative_to(FORMATS)
        or path.is_relative_to(CLIENT)
        or path.name == "ports.py"
        for name, line in names_used(tree_of(path))
        if name in {"Any", "typing.Any"}
    ]
    assert loose == []


def test_no_module_has_a_name_that_says_nothing() -> None:
    bad = [shown(path) for path in _measured() if {path.stem, path.parent.name} & BAD_NAMES]
    assert bad == []
