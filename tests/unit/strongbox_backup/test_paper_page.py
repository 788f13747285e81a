"""The page that is printed: whole in itself, in both languages, safe with hostile names."""

import dataclasses
import re

import pytest
import segno
from strongbox.backup import paper
from strongbox.backup.contents import Contents
from strongbox.backup.paper_numbers import to_numbers
from strongbox.backup.paper_page import page
from strongbox.backup.sealing import Content, Cost, seal
from strongbox.refusal import Refused

from tests.unit.strongbox_backup.conftest import PASSPHRASE


def printed(contents: Contents) -> str:
    """The page of a back-up, sealed at little cost."""
    sealed = _sealed(contents)
    return page(contents, parts=paper.parts_of(sealed), lines=paper.lines_of(sealed)).decode()


def _sealed(contents: Contents) -> bytes:
    cost = Cost(13, 1, 1)
    return seal(Content.NUMBERS, to_numbers(contents), PASSPHRASE, salt=bytes(16), cost=cost)


@pytest.mark.req("KEY-18")
def test_the_page_shows_every_code_and_every_line(contents: Contents) -> None:
    text, sealed = printed(contents), _sealed(contents)
    assert text.count("<svg") == len(paper.parts_of(sealed)) >= 1
    assert all(line in text for line in paper.lines_of(sealed))
    typed = "\n".join(re.findall(r"<span>(.*?)</span>", text)).encode()
    assert paper.sealed_in(typed) == sealed


def test_the_page_loads_nothing_runs_nothing_and_takes_no_markup_from_names(
    contents: Contents,
) -> None:
    hostile = dataclasses.replace(contents.site, login='<script src="//x">', host="<b>")
    text = printed(dataclasses.replace(contents, site=hostile))
    assert "<script" not in text
    assert "<b>" not in text
    assert "default-src 'none'" in text
    assert "&lt;script src=&quot;//x&quot;&gt;" in text
    assert not re.search(r"<[^>]*(?:src|href)=|url\(|@import", text)


def test_the_page_holds_no_secret_in_clear(contents: Contents) -> None:
    text = printed(contents)
    assert PASSPHRASE.decode() not in text
    assert "PRIVATE" not in text


def test_codes_stay_small_enough_for_a_telephone(contents: Contents) -> None:
    for part in paper.parts_of(bytes(2000)):
        code = segno.make(part, error="m", mode="alphanumeric", micro=False, boost_error=False)
        assert int(code.version) <= 20


def test_a_text_in_utf_16_from_windows_is_read(contents: Contents) -> None:
    sealed = _sealed(contents)
    text = "\r\n".join(paper.lines_of(sealed))
    assert paper.sealed_in(text.encode("utf-16")) == sealed


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (b"", "PAPER-NOTHING"),
        (b"x" * 200_000, "PAPER-TOO-MUCH"),
        (b"01/02  00000 0000", "PAPER-LINE"),
        (b"STRONGBOX1/AAAAAA/1/1/AAAAAAAA", "PAPER-PART"),
        (b"STRONGBOX1/AAAAAA/1/2/AAAAAAAA", "PAPER-PARTS-MISSING"),
        (b"STRONGBOX1/AAAAAA/1/1/A\nSTRONGBOX1/BBBBBB/1/1/A", "PAPER-SEVERAL"),
    ],
)
def test_a_text_that_gives_no_back_up_says_what_is_wrong(text: bytes, code: str) -> None:
    with pytest.raises(Refused) as caught:
        paper.sealed_in(text)
    assert caught.value.code == code
    assert "{" not in str(caught.value)


def test_missing_lines_are_named_in_the_sentence(contents: Contents) -> None:
    lines = paper.lines_of(_sealed(contents))
    with pytest.raises(Refused) as caught:
        paper.sealed_in("\n".join(lines[1:]).encode())
    assert ": 1." in str(caught.value)


def test_what_is_too_much_for_paper_is_refused() -> None:
    for write in (paper.lines_of, paper.parts_of):
        with pytest.raises(Refused) as caught:
            write(bytes(20_000))
        assert caught.value.code == "PAPER-TOO-MUCH"
