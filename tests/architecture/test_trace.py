"""Requirements and attacks have their tests, or say why not."""

import pytest

from tools import trace

ENTRIES = trace.read_index(trace.INDEX.read_text("utf-8"))
TESTS = trace.collect(trace.ROOT / "tests")


def test_the_index_names_every_attack_once() -> None:
    attacks = [entry.id for entry in ENTRIES if entry.id.startswith("ATK-")]
    assert attacks == [f"ATK-{number}" for number in range(1, 75)]
    of_login = [entry.id for entry in ENTRIES if entry.id.startswith("LATK-")]
    assert of_login == [f"LATK-{number}" for number in range(1, 35)]
    assert len({entry.id for entry in ENTRIES}) == len(ENTRIES)


def test_tests_name_only_ids_that_exist() -> None:
    assert sorted(TESTS.keys() - {entry.id for entry in ENTRIES}) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("@pytest.mark.req('KEY-7', 'ATK-37')\ndef test_a() -> None: ...", ["KEY-7", "ATK-37"]),
        ("pytestmark = pytest.mark.req('DEL-3')", ["DEL-3"]),
        ("pytestmark = [pytest.mark.django_db, pytest.mark.req('DEL-3')]", ["DEL-3"]),
        ("x = pytest.param(1, marks=pytest.mark.req('DEL-4'))", ["DEL-4"]),
        ("def test_b() -> None: 'req KEY-7'", []),
    ],
)
def test_marks_are_found_where_pytest_takes_them(text: str, found: list[str]) -> None:
    assert [identity for identity, _ in trace._marks(trace.ast.parse(text))] == found


def test_a_core_requirement_without_test_or_reason_is_a_gap() -> None:
    text = "## S\n\n| KEY-1 | a | core |  |\n| KEY-2 | b | core | why |\n| KEY-3 | c |  |  |\n"
    missing = trace.gaps(trace.read_index(text), {})
    assert [(entry.id, entry.is_strict) for entry in missing] == [("KEY-1", True), ("KEY-3", False)]


def test_core_requirements_and_attacks_on_what_is_built_are_proved_or_excused() -> None:
    missing = [entry.id for entry in trace.gaps(ENTRIES, TESTS) if entry.is_strict]
    assert missing == []
