"""The grammar of statement file names and the names under which revisions are delivered."""

from datetime import date
from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strongroom.rules.file_names import (
    LAST_REVISION,
    TEMPLATE,
    DeliveredName,
    StatementName,
    compile_grammar,
    delivered_name,
    is_temporary,
    parse_delivered,
)
from strongroom.rules.refusals import Refused

GRAMMAR = compile_grammar()
TEMPLATES = (
    TEMPLATE,
    "{kind}_{account}_{from}_{to}.{ext}",
    "{from}[_{to}]_{account}_report_{kind}.{ext}",
    "stmt-{kind}__{from}[_{to}]_{account}.{ext}",
)

days = st.dates(min_value=date(1970, 1, 1), max_value=date(2199, 12, 31))


@st.composite
def statements(draw: st.DrawFn) -> StatementName:
    first, last = sorted((draw(days), draw(days)))
    return StatementName(
        draw(st.from_regex(r"U[0-9]{6,8}", fullmatch=True)),
        draw(st.from_regex(r"[A-Za-z][A-Za-z0-9-]{0,39}", fullmatch=True)),
        first,
        draw(st.sampled_from((first, last))),
        draw(st.sampled_from(sorted(GRAMMAR.extensions))),
    )


def code_of(name: str) -> str:
    with pytest.raises(Refused) as caught:
        GRAMMAR.parse(name)
    return caught.value.code


@pytest.mark.req("RPT-17")
@pytest.mark.parametrize(
    ("name", "statement"),
    [
        (
            "U1234567_CashReport_20261121.csv",
            StatementName("U1234567", "CashReport", date(2026, 11, 21), date(2026, 11, 21), "csv"),
        ),
        (
            "U123456_Activity_20261101_20261130.PDF",
            StatementName("U123456", "Activity", date(2026, 11, 1), date(2026, 11, 30), "pdf"),
        ),
        (
            "U12345678_trade-2_20240229_20240229.xml",
            StatementName("U12345678", "trade-2", date(2024, 2, 29), date(2024, 2, 29), "xml"),
        ),
    ],
)
def test_a_name_says_account_kind_period_and_format(name: str, statement: StatementName) -> None:
    assert GRAMMAR.parse(name) == statement


@pytest.mark.req("RPT-17", "ATK-8", "ATK-56")
@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("", "NAME-GRAMMAR"),
        ("U1234567_Activity.csv", "NAME-GRAMMAR"),
        ("U12345_Activity_20261121.csv", "NAME-GRAMMAR"),
        ("U123456789_Activity_20261121.csv", "NAME-GRAMMAR"),
        ("u1234567_Activity_20261121.csv", "NAME-GRAMMAR"),
        ("U1234567__20261121.csv", "NAME-GRAMMAR"),
        ("U1234567_2Activity_20261121.csv", "NAME-GRAMMAR"),
        ("U1234567_" + "a" * 41 + "_20261121.csv", "NAME-GRAMMAR"),
        ("U1234567_Activity_20261121_.csv", "NAME-GRAMMAR"),
        ("U1234567_Activity_20261121_20261122_20261123.csv", "NAME-GRAMMAR"),
        ("U1234567_Activity_20261121.csv.gpg", "NAME-GRAMMAR"),
        ("U1234567_Activity_20261121.r2.csv", "NAME-GRAMMAR"),
        ("-U1234567_Activity_20261121.csv", "NAME-GRAMMAR"),
        ("U1234567_Activity_20261121.exe", "NAME-EXTENSION"),
        ("U1234567_Activity_20261121.pgp", "NAME-EXTENSION"),
        ("U1234567_Activity_20260231.csv", "NAME-DATE"),
        ("U1234567_Activity_00000000.csv", "NAME-DATE"),
        ("U1234567_Activity_02021121.csv", "NAME-DATE"),
        ("U1234567_Activity_22000101.csv", "NAME-DATE"),
        ("U1234567_Activity_20261121_20261301.csv", "NAME-DATE"),
        ("U1234567_Activity_20261122_20261121.csv", "NAME-PERIOD"),
        ("U1234567_Activity_20261121.csv\n", "NAME-CHARACTERS"),
        ("U1234567_Activity_20261121.csv\0", "NAME-CHARACTERS"),
        ("../U1234567_Activity_20261121.csv", "NAME-TEMPORARY"),
        ("x/../U1234567_Activity_20261121.csv", "NAME-CHARACTERS"),
        ("U1234567_Actividad\u0301_20261121.csv", "NAME-CHARACTERS"),
        ("U1234567_Act\u202eivity_20261121.csv", "NAME-CHARACTERS"),
        ("U1234567_\uff21ctivity_20261121.csv", "NAME-CHARACTERS"),
        ("U1234567_Activity_\u0662\u0660261121.csv", "NAME-CHARACTERS"),
        ("U1234567_Activity_20261121\udcff.csv", "NAME-CHARACTERS"),
        ("U1234567_" + "a" * 200 + "_20261121.csv", "NAME-LENGTH"),
        (".U1234567_Activity_20261121.csv", "NAME-TEMPORARY"),
        ("U1234567_Activity_20261121.csv.part", "NAME-TEMPORARY"),
        ("U1234567_Activity_20261121.csv~", "NAME-TEMPORARY"),
        ("U1234567_Activity_20261121.TMP", "NAME-TEMPORARY"),
    ],
)
def test_a_name_that_is_wrong_is_refused_with_its_reason(name: str, code: str) -> None:
    assert code_of(name) == code


@pytest.mark.req("ATK-56", "ATK-69")
@given(st.text(max_size=300))
def test_no_name_forges_a_line_in_the_sentence_about_it(name: str) -> None:
    with pytest.raises(Refused) as caught:
        GRAMMAR.parse(name)
    sentence = str(caught.value)
    assert sentence.isascii()
    assert sentence.isprintable()
    assert len(sentence) < 1200


@pytest.mark.req("RPT-17")
@given(statements(), st.sampled_from(TEMPLATES))
def test_what_a_grammar_spells_it_reads_back(statement: StatementName, template: str) -> None:
    grammar = compile_grammar(template)
    assert grammar.parse(grammar.spell(statement)) == statement


@given(statements(), statements(), st.sampled_from(TEMPLATES))
def test_different_statements_have_different_names_even_without_case(
    one: StatementName, other: StatementName, template: str
) -> None:
    grammar = compile_grammar(template)
    same_name = grammar.spell(one).casefold() == grammar.spell(other).casefold()
    assert same_name == (one.identity == other.identity)


def test_a_template_without_a_last_day_refuses_to_spell_a_longer_period() -> None:
    grammar = compile_grammar("{account}_{kind}_{from}.{ext}")
    month = StatementName("U1234567", "Activity", date(2026, 11, 1), date(2026, 11, 30), "csv")
    with pytest.raises(Refused) as caught:
        grammar.spell(month)
    assert caught.value.code == "NAME-GRAMMAR"


@pytest.mark.parametrize(
    "template",
    [
        "",
        "{account}_{kind}_{from}",
        "{account}_{kind}.{ext}",
        "{account}{kind}_{from}.{ext}",
        "{account}_{kind}x_{from}.{ext}",
        "{account}_{kind}-{from}.{ext}",
        "{account}_{kind}_{from}_{account}.{ext}",
        "{account}_{kind}_{to}_{from}.{ext}",
        "{account}.{kind}_{from}.{ext}",
        "{account}_{kind}_{from}9.{ext}",
        "{account}_{kind}_{from}[_{to}]x.{ext}",
        "{account}_[{kind}]_{from}.{ext}",
        "../{account}_{kind}_{from}.{ext}",
        "{account}_{kind}_{from}.*{ext}",
        "{account}_{kind}_{from}.{ext}\n",
        "{account}_{kind}_{from}.{ext}" + "_" * 200,
    ],
)
def test_a_template_that_could_be_read_in_two_ways_is_refused(template: str) -> None:
    with pytest.raises(Refused) as caught:
        compile_grammar(template)
    assert caught.value.code == "NAME-TEMPLATE"


@pytest.mark.parametrize("extension", ["pgp", "gpg", "r2", "CSV", "tmp", "part", "", "a.b"])
def test_an_extension_that_clashes_with_a_delivered_name_is_refused(extension: str) -> None:
    with pytest.raises(Refused) as caught:
        compile_grammar(extensions=frozenset({"csv", extension}))
    assert caught.value.code == "NAME-TEMPLATE"


def test_a_grammar_without_any_extension_is_refused() -> None:
    with pytest.raises(Refused):
        compile_grammar(extensions=frozenset())


def test_names_made_to_be_slow_are_read_in_no_time() -> None:
    hostile = ["U" * 200, "U1234567_" + "a-" * 95, "U12345678_a_" + "2" * 180, "_" * 200]
    grammars = [compile_grammar(template) for template in TEMPLATES]
    began = perf_counter()
    for name in hostile * 50:
        for grammar in grammars:
            with pytest.raises(Refused):
                grammar.parse(name)
    assert perf_counter() - began < 2


@pytest.mark.parametrize(
    ("revision", "encrypted", "delivered"),
    [
        (1, False, "U1234567_Activity_20261121.csv"),
        (2, False, "U1234567_Activity_20261121.r2.csv"),
        (1, True, "U1234567_Activity_20261121.csv.pgp"),
        (12, True, "U1234567_Activity_20261121.r12.csv.pgp"),
    ],
)
def test_revision_and_encryption_show_in_the_delivered_name(
    revision: int, encrypted: bool, delivered: str
) -> None:
    name = "U1234567_Activity_20261121.csv"
    assert delivered_name(name, revision, encrypted=encrypted) == delivered
    assert parse_delivered(delivered) == DeliveredName(name, revision, encrypted)


@pytest.mark.req("ATK-8")
@given(statements(), st.integers(1, LAST_REVISION), statements(), st.integers(1, LAST_REVISION))
def test_delivered_names_of_different_revisions_never_collide(
    one: StatementName, its_revision: int, other: StatementName, other_revision: int
) -> None:
    spelled = GRAMMAR.spell(one), GRAMMAR.spell(other)
    for encrypted in (False, True):
        names = {
            delivered_name(spelled[0], its_revision, encrypted=encrypted).casefold(),
            delivered_name(spelled[1], other_revision, encrypted=encrypted).casefold(),
        }
        is_same = (one.identity, its_revision) == (other.identity, other_revision)
        assert (len(names) == 1) == is_same
        assert all(len(name) < 255 for name in names)


@pytest.mark.parametrize(
    "name",
    [
        "a.r1.csv",
        "a.r0.csv",
        "a.r02.csv",
        "a.r100000.csv",
        "a.pgp",
        "a.r2.pgp",
        "a.csv.gpg",
        "a.b.csv",
        "a.csv.pgp.pgp",
        "a",
        "a.csv\n",
    ],
)
def test_a_name_that_was_never_delivered_is_told_apart(name: str) -> None:
    with pytest.raises(Refused) as caught:
        parse_delivered(name)
    assert caught.value.code == "NAME-DELIVERED"


@pytest.mark.parametrize(
    ("name", "revision"),
    [("a.csv", 0), ("a.csv", 100_000), ("a", 1), ("a.pgp", 1), ("a.b.csv", 2), ("a.csv.pgp", 1)],
)
def test_no_name_is_made_that_could_not_be_read_back(name: str, revision: int) -> None:
    with pytest.raises((ValueError, Refused)):
        delivered_name(name, revision, encrypted=False)


def test_a_statement_name_cannot_hold_what_no_file_name_could() -> None:
    day = date(2026, 11, 21)
    for account, kind, last, extension in (
        ("1234567", "Activity", day, "csv"),
        ("U1234567", "../x", day, "csv"),
        ("U1234567", "Activity", date(2026, 11, 20), "csv"),
        ("U1234567", "Activity", day, "c/v"),
    ):
        with pytest.raises(ValueError, match="no file name can hold"):
            StatementName(account, kind, day, last, extension)


@pytest.mark.parametrize(
    ("name", "verdict"),
    [
        (".hidden", True),
        ("~$book.csv", True),
        ("a.csv.filepart", True),
        ("a.csv.Crdownload", True),
        ("a.csv", False),
        ("temporary.csv", False),
    ],
)
def test_unfinished_files_are_known_by_their_names(name: str, verdict: bool) -> None:
    assert is_temporary(name) is verdict
