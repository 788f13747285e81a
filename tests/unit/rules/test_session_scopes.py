"""Which sessions may take an archive: not of an old temporary code, without a number, or frozen."""

from datetime import UTC, datetime, timedelta

import pytest
from strongroom.rules.refusals import Refused
from strongroom.rules.scopes import Leave, Scope, check_archive

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)


def _code(leave: Leave) -> str:
    try:
        check_archive(leave, now=NOW)
    except Refused as refused:
        return refused.code
    return ""


def test_a_full_session_with_a_number_takes_an_archive_when_the_freeze_is_over() -> None:
    assert _code(Leave(Scope.FULL, is_restricted=False)) == ""
    assert _code(Leave(Scope.FULL, is_restricted=False, frozen_until=NOW)) == ""


@pytest.mark.req("PHN-2")
def test_without_a_verified_number_no_archive_is_taken() -> None:
    assert _code(Leave(Scope.FULL, is_restricted=True)) == "PHONE-NEEDED"


@pytest.mark.req("LATK-25")
def test_a_freeze_holds_archives_back() -> None:
    until = NOW + timedelta(seconds=1)
    assert _code(Leave(Scope.FULL, is_restricted=False, frozen_until=until)) == "CHANGES-FROZEN"


@pytest.mark.req("TEMP-2", "LATK-24")
def test_an_old_temporary_code_takes_no_archive() -> None:
    assert _code(Leave(Scope.CODE_CARD_ONLY, is_restricted=False)) == "SCOPE-CODE-CARD"


@pytest.mark.req("LOGIN-8")
def test_a_closed_user_takes_the_archive_away() -> None:
    assert _code(Leave(Scope.READ_ONLY, is_restricted=False)) == ""
