"""Verbs on invitations of users: made by operators, used up once by whoever has the code.

The letter that carries a code is `messages.user_desk`'s business, the new user's password the
login's.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from django.db import models, transaction
from strongroom_formats.canonical_json import JsonValue
from strongroom_formats.invitation import LETTERS

from strongroom.audit.act import Act
from strongroom.audit.record import record
from strongroom.directory.accounts import find_account
from strongroom.directory.models import Right, Role, UserInvitation
from strongroom.rules import login_refusals, rights
from strongroom.rules.mail_addresses import check_address

VALID = timedelta(days=7)
LANGUAGES = ("en", "ja")

_GROUPS, _GROUP = 6, 4
"""24 of 30 letters: a little over 117 bits."""

_LONGEST_TYPED = 60
_LONGEST_NAME = 200
_LONGEST_IDENTITY = 64


@dataclass(frozen=True, slots=True)
class Person:
    """Who is invited. `residence` is an ISO 3166 code (SLS-6), `identity` the firm's own reference
    of the person (SHARE-1); both may be ""."""

    full_name: str
    email: str
    language: str = "en"
    residence: str = ""
    identity: str = ""


def invite(
    person: Person, wanted: Sequence[tuple[str, Role]], *, act: Act
) -> tuple[UserInvitation, str]:
    """Make an invitation with (account, role) pairs; returns it with its code, kept nowhere.

    Raises Refused: USER-FIELD, USER-EMAIL, USER-RIGHTS-NONE, ACCOUNT-UNKNOWN, USER-RIGHT.
    """
    person = _checked(person)
    if not wanted:
        raise login_refusals.USER_RIGHTS_NONE.because()
    code = "-".join("".join(secrets.choice(LETTERS) for _ in range(_GROUP)) for _ in range(_GROUPS))
    with transaction.atomic():
        for number, role in wanted:
            check_room(number, role)
        made = UserInvitation.objects.create(
            code_sha256=_hash_of(code),
            full_name=person.full_name,
            email=person.email,
            language=person.language,
            residence=person.residence,
            identity=person.identity,
            rights=[{"account": number, "role": role.value} for number, role in wanted],
            made_at=act.at,
            made_by=act.actor,
            expires_at=act.at + VALID,
        )
        record(
            act,
            "user.invited",
            f"user-invitation:{made.pk}",
            rights=[f"{number} {role.value}" for number, role in wanted],
            until=made.expires_at.isoformat(),
        )
    return made, code


def check_room(account: str, role: Role) -> None:
    """Judge one more user of an account; a closed one keeps its place until it is taken away.

    Raises Refused: ACCOUNT-UNKNOWN, USER-RIGHT.
    """
    taken = Right.objects.filter(account=find_account(account))
    roles = [rights.Role(one) for one in taken.values_list("role", flat=True)]
    rights.check_room(account, roles, rights.Role(role.value))


def uninvite(number: int, *, act: Act) -> UserInvitation:
    """Take an open invitation back. Raises Refused (USER-INVITATION-UNKNOWN)."""
    with transaction.atomic():
        found = open_ones(act.at).filter(pk=number).select_for_update().first()
        if found is None:
            raise login_refusals.USER_INVITATION_UNKNOWN.because(number=number)
        found.revoked_at = act.at
        found.save(update_fields=["revoked_at"])
        record(act, "user.uninvited", f"user-invitation:{number}")
    return found


def find_open(code: str, at: datetime) -> UserInvitation:
    """Return the open invitation with this code, locked in a transaction.

    Spaces, dashes and case of what was typed do not matter. Raises Refused (USER-CODE), the same
    for every code that is not good.
    """
    found = open_ones(at).filter(code_sha256=_hash_of(_written(code)))
    if transaction.get_connection().in_atomic_block:
        found = found.select_for_update()
    invitation = found.first()
    if invitation is None:
        raise login_refusals.USER_CODE.because()
    return invitation


def open_ones(at: datetime) -> models.QuerySet[UserInvitation]:
    """Return the invitations that can still be used, the newest first."""
    rows = UserInvitation.objects.filter(used_at=None, revoked_at=None, expires_at__gt=at)
    return rows.order_by("-made_at", "-pk")


def wanted_rights(invitation: UserInvitation) -> list[tuple[str, Role]]:
    """Return the (account, role) pairs that an invitation gives."""
    entries: list[Mapping[str, JsonValue]] = invitation.rights
    return [(str(one["account"]), Role(str(one["role"]))) for one in entries]


def _checked(person: Person) -> Person:
    name = person.full_name.strip()
    if not 0 < len(name) <= _LONGEST_NAME or not name.isprintable():
        raise login_refusals.USER_FIELD.because(
            field="full name", why=f"has 1 to {_LONGEST_NAME} printable characters"
        )
    if person.language not in LANGUAGES:
        raise login_refusals.USER_FIELD.because(
            field="language", why=f"is one of {', '.join(LANGUAGES)}"
        )
    residence = person.residence.strip().upper()
    if residence and not (residence.isascii() and residence.isalpha() and len(residence) == 2):
        raise login_refusals.USER_FIELD.because(
            field="residence", why="is a country in two letters, such as JP"
        )
    if len(person.identity) > _LONGEST_IDENTITY or not person.identity.isprintable():
        raise login_refusals.USER_FIELD.because(
            field="identity", why=f"has at most {_LONGEST_IDENTITY} printable characters"
        )
    return Person(name, check_address(person.email), person.language, residence, person.identity)


def _written(typed: str) -> str:
    """Return a code in the form in which it was given out; anything else is no code."""
    plain = "".join(one for one in typed[:_LONGEST_TYPED].upper() if not one.isspace())
    plain = plain.replace("-", "")
    return "-".join(plain[at : at + _GROUP] for at in range(0, len(plain), _GROUP))


def _hash_of(code: str) -> str:
    """The form in which codes are kept. They are random, so no salt is needed."""
    return sha256(code.encode()).hexdigest()
