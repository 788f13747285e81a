"""What a session may not do: read-only, code card only, without a number, while frozen."""

from datetime import UTC, datetime, timedelta

import pytest
from strongroom.rules.refusals import Refused
from strongroom.rules.scopes import Leave, RestrictedAct, Scope, check

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)


def _code(deed: RestrictedAct, leave: Leave) -> str:
    try:
        check(deed, leave, now=NOW)
    except Refused as refused:
        return refused.code
    return ""


@pytest.mark.parametrize("deed", RestrictedAct)
def test_a_full_session_with_a_number_may_do_all(deed: RestrictedAct) -> None:
    assert _code(deed, Leave(Scope.FULL, is_restricted=False, frozen_until=NOW)) == ""


@pytest.mark.req("PHN-2")
@pytest.mark.parametrize("deed", RestrictedAct)
def test_without_a_number_nothing_of_it_is_done(deed: RestrictedAct) -> None:
    assert _code(deed, Leave(Scope.FULL, is_restricted=True)) == "PHONE-NEEDED"


@pytest.mark.req("LATK-25")
@pytest.mark.parametrize("deed", RestrictedAct)
def test_a_freeze_holds_it_back(deed: RestrictedAct) -> None:
    until = NOW + timedelta(seconds=1)
    assert _code(deed, Leave(Scope.FULL, is_restricted=False, frozen_until=until)) == (
        "CHANGES-FROZEN"
    )


@pytest.mark.req("TEMP-2", "LATK-24")
@pytest.mark.parametrize("deed", RestrictedAct)
def test_an_old_temporary_code_does_none_of_it(deed: RestrictedAct) -> None:
    assert _code(deed, Leave(Scope.CODE_CARD_ONLY, is_restricted=False)) == "SCOPE-CODE-CARD"


@pytest.mark.req("LOGIN-8")
def test_a_closed_user_takes_the_archive_away_and_changes_nothing() -> None:
    closed = Leave(Scope.READ_ONLY, is_restricted=False)
    refused = {deed for deed in RestrictedAct if _code(deed, closed) == "SCOPE-READ-ONLY"}
    assert refused == set(RestrictedAct) - {RestrictedAct.ARCHIVE_DOWNLOAD}
