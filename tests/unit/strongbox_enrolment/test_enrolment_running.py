"""Enrolment against a firm of paper: what is sent, what is kept, and how it can end."""

import base64
import re
import stat
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from strongbox.enrolment import keeping, naming, progress, running, waiting
from strongbox.enrolment.ports import Step
from strongbox.enrolment.progress import Stage
from strongbox.enrolment.running import Enrolled, Wish, begin, go_on
from strongbox.keys.files import read_key_file, write_key_file
from strongbox.keys.making import NewKind, make_key
from strongbox.keys.reading import KeyFormat
from strongbox.keys.writing import write_private
from strongbox.opening.opener import Opened, Verdict
from strongbox.profiles import files
from strongbox.profiles.box import Box
from strongbox.profiles.profile import Profile
from strongbox.refusal import Exit, Refused
from strongroom_formats.bundle import PgpChoice
from strongroom_formats.private_material import find_private
from strongroom_formats.sshsig_envelope import SignatureInvalid

from tests.unit.strongbox_enrolment.paper_firm import FirmRefusal, PaperFirm, Raw
from tests.unit.strongbox_enrolment.persons import TestPerson, enrol

pytestmark = pytest.mark.usefixtures("proved", "asked_kinds")

OPENED = Opened(Verdict.CLEAR, None, 100, "0" * 64)


def refused(box: Box, firm: PaperFirm, person: TestPerson | None = None, **wish: Any) -> Refused:
    """The refusal that a run ends with."""
    with pytest.raises(Refused) as caught:
        enrol(box, firm, person or TestPerson(), **wish)
    assert str(caught.value)
    return caught.value


@pytest.mark.req("KEY-1", "KEY-5", "KEY-13", "KEY-14")
def test_an_invitation_becomes_a_profile_that_was_proved(
    box: Box, firm: PaperFirm, proved: list[Profile], asked_kinds: list[NewKind]
) -> None:
    person = TestPerson()
    enrolled = enrol(box, firm, person)
    profile = files.load(box, "")
    assert enrolled == Enrolled(profile, OPENED)
    assert proved == [profile]
    assert (profile.name, profile.firm) == ("paper-co", "Paper & Co.")
    assert (profile.host, profile.port, profile.login) == ("127.0.0.1", 32, "river-fund")
    assert profile.host_keys == firm.bundle.host_keys
    assert profile.sender.signers == firm.bundle.signers
    assert profile.calendar.expected_by == "18:30"
    assert (profile.help.url, profile.help.pin) == (firm.url, firm.pin)
    assert profile.keys.secret == "none"
    key = read_key_file(profile.keys.ssh, lambda: b"")
    assert asked_kinds == [NewKind.RSA_3072]
    assert person.facts(Step.SENT)["words"] == key.public.words
    assert firm.keys == [key.public]
    assert firm.submissions[0]["addresses"] == ["127.0.0.1"]
    assert person.steps[:2] == [Step.INVITED, Step.KEY_MADE]
    assert progress.waiting(box) == []


def test_private_files_are_for_the_owner_alone(box: Box, firm: PaperFirm) -> None:
    modes = []

    def look(step: Step) -> None:
        if step is Step.WAITING:
            modes.append(stat.S_IMODE(progress.path_of(box, "paper-co").stat().st_mode))

    profile = enrol(box, firm, TestPerson(at=look), is_pgp_wanted=True).profile
    for path in (profile.keys.ssh, *profile.keys.pgp):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert modes == [0o600]


@pytest.mark.req("KEY-1", "KEY-7", "MAIL-2")
@pytest.mark.parametrize("has_passphrase", [False, True])
def test_no_byte_of_a_private_key_is_ever_sent(
    has_passphrase: bool,
    box: Box,
    firm: PaperFirm,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(keeping, "make_key", lambda _, login: make_key(NewKind.RSA_2048, login))
    secret = "none"
    if has_passphrase:
        write_key_file(tmp_path / "word", b"correct horse\n")
        secret = f"file:{tmp_path / 'word'}"
    person = TestPerson()
    wish = Wish(secret=secret, is_pgp_wanted=True)
    profile = go_on(box, begin(box, firm.invitation, wish, person), person, seconds=5).profile
    sent = bytes(firm.received)
    assert len(sent) > 1000
    assert list(find_private(sent)) == []
    assert b"correct horse" not in sent
    key = read_key_file(profile.keys.ssh, lambda: b"correct horse").private
    assert isinstance(key, RSAPrivateKey)
    numbers = key.private_numbers()
    secrets_ = [numbers.d, numbers.p, numbers.q, numbers.dmp1, numbers.dmq1, numbers.iqmp]
    for number in secrets_:
        for spelling in spellings(number.to_bytes((number.bit_length() + 7) // 8, "big")):
            assert spelling not in sent
    public = public_parts(profile, firm)
    for path in (profile.keys.ssh, *profile.keys.pgp):
        lines = [line for line in path.read_bytes().split() if len(line) > 40]
        assert len(lines) > 5
        assert [line for line in lines if line in sent and line not in public] == []


def public_parts(profile: Profile, firm: PaperFirm) -> bytes:
    """What may be sent, as it is written: a private file begins with its public half."""
    line = firm.submissions[0]["ssh_key"].encode()
    return line + profile.keys.pgp[0].with_name("pgp-public.asc").read_bytes()


def spellings(secret: bytes) -> list[bytes]:
    """A number's bytes as they are, in hex, and in base64 at every alignment."""
    found = [secret, secret.hex().encode(), secret.hex().upper().encode()]
    return [*found, *(base64.b64encode(secret[at:])[4:60] for at in range(3))]


@pytest.mark.req("KEY-17")
def test_a_firm_that_encrypts_gets_a_certificate_bound_by_the_proof(
    box: Box, firm: PaperFirm
) -> None:
    firm.bundle = replace(firm.bundle, pgp=PgpChoice.REQUIRED, sender_certificate="-----X\n")
    person = TestPerson()
    profile = enrol(box, firm, person).profile
    assert firm.submissions[0]["pgp_certificate"].startswith("-----BEGIN PGP PUBLIC KEY BLOCK")
    assert profile.keys.pgp[0].read_text().startswith("-----BEGIN PGP PRIVATE KEY BLOCK")
    assert profile.sender.certificate is not None
    assert profile.sender.certificate.read_text() == "-----X\n"
    assert profile.sender.is_signature_needed
    assert person.steps.index(Step.PGP_MADE) < person.steps.index(Step.SENT)


def test_without_encryption_no_certificate_makes_clear_files_suspicious(
    box: Box, firm: PaperFirm
) -> None:
    firm.bundle = replace(firm.bundle, sender_certificate="-----X\n")
    profile = enrol(box, firm, TestPerson()).profile
    assert profile.sender.certificate is None
    assert profile.keys.pgp == ()


@pytest.mark.parametrize("form", [KeyFormat.OPENSSH, KeyFormat.PPK3])
def test_a_key_that_is_there_already_is_used_and_stays_where_it_is(
    form: KeyFormat, box: Box, firm: PaperFirm, tmp_path: Path
) -> None:
    key, path = make_key(NewKind.ED25519), tmp_path / "mine"
    write_key_file(path, write_private(key, form, None))
    person = TestPerson()
    profile = enrol(box, firm, person, key=path).profile
    assert profile.keys.ssh == path
    assert firm.keys == [key.public]
    assert Step.KEY_FOUND in person.steps
    assert not box.keys(profile.name).exists()


def test_nothing_is_made_or_sent_without_agreement(box: Box, firm: PaperFirm) -> None:
    declined = refused(box, firm, TestPerson(is_willing=False))
    assert (declined.code, declined.kind.exit) == ("ENROL-DECLINED", Exit.USAGE)
    assert firm.submissions == []
    assert not box.root.exists()
    assert not firm.is_used


def test_addresses_may_be_given_and_have_to_be_addresses(box: Box, firm: PaperFirm) -> None:
    assert refused(box, firm, addresses=("firm.example",)).code == "ENROL-ADDRESS"
    enrol(box, firm, TestPerson(), addresses=("198.51.100.7", "2001:DB8:0::1"))
    assert firm.submissions[0]["addresses"] == ["198.51.100.7", "2001:db8::1"]


@pytest.mark.req("KEY-12", "SFTP-6")
@pytest.mark.parametrize(
    ("seen", "host", "is_refused"),
    [
        (("10.1.2.3",), "files.example", True),
        (("192.168.1.7", "fd00::1"), "8.8.8.8", True),
        (("10.1.2.3", "8.8.4.4"), "files.example", False),
        (("10.1.2.3",), "10.0.0.1", False),
        (("127.0.0.1",), "localhost", False),
    ],
)
def test_a_firm_elsewhere_has_to_see_a_public_address(
    seen: tuple[str, ...], host: str, is_refused: bool
) -> None:
    with pytest.raises(Refused) if is_refused else nullcontext() as caught:
        naming.refuse_private(seen, host)
    if isinstance(caught, pytest.ExceptionInfo):
        kind = caught.value.kind
        assert (kind.code, kind.exit) == ("ENROL-ADDRESS-PRIVATE", Exit.REFUSED)


@pytest.mark.parametrize(
    ("given", "name"), [("paper-2", "paper-2"), ("", "paper-co")], ids=["chosen", "derived"]
)
def test_a_profile_has_the_name_that_was_chosen_or_the_firms(
    given: str, name: str, box: Box, firm: PaperFirm
) -> None:
    assert enrol(box, firm, TestPerson(), name=given).profile.name == name


def test_a_second_profile_of_the_firm_gets_a_number_and_never_takes_a_name(
    box: Box, firm: PaperFirm
) -> None:
    enrol(box, firm, TestPerson())
    firm.is_used = False
    assert refused(box, firm, name="paper-co").code == "PROFILE-EXISTS"
    assert enrol(box, firm, TestPerson()).profile.name == "paper-co-2"


@pytest.mark.parametrize(
    ("code", "status"), [("ENROL-EXPIRED", 403), ("ENROL-CODE", 403), ("ENROL-REVOKED", 403)]
)
def test_a_code_that_is_no_good_is_refused_before_anything_is_made(
    code: str, status: int, box: Box, firm: PaperFirm
) -> None:
    def no(_: object) -> object:
        raise FirmRefusal(status, code, "It is no good.")

    firm.answers["/api/1/enrolment/bundle"] = no
    said = refused(box, firm)
    assert (said.code, said.kind.exit) == ("API-REFUSED", Exit.REFUSED)
    assert code in str(said)
    assert not box.root.exists()


def test_a_used_code_is_refused(box: Box, firm: PaperFirm) -> None:
    firm.is_used = True
    assert "ENROL-CODE-USED" in str(refused(box, firm))


@pytest.mark.req("KEY-7")
def test_a_burnt_key_ends_the_enrolment_and_another_can_be_tried(box: Box, firm: PaperFirm) -> None:
    firm.key_refusal = FirmRefusal(403, "E-KEYREG-1", "This pair is burnt.")
    said = refused(box, firm)
    assert said.kind.exit is Exit.REFUSED
    assert "burnt" in str(said)
    assert progress.waiting(box) == []
    firm.key_refusal = None
    enrol(box, firm, TestPerson())


@pytest.mark.req("KEY-5")
def test_a_weak_key_is_refused_and_a_better_one_takes_its_place(
    box: Box, firm: PaperFirm, tmp_path: Path
) -> None:
    weak, good = tmp_path / "weak", tmp_path / "good"
    for path in (weak, good):
        write_key_file(path, write_private(make_key(NewKind.ED25519), KeyFormat.OPENSSH, None))
    firm.key_refusal = FirmRefusal(422, "E-KEYREG-3", "RSA with 1,024 bits is too short.")
    assert refused(box, firm, key=weak).kind.exit is Exit.DAMAGED
    firm.key_refusal = None
    person = TestPerson()
    assert enrol(box, firm, person, key=good).profile.keys.ssh == good
    assert person.questions == 0


def test_the_operators_no_is_passed_on(box: Box, firm: PaperFirm) -> None:
    firm.decision = "rejected"
    said = refused(box, firm)
    assert (said.code, said.kind.exit) == ("ENROL-REJECTED", Exit.REFUSED)
    assert "It is rejected." in str(said)
    assert progress.waiting(box) == []
    assert files.names(box) == []


def test_an_approval_that_never_came_is_passed_on(box: Box, firm: PaperFirm) -> None:
    firm.decision = "expired"
    assert refused(box, firm).code == "ENROL-EXPIRED"


def test_a_firm_that_took_in_another_key_is_caught(box: Box, firm: PaperFirm) -> None:
    other = make_key(NewKind.ED25519).public
    firm.answers["/api/1/enrolment/submission"] = lambda _: {
        "ticket": "0" * 32,
        "fingerprint": other.fingerprint_sha256,
        "words": other.words,
        "pgp_fingerprint": None,
        "seen_address": "127.0.0.1",
        "state": "pending",
    }
    said = refused(box, firm)
    assert (said.code, said.kind.exit) == ("ENROL-OTHER-KEY", Exit.PROTOCOL)


def test_waiting_survives_bad_weather(box: Box, firm: PaperFirm) -> None:
    weather = iter([FirmRefusal(503, "BUSY", "Busy.", 0), None])

    def status(question: dict[str, Any]) -> object:
        trouble = next(weather, None)
        if trouble is not None:
            raise trouble
        del firm.answers["/api/1/enrolment/status"]
        return Raw([])

    firm.answers["/api/1/enrolment/status"] = status
    person = TestPerson()
    enrol(box, firm, person)
    trouble = [facts["code"] for step, facts in person.told if step is Step.TROUBLE]
    assert trouble[0] == "API-BUSY"
    assert len(trouble) == 2


def test_waiting_asks_less_and_less_often() -> None:
    pauses = waiting._pauses()
    found = [next(pauses) for _ in range(30)]
    assert found == sorted(found)
    assert found[-1] == 15.0


def test_a_person_who_stops_waiting_loses_nothing(box: Box, firm: PaperFirm) -> None:
    firm.patience = 10**6

    def stop(step: Step) -> None:
        if step is Step.WAITING:
            raise KeyboardInterrupt

    said = refused(box, firm, TestPerson(at=stop))
    assert (said.code, said.kind.exit) == ("ENROL-PAUSED", Exit.TRY_AGAIN)
    assert "--resume --profile paper-co" in str(said)
    firm.patience = 0
    person = TestPerson()
    go_on(box, progress.only_one(box, ""), person, seconds=5)
    assert len(firm.submissions) == 1
    assert person.steps == [Step.KEY_FOUND, Step.APPROVED, Step.OPENED]


def test_waiting_has_an_end_that_can_be_chosen(box: Box, firm: PaperFirm) -> None:
    firm.patience = 10**6
    enrolment = begin(box, firm.invitation, Wish(secret="none"), TestPerson())
    with pytest.raises(Refused) as caught:
        go_on(box, enrolment, TestPerson(), seconds=0)
    assert caught.value.code == "ENROL-PAUSED"


def test_a_test_statement_that_cannot_be_opened_leaves_the_profile_to_go_on_with(
    box: Box, firm: PaperFirm, monkeypatch: pytest.MonkeyPatch
) -> None:
    def prove(*_: object) -> Opened:
        raise running.refusals.ENROL_TEST_ABSENT.because(folder="/test", name="paper-co")

    with monkeypatch.context() as patched:
        patched.setattr(running, "prove", prove)
        assert refused(box, firm).kind.exit is Exit.ABSENT
    assert progress.only_one(box, "").stage is Stage.APPROVED
    person = TestPerson()
    go_on(box, progress.only_one(box, "paper-co"), person, seconds=5)
    assert person.steps == [Step.KEY_FOUND, Step.OPENED]


def test_without_anything_begun_there_is_nothing_to_go_on_with(box: Box) -> None:
    with pytest.raises(Refused) as caught:
        progress.only_one(box, "")
    assert caught.value.code == "ENROL-NONE-WAITS"


def test_of_several_that_wait_one_has_to_be_named(box: Box, firm: PaperFirm) -> None:
    one = begin(box, firm.invitation, Wish(name="one", secret="none"), TestPerson())
    progress.save(box, replace(one, name="two"))
    with pytest.raises(Refused) as caught:
        progress.only_one(box, "")
    assert caught.value.code == "ENROL-WHICH-ONE"
    assert progress.only_one(box, "two").name == "two"


@pytest.mark.parametrize("damage", [b"", b"{}", b"[1", b'{"schema":"strongbox-enrolment-1"}'])
def test_a_damaged_state_is_named_and_not_guessed_at(
    damage: bytes, box: Box, firm: PaperFirm
) -> None:
    begin(box, firm.invitation, Wish(secret="none"), TestPerson())
    path = progress.path_of(box, "paper-co")
    path.write_bytes(damage)
    with pytest.raises(Refused) as caught:
        progress.waiting(box)
    assert (caught.value.code, caught.value.kind.exit) == ("ENROL-STATE", Exit.CONFIGURATION)


def test_a_firm_that_changes_after_the_agreement_gets_nothing(box: Box, firm: PaperFirm) -> None:
    enrolment = begin(box, firm.invitation, Wish(secret="none"), TestPerson())
    firm.bundle = replace(firm.bundle, host="elsewhere.example")
    with pytest.raises(Refused) as caught:
        go_on(box, enrolment, TestPerson(), seconds=5)
    assert (caught.value.code, caught.value.kind.exit) == ("ENROL-CHANGED", Exit.PROTOCOL)
    assert firm.submissions == []


@pytest.mark.parametrize("code", ["ENROL-USED", "ENROL-EXPIRED", "ENROL-REVOKED", "ENROL-CODE"])
def test_an_invitation_that_died_is_found_before_keys_are_made_and_frees_its_name(
    code: str, box: Box, firm: PaperFirm, asked_kinds: list[NewKind]
) -> None:
    def no(_: object) -> object:
        raise FirmRefusal(403, code, "It is no good.")

    enrolment = begin(box, firm.invitation, Wish(secret="ask"), TestPerson())
    firm.answers["/api/1/enrolment/bundle"] = no
    person = TestPerson()
    with pytest.raises(Refused) as caught:
        go_on(box, enrolment, person, seconds=5)
    assert code in str(caught.value)
    assert person.told == [(Step.FORGOTTEN, {"profile": "paper-co", "keys": box.keys("paper-co")})]
    assert asked_kinds == []
    del firm.answers["/api/1/enrolment/bundle"]
    assert enrol(box, firm, TestPerson()).profile.name == "paper-co"


def test_a_ticket_that_the_firm_does_not_know_frees_the_name_and_keeps_the_key(
    box: Box, firm: PaperFirm
) -> None:
    firm.after_submission = firm.tickets.clear
    person = TestPerson()
    said = refused(box, firm, person)
    assert "ENROL-TICKET" in str(said)
    assert person.steps[-1] is Step.FORGOTTEN
    assert progress.waiting(box) == []
    assert (box.keys("paper-co") / "ssh-key").is_file()


def test_a_proxys_no_ends_no_enrolment(box: Box, firm: PaperFirm) -> None:
    def no(_: object) -> object:
        raise FirmRefusal(403, "HTTP-403", "The proxy says no.")

    enrolment = begin(box, firm.invitation, Wish(secret="none"), TestPerson())
    firm.answers["/api/1/enrolment/bundle"] = no
    with pytest.raises(Refused):
        go_on(box, enrolment, TestPerson(), seconds=5)
    assert progress.waiting(box) == [enrolment]


def test_a_proof_is_of_this_key_and_this_certificate(firm: PaperFirm, box: Box) -> None:
    """The firm of paper would notice: what it checks is what it was sent."""
    enrolment = begin(box, firm.invitation, Wish(secret="none"), TestPerson())
    key = make_key(NewKind.ED25519)
    submission = running._submission(enrolment, key, "certificate")
    other = replace(submission, pgp_certificate="another")
    with pytest.raises(SignatureInvalid):
        firm._enrolment_submission(
            {
                "code": other.code,
                "challenge": other.challenge,
                "ssh_key": other.ssh_key,
                "signature": other.signature,
                "pgp_certificate": other.pgp_certificate,
            },
            "127.0.0.1",
        )


def test_the_code_is_in_no_address_and_in_no_refusal(box: Box, firm: PaperFirm) -> None:
    enrol(box, firm, TestPerson())
    lines = re.findall(rb"(?:POST|GET) (\S+)", bytes(firm.received))
    assert lines
    assert not any(firm.code.encode() in line for line in lines)
