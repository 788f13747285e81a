"""Every way in which the server says no: unique, used, with exit status and the facts it needs."""

import ast
import re
import string
from collections.abc import Iterator

from strongroom.rules import login_refusals, refusals
from strongroom.rules.refusals import Exit, RefusalKind

from tests.architecture.source_tree import CLIENT, SERVER, product_files, shown, tree_of

VOCABULARIES = {SERVER / "rules" / "refusals.py", SERVER / "rules" / "login_refusals.py"}
FILES = tuple(path for path in product_files() if not path.is_relative_to(CLIENT))
KINDS = {
    name: value
    for vocabulary in (refusals, login_refusals)
    for name, value in vars(vocabulary).items()
    if isinstance(value, RefusalKind)
}


def test_codes_are_unique_and_keep_to_one_form() -> None:
    codes = [kind.code for kind in KINDS.values()]
    assert len(codes) == len(set(codes))
    assert [code for code in codes if not re.fullmatch(r"[A-Z]+(-[A-Z0-9]+)*", code)] == []


def test_every_refusal_ends_a_command_with_an_exit_status_that_means_no() -> None:
    wrong = [name for name, kind in KINDS.items() if kind.exit not in Exit or kind.exit is Exit.OK]
    assert wrong == []


def test_every_refusal_is_a_sentence() -> None:
    wrong = [name for name, kind in KINDS.items() if not kind.sentence.rstrip("`)}").endswith(".")]
    assert wrong == []


def test_every_refusal_can_happen() -> None:
    used: set[str] = set()
    for path in FILES:
        if path in VOCABULARIES:
            continue
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.Attribute):
                used.add(node.attr)
            elif isinstance(node, ast.Name):
                used.add(node.id)
    assert sorted(KINDS.keys() - used) == []


def test_every_refusal_is_given_the_facts_that_its_sentence_names() -> None:
    missing = []
    for where, name, given in _because_calls():
        needed = _fields(KINDS[name].sentence)
        if needed - given:
            missing.append(f"{where} {name} lacks {', '.join(sorted(needed - given))}")
    assert missing == []


def _because_calls() -> Iterator[tuple[str, str, set[str]]]:
    """Each `KIND.because(...)` with its place and the facts given; `**facts` cannot be judged."""
    for path in FILES:
        for node in ast.walk(tree_of(path)):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
                continue
            name = ast.unparse(node.func.value).rpartition(".")[2]
            words = [word.arg for word in node.keywords]
            if node.func.attr == "because" and name in KINDS and None not in words:
                yield f"{shown(path)}:{node.lineno}", name, {word for word in words if word}


def _fields(sentence: str) -> set[str]:
    parts = (name for _, name, _, _ in string.Formatter().parse(sentence) if name)
    return {re.split(r"[.\[]", name)[0] for name in parts}
