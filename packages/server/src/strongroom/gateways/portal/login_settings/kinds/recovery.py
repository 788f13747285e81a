"""Recovery codes in the settings: shown once, each usable once."""

from django.utils.translation import gettext_lazy as _

from strongroom.gateways.portal.login_settings.kinds.page import KindPage
from strongroom.login.models import FactorKind

PAGE = KindPage(
    kind=FactorKind.RECOVERY,
    icon="key",
    blurb=_("Ten codes on paper for the day when your phone is lost. Each works once."),
    strength=_("For emergencies: the session gets the lowest limits"),
    steps=(
        _("You see ten codes, once. Print them or save them in a safe place."),
        _("Codes that you made earlier stop working."),
    ),
)
