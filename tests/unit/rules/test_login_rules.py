"""What an offered key is judged by, and which cause is shown: the whole table."""

import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from strongroom.rules.login import (
    Ask,
    Deny,
    Grant,
    OfferFacts,
    Proof,
    judge,
    judge_offer,
    most_telling,
    policy_of,
)
from strongroom.rules.login_causes import EXPLANATIONS, Cause
from strongroom.rules.secret import Secret

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
GOOD = OfferFacts(
    is_login_known=True,
    is_login_enabled=True,
    key_state="active",
    is_key_own=True,
    is_key_burnt=False,
    expires_at=None,
    is_algorithm_accepted=True,
    is_address_own=True,
    is_address_listed=True,
)


def test_the_right_key_of_an_enabled_login_from_a_listed_address_opens() -> None:
    assert judge_offer(GOOD, now=NOW) is None
    assert judge_offer(replace(GOOD, expires_at=NOW + timedelta(seconds=1)), now=NOW) is None


@pytest.mark.req("ATK-38", "ATK-41", "ATK-31")
@pytest.mark.parametrize(
    ("changed", "cause"),
    [
        ({"is_login_known": False, "is_login_enabled": False}, Cause.LOGIN_UNKNOWN),
        ({"is_key_burnt": True}, Cause.KEY_BURNT),
        ({"is_key_burnt": True, "key_state": None}, Cause.KEY_BURNT),
        ({"key_state": None}, Cause.KEY_UNKNOWN),
        ({"is_key_own": False}, Cause.KEY_FOREIGN),
        ({"key_state": "pending"}, Cause.KEY_PENDING),
        ({"key_state": "rejected"}, Cause.KEY_REJECTED),
        ({"key_state": "revoked"}, Cause.KEY_REVOKED),
        ({"key_state": "expired"}, Cause.KEY_EXPIRED),
        ({"expires_at": NOW}, Cause.KEY_EXPIRED),
        ({"expires_at": NOW - timedelta(days=1)}, Cause.KEY_EXPIRED),
        ({"is_algorithm_accepted": False}, Cause.ALGORITHM),
        ({"is_login_enabled": False}, Cause.LOGIN_DISABLED),
        ({"is_address_own": False}, Cause.ADDRESS_OF_ANOTHER),
        ({"is_address_own": False, "is_address_listed": False}, Cause.ADDRESS_UNLISTED),
    ],
)
def test_everything_else_has_its_cause(changed: dict[str, object], cause: Cause) -> None:
    assert judge_offer(replace(GOOD, **changed), now=NOW) is cause


def test_one_wrong_fact_is_enough_whatever_the_others_are() -> None:
    """Every combination of facts: it opens only when all of them are right."""
    flags = ["is_login_known", "is_login_enabled", "is_key_own", "is_key_burnt"]
    flags += ["is_algorithm_accepted", "is_address_own", "is_address_listed"]
    states = (None, "pending", "active", "rejected", "revoked", "expired")
    ends = (None, NOW, NOW + timedelta(days=1))
    for values in itertools.product([False, True], repeat=len(flags)):
        given = dict(zip(flags, values, strict=True))
        wanted = {name: getattr(GOOD, name) for name in flags[:-1]}
        for state, end in itertools.product(states, ends):
            facts = replace(GOOD, **given, key_state=state, expires_at=end)
            is_right = all(given[n] == wanted[n] for n in wanted) and state == "active"
            opens = is_right and (end is None or end > NOW)
            assert (judge_offer(facts, now=NOW) is None) == opens, facts


def test_of_several_causes_the_most_telling_is_shown() -> None:
    assert most_telling([]) is None
    assert most_telling([Cause.KEY_UNKNOWN, Cause.KEY_PENDING]) is Cause.KEY_PENDING
    assert most_telling([Cause.KEY_UNKNOWN, Cause.TOO_MANY_TRIES]) is Cause.TOO_MANY_TRIES
    assert most_telling([Cause.SIGNATURE, Cause.KEY_FOREIGN]) is Cause.SIGNATURE
    assert most_telling([Cause.LOGIN_UNKNOWN, Cause.NO_KEY_OFFERED]) is Cause.LOGIN_UNKNOWN
    assert most_telling([Cause.PROTOCOL]) is None


def test_every_cause_has_words_for_a_support_desk() -> None:
    assert set(EXPLANATIONS) == set(Cause)
    assert all(text.endswith((".", ").")) for text in EXPLANATIONS.values())
    assert len({cause.value for cause in Cause}) == len(Cause)


def test_a_secret_shows_nothing_and_compares_by_value() -> None:
    secret = Secret("hunter2")
    assert (repr(secret), str(secret), f"{secret}") == ("***", "***", "***")
    assert secret.reveal() == "hunter2"
    assert secret == Secret("hunter2")
    assert secret != Secret("hunter3")
    assert secret != "hunter2"
    assert hash(secret) == hash(Secret("hunter2"))
    assert secret
    assert not Secret("")
    with pytest.raises(AttributeError):
        secret.value = "x"  # type: ignore[attr-defined]


def test_a_key_then_a_factor_is_asked_for_where_a_person_is_named() -> None:
    asking, alone = policy_of(asks_person=True), policy_of(asks_person=False)
    assert judge(asking, set()) == Ask(Proof.KEY)
    assert judge(asking, {Proof.KEY}) == Ask(Proof.FACTOR)
    assert judge(asking, {Proof.KEY, Proof.FACTOR}) == Grant()
    assert judge(alone, {Proof.KEY}) == Grant()


def test_a_factor_without_the_key_opens_nothing() -> None:
    assert judge(policy_of(asks_person=True), {Proof.FACTOR}) == Deny()
    assert judge(policy_of(asks_person=False), {Proof.FACTOR}) == Ask(Proof.KEY)


@pytest.mark.parametrize("asks_person", [True, False])
@pytest.mark.parametrize("proofs", [set(), {Proof.KEY}, {Proof.KEY, Proof.FACTOR}])
def test_more_proofs_never_lose_access(asks_person: bool, proofs: set[Proof]) -> None:
    policy = policy_of(asks_person=asks_person)
    if judge(policy, proofs) == Grant():
        assert judge(policy, proofs | set(Proof)) == Grant()
