"""The Japanese of the status page is whole, and compiled from what people edit."""

import gettext
import io
import re
from pathlib import Path

import pytest
from strongroom.console import attention
from strongroom.rules.login_causes import EXPLANATIONS

from tools import compile_catalogue

CONSOLE = Path(attention.__file__).parent
JAPANESE = CONSOLE / "locale/ja/LC_MESSAGES/django.po"
_FIELD = re.compile(r"%\(\w+\)s")


def asked_for() -> set[str]:
    """Every text of the page that goes through the catalogue."""
    texts = set(EXPLANATIONS.values())
    for template in (CONSOLE / "templates").glob("*.html"):
        source = template.read_text("utf-8")
        texts |= set(re.findall(r'{% translate "([^"]+)" %}', source))
        blocks = re.findall(r"{% blocktranslate[^%]*%}(.+?){% endblocktranslate %}", source)
        texts |= {re.sub(r"{{ (\w+) }}", r"%(\1)s", block) for block in blocks}
    for module in CONSOLE.glob("*.py"):
        texts |= set(re.findall(r'\b_\(\s*"([^"]+)"\s*\)', module.read_text("utf-8")))
    return texts


def test_every_text_of_the_page_has_its_japanese_and_no_other_is_there() -> None:
    texts = compile_catalogue.read_catalogue(JAPANESE.read_text("utf-8"))
    header = texts.pop("")
    assert "charset=UTF-8" in header
    assert set(texts) == asked_for(), f"edit {JAPANESE}, then run tools/compile_catalogue.py"
    for english, japanese in texts.items():
        assert re.search(r"[\u3040-\u30ff\u4e00-\u9fff]", japanese), english
        assert sorted(_FIELD.findall(english)) == sorted(_FIELD.findall(japanese))


def test_the_compiled_catalogue_is_that_of_the_text() -> None:
    assert compile_catalogue.targets()[JAPANESE.with_suffix(".mo")] == [JAPANESE]
    texts = compile_catalogue.read_catalogue(JAPANESE.read_text("utf-8"))
    content = JAPANESE.with_suffix(".mo").read_bytes()
    assert content == compile_catalogue.compiled(texts), "run tools/compile_catalogue.py"
    loaded = gettext.GNUTranslations(io.BytesIO(content))
    assert {text: loaded.gettext(text) for text in texts if text} == {
        text: japanese for text, japanese in texts.items() if text
    }


def test_a_catalogue_joins_lines_and_leaves_out_what_is_not_translated() -> None:
    header, joined = 'msgid ""\nmsgstr "X: y\\n"\n', 'msgid "a"\n"b"\nmsgstr ""\n"c\\"d"\n'
    source = f'{header}# note\n{joined}msgid "e"\nmsgstr ""\n'
    texts = compile_catalogue.read_catalogue(source)
    assert texts == {"": "X: y\n", "ab": 'c"d', "e": ""}
    loaded = gettext.GNUTranslations(io.BytesIO(compile_catalogue.compiled(texts)))
    assert (loaded.gettext("ab"), loaded.gettext("e")) == ('c"d', "e")


def test_a_plural_is_found_by_both_its_forms() -> None:
    header = 'msgid ""\nmsgstr "Plural-Forms: nplurals=1; plural=0;\\n"\n'
    source = f'{header}msgid "one"\nmsgid_plural "{{n}}"\nmsgstr[0] "x"\n'
    content = compile_catalogue.compiled(compile_catalogue.read_catalogue(source))
    assert gettext.GNUTranslations(io.BytesIO(content)).ngettext("one", "{n}", 7) == "x"


@pytest.mark.parametrize("line", ['msgctxt "a"', 'msgstr[1] "a"', "msgid a", '"a', 'x "a"'])
def test_a_line_that_the_compiler_does_not_know_is_refused(line: str) -> None:
    with pytest.raises(compile_catalogue.BadCatalogue, match="line 3"):
        compile_catalogue.read_catalogue(f'msgid "a"\nmsgstr "b"\n{line}\n')


def test_a_text_that_stands_twice_is_refused() -> None:
    with pytest.raises(compile_catalogue.BadCatalogue, match="twice"):
        compile_catalogue.read_catalogue('msgid "a"\nmsgstr "b"\n' * 2)
