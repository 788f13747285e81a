"""Names from strangers become safe ones: never a path, never a device, never the same twice."""

import re
import threading
import unicodedata
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strongbox.sync.landing import Content, Landing
from strongbox.sync.places import folded, folder_of, is_path, landed_name, part_of, safe_part
from strongbox.sync.statement import Statement

NAMES = st.text(st.characters(codec=None), min_size=1, max_size=300)
TRICKY = st.sampled_from(
    [".", "..", "CON", "nul.txt", "a/b", "a\\b", "_COMPLETE", "x ", "%41", "é"]
)
DEVICE = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.IGNORECASE)
ONE = Statement("acme", "s", 1, "0" * 64, "a.csv", 1, "U1", "Activity", date(2026, 11, 20))


@given(NAMES | TRICKY)
@pytest.mark.req("ATK-8")
def test_a_safe_name_can_be_written_on_every_system(name: str) -> None:
    safe = safe_part(name)
    assert 0 < len(safe.encode()) <= 200
    assert not re.search(r'[\x00-\x1f\x7f-\x9f/\\:*?"<>|]', safe)
    assert not safe.startswith((".", "~", "-", " "))
    assert not safe.endswith((".", " "))
    assert not DEVICE.match(safe)
    assert safe.lower() not in ("_complete", "entry.json", "_replaced")


@given(NAMES | TRICKY, NAMES | TRICKY)
def test_two_names_never_become_the_same(one: str, other: str) -> None:
    assert (safe_part(one) == safe_part(other)) == (one == other)


@given(st.from_regex(r"[A-Za-z0-9]{5,20}_[A-Za-z]{1,20}_\d{8}\.csv", fullmatch=True))
def test_an_ordinary_name_stays_what_it_is(name: str) -> None:
    assert safe_part(name) == name


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "/etc/passwd", "a\\b", "..\\x", "a\0b"])
def test_a_name_that_leads_elsewhere_is_a_path(name: str) -> None:
    assert is_path(name)


@given(NAMES)
def test_names_that_a_disk_may_mix_up_get_parts_apart(name: str) -> None:
    other = unicodedata.normalize("NFD", name.swapcase())
    taken = {}
    parts = []
    for each in {name, other}:
        taken.setdefault(folded(each), each)
        parts.append(folded(part_of(each, taken)))
    assert len(set(parts)) == len(parts)


def test_the_ending_for_encrypted_files_goes_with_the_encryption() -> None:
    sealed = replace(ONE, name="a.csv.PGP")
    assert landed_name(sealed, is_opened=True) == "a.csv"
    assert landed_name(sealed, is_opened=False) == "a.csv.PGP"
    assert landed_name(replace(ONE, name=".pgp"), is_opened=True) == "%2Epgp"


def test_accounts_and_kinds_cannot_leave_the_landing_folder() -> None:
    evil = replace(ONE, account="../../etc", kind="a/b", entry="{}")
    place = folder_of(evil)
    assert place.count("/") == 3
    assert not any(part in (".", "..") for part in place.split("/"))


def test_statements_that_want_one_place_at_once_get_one_each(tmp_path: Path) -> None:
    landing = Landing(tmp_path, "acme")
    landing.prepare()
    statements = [replace(ONE, statement_id=str(number), entry="{}") for number in range(40)]
    for one in statements:
        Path(landing.staged(one)).write_bytes(one.statement_id.encode())
        landing.describe(one, Content("a.csv", 1, one.sha256, "clear"))
    places: list[str] = []

    def place(some: list[Statement]) -> None:
        for one in some:
            content = Content("a.csv", 1, one.sha256, "clear")
            places.append(landing.place(one, content, keeps_sealed=False))

    threads = [threading.Thread(target=place, args=(statements[at::4],)) for at in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(places)) == 40
    assert len({(tmp_path / one / "a.csv").read_bytes() for one in places}) == 40
