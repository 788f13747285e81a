"""Codes that are guessed, and codes that are used many times at once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections
from strongroom.audit.act import Act
from strongroom.audit.models import Event
from strongroom.directory import recipients
from strongroom.directory.models import Invitation, SshKey
from strongroom.login.connections import penalties
from strongroom_formats.invitation import CODES, code_of

from tests.conftest import StillClock
from tests.unit.api.firm import HERE, Firm

pytestmark = pytest.mark.django_db


@pytest.mark.django_db(transaction=True)
def test_two_questions_at_once_approve_once(automatic: Firm) -> None:
    sent = automatic.enrol(automatic.invite(is_automatic=True)).json
    SshKey.objects.update(state="pending")
    recipients.disallow_network("fund", HERE, act=automatic.act())

    def ask(_: int) -> str:
        asked = automatic.ask("enrolment/status", {"ticket": sent["ticket"]})
        return str(asked.json.get("state", asked.code))

    assert in_threads(ask, 6) == ["approved"] * 6
    assert Event.objects.filter(verb="key.approved").count() == 2, "the first time, and once more"
    assert recipients.find_recipient("fund").networks.count() == 1


def wrong_code(number: int) -> str:
    return code_of(CODES - 1 - number)


@pytest.mark.req("ATK-35")
def test_guessing_shuts_the_source_and_nobody_else(firm: Firm, clock: StillClock) -> None:
    code = firm.invite()
    codes = [firm.ask("enrolment/bundle", {"code": wrong_code(n)}).code for n in range(12)]
    assert codes == ["ENROL-CODE"] * 10 + ["ENROL-SLOW"] * 2
    shut = firm.ask("enrolment/bundle", {"code": code})
    assert (shut.status, shut.code) == (429, "ENROL-SLOW")
    assert shut.json["retry_after"] == int(shut.headers["Retry-After"]) > 0
    firm.address = "2001:db8::1"
    assert firm.bundle(code).login == "fund"
    firm.address = HERE
    clock.advance(minutes=30)
    assert firm.bundle(code).login == "fund"


@pytest.mark.req("ATK-35")
def test_addresses_of_one_network_are_one_source(firm: Firm) -> None:
    for number in range(11):
        firm.address = f"2001:db8::{number + 1:x}"
        answer = firm.ask("enrolment/status", {"ticket": f"{number:032x}"})
    assert answer.code == "ENROL-SLOW"


def test_right_codes_however_many_cost_nothing(firm: Firm) -> None:
    code = firm.invite()
    assert [firm.bundle(code).login for _ in range(25)] == ["fund"] * 25


@pytest.mark.req("ATK-35")
def test_wrong_codes_do_not_shut_a_partner_out_of_sftp(firm: Firm, act: Callable[..., Act]) -> None:
    from strongroom.rules import networks
    from strongroom.rules.penalties import Allowed

    for number in range(12):
        firm.ask("enrolment/bundle", {"code": wrong_code(number)})
    source = networks.source_key(HERE)
    assert isinstance(penalties.judge(source, is_listed=False, act=act()), Allowed)


def in_threads(work: Callable[[int], str], count: int) -> list[str]:
    def one(number: int) -> str:
        try:
            return work(number)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(one, range(count)))


@pytest.mark.django_db(transaction=True)
@pytest.mark.req("ATK-35")
def test_sixty_guesses_at_once_are_compared_ten_times_at_most(firm: Firm) -> None:
    firm.invite()

    def guess(number: int) -> str:
        return firm.ask("enrolment/bundle", {"code": wrong_code(number)}).code

    said = in_threads(guess, 60)
    assert said.count("ENROL-CODE") == 10
    assert said.count("ENROL-SLOW") == 50


@pytest.mark.django_db(transaction=True)
@pytest.mark.req("ATK-53")
def test_of_many_who_use_one_code_at_once_one_wins(firm: Firm) -> None:
    code = firm.invite()
    bodies = [firm.submission(code) for _ in range(6)]
    firms = [replace_address(firm, f"203.0.113.{number + 1}") for number in range(6)]

    def use(number: int) -> str:
        answer = firms[number].ask("enrolment/submission", bodies[number])
        return "won" if answer.status == 200 else answer.code

    said = in_threads(use, 6)
    assert sorted(said) == ["ENROL-USED"] * 5 + ["won"]
    assert SshKey.objects.count() == 1
    assert Invitation.objects.exclude(used_at=None).count() == 1


@pytest.mark.django_db(transaction=True)
def test_one_submission_sent_twice_at_once_is_taken_once_and_answered_twice(firm: Firm) -> None:
    code = firm.invite()
    body = firm.submission(code)
    said = in_threads(lambda _: firm.ask("enrolment/submission", body).json, 2)
    assert [answer["state"] for answer in said] == ["pending", "pending"]
    assert SshKey.objects.count() == 1
    good = [firm.ask("enrolment/status", {"ticket": answer["ticket"]}).status for answer in said]
    assert sorted(good) == [200, 403]


def replace_address(firm: Firm, address: str) -> Firm:
    return Firm(firm.house, firm.act, address)
