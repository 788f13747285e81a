"""Verbs that make and close users and give them rights, and who may do what at an account.

Passwords, factors and locks of a user are the login's; invitations are in `user_invitations`.
"""

import secrets

from django.db import IntegrityError, models, transaction

from strongroom.audit.act import Act
from strongroom.audit.record import record
from strongroom.directory.accounts import find_account
from strongroom.directory.models import Account, Right, Role, User
from strongroom.directory.user_invitations import check_room, find_open, wanted_rights
from strongroom.rules import login_refusals, rights, user_names
from strongroom.rules.rights import Deed

_MOST_DRAWS = 20


def register(code: str, letters: str, *, act: Act) -> User:
    """Make the user that an invitation is for; its name is `letters` and three digits of ours.

    The password is set in the same transaction by whoever calls. Raises Refused: USER-CODE,
    USER-LETTERS, USER-LETTERS-UNFIT, USER-LETTERS-TAKEN, USER-RIGHT.
    """
    user_names.check_letters(letters)
    with transaction.atomic():
        invitation = find_open(code, act.at)
        made = _create(
            letters,
            User(
                full_name=invitation.full_name,
                email=invitation.email,
                language=invitation.language,
                residence=invitation.residence,
                identity=invitation.identity,
                created_at=act.at,
            ),
        )
        for number, role in wanted_rights(invitation):
            _give(made, number, role, given_by=invitation.made_by, act=act)
        invitation.used_at, invitation.user = act.at, made
        invitation.save(update_fields=["used_at", "user"])
        record(act, "user.registered", f"user:{made.name}", invitation=invitation.pk)
    return made


def _create(letters: str, draft: User) -> User:
    """Store a user under a free name. A name that somebody takes at the same moment is drawn anew;
    names are unique in the database, and those of closed users stay taken."""
    for _ in range(_MOST_DRAWS):
        draft.name = _draw_name(letters)
        try:
            with transaction.atomic():
                draft.save(force_insert=True)
                return draft
        except IntegrityError:
            draft.pk = None
    raise login_refusals.USER_LETTERS_TAKEN.because()


def _draw_name(letters: str) -> str:
    """Draw one of the free names, so that nobody can count the users of some letters."""
    rows = User.objects.filter(name__startswith=letters).values_list("name", flat=True)
    taken = set(rows)
    names = (user_names.name_of(letters, one) for one in range(user_names.NAMES_OF_LETTERS))
    free = [name for name in names if name not in taken]
    if not free:
        raise login_refusals.USER_LETTERS_TAKEN.because()
    return secrets.choice(free)


def find_user(name: str) -> User:
    """Return the user of exactly this name (LOGIN-2). Raises Refused (USER-UNKNOWN)."""
    found = User.objects.filter(name=name).first() if user_names.is_name(name) else None
    if found is None:
        raise login_refusals.USER_UNKNOWN.because(name=name[:64])
    return found


def give_right(name: str, account: str, role: Role, *, act: Act) -> None:
    """Give a user a place at an account, instead of the one that it has there (USR-1).

    Raises Refused: USER-UNKNOWN, USER-CLOSED, ACCOUNT-UNKNOWN, USER-RIGHT. Safe to repeat.
    """
    with transaction.atomic():
        user = find_user(name)
        if user.closed_at is not None:
            raise login_refusals.USER_CLOSED.because(name=name)
        found = Right.objects.filter(user=user, account=find_account(account))
        if found.filter(role=role).exists():
            return
        found.delete()
        _give(user, account, role, given_by=act.actor, act=act)
        record(act, "user.right-given", f"user:{name}", account=account, role=role.value)


def _give(user: User, number: str, role: Role, *, given_by: str, act: Act) -> None:
    """Add a right. The account stays locked, so two at once cannot both take the last place."""
    account = Account.objects.select_for_update(no_key=True).get(pk=find_account(number).pk)
    check_room(number, role)
    Right.objects.create(user=user, account=account, role=role, given_at=act.at, given_by=given_by)


def take_right(name: str, account: str, *, act: Act) -> None:
    """Take a user's place at an account away.

    Raises Refused: USER-UNKNOWN, ACCOUNT-UNKNOWN, USER-RIGHT-UNKNOWN.
    """
    with transaction.atomic():
        user = find_user(name)
        count, _ = Right.objects.filter(user=user, account=find_account(account)).delete()
        if not count:
            raise login_refusals.USER_RIGHT_UNKNOWN.because(name=name, account=account)
        record(act, "user.right-taken", f"user:{name}", account=account)


def close_user(name: str, *, act: Act) -> User:
    """Close a user: it can look at what there is and change nothing (LOGIN-8). Safe to repeat.

    Raises Refused (USER-UNKNOWN).
    """
    with transaction.atomic():
        user = find_user(name)
        if User.objects.filter(pk=user.pk, closed_at=None).update(closed_at=act.at):
            record(act, "user.closed", f"user:{name}")
    user.refresh_from_db()
    return user


def close_account(number: str, *, act: Act) -> Account:
    """Close an account; a user without another open one becomes read-only (LOGIN-8).

    Raises Refused (ACCOUNT-UNKNOWN). Safe to repeat.
    """
    with transaction.atomic():
        account = find_account(number)
        if Account.objects.filter(pk=account.pk, closed_at=None).update(closed_at=act.at):
            record(act, "account.closed", f"account:{number}")
    account.refresh_from_db()
    return account


def accounts_of(user: User) -> models.QuerySet[Account]:
    """Return the accounts whose statements a user may read, closed ones too."""
    return Account.objects.filter(rights__user=user).order_by("number")


def users_of(account: Account) -> models.QuerySet[User]:
    """Return the users of an account."""
    return User.objects.filter(rights__account=account).order_by("name")


def primary_of(account: Account) -> User | None:
    """Return the primary user of an account, None while it has none."""
    return User.objects.filter(rights__account=account, rights__role=Role.PRIMARY).first()


def is_read_only(user: User) -> bool:
    """Whether a user may only look: it is closed, or every account of it is (LOGIN-8)."""
    if user.closed_at is not None:
        return True
    closed = Account.objects.filter(rights__user=user).values_list("closed_at", flat=True)
    return bool(closed) and None not in closed


def deeds_at(user: User, account: Account) -> frozenset[Deed]:
    """Return what a user may do at an account: nothing at another's."""
    right = Right.objects.filter(user=user, account=account).first()
    if right is None:
        return frozenset()
    is_closed = user.closed_at is not None or account.closed_at is not None
    return rights.deeds_of(rights.Role(right.role), is_closed=is_closed)


def may(user: User, account: Account, deed: Deed) -> bool:
    """Whether a user may do this at an account."""
    return deed in deeds_at(user, account)


def check_may(user: User, account: Account, deed: Deed) -> None:
    """Refuse what a user may not do at an account.

    Raises Refused: E-SEC-1, which names the primary user, for security settings (SLS-8), else
    NOT-ALLOWED.
    """
    if may(user, account, deed):
        return
    primary = primary_of(account)
    if deed is Deed.SECURITY and primary is not None:
        raise login_refusals.NOT_PRIMARY.because(primary=primary.name)
    raise login_refusals.NOT_ALLOWED.because(account=account.number)
