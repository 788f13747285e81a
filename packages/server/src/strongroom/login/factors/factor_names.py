"""What a user calls a factor, to tell several of a kind apart (SLS-10), and the key of a new one.

Setting factors up and taking them away is in `enrolments`.
"""

from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from strongroom_formats.one_line import clean_text

from strongroom.audit.act import Act
from strongroom.audit.record import record
from strongroom.directory.models import User
from strongroom.login.entry.kept_secrets import kept_of
from strongroom.login.factors import enrolments
from strongroom.login.house import LoginHouse
from strongroom.login.models import Enrolment, EnrolmentState, FactorKind
from strongroom.rules import login_refusals
from strongroom.rules.one_time_codes import key_uri
from strongroom.rules.secret import Secret

LONGEST = 60


@dataclass(frozen=True, slots=True)
class NewKey:
    """The key of an authenticator program, to type (`secret`, base32) or to scan (`uri`)."""

    secret: Secret
    uri: Secret


def rename(user: User, enrolment_id: UUID, label: str, act: Act) -> None:
    """Call a factor otherwise; an empty name changes nothing. Raises Refused (FACTOR-UNKNOWN)."""
    row = enrolments.find(user, enrolment_id)
    text = clean_text(label.strip(), LONGEST)
    if not text or row.state == EnrolmentState.RETIRED:
        return
    with transaction.atomic():
        Enrolment.objects.filter(pk=row.pk).update(label=text)
        record(act, "factor.renamed", f"user:{user.name}", enrolment=str(row.pk), label=text)


def new_key(user: User, enrolment_id: UUID, house: LoginHouse) -> NewKey:
    """Return the key of an authenticator that waits for its first code.

    Only until then: who takes a session over later cannot read it. Raises Refused
    (FACTOR-UNKNOWN, SEAL-BROKEN).
    """
    row = enrolments.find(user, enrolment_id)
    if row.kind != FactorKind.TOTP or row.state != EnrolmentState.PENDING:
        raise login_refusals.FACTOR_UNKNOWN.because()
    secret = kept_of(row, house).secret
    uri = key_uri(issuer=house.firm, account=user.name, secret=secret.reveal())
    return NewKey(secret, Secret(uri))
