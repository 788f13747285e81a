"""The files that every server offers: names of the product's grammar, sizes, differing bytes."""

from pathlib import Path

from strongroom.rules.file_names import compile_grammar

from bench.machine import kernel
from bench.shelves import FULL, QUICK, Shelf, fill, names_of


def test_every_name_on_a_shelf_is_a_statement_of_its_account() -> None:
    grammar = compile_grammar()
    names = list(names_of(Shelf.LISTING.value, 10_000))
    assert len(set(names)) == 10_000
    for name in names[::997]:
        assert grammar.parse(name).account == Shelf.LISTING.value


def test_files_have_the_size_of_their_shelf_and_no_two_are_the_same(tmp_path: Path) -> None:
    fill(tmp_path / "inbox", Shelf.INBOX, QUICK)
    files = list((tmp_path / "inbox").iterdir())
    assert len(files) == QUICK.inbox_files
    assert {file.stat().st_size for file in files} == {QUICK.document_bytes}
    assert len({file.read_bytes() for file in files}) == len(files)


def test_a_full_run_measures_what_the_results_promise() -> None:
    assert FULL.of(Shelf.BULK) == (1, 1 << 30)
    assert FULL.of(Shelf.MANY) == (1000, 50 * 1024)
    assert FULL.of(Shelf.LISTING)[0] == 10_000
    assert FULL.idle_sessions == 500


def test_the_results_name_a_kernel_by_its_numbers_only() -> None:
    assert kernel("6.18.44-built-by-someone") == "6.18.44"
