"""The health of a certificate at a given time."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strongroom.rules import refusals
from strongroom.rules.pgp_health import (
    CertificateFacts,
    EncryptionKey,
    HealthState,
    judge,
    usable_keys,
)
from strongroom.rules.refusals import RefusalKind, Refused
from strongroom_formats.pgp_keys import KeyAlgorithm

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
YEAR = timedelta(days=365)
KEY = EncryptionKey(
    key_id="0123456789ABCDEF",
    fingerprint="AA" * 20,
    algorithm=KeyAlgorithm.ECDH,
    bits=255,
    expires_at=NOW + YEAR,
    is_revoked=False,
    is_accepted=True,
)
GOOD = CertificateFacts(
    fingerprint="BB" * 20,
    user_ids=("Owner",),
    algorithm=KeyAlgorithm.EDDSA,
    bits=255,
    expires_at=NOW + YEAR,
    is_revoked=False,
    encryption_subkeys=(KEY,),
)
PAST = NOW - timedelta(seconds=1)
REVOKED, EXPIRED = replace(KEY, is_revoked=True), replace(KEY, expires_at=PAST)
UNBOUND = replace(KEY, is_accepted=False)
SMALL = replace(KEY, algorithm=KeyAlgorithm.RSA, bits=1_024)


@pytest.mark.req("ATK-54")
@pytest.mark.parametrize(
    ("facts", "kind"),
    [
        (replace(GOOD, is_revoked=True), refusals.PGP_REVOKED),
        (replace(GOOD, is_revoked=True, expires_at=PAST), refusals.PGP_REVOKED),
        (replace(GOOD, expires_at=NOW), refusals.PGP_EXPIRED),
        (replace(GOOD, algorithm=KeyAlgorithm.DSA, bits=3_072), refusals.PGP_WEAK),
        (replace(GOOD, algorithm=KeyAlgorithm.RSA, bits=2_047), refusals.PGP_WEAK),
        (replace(GOOD, algorithm=KeyAlgorithm.ECDSA, bits=192), refusals.PGP_WEAK),
        (replace(GOOD, encryption_subkeys=()), refusals.PGP_NO_ENCRYPTION_KEY),
        (replace(GOOD, encryption_subkeys=(REVOKED,)), refusals.PGP_REVOKED),
        (replace(GOOD, encryption_subkeys=(EXPIRED,)), refusals.PGP_EXPIRED),
        (replace(GOOD, encryption_subkeys=(REVOKED, EXPIRED)), refusals.PGP_EXPIRED),
        (replace(GOOD, encryption_subkeys=(SMALL,)), refusals.PGP_WEAK),
        (replace(GOOD, encryption_subkeys=(UNBOUND,)), refusals.PGP_WEAK),
        (replace(GOOD, encryption_subkeys=(REVOKED, EXPIRED, SMALL)), refusals.PGP_WEAK),
        (
            replace(GOOD, encryption_subkeys=(replace(KEY, algorithm=KeyAlgorithm.ELGAMAL),)),
            refusals.PGP_WEAK,
        ),
    ],
)
def test_a_certificate_that_is_no_good_is_refused_with_its_reason(
    facts: CertificateFacts, kind: RefusalKind
) -> None:
    assert judge(facts, NOW).keys == ()
    with pytest.raises(Refused) as caught:
        usable_keys(facts, NOW)
    assert caught.value.kind is kind
    assert facts.fingerprint in str(caught.value)


@pytest.mark.parametrize(
    ("algorithm", "bits"),
    [
        (KeyAlgorithm.RSA, 2_048),
        (KeyAlgorithm.RSA, 4_096),
        (KeyAlgorithm.ECDH, 255),
        (KeyAlgorithm.ECDH, 521),
        (KeyAlgorithm.X25519, 255),
        (KeyAlgorithm.X448, 448),
        (KeyAlgorithm.OTHER, 0),
    ],
)
@pytest.mark.req("KEY-17")
def test_todays_keys_are_usable(algorithm: KeyAlgorithm, bits: int) -> None:
    key = replace(KEY, algorithm=algorithm, bits=bits)
    assert usable_keys(replace(GOOD, encryption_subkeys=(key,)), NOW) == (key,)


@pytest.mark.req("ATK-54")
def test_only_the_good_keys_of_a_certificate_are_used() -> None:
    second = replace(KEY, fingerprint="CC" * 20)
    facts = replace(GOOD, encryption_subkeys=(REVOKED, KEY, EXPIRED, SMALL, second, UNBOUND))
    assert usable_keys(facts, NOW) == (KEY, second)


@pytest.mark.parametrize(
    ("certificate_days", "key_days", "state", "days_left"),
    [
        (None, None, HealthState.USABLE, None),
        (61, None, HealthState.USABLE, 61),
        (60, None, HealthState.EXPIRING, 60),
        (None, 7, HealthState.EXPIRING, 7),
        (30, 7, HealthState.EXPIRING, 7),
        (7, 30, HealthState.EXPIRING, 7),
        (365, 400, HealthState.USABLE, 365),
    ],
)
def test_the_days_that_are_left_are_those_until_nothing_is_usable(
    certificate_days: int | None, key_days: int | None, state: HealthState, days_left: int | None
) -> None:
    def end(days: int | None) -> datetime | None:
        return None if days is None else NOW + timedelta(days=days)

    key = replace(KEY, expires_at=end(key_days))
    facts = replace(GOOD, expires_at=end(certificate_days), encryption_subkeys=(key,))
    health = judge(facts, NOW)
    assert (health.state, health.days_left) == (state, days_left)


def test_the_longest_lived_key_decides_when_a_certificate_ends() -> None:
    soon = replace(KEY, expires_at=NOW + timedelta(days=5))
    never = replace(KEY, expires_at=None)
    both = replace(GOOD, expires_at=None, encryption_subkeys=(soon, never))
    assert judge(both, NOW).state is HealthState.USABLE
    late = replace(KEY, expires_at=NOW + timedelta(days=90))
    assert judge(replace(GOOD, encryption_subkeys=(soon, late)), NOW).days_left == 90


keys = st.builds(
    replace,
    st.just(KEY),
    algorithm=st.sampled_from(KeyAlgorithm),
    bits=st.sampled_from([0, 255, 1_024, 2_048]),
    expires_at=st.none() | st.integers(-99, 99).map(lambda days: NOW + timedelta(days=days)),
    is_revoked=st.booleans(),
    is_accepted=st.booleans(),
)


@pytest.mark.req("ATK-54")
@given(st.lists(keys, max_size=5), st.integers(0, 200))
def test_time_alone_never_makes_a_certificate_better(found: list[EncryptionKey], days: int) -> None:
    facts = replace(GOOD, encryption_subkeys=tuple(found))
    before, after = judge(facts, NOW), judge(facts, NOW + timedelta(days=days))
    assert set(after.keys) <= set(before.keys)


@pytest.mark.req("ATK-54")
@given(st.lists(keys, max_size=5))
def test_no_revoked_expired_or_unverified_key_is_ever_used(found: list[EncryptionKey]) -> None:
    for key in judge(replace(GOOD, encryption_subkeys=tuple(found)), NOW).keys:
        assert key.is_accepted
        assert not key.is_revoked
        assert key.expires_at is None or key.expires_at > NOW
