"""User names, and what each kind of user may do: the pure rules."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strongroom.rules import rights, user_names
from strongroom.rules.mail_addresses import check_address
from strongroom.rules.refusals import Refused
from strongroom.rules.rights import Deed, Role


@pytest.mark.req("LOGIN-1")
@pytest.mark.parametrize(
    "letters",
    ["", "abcd", "abcdef", "Abcde", "ABCDE", "abcd1", "abcdé", "ａｂｃｄｅ", "abcde\n", "a bcd"],
)
def test_a_name_begins_with_exactly_five_lower_case_letters(letters: str) -> None:
    with pytest.raises(Refused) as no:
        user_names.check_letters(letters)
    assert no.value.code == "USER-LETTERS"


@pytest.mark.req("LOGIN-1")
@pytest.mark.parametrize("letters", ["admin", "staff", "login", "xfuck", "shite", "nazis"])
def test_letters_that_offend_or_sound_like_staff_are_refused(letters: str) -> None:
    with pytest.raises(Refused) as no:
        user_names.check_letters(letters)
    assert no.value.code == "USER-LETTERS-UNFIT"


@pytest.mark.req("LOGIN-1", "LOGIN-2")
@given(st.integers(0, 999))
def test_a_name_is_five_letters_and_three_digits(number: int) -> None:
    name = user_names.name_of("abcde", number)
    assert user_names.is_name(name)
    assert (len(name), int(name[5:])) == (8, number)
    assert not user_names.is_name(name.upper())


@pytest.mark.req("USR-1")
def test_only_the_primary_user_manages_security_and_delivery() -> None:
    may = {role: rights.deeds_of(role, is_closed=False) for role in Role}
    assert may[Role.PRIMARY] == frozenset(Deed)
    assert {role for role in Role if Deed.SECURITY in may[role]} == {Role.PRIMARY}
    assert {role for role in Role if Deed.DELIVERY in may[role]} == {Role.PRIMARY}


@pytest.mark.req("USR-1")
def test_second_users_move_no_money() -> None:
    for role in (Role.SECOND, Role.ATTORNEY_SECOND):
        assert Deed.FUND not in rights.deeds_of(role, is_closed=False)
        assert Deed.READ in rights.deeds_of(role, is_closed=False)


@pytest.mark.req("LOGIN-8")
@pytest.mark.parametrize("role", list(Role))
def test_whatever_is_closed_is_only_read(role: Role) -> None:
    assert rights.deeds_of(role, is_closed=True) == {Deed.READ}


@pytest.mark.req("USR-1")
@pytest.mark.parametrize(
    ("there", "new", "fits"),
    [
        ([], Role.PRIMARY, True),
        ([Role.PRIMARY], Role.PRIMARY, False),
        ([Role.PRIMARY], Role.SECOND, True),
        ([Role.PRIMARY, Role.SECOND], Role.SECOND, False),
        ([Role.ATTORNEY] * 4, Role.ATTORNEY, True),
        ([Role.ATTORNEY] * 5, Role.ATTORNEY, False),
        ([], Role.ATTORNEY_SECOND, False),
        ([Role.ATTORNEY], Role.ATTORNEY_SECOND, True),
        ([Role.ATTORNEY, Role.ATTORNEY_SECOND], Role.ATTORNEY_SECOND, False),
    ],
)
def test_an_account_has_room_for_five_attorneys_each_with_a_second_user(
    there: list[Role], new: Role, *, fits: bool
) -> None:
    if fits:
        rights.check_room("U1234567", there, new)
        return
    with pytest.raises(Refused) as no:
        rights.check_room("U1234567", there, new)
    assert no.value.code == "USER-RIGHT"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a",
        "a@b",
        "a@b@c.de",
        "a b@c.de",
        "a@c.de\nBcc: x@y.zz",
        "a@-c.de",
        "a@c..de",
        ".a@c.de",
        "<a@c.de>",
        "a,b@c.de",
        "ä@c.de",
        "a" * 65 + "@c.de",
        "a@" + "b." * 130 + "de",
    ],
)
def test_what_is_no_plain_mail_address_is_refused(text: str) -> None:
    with pytest.raises(Refused) as no:
        check_address(text)
    assert no.value.code == "USER-EMAIL"


def test_the_host_of_a_mail_address_has_no_upper_case() -> None:
    assert check_address(" Ann.O'Neil+x@Example.COM ") == "Ann.O'Neil+x@example.com"
