"""What strangers send to the HTTPS part: it shuts nobody out, and what they leave is bounded."""

import gzip
from dataclasses import replace
from ipaddress import ip_network

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from django.db import connection
from django.test.utils import CaptureQueriesContext
from strongroom.audit.models import Event
from strongroom.directory import recipients
from strongroom.directory.models import BurntKey, SshKey
from strongroom.login.connections.attempts import Refusal, record_attempt
from strongroom.messages import key_desk
from strongroom.messages.models import Notice
from strongroom.rules.login_causes import Cause
from strongroom_formats.possession import NAMESPACE, Possession
from strongroom_formats.signed_request import Purpose
from strongroom_formats.sshsig_keys import public_key_for, sign_with

from tests.unit.api.firm import HERE, Firm

pytestmark = pytest.mark.django_db
MARK = "-----BEGIN OPENSSH PRIVATE KEY-----"
SUBMISSION, ROTATION = "/api/1/enrolment/submission", "/api/1/rotate"
BOMB = gzip.compress(b'{"kty":"' * 10_000)


def secret_of(key: Ed25519PrivateKey) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()).decode()


def is_in_force(key: Ed25519PrivateKey) -> bool:
    fingerprint = public_key_for(key).fingerprint_sha256
    is_burnt = BurntKey.objects.filter(fingerprint=fingerprint).exists()
    return SshKey.objects.get(fingerprint=fingerprint).state == "active" and not is_burnt


@pytest.mark.req("ATK-35", "KEY-7")
@pytest.mark.parametrize("path", [SUBMISSION, ROTATION])
def test_a_stranger_who_knows_a_public_key_cannot_burn_it(
    firm: Firm, key: Ed25519PrivateKey, path: str
) -> None:
    line = public_key_for(key).openssh_line()
    answer = firm.raw("POST", path, f"{MARK}\n{line}".encode())
    assert answer.status in (400, 403)
    assert is_in_force(key)


@pytest.mark.req("ATK-35", "KEY-7")
def test_an_invitation_burns_no_key_of_another_recipient(
    firm: Firm, key: Ed25519PrivateKey
) -> None:
    body = firm.submission(firm.invite("other"))
    sent = {**body, "client": f"{MARK} {public_key_for(key).openssh_line()}"}
    assert firm.ask("enrolment/submission", sent).code == "E-KEYREG-1"
    assert is_in_force(key)


@pytest.mark.req("KEY-7")
def test_an_invitation_burns_the_recipient_s_own_key(firm: Firm, key: Ed25519PrivateKey) -> None:
    body = firm.submission(firm.invite("fund"))
    sent = {**body, "client": secret_of(key)}
    assert firm.ask("enrolment/submission", sent).code == "E-KEYREG-1"
    assert not is_in_force(key)


@pytest.mark.req("KEY-7")
def test_a_rotation_with_the_old_private_key_inside_burns_it(
    firm: Firm, key: Ed25519PrivateKey
) -> None:
    body = {"ssh_key": secret_of(key), "signature": "x"}
    assert firm.signed(Purpose.ROTATE, key, body).code == "E-KEYREG-1"
    assert not is_in_force(key)


@pytest.mark.req("ATK-35")
def test_a_stranger_who_sends_private_keys_fills_no_table(firm: Firm) -> None:
    codes = [
        firm.raw("POST", SUBMISSION, secret_of(Ed25519PrivateKey.generate()).encode()).code
        for _ in range(13)
    ]
    assert codes == ["E-KEYREG-1"] * 10 + ["ENROL-SLOW"] * 3
    assert Event.objects.filter(verb="key.burnt").count() == 10


@pytest.mark.req("ATK-23", "ATK-35")
@pytest.mark.parametrize("body", [BOMB, b"{}", b'{"code":"x"}', b"\x1f\x8b"])
def test_a_source_has_few_bodies_to_be_searched_without_a_code(firm: Firm, body: bytes) -> None:
    codes = [firm.raw("POST", SUBMISSION, body).code for _ in range(12)]
    assert "ENROL-SLOW" not in codes[:10]
    assert codes[10:] == ["ENROL-SLOW"] * 2


@pytest.mark.req("ATK-23")
def test_what_no_key_signed_is_not_searched(firm: Firm, monkeypatch: pytest.MonkeyPatch) -> None:
    searched: list[bytes] = []
    monkeypatch.setattr("strongroom.api.searching.refuse_private_material", searched.append)
    firm.raw("POST", ROTATION, BOMB)
    firm.signed(Purpose.ROTATE, Ed25519PrivateKey.generate(), {"ssh_key": MARK})
    assert searched == []


@pytest.mark.req("ATK-35")
@pytest.mark.parametrize("made_up", ["1.1.1.1, " * 400, "1.1.1.1," + " " * 4000, "," * 5000])
def test_a_long_chain_does_not_hide_what_the_proxy_adds(firm: Firm, made_up: str) -> None:
    trusting = Firm(
        replace(firm.house, trusted_proxies=(ip_network("10.0.0.0/8"),)), firm.act, "10.0.0.1"
    )
    chain = f"{made_up}203.0.113.5"
    answer = trusting.raw("POST", "/api/1/address", b"{}", HTTP_X_FORWARDED_FOR=chain)
    assert answer.json["address"] == "203.0.113.5"


@pytest.mark.req("ATK-47")
@pytest.mark.parametrize("state", ["pending", "rejected", "revoked"])
def test_a_key_that_was_not_let_in_does_not_learn_where_the_recipient_is(
    firm: Firm, key: Ed25519PrivateKey, state: str
) -> None:
    for network in ("198.51.100.0/24", "203.0.113.5/32"):
        recipients.allow_network("fund", network, act=firm.act())
    there, here = (
        record_attempt(
            Refusal(
                gateway="sftp",
                login="fund",
                address=address,
                client="x",
                cause=Cause.KEY_UNKNOWN,
                offers=(),
            ),
            firm.act(),
        )
        for address in ("203.0.113.5", HERE)
    )
    SshKey.objects.update(state=state)
    told = firm.signed(Purpose.EXPLAIN, key, {"reference": None}).json
    assert told["allowed"] == ["198.51.100.0/24"]
    assert [one["reference"] for one in told["attempts"]] == [here]
    known = firm.signed(Purpose.EXPLAIN, key, {"reference": there}, nonce="cd" * 16).json
    assert [one["reference"] for one in known["attempts"]] == [there]


@pytest.mark.req("ATK-47")
def test_an_enrolment_that_waits_is_not_told_the_allow_list(firm: Firm) -> None:
    recipients.allow_network("fund", "203.0.113.5", act=firm.act())
    ticket = firm.enrol(firm.invite()).json["ticket"]
    assert firm.ask("enrolment/status", {"ticket": ticket}).json["allowed"] == []


def rotation(firm: Firm, old: Ed25519PrivateKey, new: Ed25519PrivateKey, nonce: str) -> str:
    """The state in which the next key is."""
    line = public_key_for(new).openssh_line()
    proof = sign_with(Possession(nonce, "fund", line, None).to_bytes(), new, NAMESPACE).decode()
    body = {"ssh_key": line, "signature": proof}
    return str(firm.signed(Purpose.ROTATE, old, body, nonce=nonce).json["state"])


@pytest.mark.req("KEY-16")
def test_a_key_that_was_turned_down_does_not_let_itself_in(
    firm: Firm, automatic: Firm, key: Ed25519PrivateKey
) -> None:
    new = Ed25519PrivateKey.generate()
    assert rotation(firm, key, new, "cd" * 16) == "pending"
    key_desk.reject_ssh_key("fund", public_key_for(new).fingerprint_sha256, act=firm.act())
    assert rotation(automatic, key, new, "ce" * 16) == "pending"


@pytest.mark.req("KEY-16", "MON-4")
def test_operators_hear_of_a_next_key_before_it_is_used(
    automatic: Firm, key: Ed25519PrivateKey
) -> None:
    new = Ed25519PrivateKey.generate()
    assert rotation(automatic, key, new, "cd" * 16) == "approved"
    [told] = Notice.objects.filter(recipient="", kind="key-offered")
    assert told.facts["words"] == public_key_for(new).words
    assert told.facts["old"] == public_key_for(key).fingerprint_sha256


@pytest.mark.req("ATK-35")
@pytest.mark.django_db(transaction=True)
def test_a_source_that_is_shut_out_takes_no_lock_that_logins_wait_for(firm: Firm) -> None:
    wrong = {"code": "2" * 20}
    codes = [firm.ask("enrolment/bundle", wrong).code for _ in range(10)]
    assert codes == ["ENROL-CODE"] * 10
    with CaptureQueriesContext(connection) as asked:
        assert firm.ask("enrolment/bundle", wrong).code == "ENROL-SLOW"
    assert [one["sql"].split()[0] for one in asked.captured_queries] == ["SELECT"]
