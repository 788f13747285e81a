"""Verbs around users that also write letters: invite, close, and tell the staff of a stranger.

Rows of users are the directory's, what is locked and ended the login's.
"""

from collections.abc import Sequence

from django.db import transaction

from strongroom.audit.act import Act
from strongroom.directory import user_invitations, users
from strongroom.directory.models import Role, User, UserInvitation
from strongroom.directory.user_invitations import Person
from strongroom.login.house import LoginHouse
from strongroom.login.ports import Alert
from strongroom.login.safety import disavowals
from strongroom.messages import notices
from strongroom.messages.kinds import NoticeKind
from strongroom.rules.alerts import AlertKind
from strongroom.rules.secret import Secret


def invite(
    person: Person, wanted: Sequence[tuple[str, Role]], house: LoginHouse, act: Act
) -> tuple[UserInvitation, Secret]:
    """Invite a person and write the letter with the link; returns the link as well.

    Raises Refused: USER-FIELD, USER-EMAIL, USER-RIGHTS-NONE, ACCOUNT-UNKNOWN, USER-RIGHT.
    """
    with transaction.atomic():
        made, code = user_invitations.invite(person, wanted, act=act)
        link = Secret(f"{house.site}/register/{code}")
        facts = {"until": f"{made.expires_at:%Y-%m-%d %H:%M} UTC", "full_name": made.full_name}
        house.herald.mail(
            Alert(AlertKind.INVITATION, 0, facts, {"link": link}),
            to=made.email,
            language=made.language,
            act=act,
        )
    return made, link


def close(name: str, house: LoginHouse, act: Act) -> User:
    """Close a user and tell it: it may read what there is and change nothing (LOGIN-8).

    Raises Refused (USER-UNKNOWN). Safe to repeat.
    """
    with transaction.atomic():
        was_closed = users.find_user(name).closed_at is not None
        user = users.close_user(name, act=act)
        if not was_closed:
            house.herald.alert(Alert(AlertKind.USER_CLOSED, user.pk), act)
    return user


def disavow(token: Secret, house: LoginHouse, act: Act) -> User:
    """Undo what an alert told of and was not the person's, and tell the staff at once (F20).

    Raises Refused (LINK-OVER).
    """
    with transaction.atomic():
        user = disavowals.disavow(token, house, act)
        notices.post(
            NoticeKind.DISAVOWED,
            recipient=notices.OPERATORS,
            sameness=f"{user.name}:{act.at.isoformat()}",
            at=act.at,
            facts={"user": user.name},
        )
    return user
