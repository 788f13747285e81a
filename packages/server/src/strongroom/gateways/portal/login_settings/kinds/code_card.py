"""The online code card in the settings; printing and activating it is in `code_card` beside."""

from django.utils.translation import gettext_lazy as _

from strongroom.gateways.portal.login_settings.kinds.page import KindPage
from strongroom.login.models import FactorKind

PAGE = KindPage(
    kind=FactorKind.CODE_CARD,
    icon="grid",
    blurb=_("A card to print, good for 21 days: the bridge until a device arrives."),
    strength=_("Fair, for a time"),
    start="code-card",
)
