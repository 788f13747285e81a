"""What the status page counts, and that a look at it stays cheap."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING
from unittest.mock import patch
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

if TYPE_CHECKING:
    from strongroom.login.models import Attempt
    from strongroom.statements.models import Copy

pytestmark = pytest.mark.django_db

NAMES = {
    "at",
    "counted_up_to",
    "accounts",
    "recipients",
    "keys_pending",
    "sessions_open",
    "arrivals_waiting",
    "arrivals_late",
    "files_parked",
    "copies_waiting",
    "copies_held",
    "published_today",
    "fetched_today",
    "never_fetched",
    "notices_waiting",
    "notices_failed",
    "audit_records",
    "attempts",
}


def test_the_names_of_the_figures_are_what_programs_were_promised() -> None:
    from strongroom.console.figures import read_figures

    figures = read_figures()
    assert set(figures) == NAMES
    assert all(isinstance(value, int | str | list) for value in figures.values())


def test_copies_are_counted_where_they_are_in_their_life(copies: "Callable[..., Copy]") -> None:
    from strongroom.console.figures import read_figures

    now = timezone.now()
    today, before = now - timedelta(hours=3), now - timedelta(days=3)
    copies("waiting")
    copies("ready")
    copies("held")
    copies("published", published_at=today)
    copies("published", published_at=today, first_fetched_at=today, last_fetched_at=now)
    copies("published", published_at=before)
    copies("published", published_at=before, first_fetched_at=before, last_fetched_at=now)
    copies("expired", published_at=before, ended_at=now)
    figures = read_figures()
    assert figures["copies_waiting"] == 2
    assert figures["copies_held"] == 1
    assert figures["published_today"] == 2
    assert figures["fetched_today"] == 2
    assert figures["never_fetched"] == 1


def test_a_file_that_waits_for_long_is_late() -> None:
    from strongroom.console.figures import read_figures
    from strongroom.statements.models import Arrival

    now = timezone.now()
    for state, minutes in (("waiting", 1), ("waiting", 30), ("parked", 30), ("done", 30)):
        Arrival.objects.create(
            id=uuid4(),
            file_name="x.csv",
            source="folder",
            actor="worker",
            state=state,
            arrived_at=now - timedelta(minutes=minutes),
        )
    figures = read_figures()
    assert figures["arrivals_waiting"] == 2
    assert figures["arrivals_late"] == 1
    assert figures["files_parked"] == 1


def test_the_newest_ten_refused_connections_are_listed_and_name_nobody(
    attempt: "Callable[..., Attempt]",
) -> None:
    from strongroom.console.figures import read_figures

    made = [attempt(minutes=minutes) for minutes in range(1, 13)]
    listed = read_figures()["attempts"]
    assert [line["reference"] for line in listed] == [one.reference for one in made[:10]]
    assert set(listed[0]) == {"reference", "at", "count", "cause", "explanation"}


def test_counting_stops_at_a_bound(copies: "Callable[..., Copy]") -> None:
    from strongroom.console import attention, figures

    for _ in range(5):
        copies("held")
    with patch.object(figures, "MOST", 3), patch.object(attention, "MOST", 3):
        found = figures.read_figures()
        assert found["copies_held"] == 3
        assert [number for _, number in attention.matters(found)] == ["3+"]


@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="reads SQLite's query plans")
def test_no_count_walks_through_all_copies_or_arrivals() -> None:
    from strongroom.console.figures import read_figures

    with CaptureQueriesContext(connection) as asked:
        read_figures()
    walked = []
    for query in asked.captured_queries:
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN QUERY PLAN {query['sql']}")
            steps = [row[3] for row in cursor.fetchall()]
        walks = [one for one in steps if re.match("SCAN (statements|login|messages)_", one)]
        walked += [one for one in walks if "USING INDEX attempt_newest" not in one]
    assert walked == []


def test_a_look_is_a_fixed_number_of_small_queries(
    copies: "Callable[..., Copy]", attempt: "Callable[..., Attempt]"
) -> None:
    from strongroom.console.figures import read_figures

    for _ in range(20):
        copies("held")
        attempt()
    with CaptureQueriesContext(connection) as asked:
        read_figures()
    assert len(asked) <= 22
