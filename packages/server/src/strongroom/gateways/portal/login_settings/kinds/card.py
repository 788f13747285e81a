"""The security card in the settings; ordering and activating it is in `card` beside."""

from django.utils.translation import gettext_lazy as _

from strongroom.gateways.portal.login_settings.kinds.page import KindPage
from strongroom.login.models import FactorKind

PAGE = KindPage(
    kind=FactorKind.CARD,
    icon="card",
    blurb=_("A device of its own, with a PIN. Works everywhere, without a network."),
    strength=_("Strongest, without limits"),
    start="card",
)
