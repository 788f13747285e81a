"""The demo's users: one for each way to sign in, in both languages, with what is in their pockets.

They are made by the product's own verbs. What a real person would hold (a telephone's seed, a
security card, a printed card) is written down for the demo's page and tests, see
`demonstration_pockets`.
"""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass

from strongroom_formats.canonical_json import JsonValue

from strongroom.audit.act import Act
from strongroom.directory import numbering, phones, users
from strongroom.directory.models import Account, PhoneNumber, Role, User
from strongroom.directory.user_invitations import Person
from strongroom.login.contact import phone_enrolment
from strongroom.login.credentials import passwords
from strongroom.login.entry.signing_in import Reply
from strongroom.login.factors import enrolments
from strongroom.login.factors.enrolments import Wanted
from strongroom.login.house import LoginHouse
from strongroom.login.models import FactorKind
from strongroom.login.ports import Facts
from strongroom.messages import user_desk
from strongroom.rules.cards import OWN_SUITE
from strongroom.rules.secret import Secret
from strongroom.runtime.demonstration_pockets import (
    CARD_PIN,
    DemoPerson,
    card_response,
    code_card_answer,
    read_people,
    totp_now,
    write_people,
)
from strongroom.runtime.home import Home

PASSWORD = "Morning-Ferry-7-Lantern"  # noqa: S105 - the demo prints it
_HOLDER = "demonstration"
_EQUITY_USD = 750_000


@dataclass(frozen=True, slots=True)
class Wish:
    """A user that the demo is to have."""

    letters: str
    full_name: str
    language: str
    account: str
    role: Role
    number: str
    country: str
    kinds: tuple[FactorKind, ...]


WISHES = (
    Wish(
        "alexm", "Alex Morgan", "en", "U1234567", Role.PRIMARY, "07400 123456", "GB",
        (FactorKind.SMS, FactorKind.TOTP, FactorKind.RECOVERY),
    ),
    Wish(
        "robin", "Robin Clarke", "en", "U1234567", Role.SECOND, "07400 123457", "GB",
        (FactorKind.SMS, FactorKind.CODE_CARD),
    ),
    Wish(
        "hanak", "山田 花子", "ja", "U3456789", Role.PRIMARY, "090-1234-5678", "JP",
        (FactorKind.CARD, FactorKind.TOTP, FactorKind.RECOVERY),
    ),
    Wish(
        "kenji", "佐藤 健二", "ja", "U2345678", Role.PRIMARY, "090-1234-5679", "JP",
        (FactorKind.TEMPORARY,),
    ),
)  # fmt: skip


def make_people(home: Home, house: LoginHouse, act: Act) -> list[DemoPerson]:
    """Make the users and write down what they hold. Raises Refused."""
    Account.objects.filter(number__in=[wish.account for wish in WISHES]).update(
        equity_usd=_EQUITY_USD
    )
    people = [make_person(wish, house, act) for wish in WISHES]
    write_people(home, people)
    return people


def make_person(wish: Wish, house: LoginHouse, act: Act) -> DemoPerson:
    """Make one user with factors, as registering and the settings would. Raises Refused."""
    person = Person(wish.full_name, f"{wish.letters}@example.com", wish.language)
    _, link = user_desk.invite(person, ((wish.account, wish.role),), house, act)
    user = users.register(link.reveal().rpartition("/")[2], wish.letters, act=act)
    passwords.set_password(user, Secret(PASSWORD), house, act)
    phone = _phone(user, wish, act)
    made = DemoPerson(user.name, wish.full_name, wish.language, PASSWORD, phone.number)
    for kind in wish.kinds:
        made.pockets[kind.value] = _enrol(user, kind, phone, house, act)
    return made


def _phone(user: User, wish: Wish, act: Act) -> PhoneNumber:
    line = numbering.read_number(wish.number, country=wish.country)
    phone = phones.add(user, phones.NewNumber(line, is_proved=True), act=act)
    phones.mark_verified(phone, usable_from=act.at, act=act)
    return phone


def _enrol(
    user: User, kind: FactorKind, phone: PhoneNumber, house: LoginHouse, act: Act
) -> JsonValue:
    """Set a factor up as its owner would; returns what the owner has then."""
    if kind is FactorKind.SMS:
        phone_enrolment.enrol(phone, house=house, act=act, via=_HOLDER)
        return {}
    given: dict[str, JsonValue] = {}
    if kind is FactorKind.CARD:
        given = {
            "serial": f"DEMO-{secrets.token_hex(3).upper()}",
            "suite": OWN_SUITE,
            "key": secrets.token_hex(32),
            "pin": CARD_PIN,
            "counter": 0,
        }
    wanted = Wanted(kind, _HOLDER, given, via=_HOLDER)
    begun = enrolments.begin(user, wanted, house, act)
    pocket = {**given, **begun.shown}
    if begun.challenge is not None:
        answer = _answer(kind, pocket, begun.challenge.shown, act)
        reply = Reply(begun.challenge.id, Secret(answer))
        row = enrolments.confirm(begun.enrolment_id, reply, _HOLDER, house, act)
        pocket["counter"] = row.counter + 1
    return pocket


def _answer(kind: FactorKind, pocket: dict[str, JsonValue], shown: Facts, act: Act) -> str:
    match kind:
        case FactorKind.TOTP:
            return totp_now(pocket, act.at)
        case FactorKind.CARD:
            return card_response(pocket, str(shown["challenge"]), CARD_PIN)
        case _:
            return code_card_answer(pocket, shown["indexes"])


def how_to_sign_in(home: Home, site: str) -> Iterator[str]:
    """Yield the lines that the demo prints."""
    yield f"The clients' portal: {site}"
    for person in read_people(home):
        kinds = ", ".join(person.pockets)
        yield f"  {person.name}  {person.full_name} ({person.language}): {kinds}"
    yield f"  Password of all of them: {PASSWORD}"
    yield f"  Their telephones and cards: {site}/demo/devices, their messages: {site}/demo/messages"
