"""Every text of the recipient's command has its Japanese, and every refusal its code and facts."""

import ast
import gettext
import importlib
import io
import re
import string
from collections.abc import Iterator
from pathlib import Path

from strongbox.refusal import Exit, RefusalKind

from tests.architecture.source_tree import CLIENT, python_files, shown, tree_of
from tools import compile_catalogue

MO = CLIENT / "locale/ja/LC_MESSAGES/strongbox.mo"
SOURCES = tuple(path for path in python_files("packages") if path.is_relative_to(CLIENT))
VOCABULARIES = tuple(path for path in SOURCES if path.stem.endswith("refusals"))


def texts() -> dict[str, str]:
    """Every text that people are shown, with the place it was found last."""
    found: dict[str, str] = {}
    for path in SOURCES:
        for node in ast.walk(tree_of(path)):
            if not isinstance(node, ast.Call):
                continue
            name = ast.unparse(node.func).rpartition(".")[2]
            place = {"say": 0, "mark": 0, "RefusalKind": 1}.get(name)
            if place is None or len(node.args) <= place:
                continue
            text = node.args[place]
            if isinstance(text, ast.Constant) and isinstance(text.value, str) and text.value:
                found[text.value] = f"{shown(path)}:{node.lineno}"
    return found


def kinds() -> Iterator[tuple[Path, str, RefusalKind]]:
    """Every refusal with the module and the name it has there."""
    for path in VOCABULARIES:
        name = ".".join(("strongbox", *path.relative_to(CLIENT).with_suffix("").parts))
        module = importlib.import_module(name)
        for one, value in vars(module).items():
            if isinstance(value, RefusalKind):
                yield path, one, value


def fields(sentence: str) -> set[str]:
    """The names of a text's fields."""
    parts = (name for _, name, _, _ in string.Formatter().parse(sentence) if name)
    return {re.split(r"[.\[]", name)[0] for name in parts}


def test_every_text_has_its_japanese_and_no_other_is_there() -> None:
    japanese = compile_catalogue.merged(compile_catalogue.targets()[MO])
    assert "charset=UTF-8" in japanese.pop("")
    asked = texts()
    assert [f"{asked[text]} {text}" for text in asked if text not in japanese] == []
    assert sorted(set(japanese) - set(asked)) == []
    for english, translated in japanese.items():
        assert re.search(r"[\u3040-\u30ff\u4e00-\u9fff]", translated), english
        assert fields(english) == fields(translated), english
    assert len(asked) > 100


def test_the_compiled_catalogue_is_that_of_the_texts() -> None:
    japanese = compile_catalogue.merged(compile_catalogue.targets()[MO])
    content = MO.read_bytes()
    assert content == compile_catalogue.compiled(japanese), "run tools/compile_catalogue.py"
    loaded = gettext.GNUTranslations(io.BytesIO(content))
    assert {text: loaded.gettext(text) for text in japanese if text} == {
        text: translated for text, translated in japanese.items() if text
    }


def test_texts_are_said_whole_and_not_put_together() -> None:
    """An f-string, a sum or a slice is a text that no catalogue can hold."""
    broken = [
        f"{shown(path)}:{node.lineno}"
        for path in SOURCES
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Call)
        and ast.unparse(node.func) in {"say", "mark"}
        and node.args
        and isinstance(node.args[0], ast.JoinedStr | ast.BinOp)
    ]
    assert broken == []


def test_codes_are_unique_and_every_refusal_is_a_sentence_with_an_exit_status() -> None:
    found = [kind for _, _, kind in kinds()]
    codes = [kind.code for kind in found]
    assert sorted({code for code in codes if codes.count(code) > 1}) == []
    assert [code for code in codes if not re.fullmatch(r"[A-Z]+(-[A-Z0-9]+)*", code)] == []
    assert [one.code for one in found if one.exit is Exit.OK] == []
    # A field at the end brings a sentence of its own, such as what the server said.
    assert [one.code for one in found if not one.sentence.endswith((".", ".)", "}", "`"))] == []
    assert len(codes) > 20


def test_every_refusal_can_happen() -> None:
    used = {
        node.attr if isinstance(node, ast.Attribute) else node.id
        for path in SOURCES
        if path not in VOCABULARIES
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Attribute | ast.Name)
    }
    assert [f"{shown(path)} {name}" for path, name, _ in kinds() if name not in used] == []


def test_every_refusal_is_given_the_facts_that_its_sentence_names() -> None:
    by_place = {(path.parent, path.stem, name): kind for path, name, kind in kinds()}
    lacking = []
    for path in SOURCES:
        homes = dict(_vocabularies_of(path))
        for node in ast.walk(tree_of(path)):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
                continue
            home, _, name = ast.unparse(node.func.value).rpartition(".")
            words = [word.arg for word in node.keywords]
            kind = by_place.get((*homes.get(home, (path, "")), name))
            if node.func.attr != "because" or kind is None or None in words:
                continue
            missing = fields(kind.sentence) - set(words)
            if missing:
                lacking.append(f"{shown(path)}:{node.lineno} {name} lacks {sorted(missing)}")
    assert lacking == []


def _vocabularies_of(path: Path) -> Iterator[tuple[str, tuple[Path, str]]]:
    """Which name stands for which folder's refusals in a module."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("strongbox"):
            folder = CLIENT.joinpath(*(node.module or "").split(".")[1:])
            for alias in node.names:
                if alias.name.endswith("refusals"):
                    yield alias.asname or alias.name, (folder, alias.name)
