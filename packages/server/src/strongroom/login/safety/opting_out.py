"""Verbs for opting out of two-factor login on platforms, and back in (SLS-6 to SLS-8, F17).

The portal always asks for a factor. What opting out costs is in `rules.permissions`.
"""

from django.db import transaction

from strongroom.audit.act import Act
from strongroom.audit.record import record
from strongroom.login import history
from strongroom.login.contact import mail_tokens
from strongroom.login.history import EventKind
from strongroom.login.house import LoginHouse
from strongroom.login.models import Enrolment, EnrolmentState, FactorKind, Standing
from strongroom.login.ports import Alert
from strongroom.login.safety.restricting import Asker, check_may_manage
from strongroom.rules import login_refusals
from strongroom.rules.alerts import AlertKind
from strongroom.rules.permissions import check_residence


def check_may_opt_out(asker: Asker, *, house: LoginHouse) -> None:
    """Judge whether the person may opt out, so that a page need not offer what is refused.

    Raises Refused: E-SEC-1, OPT-OUT-RESIDENCE, OPT-OUT-RESIDENCE-UNKNOWN.
    """
    check_may_manage(asker.user, asker.user)
    check_residence(asker.user.residence, house.policy.residences_without_opt_out)


def opt_out(asker: Asker, *, house: LoginHouse, act: Act) -> None:
    """Let the user's platforms ask for the password alone.

    Raises Refused: E-SEC-1, OPT-OUT-RESIDENCE, OPT-OUT-RESIDENCE-UNKNOWN, OPT-OUT-DONE.
    """
    check_may_opt_out(asker, house=house)
    with transaction.atomic():
        Standing.objects.get_or_create(user=asker.user)
        mine = Standing.objects.filter(user=asker.user)
        if not mine.filter(opted_out_at=None).update(opted_out_at=act.at):
            raise login_refusals.OPT_OUT_DONE.because()
        _tell(asker, AlertKind.OPTED_OUT, EventKind.OPTED_OUT, house, act)


def opt_in(asker: Asker, *, house: LoginHouse, act: Act) -> None:
    """Ask for a factor on platforms again, once there is a lasting one.

    Raises Refused: E-SEC-1, OPT-IN-FACTOR, OPT-OUT-DONE.
    """
    check_may_manage(asker.user, asker.user)
    with transaction.atomic():
        active = Enrolment.objects.filter(user=asker.user, state=EnrolmentState.ACTIVE)
        if not active.exclude(kind__in=(FactorKind.TEMPORARY, FactorKind.RECOVERY)).exists():
            raise login_refusals.OPT_IN_FACTOR.because()
        mine = Standing.objects.filter(user=asker.user)
        if not mine.exclude(opted_out_at=None).update(opted_out_at=None):
            raise login_refusals.OPT_OUT_DONE.because()
        _tell(asker, AlertKind.OPTED_IN, EventKind.OPTED_IN, house, act)


def _tell(asker: Asker, alert: AlertKind, event: EventKind, house: LoginHouse, act: Act) -> None:
    visitor = asker.visitor
    facts = {"address": visitor.address, "browser": visitor.shown_browser}
    secrets = mail_tokens.not_me(asker.user, house, act)
    house.herald.alert(Alert(alert, asker.user.pk, facts, secrets), act)
    history.write(asker.user, event, visitor, act)
    record(act, f"user.{event}", f"user:{asker.user.name}", address=visitor.address)
