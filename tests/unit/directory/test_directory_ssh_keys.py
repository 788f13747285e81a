"""The key desk for SSH keys: what is accepted, who may approve, what is burnt for ever."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection
from strongroom.audit.act import Act
from strongroom.audit.models import Event
from strongroom.directory import access, ssh_keys
from strongroom.directory.accounts import add_account
from strongroom.directory.gate import look_up_offer
from strongroom.directory.models import BurntKey, SshKey
from strongroom.directory.recipients import Enrolment, add_recipient
from strongroom.directory.ssh_keys import DeskRules
from strongroom.messages import key_desk
from strongroom.messages.models import Notice
from strongroom.rules.refusals import Refused

from tests.conftest import StillClock
from tests.unit.directory.keys import fresh_key, private_file, public_line, rsa_key

pytestmark = pytest.mark.django_db

RULES = DeskRules(four_eyes=False, keys_per_recipient=4, life_days=0)
FOUR_EYES = replace(RULES, four_eyes=True)


@pytest.fixture(autouse=True)
def _recipients(act: Callable[..., Act]) -> None:
    add_account("U1234567", name="A", act=act())
    for login in ("fund", "other"):
        add_recipient(login, Enrolment(["U1234567"]), act=act())


@pytest.fixture
def submit(act: Callable[..., Act]) -> Callable[..., SshKey]:
    def submitted(
        data: bytes, login: str = "fund", rules: DeskRules = RULES, by: str = "operator:test"
    ) -> SshKey:
        key, _ = key_desk.submit_ssh_key(login, data, file_name="k.pub", rules=rules, act=act(by))
        return key

    return submitted


def _refusal(call: Callable[[], object]) -> str:
    with pytest.raises(Refused) as no:
        call()
    return no.value.code


@pytest.mark.req("KEY-5")
@pytest.mark.parametrize("bits", [2048, 3072])
def test_an_rsa_key_of_2048_bits_or_more_is_accepted(
    submit: Callable[..., SshKey], bits: int
) -> None:
    key = submit(public_line(rsa_key(bits)))
    assert (key.algorithm, key.bits, key.state) == ("ssh-rsa", bits, "pending")


@pytest.mark.req("KEY-5")
def test_a_shorter_rsa_key_is_refused(submit: Callable[..., SshKey]) -> None:
    from cryptography.hazmat.primitives.asymmetric import rsa

    weak = rsa.generate_private_key(public_exponent=65537, key_size=1024)
    assert _refusal(lambda: submit(public_line(weak))) == "KEY-SHORT"
    assert SshKey.objects.count() == 0


@pytest.mark.req("KEY-6", "ATK-39")
@pytest.mark.parametrize("comment", ["", "me@laptop", "\x1b[31mred", "a" * 5000, "b\tc"])
def test_of_a_submission_only_the_key_and_a_clean_label_are_kept(
    submit: Callable[..., SshKey], comment: str
) -> None:
    key = submit(public_line(fresh_key(), comment))
    assert key.label.isprintable()
    assert len(key.label) <= 64
    assert "\x1b" not in "".join(Event.objects.values_list("record", flat=True))


@pytest.mark.req("ATK-39")
@pytest.mark.parametrize("prefix", [b'command="rm -rf /" ', b'from="10.0.0.1" ', b"restrict "])
def test_options_before_a_key_give_nobody_anything(
    submit: Callable[..., SshKey], prefix: bytes
) -> None:
    line = public_line(fresh_key())
    try:
        key = submit(prefix + line)
    except Refused:
        assert SshKey.objects.count() == 0
    else:
        assert key.blob.encode() == line.split()[1]


@pytest.mark.req("ATK-39")
def test_a_second_key_behind_a_line_end_is_refused(submit: Callable[..., SshKey]) -> None:
    both = public_line(fresh_key()).rstrip() + b"\r\n" + public_line(fresh_key())
    assert _refusal(lambda: submit(both)) == "KEY-TWO"


@pytest.mark.req("KEY-7", "ATK-37")
def test_a_private_key_refuses_the_whole_submission_and_burns_the_pair(
    submit: Callable[..., SshKey], act: Callable[..., Act]
) -> None:
    key, bystander = fresh_key(), fresh_key()
    sent = private_file(key) + public_line(bystander)
    assert _refusal(lambda: submit(sent)) == "E-KEYREG-1"
    assert SshKey.objects.count() == 0
    assert BurntKey.objects.count() == 2
    for burnt in (key, bystander):
        assert _refusal(lambda burnt=burnt: submit(public_line(burnt))) == "KEY-BURNT"
        assert _refusal(lambda burnt=burnt: submit(public_line(burnt), "other")) == "KEY-BURNT"
    told = Notice.objects.filter(kind="key-private").values_list("recipient", flat=True)
    assert sorted(told) == ["", "fund"]


@pytest.mark.req("KEY-7")
def test_nothing_of_a_submitted_private_key_is_stored(submit: Callable[..., SshKey]) -> None:
    secret = private_file(fresh_key())
    _refusal(lambda: submit(secret))
    middle = secret.splitlines()[2].decode()
    everything = " ".join(
        [
            *Event.objects.values_list("record", flat=True),
            *(str(facts) for facts in Notice.objects.values_list("facts", flat=True)),
        ]
    )
    assert middle not in everything
    assert "PRIVATE KEY-----" not in everything


@pytest.mark.req("KEY-7", "ATK-38")
def test_a_key_in_use_whose_private_half_is_sent_in_is_revoked_at_once(
    submit: Callable[..., SshKey], act: Callable[..., Act]
) -> None:
    pair = fresh_key()
    key = submit(public_line(pair))
    key_desk.approve_ssh_key("fund", key.fingerprint, rules=RULES, act=act())
    before = access.ticks()
    _refusal(lambda: submit(private_file(pair), "other"))
    assert SshKey.objects.get().state == "revoked"
    assert access.ticks() > before
    assert look_up_offer("fund", key.fingerprint, ["10.0.0.0/8"]).is_key_burnt


@pytest.mark.req("KEY-7")
def test_the_owner_of_a_key_that_another_submission_burnt_is_told(
    submit: Callable[..., SshKey], act: Callable[..., Act]
) -> None:
    pair = fresh_key()
    key = submit(public_line(pair))
    key_desk.approve_ssh_key("fund", key.fingerprint, rules=RULES, act=act())
    _refusal(lambda: submit(private_file(pair), "other"))
    told = Notice.objects.filter(kind="key-revoked", facts__fingerprint=key.fingerprint)
    assert {(one.recipient, one.facts["login"]) for one in told} == {("fund", "fund"), ("", "fund")}


@pytest.mark.req("KEY-7")
def test_a_private_key_for_a_misspelt_login_is_burnt_as_well(submit: Callable[..., SshKey]) -> None:
    pair = fresh_key()
    assert _refusal(lambda: submit(private_file(pair), "fnud")) == "E-KEYREG-1"
    assert _refusal(lambda: submit(public_line(pair))) == "KEY-BURNT"
    told = Notice.objects.filter(kind="key-private").values_list("recipient", flat=True)
    assert list(told) == [""]


def test_a_public_key_for_a_misspelt_login_is_refused(submit: Callable[..., SshKey]) -> None:
    assert _refusal(lambda: submit(public_line(fresh_key()), "fnud")) == "RECIPIENT-UNKNOWN"


@pytest.mark.req("KEY-13", "KEY-14", "N-1")
def test_the_first_approved_key_sends_the_set_up_notice_with_the_user_name(
    submit: Callable[..., SshKey], act: Callable[..., Act]
) -> None:
    refused = submit(public_line(fresh_key()))
    key_desk.reject_ssh_key("fund", refused.fingerprint, act=act())
    key = submit(public_line(fresh_key()))
    key_desk.approve_ssh_key("fund", key.fingerprint, rules=RULES, act=act())
    notice = Notice.objects.get(kind="set-up")
    assert (notice.recipient, notice.facts["login"]) == ("fund", "fund")
    assert notice.facts["fingerprint"] == key.fingerprint


@pytest.mark.req("KEY-15", "KEY-16")
def test_a_replacement_key_comes_the_same_way_and_the_old_one_goes_on_until_revoked(
    submit: Callable[..., SshKey], act: Callable[..., Act]
) -> None:
    old, new = submit(public_line(fresh_key())), submit(public_line(fresh_key()))
    for key in (old, new):
        key_desk.approve_ssh_key("fund", key.fingerprint, rules=RULES, act=act())
    assert Notice.objects.filter(kind="key-approved").count() == 1
    assert {k.state for k in SshKey.objects.all()} == {"active"}
    key_desk.revoke_ssh_key("fund", old.fingerprint, act=act())
    key_desk.revoke_ssh_key("fund", old.fingerprint, act=act())
    assert Event.objects.filter(verb="key.revoked").count() == 1
    assert SshKey.objects.get(id=new.pk).state == "active"


@pytest.mark.req("ATK-38")
@pytest.mark.parametrize("end", ["revoked", "expired"])
def test_a_key_that_ended_never_comes_back(
    submit: Callable[..., SshKey], act: Callable[..., Act], end: str
) -> None:
    pair = fresh_key()
    SshKey.objects.filter(id=submit(public_line(pair)).pk).update(state=end)
    assert _refusal(lambda: submit(public_line(pair))) == "KEY-ENDED"


@pytest.mark.req("ATK-38")
@pytest.mark.parametrize("state", ["pending", "active", "rejected", "revoked", "expired"])
def test_another_recipients_key_is_refused_whatever_its_state(
    submit: Callable[..., SshKey], state: str
) -> None:
    pair = fresh_key()
    SshKey.objects.filter(id=submit(public_line(pair), "other").pk).update(state=state)
    assert _refusal(lambda: submit(public_line(pair))) == "KEY-FOREIGN"


def test_the_same_key_twice_is_refused_and_a_rejected_one_may_come_again(
    submit: Callable[..., SshKey], act: Callable[..., Act]
) -> None:
    line = public_line(fresh_key())
    key = submit(line)
    assert _refusal(lambda: submit(line)) == "KEY-HERE-ALREADY"
    key_desk.reject_ssh_key("fund", key.fingerprint, act=act())
    assert submit(line).state == "pending"


def test_a_recipient_has_a_bounded_number_of_keys(submit: Callable[..., SshKey]) -> None:
    few = replace(RULES, keys_per_recipient=2)
    for _ in range(2):
        submit(public_line(fresh_key()), rules=few)
    assert _refusal(lambda: submit(public_line(fresh_key()), rules=few)) == "KEY-TOO-MANY"


@pytest.mark.req("ATK-40")
def test_who_submitted_a_key_cannot_approve_it_where_four_eyes_are_asked_for(
    submit: Callable[..., SshKey], act: Callable[..., Act]
) -> None:
    key = submit(public_line(fresh_key()), by="operator:ann")

    def approve(by: str) -> SshKey:
        return key_desk.approve_ssh_key("fund", key.fingerprint, rules=FOUR_EYES, act=act(by))

    assert _refusal(lambda: approve("operator:ann")) == "KEY-FOUR-EYES"
    assert SshKey.objects.get().state == "pending"
    assert approve("operator:bob").state == "active"


@pytest.mark.req("ATK-40")
def test_a_key_that_was_swapped_after_it_was_shown_is_not_approved(
    submit: Callable[..., SshKey], act: Callable[..., Act]
) -> None:
    key = submit(public_line(fresh_key()))
    swapped = public_line(fresh_key()).split()[1].decode()
    SshKey.objects.filter(id=key.pk).update(blob=swapped)

    def approve() -> SshKey:
        return key_desk.approve_ssh_key("fund", key.fingerprint, rules=RULES, act=act())

    assert _refusal(approve) == "KEY-CHANGED"
    assert SshKey.objects.get().state == "pending"


@pytest.mark.req("ATK-40")
@pytest.mark.parametrize("verb", ["approve", "reject"])
@pytest.mark.parametrize("state", ["active", "rejected", "revoked", "expired"])
def test_only_a_pending_key_can_be_decided_on(
    submit: Callable[..., SshKey], act: Callable[..., Act], verb: str, state: str
) -> None:
    key = submit(public_line(fresh_key()))
    SshKey.objects.filter(id=key.pk).update(state=state)

    def decide() -> SshKey:
        if verb == "approve":
            return key_desk.approve_ssh_key("fund", key.fingerprint, rules=RULES, act=act())
        return key_desk.reject_ssh_key("fund", key.fingerprint, act=act())

    assert _refusal(decide) == "KEY-NOT-PENDING"


def test_a_key_is_found_by_its_md5_fingerprint_and_never_through_another_login(
    submit: Callable[..., SshKey], act: Callable[..., Act]
) -> None:
    key = submit(public_line(fresh_key()))

    def approve(login: str) -> SshKey:
        return key_desk.approve_ssh_key(login, key.fingerprint_md5, rules=RULES, act=act())

    assert _refusal(lambda: approve("other")) == "KEY-UNKNOWN"
    assert approve("fund").state == "active"


def test_a_key_burnt_while_it_waits_cannot_be_approved(
    submit: Callable[..., SshKey], act: Callable[..., Act]
) -> None:
    pair = fresh_key()
    key = submit(public_line(pair))
    _refusal(lambda: submit(private_file(pair)))

    def approve() -> SshKey:
        return key_desk.approve_ssh_key("fund", key.fingerprint, rules=RULES, act=act())

    assert _refusal(approve) == "KEY-NOT-PENDING"


@pytest.mark.req("ATK-41")
def test_keys_end_after_their_life_and_sessions_are_looked_at_again(
    submit: Callable[..., SshKey], act: Callable[..., Act], clock: StillClock
) -> None:
    key = submit(public_line(fresh_key()))
    yearly = replace(RULES, life_days=365)
    key_desk.approve_ssh_key("fund", key.fingerprint, rules=yearly, act=act())
    clock.advance(days=364)
    assert ssh_keys.expire_keys(act("worker")) == 0
    clock.advance(days=1)
    before = access.ticks()
    assert ssh_keys.expire_keys(act("worker")) == 1
    assert ssh_keys.expire_keys(act("worker")) == 0
    assert SshKey.objects.get().state == "expired"
    assert access.ticks() == before + 1


def test_the_first_use_of_a_key_is_on_record_once(
    submit: Callable[..., SshKey], act: Callable[..., Act], clock: StillClock
) -> None:
    key = submit(public_line(fresh_key()))
    for minute in range(3):
        known = look_up_offer("fund", key.fingerprint, ["10.0.0.0/8"]).key
        assert known is not None
        ssh_keys.note_use(known, login="fund", address=f"10.0.0.{minute}", act=act())
        clock.advance(minutes=1)
    row = SshKey.objects.get()
    assert row.first_used_at == clock.now() - timedelta(minutes=3)
    assert row.last_address == "10.0.0.2"
    assert Event.objects.filter(verb="key.first-used").count() == 1


def test_approval_and_rejection_look_at_a_locked_row(
    submit: Callable[..., SshKey], act: Callable[..., Act]
) -> None:
    """On SQLite transactions are one after the other from the start; PostgreSQL needs the lock."""
    from django.test.utils import CaptureQueriesContext

    key = submit(public_line(fresh_key()))
    with CaptureQueriesContext(connection) as queries:
        key_desk.approve_ssh_key("fund", key.fingerprint, rules=RULES, act=act())
    asked = [q["sql"] for q in queries if "directory_sshkey" in q["sql"]]
    is_locking = connection.features.has_select_for_update
    assert ("FOR UPDATE" in asked[0]) == is_locking


def test_a_revoked_key_names_the_keys_that_it_vouched_for(
    submit: Callable[..., SshKey], act: Callable[..., Act]
) -> None:
    """Who stole it may have sent them by `strongbox keys rotate`, one after the other."""
    stolen, second, third, other = (submit(public_line(fresh_key())) for _ in range(4))
    ssh_keys.note_proof(second, replaces=stolen)
    ssh_keys.note_proof(third, replaces=second)
    key_desk.reject_ssh_key("fund", second.fingerprint, act=act())
    key_desk.revoke_ssh_key("fund", stolen.fingerprint, act=act())
    found = [key.fingerprint for key in ssh_keys.vouched_by(stolen)]
    assert found == [third.fingerprint]
    assert ssh_keys.vouched_by(other) == []
