"""Signed requests: by a key on record, for this firm, now, once; and what each purpose does."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import connections
from strongroom.audit.act import Act
from strongroom.audit.models import Event
from strongroom.directory import access, recipients, ssh_keys
from strongroom.directory.gate import look_up_offer
from strongroom.directory.models import BurntKey, SshKey
from strongroom.login.connections import attempts, nonces
from strongroom.login.connections.attempts import Refusal
from strongroom.login.models import Nonce
from strongroom.messages import key_desk
from strongroom.messages.models import Notice
from strongroom.rules import networks
from strongroom.rules.login_advice import ADVICE
from strongroom.rules.login_causes import Cause
from strongroom_formats.document_fields import moment_text
from strongroom_formats.possession import NAMESPACE, Possession
from strongroom_formats.signed_request import Purpose
from strongroom_formats.sshsig_keys import SigningKey, public_key_for, sign_with

from tests.conftest import StillClock
from tests.unit.api.firm import HERE, RULES, Firm

pytestmark = pytest.mark.django_db
NOTHING: dict[str, Any] = {"reference": None}
NONCE = "cd" * 16


def fingerprint(key: SigningKey) -> str:
    return public_key_for(key).fingerprint_sha256


def row_of(key: SigningKey) -> SshKey:
    return SshKey.objects.get(fingerprint=fingerprint(key))


def verbs() -> list[str]:
    return list(Event.objects.order_by("seq").values_list("verb", flat=True))


def test_a_key_on_record_may_ask_why(firm: Firm, key: Ed25519PrivateKey) -> None:
    recipients.allow_network("fund", "198.51.100.0/24", act=firm.act())
    answer = firm.signed(Purpose.EXPLAIN, key, NOTHING)
    assert answer.status == 200
    assert answer.json == {
        "login_state": "enabled",
        "key_state": "active",
        "allowed": ["198.51.100.0/24"],
        "seen_address": HERE,
        "is_seen_address_allowed": True,
        "attempts": [],
    }


def test_the_same_request_is_answered_once(firm: Firm, key: Ed25519PrivateKey) -> None:
    body = firm.request(Purpose.EXPLAIN, key, NOTHING)
    assert firm.ask("explain", body).status == 200
    again = firm.ask("explain", body)
    assert (again.status, again.code) == (403, "REQUEST-REPEATED")


@pytest.mark.django_db(transaction=True)
def test_of_one_request_sent_many_times_at_once_one_is_answered(
    firm: Firm, key: Ed25519PrivateKey
) -> None:
    body = firm.request(Purpose.EXPLAIN, key, NOTHING)

    def ask(number: int) -> str:
        try:
            answer = firm.at(f"203.0.113.{number + 1}").ask("explain", body)
            return "answered" if answer.status == 200 else answer.code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        said = list(pool.map(ask, range(8)))
    assert sorted(said) == ["REQUEST-REPEATED"] * 7 + ["answered"]


def test_nonces_are_kept_for_as_long_as_a_request_could_come_again(
    firm: Firm, key: Ed25519PrivateKey, clock: StillClock
) -> None:
    body = firm.request(Purpose.EXPLAIN, key, NOTHING)
    assert firm.ask("explain", body).status == 200
    clock.advance(seconds=600)
    assert nonces.forget_old_nonces(firm.act()) == 0
    clock.advance(seconds=301)
    assert nonces.forget_old_nonces(firm.act()) == 1
    assert firm.ask("explain", body).code == "REQUEST-CLOCK"
    assert Nonce.objects.count() == 0


@pytest.mark.parametrize(("seconds", "code"), [(300, ""), (301, "REQUEST-CLOCK")])
@pytest.mark.parametrize("sign", [1, -1])
def test_a_clock_that_is_five_minutes_off_is_told_the_time(
    firm: Firm, key: Ed25519PrivateKey, seconds: int, code: str, sign: int
) -> None:
    at = firm.act().at + timedelta(seconds=sign * seconds)
    answer = firm.signed(Purpose.EXPLAIN, key, NOTHING, at=at)
    assert answer.code == code
    if code:
        assert moment_text(firm.act().at) in answer.json["sentence"]


def test_a_request_for_another_firm_or_purpose_is_refused(
    firm: Firm, key: Ed25519PrivateKey
) -> None:
    answer = firm.signed(Purpose.EXPLAIN, key, NOTHING, audience="https://evil.example")
    assert answer.code == "REQUEST-AUDIENCE"
    body = firm.request(Purpose.EXPLAIN, key, {"addresses": ["192.0.2.1"]})
    answer = firm.ask("request-address", body)
    assert (answer.status, answer.code) == (400, "ENROL-BODY")
    assert Notice.objects.filter(kind="address-asked").count() == 0


@pytest.mark.req("ATK-21")
def test_strangers_hear_the_same_whatever_is_wrong(firm: Firm, key: Ed25519PrivateKey) -> None:
    stranger, other = Ed25519PrivateKey.generate(), firm.enrolled("other")
    said = [
        firm.signed(Purpose.EXPLAIN, stranger, NOTHING),
        firm.signed(Purpose.EXPLAIN, stranger, NOTHING, login="nobody"),
        firm.signed(Purpose.EXPLAIN, other, NOTHING),
        firm.signed(Purpose.EXPLAIN, key, NOTHING, login="other"),
        firm.signed(Purpose.EXPLAIN, stranger, NOTHING, at=firm.act().at - timedelta(days=1)),
    ]
    assert {(answer.status, answer.body) for answer in said} == {(403, said[0].body)}
    assert said[0].code == "REQUEST-REFUSED"
    body = firm.request(Purpose.EXPLAIN, key, NOTHING)
    changed = body["request"].replace('"login":"fund"', '"login":"funf"')
    assert firm.ask("explain", {**body, "request": changed}).body == said[0].body
    assert Nonce.objects.count() == 0, "strangers fill no table"


def test_signatures_for_another_namespace_are_refused(firm: Firm, key: Ed25519PrivateKey) -> None:
    body = firm.request(Purpose.EXPLAIN, key, NOTHING)
    wrong = sign_with(body["request"].encode(), key, NAMESPACE).decode()
    assert firm.ask("explain", {**body, "signature": wrong}).code == "REQUEST-REFUSED"


@pytest.mark.req("ATK-41", "ATK-43")
@pytest.mark.parametrize("state", ["pending", "rejected", "revoked", "expired"])
def test_a_key_that_is_not_in_force_may_ask_why_and_nothing_else(
    firm: Firm, key: Ed25519PrivateKey, state: str
) -> None:
    SshKey.objects.update(state=state)
    told = firm.signed(Purpose.EXPLAIN, key, NOTHING)
    assert told.json["key_state"] == state
    for purpose in (Purpose.ACKNOWLEDGE, Purpose.ROTATE, Purpose.REQUEST_ADDRESS):
        answer = firm.signed(purpose, key, {}, nonce=uuid.uuid4().hex)
        assert answer.code == "REQUEST-REFUSED"


@pytest.mark.req("ATK-41")
def test_a_key_whose_time_is_over_is_expired_at_once(
    firm: Firm, key: Ed25519PrivateKey, clock: StillClock
) -> None:
    SshKey.objects.update(expires_at=clock.now())
    assert firm.signed(Purpose.EXPLAIN, key, NOTHING).json["key_state"] == "expired"
    body = {"addresses": ["192.0.2.1"]}
    assert firm.signed(Purpose.REQUEST_ADDRESS, key, body).code == "REQUEST-REFUSED"


@pytest.mark.req("ATK-38")
def test_a_burnt_key_may_ask_nothing(firm: Firm, key: Ed25519PrivateKey) -> None:
    BurntKey.objects.create(fingerprint=fingerprint(key), burnt_at=firm.act().at, reason="x")
    assert firm.signed(Purpose.EXPLAIN, key, NOTHING).code == "REQUEST-REFUSED"


@pytest.mark.req("ATK-43")
def test_a_disabled_login_is_told_so_and_may_do_nothing(firm: Firm, key: Ed25519PrivateKey) -> None:
    recipients.disable("fund", act=firm.act())
    assert firm.signed(Purpose.EXPLAIN, key, NOTHING).json["login_state"] == "disabled"
    body = {"addresses": ["192.0.2.1"]}
    asked = firm.signed(Purpose.REQUEST_ADDRESS, key, body, nonce=NONCE)
    assert asked.code == "REQUEST-REFUSED"


@pytest.mark.req("ATK-35")
def test_strange_signatures_shut_their_source(firm: Firm) -> None:
    stranger = Ed25519PrivateKey.generate()
    codes = [firm.signed(Purpose.EXPLAIN, stranger, NOTHING).code for _ in range(22)]
    assert codes == ["REQUEST-REFUSED"] * 20 + ["ENROL-SLOW"] * 2


# Explanations


def attempt(firm: Firm, cause: Cause, **changes: Any) -> str:
    facts: dict[str, Any] = {
        "gateway": "sftp",
        "login": "fund",
        "address": HERE,
        "client": "x",
        "cause": cause,
        "offers": ({"fingerprint": "SHA256:abc", "cause": ""},),
        **changes,
    }
    return attempts.record_attempt(Refusal(**facts), firm.act())


@pytest.mark.req("SFTP-4", "SFTP-5")
def test_each_cause_is_explained_in_both_languages(firm: Firm, key: Ed25519PrivateKey) -> None:
    reference = attempt(firm, Cause.KEY_PENDING)
    [told] = firm.signed(Purpose.EXPLAIN, key, NOTHING).json["attempts"]
    assert told["reference"] == reference
    assert (told["cause"], told["count"], told["address"]) == ("key-pending", 1, HERE)
    assert told["fingerprints"] == ["SHA256:abc"]
    assert told["explanation"] == ADVICE[Cause.KEY_PENDING].english
    firm.language = "ja"
    typed = reference.lower().replace("-", "")
    asked = firm.signed(Purpose.EXPLAIN, key, {"reference": typed}, nonce=NONCE)
    [told] = asked.json["attempts"]
    assert told["explanation"] == ADVICE[Cause.KEY_PENDING].japanese
    asked = firm.signed(Purpose.EXPLAIN, key, {"reference": "ZZZZ-99"}, nonce="ef" * 16)
    assert asked.json["attempts"] == []


@pytest.mark.req("ATK-47")
def test_nothing_is_told_of_other_recipients(firm: Firm, key: Ed25519PrivateKey) -> None:
    attempt(firm, Cause.KEY_FOREIGN)
    attempt(firm, Cause.ADDRESS_OF_ANOTHER)
    attempt(firm, Cause.KEY_UNKNOWN, login="other")
    attempt(firm, Cause.ADDRESS_UNLISTED, login="", address="203.0.113.9")
    attempt(firm, Cause.ADDRESS_UNLISTED, login="")
    told = firm.signed(Purpose.EXPLAIN, key, NOTHING).json["attempts"]
    causes = sorted(one["cause"] for one in told)
    assert causes == ["address-unlisted", "address-unlisted", "key-unknown"]
    assert {one["address"] for one in told} == {HERE}


def test_twenty_attempts_are_told_the_newest_first(
    firm: Firm, key: Ed25519PrivateKey, clock: StillClock
) -> None:
    for number in range(25):
        clock.advance(minutes=1)
        newest = attempt(firm, Cause.KEY_UNKNOWN, address=f"203.0.113.{number}")
    told = firm.signed(Purpose.EXPLAIN, key, NOTHING).json["attempts"]
    assert len(told) == 20
    assert told[0]["reference"] == newest


def test_every_cause_has_its_advice() -> None:
    shown = {*Cause} - {Cause.KEY_FOREIGN, Cause.ADDRESS_OF_ANOTHER}
    assert ADVICE.keys() == shown
    assert all(one.english.isascii() and not one.japanese.isascii() for one in ADVICE.values())


# Other addresses


@pytest.mark.req("KEY-12", "IPR-9")
def test_a_wish_for_addresses_reaches_the_operators_and_the_recipient(
    firm: Firm, key: Ed25519PrivateKey
) -> None:
    body = {"addresses": ["192.0.2.1", "2001:db8::/64"]}
    assert firm.signed(Purpose.REQUEST_ADDRESS, key, body).json == {"state": "pending"}
    for reader in ("fund", ""):
        [told] = Notice.objects.filter(recipient=reader, kind="address-asked")
        assert told.facts["addresses"] == "192.0.2.1/32, 2001:db8::/64"
    assert "address.asked" in verbs()
    assert recipients.find_recipient("fund").networks.count() == 0
    nothing = firm.signed(Purpose.REQUEST_ADDRESS, key, {"addresses": []}, nonce=NONCE)
    assert nothing.code == "ENROL-BODY"


# Rotation


def rotation(firm: Firm, old: SigningKey, new: SigningKey, **changes: Any) -> Any:
    line = public_key_for(new).openssh_line()
    proof = Possession(changes.get("nonce", NONCE), "fund", line, None).to_bytes()
    body = {"ssh_key": line, "signature": sign_with(proof, new, NAMESPACE).decode()}
    return firm.signed(
        Purpose.ROTATE, old, {**body, **changes.pop("body", {})}, **{"nonce": NONCE, **changes}
    )


def enter(firm: Firm, key: SigningKey) -> None:
    known = look_up_offer("fund", fingerprint(key), networks.candidates(HERE)).key
    assert known is not None
    key_desk.note_use(known, login="fund", address=HERE, act=Act("recipient:fund", firm.act().at))


@pytest.mark.req("KEY-16")
def test_the_old_key_ends_at_the_first_success_of_the_new_one(
    firm: Firm, key: Ed25519PrivateKey
) -> None:
    new = Ed25519PrivateKey.generate()
    answer = rotation(firm, key, new)
    assert answer.json == {
        "fingerprint": fingerprint(new),
        "words": public_key_for(new).words,
        "state": "pending",
    }
    enter(firm, key)
    key_desk.approve_ssh_key("fund", fingerprint(new), rules=RULES, act=firm.act())
    enter(firm, key)
    assert [row_of(one).state for one in (key, new)] == ["active", "active"]
    ticks = access.ticks()
    enter(firm, new)
    assert [row_of(one).state for one in (key, new)] == ["revoked", "active"]
    assert access.ticks() > ticks, "open sessions of the old key are looked at again"
    assert verbs()[-2:] == ["key.first-used", "key.replaced"]
    for reader in ("fund", ""):
        [told] = Notice.objects.filter(recipient=reader, kind="key-replaced")
        assert told.facts["old"] == fingerprint(key)
    enter(firm, new)
    assert verbs().count("key.replaced") == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.req("KEY-16")
def test_two_first_sessions_at_once_end_the_old_key_once(
    firm: Firm, key: Ed25519PrivateKey
) -> None:
    new = Ed25519PrivateKey.generate()
    rotation(firm, key, new)
    key_desk.approve_ssh_key("fund", fingerprint(new), rules=RULES, act=firm.act())

    def visit(_: int) -> None:
        try:
            enter(firm, new)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(visit, range(4)))
    assert verbs().count("key.replaced") == verbs().count("key.first-used") == 2 - 1
    assert row_of(key).state == "revoked"


@pytest.mark.req("KEY-16")
def test_a_rotation_is_approved_at_once_where_the_firm_allows_that(
    automatic: Firm, key: Ed25519PrivateKey
) -> None:
    new = Ed25519PrivateKey.generate()
    assert rotation(automatic, key, new).json["state"] == "approved"
    assert row_of(new).replaces == row_of(key)


def test_a_rotation_needs_the_new_key_s_own_signature(firm: Firm, key: Ed25519PrivateKey) -> None:
    new, stranger = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    line = public_key_for(stranger).openssh_line()
    assert rotation(firm, key, new, body={"ssh_key": line}).code == "ENROL-SIGNATURE"
    assert rotation(firm, stranger, new).code == "REQUEST-REFUSED"
    assert SshKey.objects.count() == 1


def test_the_key_that_is_rotated_cannot_replace_itself(firm: Firm, key: Ed25519PrivateKey) -> None:
    assert rotation(firm, key, key).code == "KEY-HERE-ALREADY"


def test_the_ways_of_keys_need_no_notices_of_their_own(firm: Firm) -> None:
    # The directory's verb alone tells what ended; who calls it posts.
    old, new = firm.enrolled("fund"), Ed25519PrivateKey.generate()
    rotation(firm, old, new)
    SshKey.objects.filter(fingerprint=fingerprint(new)).update(state="active")
    known = look_up_offer("fund", fingerprint(new), networks.candidates(HERE)).key
    assert known is not None
    ended = ssh_keys.note_use(known, login="fund", address=HERE, act=firm.act())
    assert ended is not None
    assert ended.fingerprint == fingerprint(old)
    assert ssh_keys.note_use(known, login="fund", address=HERE, act=firm.act()) is None
    later = replace(known, is_first_use=False)
    assert ssh_keys.note_use(later, login="fund", address=HERE, act=firm.act()) is None
