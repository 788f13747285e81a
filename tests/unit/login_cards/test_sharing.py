"""One person's card for several of that person's user names (SHARE-1 to SHARE-3)."""

from collections.abc import Callable
from typing import Any

import pytest
from strongroom.directory.models import User
from strongroom.login.credentials import hashing
from strongroom.login.entry import challenges
from strongroom.login.entry.challenges import Question
from strongroom.login.entry.signing_in import Reply
from strongroom.login.factors import enrolments, sharing, temporary_codes
from strongroom.login.factors.enrolments import Wanted
from strongroom.login.factors.sharing import Owner
from strongroom.login.models import Enrolment, EnrolmentState, FactorKind, Password, Purpose
from strongroom.login.visitor import Visitor
from strongroom.rules.alerts import AlertKind
from strongroom.rules.cards import OWN_SUITE
from strongroom.rules.refusals import Refused
from strongroom.rules.secret import Secret

from tests.contracts.factors.members import WithCard, chance

pytestmark = pytest.mark.django_db
VISITOR = Visitor("198.51.100.7", "Firefox")
PASSWORD = Secret("Morning-Ferry-7-Lantern")


def code_of(action: Callable[[], object]) -> str:
    with pytest.raises(Refused) as refused:
        action()
    return refused.value.code


class Pocket(WithCard):
    """A card in its owner's hand, which answers a challenge as a page shows it."""

    def reply(self, asked: challenges.ChallengeView) -> Reply:
        from strongroom.login.ports import Asked, Kept

        shown = Asked(shown=asked.shown)
        return Reply(asked.id, self.answer(Kept(Secret(""), {}, 0), shown, chance().now))


@pytest.fixture
def owner(make_user: Callable[..., User], act: Any) -> User:
    """A user with a password."""
    user = make_user("owner123")
    hashed = hashing.hash_password(PASSWORD)
    Password.objects.create(user=user, hash=hashed, changed_at=act().at)
    return user


@pytest.fixture
def pocket(owner: User, house: Any, act: Any) -> Pocket:
    """The owner's active card."""
    pocket = Pocket(OWN_SUITE)
    wanted = Wanted(FactorKind.CARD, "session", pocket.given)
    begun = enrolments.begin(owner, wanted, house, act())
    assert begun.challenge is not None
    enrolments.confirm(begun.enrolment_id, pocket.reply(begun.challenge), "session", house, act())
    return pocket


def begin(user: User, house: Any, act: Any, *, password: Secret = PASSWORD) -> Any:
    asked = Owner("owner123", password, "mine")
    return sharing.begin(user, asked, VISITOR, house, act())


@pytest.mark.req("SHARE-1", "SHARE-2", "SLS-5")
def test_a_card_is_shared_by_the_owners_password_and_the_card_itself(
    make_user: Callable[..., User], owner: User, pocket: Pocket, house: Any, act: Any
) -> None:
    user = make_user()
    asked = begin(user, house, act)
    row = sharing.finish(user, pocket.reply(asked), "mine", house, act())
    assert (row.user, row.state, row.sealed) == (user, EnrolmentState.ACTIVE, "")
    assert row.shared_from is not None
    assert row.shared_from.user == owner
    assert [one.kind for one in house.herald.alerts][-1] == AlertKind.FACTOR_SHARED
    question = challenges.pose(Question(user, Purpose.SIGN_IN, "s", row), house, act())
    challenges.judge(question.id, "s", pocket.reply(question).answer, house, act())
    assert code_of(lambda: begin(user, house, act)) == "SHARE-NOTHING"


@pytest.mark.req("SHARE-1", "LATK-19")
def test_the_counter_of_a_shared_card_is_kept_once(
    make_user: Callable[..., User], owner: User, pocket: Pocket, house: Any, act: Any
) -> None:
    user = make_user()
    sharing.finish(user, pocket.reply(begin(user, house, act)), "mine", house, act())
    own = Enrolment.objects.get(user=owner, kind=FactorKind.CARD)
    before = own.counter
    shared = Enrolment.objects.get(user=user, kind=FactorKind.CARD)
    asked = challenges.pose(Question(user, Purpose.SIGN_IN, "s", shared), house, act())
    challenges.judge(asked.id, "s", pocket.reply(asked).answer, house, act())
    own.refresh_from_db()
    assert own.counter == before + 1


@pytest.mark.req("SHARE-2", "LATK-11")
def test_a_wrong_password_of_the_owner_shares_nothing(
    make_user: Callable[..., User], pocket: Pocket, house: Any, act: Any
) -> None:
    user = make_user()
    refused = code_of(lambda: begin(user, house, act, password=Secret("wrong-Password-1")))
    assert refused == "E-LOGIN-1"


@pytest.mark.req("SHARE-1")
@pytest.mark.parametrize("identity", ["", "P-2"])
def test_different_people_share_nothing(
    make_user: Callable[..., User], pocket: Pocket, house: Any, act: Any, identity: str
) -> None:
    user = make_user(identity=identity)
    assert code_of(lambda: begin(user, house, act)) == "SHARE-IDENTITY"


@pytest.mark.req("SHARE-1")
def test_people_of_unknown_identity_share_nothing(
    make_user: Callable[..., User], owner: User, pocket: Pocket, house: Any, act: Any
) -> None:
    User.objects.update(identity="")
    user = make_user(identity="")
    assert code_of(lambda: begin(user, house, act)) == "SHARE-IDENTITY"
    assert code_of(lambda: begin(owner, house, act)) == "SHARE-IDENTITY"


@pytest.mark.req("SHARE-1")
def test_nobody_with_a_temporary_device_shares(
    make_user: Callable[..., User], pocket: Pocket, house: Any, act: Any
) -> None:
    user = make_user()
    temporary_codes.issue(user, house, act())
    assert code_of(lambda: begin(user, house, act)) == "SHARE-TEMPORARY"


@pytest.mark.req("SHARE-1", "SHARE-3")
def test_only_a_physical_device_is_shared(
    make_user: Callable[..., User],
    owner: User,
    with_program: Callable[[User], Enrolment],
    house: Any,
    act: Any,
) -> None:
    with_program(owner)
    user = make_user()
    assert code_of(lambda: begin(user, house, act)) == "SHARE-NOTHING"


@pytest.mark.req("SHARE-2", "LATK-18")
def test_only_the_session_that_asked_may_answer_and_only_with_the_card(
    make_user: Callable[..., User], owner: User, pocket: Pocket, house: Any, act: Any
) -> None:
    user = make_user()
    asked = begin(user, house, act)
    reply = pocket.reply(asked)
    finish = sharing.finish
    assert code_of(lambda: finish(user, reply, "another", house, act())) == "E-LOGIN-2"
    wrong = Reply(asked.id, Secret("00000000"))
    assert code_of(lambda: finish(user, wrong, "mine", house, act())) == "E-LOGIN-2"
    own = Enrolment.objects.get(user=owner, kind=FactorKind.CARD)
    other = challenges.pose(Question(owner, Purpose.STEP_UP, "mine", own), house, act())
    answer = pocket.reply(other)
    assert code_of(lambda: finish(user, answer, "mine", house, act())) == "E-LOGIN-2"
    assert not Enrolment.objects.filter(user=user).exists()


@pytest.mark.req("SHARE-1")
def test_a_shared_card_ends_with_the_owners(
    make_user: Callable[..., User], owner: User, pocket: Pocket, house: Any, act: Any
) -> None:
    from strongroom.login.factors import activating

    user = make_user()
    row = sharing.finish(user, pocket.reply(begin(user, house, act)), "mine", house, act())
    own = Enrolment.objects.get(user=owner, kind=FactorKind.CARD)
    activating.withdraw(own, "lost", house, act())
    row.refresh_from_db()
    assert row.state == EnrolmentState.RETIRED
