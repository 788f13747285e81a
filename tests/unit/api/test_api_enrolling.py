"""Enrolment over HTTPS: a code opens one submission, proved before anything is kept."""

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from django.db import connection
from strongroom.audit.models import Event
from strongroom.directory import invitations, recipients
from strongroom.directory.models import BurntKey, Invitation, PgpKey, PgpPolicy, SshKey
from strongroom.directory.pgp_keys import PgpSubmission
from strongroom.messages import enrolment_desk, key_desk
from strongroom.messages.models import Notice
from strongroom.rules import refusals
from strongroom.rules.refusals import Refused
from strongroom_formats.bundle import PgpChoice
from strongroom_formats.sshsig_keys import SigningKey, public_key_for

from tests.conftest import StillClock
from tests.unit.api.firm import HERE, Firm
from tests.unit.directory.keys import fresh_tsk

pytestmark = pytest.mark.django_db


def verbs() -> list[str]:
    return list(Event.objects.order_by("seq").values_list("verb", flat=True))


def certificate() -> str:
    return str(fresh_tsk().extract_certificate())


def kinds(recipient: str) -> list[str]:
    rows = Notice.objects.filter(recipient=recipient).order_by("created_at", "kind")
    return list(rows.values_list("kind", flat=True))


def test_a_code_gives_all_that_a_first_connection_needs(firm: Firm) -> None:
    bundle = firm.bundle(firm.invite())
    assert (bundle.login, bundle.host, bundle.port) == ("fund", "sftp.example.com", 32)
    assert (bundle.pgp, bundle.accounts, bundle.seen_address) == (PgpChoice.OFF, ("4567",), HERE)
    assert bundle.calendar.expected_by == "18:30"
    assert bundle.api == firm.house.url
    assert len(bundle.challenge) == 64


def test_looking_at_the_bundle_uses_nothing_up_and_is_recorded_once(firm: Firm) -> None:
    code = firm.invite()
    assert firm.bundle(code) == firm.bundle(code.lower().replace("-", " "))
    assert verbs().count("invitation.opened") == 1


@pytest.mark.req("KEY-9", "KEY-12")
def test_a_submission_waits_for_an_operator_who_sees_what_the_recipient_sees(firm: Firm) -> None:
    key = Ed25519PrivateKey.generate()
    answer = firm.enrol(firm.invite(), key=key, addresses=["198.51.100.7", "203.0.113.0/24"])
    assert answer.status == 200
    assert answer.json["state"] == "pending"
    assert answer.json["words"] == public_key_for(key).words
    assert answer.json["seen_address"] == HERE
    row = SshKey.objects.get(fingerprint=answer.json["fingerprint"])
    assert (row.state, row.is_possession_proved, row.submitted_by) == (
        "pending", True, "recipient:fund",
    )  # fmt: skip
    [brought] = Invitation.objects.all()
    assert brought.proposed == ["198.51.100.7/32", "203.0.113.0/24"]
    assert kinds("") == ["enrolment"]
    assert kinds("fund") == ["invited", "key-received"]
    [told] = Notice.objects.filter(recipient="")
    assert answer.json["words"] in told.facts["words"]
    assert recipients.find_recipient("fund").networks.count() == 0


KINDS: list[Callable[[], SigningKey]] = [
    lambda: rsa.generate_private_key(65_537, 3072),
    lambda: ec.generate_private_key(ec.SECP384R1()),
]


@pytest.mark.req("KEY-5")
@pytest.mark.parametrize("make", KINDS)
def test_other_kinds_of_keys_prove_themselves_too(
    firm: Firm, make: Callable[[], SigningKey]
) -> None:
    assert firm.enrol(firm.invite(), key=make()).status == 200


def test_the_status_follows_the_decision(firm: Firm) -> None:
    sent = firm.enrol(firm.invite()).json
    asked = firm.ask("enrolment/status", {"ticket": sent["ticket"]}).json
    assert (asked["state"], asked["allowed"]) == ("pending", [])
    assert "five words" in asked["sentence"]
    rules = firm.house.rules.desk
    key_desk.approve_ssh_key("fund", sent["fingerprint"], rules=rules, act=firm.act())
    recipients.allow_network("fund", HERE, act=firm.act())
    asked = firm.ask("enrolment/status", {"ticket": sent["ticket"]}).json
    assert (asked["state"], asked["allowed"]) == ("approved", [f"{HERE}/32"])
    key_desk.revoke_ssh_key("fund", sent["fingerprint"], act=firm.act())
    firm.language = "ja"
    asked = firm.ask("enrolment/status", {"ticket": sent["ticket"]}).json
    assert asked["state"] == "expired"
    assert "招待状" in asked["sentence"]


def test_a_rejected_key_is_told_so(firm: Firm) -> None:
    sent = firm.enrol(firm.invite()).json
    key_desk.reject_ssh_key("fund", sent["fingerprint"], act=firm.act())
    assert firm.ask("enrolment/status", {"ticket": sent["ticket"]}).json["state"] == "rejected"


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("en", 'The firm did not approve your keys. Its reason: "Not your {words}.\\u000aSorry".'),
        ("ja", "鍵は承認されませんでした。理由:「Not your {words}.\\u000aSorry」。"),
    ],
    ids=["en", "ja"],
)
def test_who_was_turned_down_is_told_the_reason_on_one_line(
    firm: Firm, language: str, told: str
) -> None:
    recipients.set_encryption("fund", PgpPolicy.REQUIRED, act=firm.act())
    sent = firm.enrol(firm.invite(), pgp_certificate=certificate()).json
    reason = " Not your {words}.\nSorry "
    both = enrolment_desk.reject_keys("fund", sent["fingerprint"], reason=reason, act=firm.act())
    assert [key and key.state for key in both] == ["rejected", "rejected"]
    firm.language = language
    asked = firm.ask("enrolment/status", {"ticket": sent["ticket"]}).json
    assert (asked["state"], asked["sentence"]) == ("rejected", told)
    notices = Notice.objects.filter(recipient="fund", kind="key-rejected")
    assert [row.facts["reason"] for row in notices] == ["Not your {words}.\\u000aSorry"] * 2
    events = Event.objects.filter(verb__in=["key.rejected", "pgp-key.rejected"])
    assert ["Not your {words}." in event.record for event in events] == [True, True]


def test_a_certificate_that_was_decided_on_stays_when_the_ssh_key_is_turned_down(
    firm: Firm,
) -> None:
    sent = firm.enrol(firm.invite(), pgp_certificate=certificate()).json
    found = (sent["pgp_fingerprint"], firm.house.rules.desk)
    key_desk.approve_certificate("fund", found[0], rules=found[1], act=firm.act())
    _, left = enrolment_desk.reject_keys(
        "fund", sent["fingerprint"], reason="x" * 500, act=firm.act()
    )
    assert left is None
    assert PgpKey.objects.get().state == "active"
    assert len(SshKey.objects.get().reason) == 200


def test_neither_code_nor_ticket_is_kept(firm: Firm) -> None:
    code = firm.invite()
    ticket = firm.enrol(code).json["ticket"]
    assert len(ticket) == 32
    kept = repr(list(Invitation.objects.values())) + repr(list(Notice.objects.values()))
    kept += repr(list(Event.objects.values()))
    assert code not in kept
    assert ticket not in kept


def test_a_code_is_good_for_one_submission(firm: Firm) -> None:
    code = firm.invite()
    body, other = firm.submission(code), firm.submission(code)
    assert firm.ask("enrolment/submission", body).status == 200
    again = firm.ask("enrolment/submission", other)
    assert (again.status, again.code) == (403, "ENROL-USED")
    assert firm.ask("enrolment/bundle", {"code": code}).code == "ENROL-USED"
    assert SshKey.objects.count() == 1


def test_the_same_submission_again_gets_a_fresh_ticket_and_stores_nothing(firm: Firm) -> None:
    recipients.set_encryption("fund", PgpPolicy.REQUIRED, act=firm.act())
    code = firm.invite()
    body = firm.submission(code, pgp_certificate=certificate())
    first = firm.ask("enrolment/submission", body).json
    told = Notice.objects.count()
    again = firm.ask("enrolment/submission", body)
    assert again.status == 200
    assert again.json["ticket"] != first["ticket"]
    assert {**again.json, "ticket": ""} == {**first, "ticket": ""}
    assert (SshKey.objects.count(), PgpKey.objects.count()) == (1, 1)
    assert Notice.objects.count() == told
    assert verbs()[-1] == "invitation.repeated"
    state = firm.ask("enrolment/status", {"ticket": again.json["ticket"]}).json["state"]
    assert state == "pending"
    assert firm.ask("enrolment/status", {"ticket": first["ticket"]}).code == "ENROL-TICKET"


@pytest.mark.parametrize("change", ["certificate", "signature", "time", "revoked"])
def test_what_is_not_the_same_submission_gets_no_second_ticket(
    firm: Firm, clock: StillClock, change: str
) -> None:
    code, key = firm.invite(valid=timedelta(days=1)), Ed25519PrivateKey.generate()
    body = firm.submission(code, key=key)
    another = firm.submission(code, key=key, pgp_certificate=certificate())
    ticket = firm.ask("enrolment/submission", body).json["ticket"]
    if change == "certificate":
        body = another
    elif change == "signature":
        body["signature"] = firm.submission(firm.invite(), key=key)["signature"]
    elif change == "time":
        clock.advance(days=2)
    else:
        recipients.disable("fund", act=firm.act())
    refused = firm.ask("enrolment/submission", body)
    expected = {"signature": "ENROL-SIGNATURE", "revoked": "ENROL-REVOKED"}
    assert refused.code == expected.get(change, "ENROL-USED")
    assert firm.ask("enrolment/status", {"ticket": ticket}).status == 200
    assert PgpKey.objects.count() == 0


def test_a_code_ends_with_its_time(firm: Firm, clock: StillClock) -> None:
    code = firm.invite(valid=timedelta(days=1))
    body = firm.submission(code)
    clock.advance(days=1)
    assert firm.ask("enrolment/submission", body).code == "ENROL-EXPIRED"
    assert firm.ask("enrolment/bundle", {"code": code}).code == "ENROL-EXPIRED"


@pytest.mark.req("ATK-43")
def test_a_code_that_was_taken_back_or_of_a_disabled_login_opens_nothing(firm: Firm) -> None:
    code, other = firm.invite(), firm.invite("other")
    assert invitations.revoke_invitations("fund", act=firm.act()) == 1
    assert invitations.revoke_invitations("fund", act=firm.act()) == 0
    assert firm.ask("enrolment/bundle", {"code": code}).code == "ENROL-REVOKED"
    recipients.disable("other", act=firm.act())
    assert firm.ask("enrolment/bundle", {"code": other}).code == "ENROL-REVOKED"
    assert "invitation.revoked" in verbs()


def test_a_signature_by_another_key_keeps_nothing_and_costs_no_code(firm: Firm) -> None:
    code = firm.invite()
    line = public_key_for(Ed25519PrivateKey.generate()).openssh_line()
    wrong = firm.enrol(code, ssh_key=line)
    assert (wrong.status, wrong.code) == (403, "ENROL-SIGNATURE")
    assert SshKey.objects.count() == 0
    assert firm.enrol(code).status == 200


@pytest.mark.parametrize("field", ["pgp_certificate", "ssh_key", "challenge"])
def test_a_proof_binds_everything_that_is_sent(firm: Firm, field: str) -> None:
    code = firm.invite()
    body = firm.submission(code)
    other = {
        "pgp_certificate": certificate(),
        "ssh_key": body["ssh_key"].replace("me@office", "me@home"),
        "challenge": "0" * 64,
    }[field]
    answer = firm.ask("enrolment/submission", {**body, field: other})
    assert answer.code in {"ENROL-SIGNATURE", "ENROL-CHALLENGE"}
    assert (SshKey.objects.count(), PgpKey.objects.count()) == (0, 0)


def test_a_proof_for_another_login_is_worth_nothing(firm: Firm) -> None:
    body = firm.submission(firm.invite("other"))
    code = firm.invite("fund")
    challenge = firm.bundle(code).challenge
    answer = firm.ask("enrolment/submission", {**body, "code": code, "challenge": challenge})
    assert answer.code == "ENROL-SIGNATURE"


@pytest.mark.req("KEY-7", "ATK-37")
def test_a_private_key_anywhere_in_a_submission_burns_the_pair(firm: Firm) -> None:
    key = Ed25519PrivateKey.generate()
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()).decode()
    code = firm.invite()
    body = firm.submission(code, key=key)
    for field in ("pgp_certificate", "client", "signature"):
        answer = firm.ask("enrolment/submission", {**body, field: secret})
        assert (answer.status, answer.code) == (403, "E-KEYREG-1")
    assert BurntKey.objects.filter(fingerprint=public_key_for(key).fingerprint_sha256).exists()
    assert firm.ask("enrolment/submission", body).code == "KEY-BURNT"
    assert SshKey.objects.count() == 0


@pytest.mark.req("KEY-7")
def test_whoever_finds_a_used_code_ends_no_key_on_record(firm: Firm) -> None:
    code, key = firm.invite(), Ed25519PrivateKey.generate()
    body = firm.submission(code, key=key)
    assert firm.ask("enrolment/submission", body).status == 200
    private = key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()).decode()
    assert firm.ask("enrolment/submission", {**body, "client": private}).code == "E-KEYREG-1"
    assert SshKey.objects.get().state == "pending"
    assert BurntKey.objects.count() == 0


@pytest.mark.req("KEY-7")
def test_a_private_key_instead_of_a_request_is_burnt_even_with_a_wrong_code(firm: Firm) -> None:
    key = Ed25519PrivateKey.generate()
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
    answer = firm.raw("POST", "/api/1/enrolment/submission", secret)
    assert answer.code == "E-KEYREG-1"
    assert BurntKey.objects.filter(fingerprint=public_key_for(key).fingerprint_sha256).exists()


@pytest.mark.req("ATK-38", "KEY-5")
def test_weak_and_foreign_keys_are_refused_as_at_the_key_desk(firm: Firm) -> None:
    small = rsa.generate_private_key(65_537, 1024)
    assert firm.enrol(firm.invite(), key=small).code == "KEY-SHORT"
    key = Ed25519PrivateKey.generate()
    assert firm.enrol(firm.invite("other"), key=key).status == 200
    code = firm.invite()
    assert firm.enrol(code, key=key).code == "KEY-FOREIGN"
    assert firm.enrol(code).status == 200, "what was refused has used nothing up"


@pytest.mark.req("ATK-39")
def test_of_a_line_with_options_only_the_key_is_kept(firm: Firm) -> None:
    key = Ed25519PrivateKey.generate()
    line = f'command="/bin/sh" {public_key_for(key).openssh_line("x")}'
    assert firm.enrol(firm.invite(), key=key, ssh_key=line).status == 200
    [row] = SshKey.objects.all()
    assert "command" not in row.blob + row.label


@pytest.mark.req("KEY-17", "DEL-4")
def test_where_statements_are_encrypted_a_certificate_has_to_come_along(firm: Firm) -> None:
    recipients.set_encryption("fund", PgpPolicy.REQUIRED, act=firm.act())
    code = firm.invite()
    assert firm.enrol(code).code == "ENROL-PGP-MISSING"
    armoured = certificate()
    answer = firm.enrol(code, pgp_certificate=armoured)
    assert answer.status == 200, answer.body
    [row] = PgpKey.objects.all()
    assert answer.json["pgp_fingerprint"] == row.fingerprint
    assert row.state == "pending"
    assert answer.json["state"] == "pending"


@pytest.mark.req("KEY-7")
def test_a_secret_pgp_key_is_burnt_and_nothing_is_kept(firm: Firm) -> None:
    secret = str(fresh_tsk())
    answer = firm.enrol(firm.invite(), pgp_certificate=secret)
    assert answer.code == "E-KEYREG-1"
    assert BurntKey.objects.count() > 0
    assert PgpKey.objects.count() == SshKey.objects.count() == 0


@pytest.mark.req("KEY-7")
def test_what_only_the_reader_of_certificates_finds_is_burnt_as_well(firm: Firm) -> None:
    def found(_: bytes) -> PgpSubmission:
        raise refusals.KEY_PRIVATE.because(kinds="x", fingerprints=(), certificates=("ABC",))

    strict = Firm(replace(firm.house, read_certificate=found), firm.act)
    assert strict.enrol(strict.invite(), pgp_certificate=certificate()).code == "E-KEYREG-1"
    assert BurntKey.objects.filter(fingerprint="ABC").exists()
    assert SshKey.objects.count() == 0


@pytest.mark.parametrize("wrong", ["10.0.0.300", "any", "0.0.0.0/0", "224.0.0.1", "x" * 65])
def test_addresses_that_cannot_stand_on_a_list_are_refused(firm: Firm, wrong: str) -> None:
    code = firm.invite()
    answer = firm.enrol(code, addresses=[wrong])
    assert answer.status in (400, 422)
    assert answer.code.startswith(("NETWORK-", "ENROL-BODY"))
    assert firm.enrol(code).status == 200


def test_an_automatic_invitation_needs_the_firm_s_leave(firm: Firm) -> None:
    assert firm.enrol(firm.invite(is_automatic=True)).json["state"] == "pending"


def test_an_automatic_invitation_lets_keys_and_address_in_at_once(automatic: Firm) -> None:
    assert automatic.enrol(automatic.invite()).json["state"] == "pending"
    armoured = certificate()
    sent = automatic.enrol(automatic.invite(is_automatic=True), pgp_certificate=armoured).json
    assert sent["state"] == "approved"
    asked = automatic.ask("enrolment/status", {"ticket": sent["ticket"]}).json
    assert asked["allowed"] == [f"{HERE}/32"]
    assert PgpKey.objects.get().state == "active"
    assert "address-allowed" in kinds("fund")


def test_what_a_kill_left_undone_is_approved_at_the_next_question(automatic: Firm) -> None:
    sent = automatic.enrol(automatic.invite(is_automatic=True)).json
    SshKey.objects.update(state="pending")
    asked = automatic.ask("enrolment/status", {"ticket": sent["ticket"]}).json
    assert asked["state"] == "approved"


def test_an_address_that_cannot_be_listed_does_not_stop_the_approval(automatic: Firm) -> None:
    automatic.address = "10.0.0.9"
    sent = automatic.enrol(automatic.invite(is_automatic=True)).json
    assert sent["state"] == "approved"
    assert automatic.ask("enrolment/status", {"ticket": sent["ticket"]}).json["allowed"] == []


def test_an_invitation_is_of_sixty_days_at_most_and_of_twenty_at_a_time(firm: Firm) -> None:
    for wrong in (timedelta(0), timedelta(days=61)):
        with pytest.raises(Refused, match="1 to 60 days"):
            firm.invite(valid=wrong)
    for _ in range(20):
        firm.invite()
    with pytest.raises(Refused, match="20 invitations"):
        firm.invite()
    with pytest.raises(Refused) as no:
        firm.invite("nobody")
    assert no.value.code == "RECIPIENT-UNKNOWN"


@pytest.mark.req("ATK-69")
def test_nothing_secret_stands_in_the_log(firm: Firm, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    code = firm.invite()
    sent = firm.enrol(code).json
    firm.ask("enrolment/status", {"ticket": sent["ticket"]})
    firm.ask("enrolment/submission", {"code": code})
    for secret in (code, sent["ticket"]):
        assert secret not in "\n".join(
            line for line in caplog.text.splitlines() if "django.db" not in line
        )


def test_the_database_is_asked_a_bounded_number_of_times(
    firm: Firm, django_assert_max_num_queries: Callable[..., object]
) -> None:
    code = firm.invite()
    with django_assert_max_num_queries(30, connection=connection):  # type: ignore[attr-defined]
        firm.bundle(code)


def test_the_house_s_rules_are_those_of_the_key_desk(firm: Firm) -> None:
    strict = firm.with_rules(desk=replace(firm.house.rules.desk, keys_per_recipient=1))
    assert strict.enrol(strict.invite()).status == 200
    code = strict.invite()
    refused = strict.enrol(code)
    assert refused.code == "KEY-TOO-MANY"
    assert strict.bundle(code).login == "fund"
