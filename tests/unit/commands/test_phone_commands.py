"""`strongroom phone`: operators see masked numbers and note what carriers told them."""

from collections.abc import Callable

import pytest
from strongroom.audit.act import Act
from strongroom.directory import phones
from strongroom.directory.models import PhoneNumber, User
from strongroom.directory.numbering import read_number

from tests.conftest import MORNING
from tests.unit.commands.conftest import Say

pytestmark = [pytest.mark.django_db, pytest.mark.req("PHN-6", "SMS-1")]


@pytest.fixture
def number(act: Callable[..., Act]) -> PhoneNumber:
    """A user's number."""
    user = User.objects.create(
        name="anova123", full_name="A", email="a@example.com", created_at=MORNING
    )
    line = read_number("07400 123456", country="GB")
    return phones.add(user, phones.NewNumber(line), act=act())


def test_numbers_are_listed_masked_with_what_became_of_the_last_message(
    say: Say, number: PhoneNumber
) -> None:
    (row,) = say("phone", "list", "anova123", "--json").rows
    assert (row["number"], row["last_message"]) == ("+44 ••• ••456", "not-sent")
    assert number.number not in say("phone", "list", "anova123").out
    number.delete()
    assert "has no number" in say("phone", "list", "anova123").out


def test_a_register_and_hours_are_noted_and_taken_back(say: Say, number: PhoneNumber) -> None:
    say("phone", "do-not-call", "anova123", number.pk)
    say("phone", "hours", "anova123", number.pk, "--from", 9, "--until", 21)
    (row,) = say("phone", "list", "anova123", "--json").rows
    assert (row["do_not_call"], row["hours"]) == (True, "09-21")
    say("phone", "do-not-call", "anova123", number.pk, "--off")
    say("phone", "hours", "anova123", number.pk)
    (row,) = say("phone", "list", "anova123", "--json").rows
    assert (row["do_not_call"], row["hours"]) == (False, "always")


def test_half_of_the_hours_and_a_number_that_is_not_there_are_refused(
    say: Say, number: PhoneNumber
) -> None:
    assert "Hours are" in say("phone", "hours", "anova123", number.pk, "--from", 9, status=77).err
    say("phone", "do-not-call", "anova123", number.pk + 1, status=66)
    say("phone", "list", "nobody99", status=66)
