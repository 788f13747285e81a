"""Who gets a statement, or why nobody does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strongroom.rules.matching import CopyPlan, Matched, PgpPolicy, RecipientFacts, match
from strongroom.rules.refusals import Refused

ANNA = RecipientFacts("anna", is_enabled=True, pgp=PgpPolicy.OFF)
BERT = RecipientFacts("bert", is_enabled=True, pgp=PgpPolicy.REQUIRED)
CARL = RecipientFacts("carl", is_enabled=False, pgp=PgpPolicy.REQUIRED)

recipients = st.lists(
    st.builds(
        RecipientFacts,
        st.text(min_size=1),
        is_enabled=st.booleans(),
        pgp=st.sampled_from(PgpPolicy),
    ),
    unique_by=lambda recipient: recipient.login,
)


@pytest.mark.req("DEL-4")
def test_each_enabled_recipient_gets_a_copy_as_its_pgp_choice_says() -> None:
    assert match("U1234567", is_account_known=True, recipients=[CARL, BERT, ANNA]) == Matched(
        (CopyPlan("anna", encrypted=False), CopyPlan("bert", encrypted=True)), ("carl",)
    )


@pytest.mark.parametrize(
    ("is_known", "found", "code"),
    [
        (False, [], "ACCOUNT-UNKNOWN"),
        (False, [ANNA], "ACCOUNT-UNKNOWN"),
        (True, [], "MATCH-NOBODY"),
        (True, [CARL], "MATCH-ALL-DISABLED"),
    ],
)
def test_a_statement_that_matches_nobody_has_its_reason(
    is_known: bool, found: list[RecipientFacts], code: str
) -> None:
    with pytest.raises(Refused) as caught:
        match("U1234567", is_account_known=is_known, recipients=found)
    assert caught.value.code == code
    assert "U1234567" in str(caught.value)


@pytest.mark.req("ATK-57")
@given(recipients)
def test_nobody_is_forgotten_and_nobody_is_planned_in_clear_against_policy(
    found: list[RecipientFacts],
) -> None:
    try:
        matched = match("U1234567", is_account_known=True, recipients=found)
    except Refused:
        assert not any(recipient.is_enabled for recipient in found)
        return
    assert sorted(matched.logins + matched.disabled_logins) == sorted(r.login for r in found)
    policies = {recipient.login: recipient.pgp for recipient in found}
    for copy in matched.copies:
        assert copy.encrypted == (policies[copy.login] is PgpPolicy.REQUIRED)


@pytest.mark.parametrize("found", [[], [CARL]], ids=["none", "disabled"])
def test_a_statement_of_an_account_with_users_needs_no_recipient(
    found: list[RecipientFacts],
) -> None:
    matched = match("U1234567", is_account_known=True, recipients=found, has_users=True)
    assert matched.copies == ()
