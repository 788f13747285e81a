"""The words of the notices: whole in both languages, and safe whatever is filled in."""

import re
from enum import Enum
from string import Formatter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strongroom.messages.kinds import NoticeKind
from strongroom.messages.texts import WORDS, render
from strongroom.rules import retention

HOSTILE = {
    "braces": "{login}{0}{}",
    "an attribute": "{0.__class__}{login.__init__.__globals__}",
    "an index": "{login[0]}{support!r:>1000000}",
    "line ends": "x\r\nBcc: all@example.com\n\nstrongroom parked assign evil",
    "direction": "safe\u202egpj.exe\u2028next",
    "a terminal": "\x1b[2J\x07",
    "percent": "%s%(login)s$login",
    "length": "x" * 100_000,
}


def fields(text: str) -> set[str]:
    """The names of the fields; one that is more than a name is a mistake."""
    found = [name for _, name, spec, conversion in Formatter().parse(text)
             if name is not None and (spec, conversion) == ("", None)]  # fmt: skip
    assert all(name.isidentifier() for name in found)
    return set(found)


def all_facts(text: str) -> dict[str, str]:
    names = {"login", "support"}
    for words in WORDS.values():
        names |= fields(words.subject) | fields(words.body)
    return dict.fromkeys(names, text)


def test_every_kind_of_notice_has_its_words() -> None:
    assert set(WORDS) == set(NoticeKind)


@pytest.mark.parametrize("kind", list(NoticeKind))
def test_both_languages_tell_the_same_facts(kind: NoticeKind) -> None:
    words = WORDS[kind]
    english = fields(words.subject) | fields(words.body)
    assert english == fields(words.subject_ja) | fields(words.body_ja)
    assert english, "a notice that names nothing helps nobody"
    for text in (words.subject, words.subject_ja):
        assert "\n" not in text
        assert len(text) < 90
    assert re.search(r"[\u3040-\u30ff\u4e00-\u9fff]", words.subject + words.body) is None
    for text in (words.subject_ja, words.body_ja):
        assert re.search(r"[\u3040-\u30ff]", text)


@pytest.mark.parametrize("kind", list(NoticeKind))
def test_japanese_sentences_end_politely_and_are_punctuated(kind: NoticeKind) -> None:
    body = WORDS[kind].body_ja
    polite = re.compile(r"(です|ます|ません|ました|でした|ください)(（[^）]+）)?。")
    for sentence in re.split(r"(?<=。)|\n", body):
        assert polite.search(sentence) or not sentence.endswith("。"), sentence
    assert not WORDS[kind].subject_ja.endswith("。")
    assert "、、" not in body
    assert "。。" not in body


def test_a_notice_is_english_first_and_japanese_below() -> None:
    facts = {"login": "acme", "fingerprint": "SHA256:abc", "support": "desk@example.com"}
    subject, body = render(NoticeKind.SET_UP, facts)
    assert subject == "SFTP access is set up: acme"
    english, japanese = body.split("\n\n--\n")
    assert english.startswith("Your key SHA256:abc was approved.")
    assert japanese.startswith(
        "SFTP の設定が完了しました: acme\n\n鍵 SHA256:abc が承認されました。"
    )
    assert body.endswith("\n")


def test_a_fact_that_is_missing_shows_as_a_dash() -> None:
    subject, body = render(NoticeKind.KEY_EXPIRING, {"login": "acme"})
    assert subject == "A key of acme ends soon"
    assert "The key - ends on -." in body


@pytest.mark.parametrize(
    ("kind", "name", "value"),
    [
        (NoticeKind.REMOVAL_SOON, "fetched", retention.NoticeKind.NEVER_FETCHED),
        (NoticeKind.REMOVAL_SOON, "fetched", retention.NoticeKind.FETCHED),
        (NoticeKind.CLOCK_JUMPED, "what", retention.Clock.WENT_BACKWARD),
        (NoticeKind.CLOCK_JUMPED, "what", retention.Clock.JUMPED_FORWARD),
    ],
)
def test_what_is_a_word_and_no_name_is_japanese_in_the_japanese(
    kind: NoticeKind, name: str, value: Enum
) -> None:
    english, japanese = render(kind, {name: value.value})[1].split("\n\n--\n")
    assert value.value in english
    assert value.value not in japanese


@pytest.mark.req("ATK-69")
@pytest.mark.parametrize("hostile", HOSTILE.values(), ids=HOSTILE.keys())
@pytest.mark.parametrize("kind", list(NoticeKind))
def test_no_fact_can_change_a_notice_around_it(kind: NoticeKind, hostile: str) -> None:
    _, plain = render(kind, all_facts("x"))
    subject, body = render(kind, all_facts(hostile))
    assert len(subject) <= 300
    assert len(body) < 40_000
    assert len(subject.splitlines()) == 1
    assert body.count("\n") == plain.count("\n")
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f\u2028\u2029\u202e]", subject + body)


@pytest.mark.req("ATK-69")
@given(kind=st.sampled_from(NoticeKind), fact=st.text(max_size=60))
@settings(max_examples=150, deadline=None)
def test_a_fact_is_filled_in_as_it_is(kind: NoticeKind, fact: str) -> None:
    from strongroom_formats.one_line import clean_text

    words = WORDS[kind]
    _, body = render(kind, all_facts(fact))
    shown = clean_text(fact, 2000)
    expected = words.body
    for name in fields(expected):
        expected = expected.replace(f"{{{name}}}", f"\0{name}\0")
    for name in fields(words.body):
        expected = expected.replace(f"\0{name}\0", shown)
    assert body.startswith(expected)
