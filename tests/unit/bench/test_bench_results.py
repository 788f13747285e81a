"""Medians, ratios, percentiles and the results page."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench import report
from bench.results import NO_TIME, NOT_OFFERED, Quantity, Section, percentile

COST = Quantity("get", "CPU-s/GB", (("OpenSSH", "at most 1/2"),))
ORDER = ["bulk", "many", "scale"]


def section(slug: str = "bulk") -> Section:
    return Section(slug, "Bulk", "About it.", ["OpenSSH", "Strongroom"], "Strongroom")


def filled() -> Section:
    made = section()
    for value in (2.0, 9.0, 2.2):
        made.add(COST, "OpenSSH", value)
    made.add(COST, "Strongroom", 1.1)
    return made


def test_a_ratio_is_the_median_of_the_product_over_the_median_of_the_peer() -> None:
    (row,) = filled().rows
    assert row.median("OpenSSH") == 2.2
    assert row.ratio("Strongroom", "OpenSSH") == pytest.approx(0.5)


def test_a_server_without_samples_has_neither_median_nor_ratio() -> None:
    (row,) = filled().rows
    assert math.isnan(row.median("ProFTPD"))
    assert math.isnan(row.ratio("Strongroom", "ProFTPD"))


def test_a_peer_that_measured_zero_gives_no_ratio() -> None:
    made = section()
    made.add(COST, "OpenSSH", 0.0)
    made.add(COST, "Strongroom", 1.0)
    assert math.isnan(made.rows[0].ratio("Strongroom", "OpenSSH"))


@given(st.lists(st.floats(0, 1e9), min_size=1), st.floats(0, 1))
def test_a_percentile_is_a_sample_that_so_many_do_not_exceed(
    samples: list[float], share: float
) -> None:
    found = percentile(samples, share)
    assert found in samples
    assert sum(sample <= found for sample in samples) >= share * len(samples) - 1e-9


def test_the_middle_and_the_tail_of_a_hundred_samples() -> None:
    samples = [float(n) for n in range(1, 101)]
    assert (percentile(samples, 0.5), percentile(samples, 0.99)) == (50.0, 99.0)


def test_a_percentile_of_nothing_is_an_error() -> None:
    with pytest.raises(ValueError, match="no samples"):
        percentile([], 0.5)


def test_what_a_server_does_not_offer_is_no_failure_and_what_broke_is_one() -> None:
    made = section()
    made.excuse(COST, "OpenSSH", NOT_OFFERED)
    assert made.failures == []
    made.excuse(COST, "OpenSSH", NO_TIME)
    assert made.failures == []
    made.excuse(COST, "Strongroom", "the login was refused")
    assert made.failures == ["get: Strongroom: the login was refused"]


def test_a_server_that_died_is_a_failure_even_where_all_was_measured() -> None:
    made = filled()
    made.deaths.append("Strongroom had ended with status -9")
    assert made.failures == ["Strongroom had ended with status -9"]


def test_the_json_of_a_section_holds_samples_medians_ratios_and_targets() -> None:
    (row,) = json.loads(json.dumps(filled().as_json()))["rows"]
    assert row["samples"]["OpenSSH"] == [2.0, 9.0, 2.2]
    assert row["ratios"] == {"OpenSSH": pytest.approx(0.5)}
    assert row["targets_of_a_later_issue"] == {"OpenSSH": "at most 1/2"}


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (0.0, "0"),
        (0.012345, "0.0123"),
        (1.234, "1.23"),
        (56.78, "56.8"),
        (1234.5, "1,234"),
        (math.nan, "-"),
    ],
)
def test_a_figure_is_written_with_three_digits(value: float, written: str) -> None:
    assert report.number(value) == written


def test_a_table_shows_medians_the_ratio_and_the_target_of_a_later_issue() -> None:
    page = report.section_text(filled())
    assert "| get | CPU-s/GB | 2.20 | 1.10 | 0.500 | at most 1/2 |" in page
    assert "target, to " in page


def test_a_table_without_targets_has_no_column_for_them() -> None:
    made = section()
    made.add(Quantity("get", "MB/s"), "OpenSSH", 700)
    assert "target" not in report.section_text(made)


def test_a_failure_is_named_in_the_table_and_explained_below_it() -> None:
    made = section()
    made.excuse(COST, "Strongroom", "the login was refused: no such key")
    page = report.section_text(made)
    assert "| failed |" in page
    assert "- get: Strongroom: the login was refused: no such key" in page


def test_a_measure_that_ran_alone_replaces_only_its_own_section() -> None:
    texts = {slug: report.section_text(section(slug)) for slug in ("many", "bulk")}
    page = report.merged("", texts, ORDER)
    assert page.index("<!-- bulk -->") < page.index("<!-- many -->")
    again = report.merged(page, {"bulk": report.section_text(filled())}, ORDER)
    assert again.count("<!-- bulk -->") == again.count("<!-- many -->") == 1
    assert "| 0.500 |" in again


def test_a_page_merged_with_nothing_stays_as_it_is() -> None:
    page = report.merged("", {"many": report.section_text(section("many"))}, ORDER)
    assert report.merged(page, {}, ORDER) == page
