"""Copies for recipients who ask for PGP: encrypted to their key, or held, and never in clear."""

from datetime import timedelta

import pytest
from pysequoia import Tsk, decrypt
from strongroom.audit.models import Event
from strongroom.directory.models import PgpKey, PgpPolicy, Recipient
from strongroom.messages import key_desk
from strongroom.messages.models import Notice
from strongroom.rules.refusals import Refused
from strongroom.statements import certificates, encrypt, publish, rehearsals, repositories
from strongroom.statements.intake import bring_in
from strongroom.statements.models import Copy, Repository
from strongroom.statements.ports import EncryptionError, StorageError

from tests.unit.directory.keys import certificate_of, fresh_tsk
from tests.unit.statements.doubles import (
    DyingEncryptor,
    FailingStorage,
    ScriptedEncryptor,
)
from tests.unit.statements.firm import NAME, RULES, Firm, everything_in, stored

pytestmark = pytest.mark.django_db

CONTENT = b"Statement,Data,1\n"


@pytest.fixture(autouse=True)
def _now(firm: Firm) -> None:
    firm.start_now()


@pytest.fixture(scope="module")
def cert() -> Tsk:
    """One recipient's key pair."""
    return fresh_tsk()


def _opened(firm: Firm, copy: Copy, cert: Tsk) -> bytes:
    found = decrypt(
        decryptor=cert.decryptor(), bytes=stored(firm.pipeline.storage, copy.storage_key)
    )
    assert found.bytes is not None
    return found.bytes


@pytest.mark.req("DEL-4", "DEL-7")
def test_a_copy_is_encrypted_to_the_recipients_key_alone(firm: Firm, cert: Tsk) -> None:
    firm.recipient(pgp=True)
    firm.recipient("clear")
    firm.certify("fund", certificate_of(cert))
    firm.publish()
    copy, other = Copy.objects.order_by("recipient__login")[1], Copy.objects.get(encryption="none")
    assert (copy.name, copy.encryption) == (NAME + ".pgp", "openpgp")
    assert _opened(firm, copy, cert) == CONTENT
    assert CONTENT not in stored(firm.pipeline.storage, copy.storage_key)
    assert stored(firm.pipeline.storage, other.storage_key) == CONTENT
    with pytest.raises(RuntimeError):
        _opened(firm, copy, fresh_tsk("stranger"))


@pytest.mark.req("ATK-54", "DEL-7")
def test_without_a_key_the_copy_is_held_and_wakes_when_one_is_approved(
    firm: Firm, cert: Tsk
) -> None:
    recipient = firm.recipient(pgp=True)
    firm.publish()
    copy = Copy.objects.get()
    assert (copy.state, copy.code, copy.storage_key) == ("held", "COPY-NO-PGP-KEY", "")
    assert repositories.list_copies(recipient.pk) == []
    told = Notice.objects.filter(kind="statements-held").values_list("recipient", flat=True)
    assert sorted(told) == ["", "fund"]
    firm.certify("fund", certificate_of(cert))
    firm.work()
    copy.refresh_from_db()
    assert (copy.state, copy.encryption) == ("published", "openpgp")


@pytest.mark.req("ATK-54")
def test_a_held_copy_is_told_once_and_looked_at_daily(firm: Firm) -> None:
    firm.recipient(pgp=True)
    firm.publish()
    for _ in range(3):
        firm.clock.advance(days=1, minutes=1)
        firm.work()
    assert Copy.objects.get().state == "held"
    assert Event.objects.filter(verb="copy.held").count() == 1
    assert Notice.objects.filter(kind="statements-held").count() == 2


@pytest.mark.req("ATK-54")
@pytest.mark.parametrize("end", ["revoked", "expired"])
def test_an_ended_key_holds_the_copy(firm: Firm, cert: Tsk, end: str) -> None:
    firm.recipient(pgp=True)
    firm.certify("fund", certificate_of(cert))
    PgpKey.objects.update(state=end)
    firm.publish()
    assert Copy.objects.get().state == "held"


@pytest.mark.req("ATK-54")
def test_a_key_that_expired_since_its_approval_holds_the_copy(firm: Firm, cert: Tsk) -> None:
    firm.recipient(pgp=True)
    firm.certify("fund", certificate_of(cert, days=900))
    firm.clock.advance(days=365 * 4)
    firm.publish()
    copy = Copy.objects.get()
    assert (copy.state, copy.code) == ("held", "PGP-EXPIRED")
    assert everything_in(firm.pipeline.folders.spool / "encrypt") == []


@pytest.mark.req("ATK-54")
def test_a_key_revoked_while_its_copy_is_encrypted_does_not_get_it(firm: Firm, cert: Tsk) -> None:
    firm.recipient(pgp=True)
    key = firm.certify("fund", certificate_of(cert))
    real = firm.pipeline.encryptor
    firm.drop()
    firm.rounds.drop_folder.collect(firm.pipeline, firm.act())
    bring_in(firm.pipeline, firm.act())
    job_copy = Copy.objects.get()
    job = encrypt._job(firm.pipeline, job_copy, firm.act())
    assert job is not None
    made = encrypt._encrypt(firm.pipeline, job)
    certificates.revoke_certificate("fund", key.fingerprint, act=firm.act())
    assert encrypt._settle(firm.pipeline, job, made, firm.act()) is None
    firm.work()
    assert Copy.objects.get().state == "held"
    assert firm.pipeline.encryptor is real


@pytest.mark.req("ATK-54")
def test_a_copy_ready_for_a_key_that_is_revoked_is_made_again(firm: Firm, cert: Tsk) -> None:
    firm.recipient(pgp=True)
    key = firm.certify("fund", certificate_of(cert))
    firm.drop()
    firm.rounds.drop_folder.collect(firm.pipeline, firm.act())
    bring_in(firm.pipeline, firm.act())
    assert encrypt.prepare_copies(firm.pipeline, firm.act()) == 1
    certificates.revoke_certificate("fund", key.fingerprint, act=firm.act())
    firm.work()
    assert Copy.objects.get().state == "held"
    assert Notice.objects.filter(kind="pgp-revoked", recipient="fund").count() == 1


@pytest.mark.req("DEL-4", "ATK-54")
def test_switching_pgp_on_shows_nothing_in_clear_from_that_moment(firm: Firm, cert: Tsk) -> None:
    firm.recipient()
    firm.drop()
    firm.rounds.drop_folder.collect(firm.pipeline, firm.act())
    bring_in(firm.pipeline, firm.act())
    assert encrypt.prepare_copies(firm.pipeline, firm.act()) == 1
    certificates.change_encryption("fund", PgpPolicy.REQUIRED, act=firm.act())
    firm.work()
    assert Copy.objects.get().state == "held"
    firm.certify("fund", certificate_of(cert))
    firm.work()
    assert Copy.objects.get().encryption == "openpgp"


@pytest.mark.req("ATK-54")
def test_a_copy_made_in_clear_is_never_published_to_whoever_asks_for_pgp(firm: Firm) -> None:
    firm.recipient()
    firm.drop()
    firm.rounds.drop_folder.collect(firm.pipeline, firm.act())
    bring_in(firm.pipeline, firm.act())
    encrypt.prepare_copies(firm.pipeline, firm.act())
    Recipient.objects.update(pgp="required")
    assert publish.publish_ready(firm.pipeline, firm.act()) == 0


@pytest.mark.req("DEL-4")
def test_switching_pgp_off_is_the_operators_word_and_on_record(firm: Firm) -> None:
    firm.recipient(pgp=True)
    firm.publish()
    certificates.change_encryption("fund", PgpPolicy.OFF, act=firm.act())
    certificates.change_encryption("fund", PgpPolicy.OFF, act=firm.act())
    firm.work()
    assert Copy.objects.get().encryption == "none"
    assert Event.objects.filter(verb="recipient.encryption").count() == 1


@pytest.mark.req("ATK-55")
def test_a_tool_that_dies_leaves_nothing_and_is_tried_again(firm: Firm, cert: Tsk) -> None:
    firm.recipient(pgp=True)
    firm.certify("fund", certificate_of(cert))
    real = firm.pipeline.encryptor
    firm.change(encryptor=DyingEncryptor())
    firm.publish()
    assert Copy.objects.get().state == "waiting"
    assert everything_in(firm.pipeline.folders.spool / "encrypt") == []
    assert not list(firm.pipeline.storage.keys("copies/"))
    firm.change(encryptor=real)
    firm.clock.advance(minutes=1)
    firm.work()
    assert Copy.objects.get().state == "published"


@pytest.mark.req("ATK-10", "ATK-55")
@pytest.mark.parametrize(
    "trouble",
    [
        OSError(28, "No space left on device"),
        StorageError("full", is_permanent=False),
        EncryptionError("PGP-DISK", "full", is_permanent=False),
    ],
)
def test_a_full_disk_in_encryption_only_delays_the_copy(
    firm: Firm, cert: Tsk, trouble: Exception
) -> None:
    firm.recipient(pgp=True)
    firm.recipient("clear")
    firm.certify("fund", certificate_of(cert))

    def fail() -> None:
        raise trouble

    scripted = ScriptedEncryptor(firm.pipeline.encryptor, fail)
    firm.change(encryptor=scripted)
    firm.publish()
    assert sorted(Copy.objects.values_list("state", flat=True)) == ["published", "waiting"]
    scripted.script = lambda: None
    firm.clock.advance(minutes=1)
    firm.work()
    assert set(Copy.objects.values_list("state", flat=True)) == {"published"}


def test_storage_without_descriptors_needs_a_file_that_is_gone_afterwards(
    firm: Firm, cert: Tsk
) -> None:
    firm.recipient(pgp=True)
    firm.certify("fund", certificate_of(cert))
    storage = FailingStorage(firm.pipeline.storage)
    storage.opens_without_descriptor = True
    firm.change(storage=storage)
    [copy] = firm.publish()
    assert _opened(firm, copy, cert) == CONTENT
    assert everything_in(firm.pipeline.folders.spool / "encrypt") == []


@pytest.mark.req("KEY-16")
def test_a_renewed_certificate_waits_beside_the_one_in_force(firm: Firm, cert: Tsk) -> None:
    from strongroom.backends.encryption.openpgp.certificates import read_certificate
    from strongroom.directory.pgp_keys import PgpSubmission

    firm.recipient(pgp=True)
    firm.certify("fund", certificate_of(cert))
    read = read_certificate(certificate_of(cert))
    again = key_desk.submit_certificate(
        "fund", PgpSubmission(read.facts, read.canonical), act=firm.act()
    )
    [copy] = firm.publish()
    assert copy.state == "published"
    certificates.approve_certificate("fund", again.fingerprint, rules=RULES, act=firm.act())
    states = PgpKey.objects.order_by("id").values_list("state", flat=True)
    assert list(states) == ["replaced", "active"]
    assert not Notice.objects.filter(kind="pgp-replaced").exists()  # it is the same key
    with pytest.raises(Refused) as no:
        certificates.approve_certificate("fund", again.fingerprint, rules=RULES, act=firm.act())
    assert no.value.code == "KEY-NOT-PENDING"


@pytest.mark.req("ATK-38")
def test_anothers_certificate_and_a_revoked_one_are_refused(firm: Firm) -> None:
    from strongroom.backends.encryption.openpgp.certificates import read_certificate
    from strongroom.directory.pgp_keys import PgpSubmission

    firm.recipient()
    firm.recipient("other")
    own = fresh_tsk()
    key = firm.certify("fund", certificate_of(own))
    read = read_certificate(certificate_of(own))
    submission = PgpSubmission(read.facts, read.canonical)
    with pytest.raises(Refused) as no:
        key_desk.submit_certificate("other", submission, act=firm.act())
    assert no.value.code == "KEY-FOREIGN"
    certificates.revoke_certificate("fund", key.fingerprint, act=firm.act())
    with pytest.raises(Refused) as no:
        key_desk.submit_certificate("fund", submission, act=firm.act())
    assert no.value.code == "KEY-ENDED"


@pytest.mark.req("MAIL-2", "KEY-7")
def test_a_secret_certificate_is_burnt_and_the_one_in_force_with_it(firm: Firm) -> None:
    from strongroom.runtime.certificates import submit_certificate

    firm.recipient(pgp=True)
    own = fresh_tsk()
    firm.certify("fund", certificate_of(own))
    with pytest.raises(Refused):
        submit_certificate("fund", bytes(own), act=firm.act())
    assert PgpKey.objects.get().state == "revoked"
    firm.publish()
    assert Copy.objects.get().state == "held"
    with pytest.raises(Refused):
        submit_certificate("fund", certificate_of(own), act=firm.act())


def test_rehearsals_follow_the_key_in_force_and_old_ones_go(firm: Firm, cert: Tsk) -> None:
    recipient = firm.recipient(pgp=True)
    assert repositories.rehearsal_of(recipient.pk, needs_pgp=True) is None
    firm.certify("fund", certificate_of(cert))
    assert rehearsals.prepare_rehearsals(firm.pipeline) == 1
    assert rehearsals.prepare_rehearsals(firm.pipeline) == 0
    first = Repository.objects.get().rehearsal_key
    firm.clock.advance(seconds=1)
    second = fresh_tsk("second")
    firm.certify("fund", certificate_of(second))
    assert rehearsals.prepare_rehearsals(firm.pipeline) == 1
    key = Repository.objects.get().rehearsal_key
    assert [k for k, _ in firm.pipeline.storage.keys("copies/")] == [key] != [first]
    opened = decrypt(decryptor=second.decryptor(), bytes=stored(firm.pipeline.storage, key))
    assert opened.bytes == repositories.REHEARSAL


def test_who_waits_at_a_screen_has_a_rehearsal_within_a_second_of_the_worker(
    firm: Firm, cert: Tsk
) -> None:
    recipient = firm.recipient(pgp=True)
    firm.rounds.run(firm.pipeline, firm.act("worker"))
    firm.certify("fund", certificate_of(cert))
    firm.clock.advance(seconds=1)
    firm.rounds.run(firm.pipeline, firm.act("worker"))
    assert repositories.rehearsal_of(recipient.pk, needs_pgp=True) is not None


def test_a_certificate_that_cannot_be_used_makes_no_rehearsal_and_is_not_tried_for_ever(
    firm: Firm, cert: Tsk
) -> None:
    recipient = firm.recipient(pgp=True)
    firm.certify("fund", certificate_of(cert, days=900))
    firm.clock.advance(days=365 * 4)
    assert rehearsals.prepare_rehearsals(firm.pipeline) == 1
    assert rehearsals.prepare_rehearsals(firm.pipeline) == 0
    assert repositories.rehearsal_of(recipient.pk, needs_pgp=True) is None


def test_certificates_that_end_soon_are_told_at_each_mark_once(firm: Firm, cert: Tsk) -> None:
    from strongroom.directory.pgp_keys import warn_expiring

    firm.recipient(pgp=True)
    ends = firm.certify("fund", certificate_of(cert, days=900)).expires_at
    assert ends is not None
    told = []
    for days in (61, 60, 59, 31, 30, 8, 7, 2, 1):
        firm.clock.set(ends - timedelta(days=days))
        told += [(days, w.days) for w in warn_expiring(firm.act("worker"))]
        assert warn_expiring(firm.act("worker")) == []
    assert [days for days, _ in told] == [60, 30, 7, 1]


@pytest.mark.req("KEY-13", "N-2")
def test_an_approved_certificate_is_announced_as_imported(firm: Firm, cert: Tsk) -> None:
    firm.recipient(pgp=True)
    key = firm.certify("fund", certificate_of(cert))
    notice = Notice.objects.get(kind="pgp-imported")
    assert (notice.recipient, notice.facts["fingerprint"]) == ("fund", key.fingerprint)


@pytest.mark.req("KEY-16", "N-2")
def test_the_recipient_is_told_which_certificate_was_replaced(firm: Firm, cert: Tsk) -> None:
    firm.recipient(pgp=True)
    old = firm.certify("fund", certificate_of(cert))
    new = firm.certify("fund", certificate_of(fresh_tsk()))
    old.refresh_from_db()
    assert (old.state, new.replaces) == ("replaced", old)
    for reader in ("fund", ""):
        notice = Notice.objects.get(kind="pgp-replaced", recipient=reader)
        assert (notice.facts["fingerprint"], notice.facts["old"]) == (
            new.fingerprint, old.fingerprint,
        )  # fmt: skip
    assert Notice.objects.filter(kind="pgp-imported").count() == 1
