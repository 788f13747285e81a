"""The portal speaks Japanese wherever it speaks English: pages, forms, refusals and messages."""

import ast
import gettext
import io
import re
import string
from collections.abc import Iterator
from pathlib import Path

import pytest
from strongroom.rules.refusals import RefusalKind

from tests.architecture.source_tree import SERVER, shown, tree_of
from tools import compile_catalogue

PORTAL = SERVER / "gateways" / "portal"
MO = PORTAL / "locale/ja/LC_MESSAGES/django.mo"
CALLS = {"_", "gettext", "gettext_lazy", "gettext_noop", "pgettext"}
_PERCENT = re.compile(r"%\(\w+\)s")


def japanese() -> dict[str, str]:
    """All of the portal's texts by their English; plurals by both, joined with a zero byte."""
    return compile_catalogue.merged(compile_catalogue.targets()[MO])


def in_templates() -> Iterator[tuple[str, str]]:
    """Every text of the templates, with its place."""
    for template in sorted(PORTAL.glob("*/templates/**/*.html")):
        source = template.read_text("utf-8")
        for found in re.findall(r"{% translate (\"[^\"]*\"|'[^']*')", source):
            yield found[1:-1], shown(template)
        for opened, body in re.findall(
            r"{% blocktranslate([^%]*)%}(.+?){% endblocktranslate %}", source, re.DOTALL
        ):
            plain = re.sub(r"{{ (\w+) }}", r"%(\1)s", body)
            if "trimmed" in opened:
                plain = _trimmed(plain)
            singular, _, plural = (
                re.split(r"({% plural %})", plain) if "{% plural" in plain else (plain, "", "")
            )
            yield (f"{singular.strip()}\0{plural.strip()}" if plural else plain), shown(template)


def _trimmed(text: str) -> str:
    return re.sub(r"\s*\n\s*", " ", text.strip())


def in_code() -> Iterator[tuple[str, str]]:
    """Every text that Python code of the portal hands to gettext, with its place."""
    for path in sorted(PORTAL.rglob("*.py")):
        for node in ast.walk(tree_of(path)):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            name = ast.unparse(node.func).rpartition(".")[2]
            first = node.args[0]
            if name in CALLS and isinstance(first, ast.Constant) and isinstance(first.value, str):
                yield first.value, f"{shown(path)}:{node.lineno}"


def refusals_shown() -> Iterator[tuple[str, str]]:
    """The sentences of refusals that anyone or a client may read."""
    from strongroom.rules import login_refusals

    for name, kind in vars(login_refusals).items():
        if isinstance(kind, RefusalKind) and kind.audience.value != "operator":
            yield kind.sentence, f"login_refusals.{name}"


def _fields(text: str) -> set[str]:
    if _PERCENT.search(text):
        return set(_PERCENT.findall(text))
    try:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}
    except ValueError:
        return set()


@pytest.mark.parametrize(
    "texts", [in_templates, in_code, refusals_shown], ids=["pages", "code", "refusals"]
)
def test_every_text_has_its_japanese(texts: object) -> None:
    known = japanese()
    assert callable(texts)
    found = dict(texts())
    assert [f"{place}: {text!r}" for text, place in found.items() if not known.get(text)] == []
    assert len(found) > 10


def test_japanese_is_japanese_and_keeps_the_fields() -> None:
    wrong = [
        english
        for english, translated in japanese().items()
        if english
        and translated
        and (
            not re.search(r"[\u3040-\u30ff\u4e00-\u9fff]", translated)
            or _fields(english.partition("\0")[0]) != _fields(translated)
        )
    ]
    assert wrong == []


def test_no_text_is_translated_that_nobody_asks_for() -> None:
    asked = {text for texts in (in_templates, in_code, refusals_shown) for text, _ in texts()}
    assert sorted(set(japanese()) - asked - {""}) == []


def test_the_compiled_catalogue_is_that_of_the_texts() -> None:
    content = MO.read_bytes()
    texts = japanese()
    assert content == compile_catalogue.compiled(texts), "run tools/compile_catalogue.py"
    loaded = gettext.GNUTranslations(io.BytesIO(content))
    assert (
        loaded.gettext(next(text for text in texts if text and "\0" not in text)).isascii() is False
    )


def test_each_area_s_catalogue_says_that_it_is_utf8() -> None:
    sources = sorted(PORTAL.glob("*/locale/ja/LC_MESSAGES/django.po"))
    heads = [
        compile_catalogue.read_catalogue(path.read_text("utf-8")).get("", "") for path in sources
    ]
    assert all("charset=UTF-8" in head for head in heads)
    assert [Path(path).name for path in sources if not path.read_text("utf-8").strip()] == []
