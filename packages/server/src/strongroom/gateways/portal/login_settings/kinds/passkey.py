"""Passkeys in the settings."""

from django.utils.translation import gettext_lazy as _

from strongroom.directory.models import User
from strongroom.gateways.portal.login_settings.kinds.page import KindPage
from strongroom.login.factors import enrolments
from strongroom.login.models import FactorKind
from strongroom.login.ports import Facts


def _known(user: User) -> Facts:
    """The credentials there are, so that a device does not make a second one."""
    mine = [one for one in enrolments.listed(user) if one.kind == FactorKind.PASSKEY]
    return {"known": [str(one.facts.get("credential", "")) for one in mine]}


PAGE = KindPage(
    kind=FactorKind.PASSKEY,
    icon="passkey",
    blurb=_("Your fingerprint, your face or the PIN of your phone or computer."),
    strength=_("Very strong, and of no use to a false site"),
    steps=(
        _("Your browser asks where to keep the passkey: on this device, on your phone, or on a "
          "security key."),
        _("Confirm with your fingerprint, your face or the PIN of the device."),
    ),
    given=_known,
)  # fmt: skip
