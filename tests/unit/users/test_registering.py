"""Invitations, registration, rights and closing, on the database."""

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from strongroom.audit.act import Act
from strongroom.audit.models import Event
from strongroom.directory import user_invitations, users
from strongroom.directory.accounts import add_account
from strongroom.directory.models import Role, User, UserInvitation
from strongroom.directory.user_invitations import Person, invite, uninvite
from strongroom.rules.refusals import Refused
from strongroom.rules.rights import Deed

Acts = Callable[..., Act]

ANN = Person("Ann Example", "ann@example.com", "ja", "JP", "P-1")


@pytest.fixture
def account(act: Acts, db: None) -> str:
    """An account number."""
    return add_account("U1234567", name="A", act=act()).number


def _refusal(call: Callable[[], object]) -> str:
    with pytest.raises(Refused) as no:
        call()
    return no.value.code


def _registered(act: Acts, letters: str, account: str, role: Role = Role.PRIMARY) -> User:
    _, code = invite(ANN, [(account, role)], act=act())
    return users.register(code, letters, act=act("portal"))


@pytest.mark.req("LOGIN-1", "USR-1")
def test_whoever_has_an_invitation_becomes_a_user_with_its_rights(act: Acts, account: str) -> None:
    made = _registered(act, "annex", account)
    assert made.name.startswith("annex")
    assert (made.email, made.language, made.residence) == ("ann@example.com", "ja", "JP")
    row = users.find_account(account)
    assert list(users.accounts_of(made)) == [row]
    assert users.primary_of(row) == made
    assert users.may(made, row, Deed.SECURITY)
    assert list(Event.objects.values_list("verb", flat=True))[-2:] == [
        "user.invited",
        "user.registered",
    ]


def test_a_code_is_kept_as_its_hash_and_has_over_a_hundred_bits(act: Acts, account: str) -> None:
    invitation, code = invite(ANN, [(account, Role.PRIMARY)], act=act())
    assert len(code.replace("-", "")) == 24  # of 30 letters: 117 bits
    assert code not in str(UserInvitation.objects.values())
    assert code not in str(list(Event.objects.values_list("record", flat=True)))
    typed = f" {code.lower().replace('-', ' ')} "
    assert user_invitations.find_open(typed, act().at) == invitation


def test_a_code_is_used_once_and_for_a_week(act: Acts, account: str) -> None:
    first, code = invite(ANN, [(account, Role.SECOND)], act=act())
    late = Act("portal", act().at + timedelta(days=7))
    assert _refusal(lambda: users.register(code, "annex", act=late)) == "USER-CODE"
    users.register(code, "annex", act=act("portal"))
    assert _refusal(lambda: users.register(code, "annex", act=act("portal"))) == "USER-CODE"
    assert _refusal(lambda: uninvite(first.pk, act=act())) == "USER-INVITATION-UNKNOWN"


def test_an_invitation_that_was_taken_back_is_no_longer_good(act: Acts, account: str) -> None:
    invitation, code = invite(ANN, [(account, Role.PRIMARY)], act=act())
    uninvite(invitation.pk, act=act())
    assert _refusal(lambda: users.register(code, "annex", act=act("portal"))) == "USER-CODE"
    assert not user_invitations.open_ones(act().at).exists()


@pytest.mark.parametrize(
    ("person", "code"),
    [
        (Person("", "a@example.com"), "USER-FIELD"),
        (Person("A\nB", "a@example.com"), "USER-FIELD"),
        (Person("A", "nobody"), "USER-EMAIL"),
        (Person("A", "a@example.com", "de"), "USER-FIELD"),
        (Person("A", "a@example.com", "en", "JPN"), "USER-FIELD"),
        (Person("A", "a@example.com", "en", "", "x" * 65), "USER-FIELD"),
    ],
)
def test_an_invitation_is_for_a_person_that_can_be_written_to(
    act: Acts, account: str, person: Person, code: str
) -> None:
    assert _refusal(lambda: invite(person, [(account, Role.PRIMARY)], act=act())) == code
    assert not UserInvitation.objects.exists()


def test_a_user_has_at_least_one_account_that_exists(act: Acts, account: str) -> None:
    assert _refusal(lambda: invite(ANN, [], act=act())) == "USER-RIGHTS-NONE"
    wanted = [("U7777777", Role.PRIMARY)]
    assert _refusal(lambda: invite(ANN, wanted, act=act())) == "ACCOUNT-UNKNOWN"


@pytest.mark.req("USR-1")
def test_an_account_has_one_primary_user(act: Acts, account: str) -> None:
    _, early = invite(ANN, [(account, Role.PRIMARY)], act=act())
    _, late = invite(ANN, [(account, Role.PRIMARY)], act=act())
    users.register(early, "annex", act=act("portal"))
    assert _refusal(lambda: users.register(late, "annex", act=act("portal"))) == "USER-RIGHT"
    assert User.objects.count() == 1
    wanted = [(account, Role.PRIMARY)]
    assert _refusal(lambda: invite(ANN, wanted, act=act())) == "USER-RIGHT"


@pytest.mark.req("LOGIN-1")
def test_the_last_free_name_of_some_letters_is_found_and_then_none(act: Acts, account: str) -> None:
    rows = [
        User(name=f"annex{n:03d}", full_name="x", email="x@example.com", created_at=act().at)
        for n in range(1000)
        if n != 417
    ]
    User.objects.bulk_create(rows)
    assert _registered(act, "annex", account).name == "annex417"
    _, code = invite(ANN, [(account, Role.SECOND)], act=act())
    refused = _refusal(lambda: users.register(code, "annex", act=act("portal")))
    assert refused == "USER-LETTERS-TAKEN"


@pytest.mark.req("LOGIN-1")
def test_a_name_that_another_takes_at_that_moment_is_drawn_anew(
    act: Acts, account: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    User.objects.create(name="annex001", full_name="x", email="x@e.com", created_at=act().at)
    drawn = iter(["annex001", "annex001", "annex002"])
    monkeypatch.setattr(users, "_draw_name", lambda _: next(drawn))
    assert _registered(act, "annex", account).name == "annex002"


@pytest.mark.req("LOGIN-1")
@pytest.mark.django_db(transaction=True)
def test_people_who_register_at_once_with_equal_letters_get_different_names(act: Acts) -> None:
    for n in range(6):
        add_account(f"U100000{n}", name="A", act=act())
    codes = [invite(ANN, [(f"U100000{n}", Role.PRIMARY)], act=act())[1] for n in range(6)]
    User.objects.bulk_create(
        User(name=f"annex{n:03d}", full_name="x", email="x@example.com", created_at=act().at)
        for n in range(993)
    )
    names: list[str] = []

    def join(code: str) -> None:
        try:
            names.append(users.register(code, "annex", act=act("portal")).name)
        finally:
            connection.close()

    threads = [threading.Thread(target=join, args=(code,)) for code in codes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(set(names)) == 6


@pytest.mark.req("LOGIN-2")
def test_a_name_is_found_as_it_is_typed_and_no_other_way(act: Acts, account: str) -> None:
    made = _registered(act, "annex", account)
    assert users.find_user(made.name) == made
    for wrong in (made.name.upper(), made.name.capitalize(), f"{made.name} ", "", "nobod999"):
        assert _refusal(lambda wrong=wrong: users.find_user(wrong)) == "USER-UNKNOWN"


@pytest.mark.req("USR-1")
def test_a_right_is_changed_and_taken_away(act: Acts, account: str) -> None:
    made = _registered(act, "annex", account)
    row = users.find_account(account)
    users.give_right(made.name, account, Role.SECOND, act=act())
    users.give_right(made.name, account, Role.SECOND, act=act())
    assert not users.may(made, row, Deed.FUND)
    assert Event.objects.filter(verb="user.right-given").count() == 1
    users.take_right(made.name, account, act=act())
    assert users.deeds_at(made, row) == frozenset()
    again = _refusal(lambda: users.take_right(made.name, account, act=act()))
    assert again == "USER-RIGHT-UNKNOWN"


@pytest.mark.req("SLS-8")
def test_whoever_is_not_primary_is_told_who_may_change_security(act: Acts, account: str) -> None:
    row = users.find_account(account)
    second = _registered(act, "secon", account, Role.SECOND)
    assert _refusal(lambda: users.check_may(second, row, Deed.SECURITY)) == "NOT-ALLOWED"
    primary = _registered(act, "prima", account)
    with pytest.raises(Refused) as no:
        users.check_may(second, row, Deed.SECURITY)
    assert (no.value.code, primary.name in str(no.value)) == ("E-SEC-1", True)
    assert _refusal(lambda: users.check_may(second, row, Deed.FUND)) == "NOT-ALLOWED"
    users.check_may(primary, row, Deed.SECURITY)


@pytest.mark.req("LOGIN-8")
def test_a_user_of_closed_accounts_alone_only_reads(act: Acts, account: str) -> None:
    made = _registered(act, "annex", account)
    add_account("U7654321", name="B", act=act())
    users.give_right(made.name, "U7654321", Role.PRIMARY, act=act())
    users.close_account(account, act=act())
    assert not users.is_read_only(made)
    assert users.deeds_at(made, users.find_account(account)) == {Deed.READ}
    users.close_account("U7654321", act=act())
    users.close_account("U7654321", act=act())
    assert users.is_read_only(made)
    assert Event.objects.filter(verb="account.closed").count() == 2


@pytest.mark.req("LOGIN-8")
def test_a_closed_user_only_reads_and_gets_no_rights(act: Acts, account: str) -> None:
    made = _registered(act, "annex", account)
    closed = users.close_user(made.name, act=act())
    assert users.is_read_only(closed)
    assert users.deeds_at(closed, users.find_account(account)) == {Deed.READ}
    give = _refusal(lambda: users.give_right(made.name, account, Role.SECOND, act=act()))
    assert give == "USER-CLOSED"
