"""Requests signed with the login's key say what they should, to one firm, once."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from strongbox.api import enrolling
from strongbox.api import firm as asking
from strongbox.api.dialling import Route
from strongbox.api.endpoint import read_endpoint
from strongbox.api.enrolling import EnrolmentState
from strongbox.api.firm import MOST_ENTRIES, Entry, StatementState
from strongbox.keys.making import NewKind, make_key
from strongbox.keys.reading import PrivateKey
from strongbox.profiles.profile import Help, OwnKeys, Profile
from strongbox.refusal import Exit, Refused

from tests.unit.strongbox_enrolment.paper_firm import FirmRefusal, PaperFirm

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


@pytest.fixture(params=(NewKind.ED25519, NewKind.RSA_2048))
def key(request: pytest.FixtureRequest, firm: PaperFirm) -> PrivateKey:
    """A key on record at the firm of paper."""
    made = make_key(request.param)
    firm.keys.append(made.public)
    return made


@pytest.fixture
def profile(help_at: Help) -> Profile:
    """A profile of the firm of paper."""
    return Profile("paper", "h", 32, "river-fund", (), OwnKeys(Path("k")), Path("l"), help=help_at)


def test_the_firms_explanation_is_read_whole_and_cleaned(profile: Profile, key: PrivateKey) -> None:
    found = asking.explain(profile, key, "AAAA-11")
    assert (found.login_state, found.key_state) == ("active", "approved")
    assert (found.seen_address, found.is_seen_address_allowed) == ("127.0.0.1", True)
    [attempt] = found.attempts
    assert (attempt.reference, attempt.cause, attempt.count) == ("AAAA-11", "ADDRESS-NOT-LISTED", 3)
    assert "\x1b" not in attempt.explanation
    assert attempt.fingerprints == (key.public.fingerprint_sha256,)


def test_many_acknowledgements_go_in_requests_that_a_server_takes(
    profile: Profile, key: PrivateKey, firm: PaperFirm
) -> None:
    ids = [f"00000000-0000-4000-8000-{number:012d}" for number in range(MOST_ENTRIES + 1)]
    entries = [Entry(one, "a" * 64, StatementState.PROCESSED, NOW) for one in ids]
    told = asking.acknowledge(profile, key, entries)
    assert told.recorded == len(entries) - 2
    assert told.unknown == (ids[0], ids[-1])
    bodies: list[Any] = [request.body["entries"] for request in firm.requests]
    assert [len(body) for body in bodies] == [MOST_ENTRIES, 1]
    assert bodies[0][0] == {
        "statement_id": ids[0],
        "sha256": "a" * 64,
        "state": "processed",
        "at": "2026-11-23T10:00:00.000000Z",
    }
    lengths = [int(head.split("Content-Length: ")[1].split()[0]) for head in firm.heads]
    assert max(lengths) < 64 * 1024


def test_nothing_to_acknowledge_asks_nothing(
    profile: Profile, key: PrivateKey, firm: PaperFirm
) -> None:
    assert asking.acknowledge(profile, key, []).recorded == 0
    assert firm.requests == []


@pytest.mark.req("SFTP-6")
def test_addresses_are_asked_for(profile: Profile, key: PrivateKey, firm: PaperFirm) -> None:
    assert asking.request_addresses(profile, key, ["198.51.100.7"]) is EnrolmentState.PENDING
    assert firm.requests[0].body == {"addresses": ["198.51.100.7"]}


@pytest.mark.req("KEY-16")
def test_a_next_key_is_handed_over_with_the_word_of_both(
    profile: Profile, key: PrivateKey, firm: PaperFirm
) -> None:
    coming = make_key(NewKind.ED25519)
    taken = asking.rotate(profile, key, coming)
    assert taken.fingerprint == coming.public.fingerprint_sha256
    assert taken.words == coming.public.words
    assert taken.state is EnrolmentState.APPROVED


def test_no_two_requests_have_the_same_nonce(
    profile: Profile, key: PrivateKey, firm: PaperFirm
) -> None:
    for _ in range(5):
        asking.explain(profile, key)
    assert len({request.nonce for request in firm.requests}) == 5
    assert {request.audience for request in firm.requests} == {firm.url}


def test_a_firm_without_a_web_service_is_not_asked(profile: Profile, key: PrivateKey) -> None:
    with pytest.raises(Refused) as caught:
        asking.explain(replace(profile, help=Help()), key)
    assert (caught.value.code, caught.value.kind.exit) == ("API-NO-HELP", Exit.CONFIGURATION)


def test_the_firms_no_to_a_request_comes_through(
    profile: Profile, key: PrivateKey, firm: PaperFirm
) -> None:
    def no(_: object) -> object:
        raise FirmRefusal(403, "REQUEST-CLOCK", "Your clock is wrong.")

    firm.answers["/api/1/explain"] = no
    with pytest.raises(Refused) as caught:
        asking.explain(profile, key)
    assert caught.value.code == "API-REFUSED"
    assert "REQUEST-CLOCK" in str(caught.value)


@pytest.mark.parametrize("answer", [{}, {"address": "here"}, {"address": 7}])
def test_an_answer_that_breaks_the_contract_is_refused(
    answer: dict[str, Any], firm: PaperFirm, help_at: Help
) -> None:
    firm.answers["/api/1/address"] = lambda _: answer
    with pytest.raises(Refused) as caught:
        enrolling.seen_address(read_endpoint(help_at))
    assert caught.value.code == "API-ANSWER"


def test_each_family_of_addresses_is_asked_by_itself(firm: PaperFirm, help_at: Help) -> None:
    """The firm of paper listens for IPv4 only, so there is one answer."""
    endpoint = read_endpoint(help_at)
    assert enrolling.seen_addresses(endpoint) == ("127.0.0.1",)
    with pytest.raises(Refused):
        enrolling.seen_address(endpoint, Route.DIRECT_V6)


def test_without_any_seen_address_the_reason_is_given(help_at: Help) -> None:
    with pytest.raises(Refused):
        enrolling.seen_addresses(replace(read_endpoint(help_at), port=1))
