"""Verbs that change a person's mail address: proved at the old one or by the password (MON-2).

The new address is proved before it counts. The old one can undo the change for 72 hours, while
what a thief would do next is held back (LATK-25).
"""

from datetime import timedelta

from django.db import transaction
from django.db.models import QuerySet

from strongroom.audit.act import Act
from strongroom.audit.record import record
from strongroom.directory import phones, user_email
from strongroom.directory.models import User
from strongroom.login import allowances, history, standings, unfinished
from strongroom.login.contact import email_numbers, mail_tokens
from strongroom.login.contact.contact_guard import Changer, need_fresh_factor, refuse_frozen
from strongroom.login.contact.email_numbers import Addressee
from strongroom.login.contact.mail_tokens import Errand
from strongroom.login.credentials import hashing
from strongroom.login.house import LoginHouse
from strongroom.login.models import EmailChange, Password
from strongroom.login.ports import Alert
from strongroom.login.presence import trusted_browsers, web_sessions
from strongroom.rules import login_refusals, passwords
from strongroom.rules.alerts import AlertKind
from strongroom.rules.mail_addresses import check_address, shortened
from strongroom.rules.secret import Secret

_PURPOSE = "email-undo"
_MOST_PASSWORDS = 10
_PENDING = timedelta(hours=1)


def send_to_old(changer: Changer, *, house: LoginHouse, act: Act) -> None:
    """Send a confirmation number to the address on record.

    Raises Refused: STEP-UP-NEEDED, PHONE-NEEDED, CHANGES-FROZEN, EMAIL-SOON, TOO-MANY-TRIES.
    """
    _admit(changer, house, act)
    with transaction.atomic():
        email_numbers.send(_old(changer), house, act)


def is_old_asked(changer: Changer, act: Act) -> bool:
    """Whether a number that went to the old address can still be typed."""
    return email_numbers.is_waiting(_old(changer).holder, act)


def propose_with_number(
    changer: Changer, new: str, number: Secret, *, house: LoginHouse, act: Act
) -> None:
    """Name the new address with the number that the old one got; a number goes to the new one.

    Raises Refused: as `send_to_old`, USER-EMAIL, EMAIL-SAME, EMAIL-CODE, E-DSC-1.
    """
    _admit(changer, house, act)
    address = _checked(changer, new)
    email_numbers.judge(_old(changer).holder, number, house, act)
    _propose(changer, address, "old-address", house=house, act=act)


def propose_with_password(
    changer: Changer, new: str, password: Secret, *, house: LoginHouse, act: Act
) -> None:
    """Name the new address with the current password, without access to the old one.

    Raises Refused: as `send_to_old`, USER-EMAIL, EMAIL-SAME, PASSWORD-OLD.
    """
    _admit(changer, house, act)
    address = _checked(changer, new)
    per = house.policy.failures_window
    key = f"email-password:{changer.user.pk}"
    allowances.take(key, most=_MOST_PASSWORDS, per=per, act=act)
    stored = Password.objects.filter(user=changer.user).first()
    right = hashing.verify(passwords.normal(password), stored.hash if stored else hashing.DECOY)
    if not right or stored is None:
        raise login_refusals.PASSWORD_OLD.because()
    _propose(changer, address, "password", house=house, act=act)


def _admit(changer: Changer, house: LoginHouse, act: Act) -> None:
    need_fresh_factor(changer, house, act)
    if not phones.has_verified(changer.user):
        raise login_refusals.PHONE_NEEDED.because()
    refuse_frozen(changer.user, act)


def _checked(changer: Changer, new: str) -> str:
    address = check_address(new)
    if address == changer.user.email:
        raise login_refusals.EMAIL_SAME.because()
    return address


def _propose(changer: Changer, new: str, by: str, *, house: LoginHouse, act: Act) -> None:
    user = changer.user
    with transaction.atomic():
        _open(user, act).update(cancelled_at=act.at)
        change = EmailChange.objects.create(user=user, old=user.email, new=new, asked_at=act.at)
        email_numbers.send(_new(changer, change), house, act)
        record(act, "email.change-asked", f"user:{user.name}", change=change.pk, by=by)


def pending(changer: Changer, act: Act) -> EmailChange | None:
    """Return the change whose new address is not proved yet."""
    return _open(changer.user, act).order_by("-asked_at").first()


def send_to_new(changer: Changer, *, house: LoginHouse, act: Act) -> None:
    """Send another number to the new address. Raises Refused: EMAIL-CHANGE-OVER, EMAIL-SOON."""
    change = _pending(changer, act)
    with transaction.atomic():
        email_numbers.send(_new(changer, change), house, act)


def cancel(changer: Changer, *, act: Act) -> None:
    """Give up a change that is not proved yet. Safe to repeat."""
    with transaction.atomic():
        if _open(changer.user, act).update(cancelled_at=act.at):
            record(act, "email.change-cancelled", f"user:{changer.user.name}")


def confirm(changer: Changer, number: Secret, *, house: LoginHouse, act: Act) -> None:
    """Change the address, with the number that the new one got.

    Both addresses are told; the old one gets the link that undoes it. Raises Refused:
    EMAIL-CHANGE-OVER, EMAIL-CODE, E-DSC-1, CHANGES-FROZEN.
    """
    change = _pending(changer, act)
    refuse_frozen(changer.user, act)
    email_numbers.judge(_new(changer, change).holder, number, house, act)
    until = act.at + house.policy.change_freeze
    with transaction.atomic():
        standings.hold(changer.user)
        mine = _open(changer.user, act).filter(pk=change.pk)
        if not mine.update(confirmed_at=act.at, undo_until=until):
            raise login_refusals.EMAIL_CHANGE_OVER.because()
        user_email.set_email(changer.user, change.new, instead_of=change.old, act=act)
        unfinished.end_links(changer.user, [mail_tokens.RESET], act)
        standings.freeze(changer.user, until)
        _tell_both(changer, change, house=house, act=act)
        kind = history.EventKind.EMAIL_CHANGED
        history.write(changer.user, kind, changer.visitor, act, new=shortened(change.new))


def _tell_both(changer: Changer, change: EmailChange, *, house: LoginHouse, act: Act) -> None:
    user, life = changer.user, house.policy.change_freeze
    token = mail_tokens.make(Errand(user, _PURPOSE, life, {"change": str(change.pk)}), house, act)
    facts = {
        "new": shortened(change.new),
        "until": f"{act.at + life:%Y-%m-%d %H:%M} UTC",
        "address": changer.visitor.address,
        "browser": changer.visitor.shown_browser,
    }
    undo = {"undo": Secret(f"{house.site}/email/undo/{token.reveal()}")}
    old = Alert(AlertKind.EMAIL_CHANGED_OLD, user.pk, facts=facts, secrets=undo)
    house.herald.mail(old, to=change.old, language=user.language, act=act)
    # The line under the bell comes with this one; by now it is the address on record.
    house.herald.alert(Alert(AlertKind.EMAIL_CHANGED_NEW, user.pk, facts=facts), act)


def find_undo(token: Secret, act: Act) -> User:
    """Return whose change a link undoes, changing nothing. Raises Refused (LINK-OVER)."""
    return mail_tokens.find(token, _PURPOSE, act, otherwise=login_refusals.LINK_OVER)[1]


def undo(token: Secret, *, house: LoginHouse, act: Act) -> None:
    """Bring the old address back, and end every session and trusted browser; works once.

    What is held back stays so, because whoever made the change may still have a factor. Raises
    Refused (LINK-OVER).
    """
    over = login_refusals.LINK_OVER
    row, user = mail_tokens.find(token, _PURPOSE, act, otherwise=over)
    with transaction.atomic():
        standings.hold(user)
        mail_tokens.use(row, act, otherwise=over)
        change = EmailChange.objects.get(pk=int(row.facts["change"]))
        open_for_undo = EmailChange.objects.filter(pk=change.pk, undone_at=None)
        if not open_for_undo.update(undone_at=act.at):
            raise over.because()
        _open(user, act).update(cancelled_at=act.at)
        user_email.set_email(user, change.old, instead_of=user.email, act=act)
        # Whoever reads the other mailbox has links as well, and could shut the owner out by them.
        sent_there = [mail_tokens.RESET, mail_tokens.NOT_ME]
        unfinished.end_links(user, sent_there, act, since=change.confirmed_at)
        web_sessions.end_all(user, "email-undone", act)
        trusted_browsers.end_all(user, "email-undone", act)
        standings.freeze(user, act.at + house.policy.change_freeze)
        both = (change.old, change.new)
        house.herald.alert(Alert(AlertKind.EMAIL_UNDONE, user.pk, addresses=both), act)
        history.write(user, history.EventKind.EMAIL_UNDONE, None, act)


def _pending(changer: Changer, act: Act) -> EmailChange:
    need = pending(changer, act)
    if need is None:
        raise login_refusals.EMAIL_CHANGE_OVER.because()
    return need


def _open(user: User, act: Act) -> QuerySet[EmailChange]:
    rows = EmailChange.objects.filter(user=user, confirmed_at=None, cancelled_at=None)
    return rows.filter(asked_at__gt=act.at - _PENDING)


def _old(changer: Changer) -> Addressee:
    return Addressee(changer.user, changer.user.email, f"email-old:{changer.holder}")


def _new(changer: Changer, change: EmailChange) -> Addressee:
    return Addressee(changer.user, change.new, f"email-{change.pk}:{changer.holder}")
