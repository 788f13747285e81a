"""Codes by SMS in the settings: which number gets them is decided with the numbers."""

from django.utils.translation import gettext_lazy as _

from strongroom.gateways.portal.login_settings.kinds.page import KindPage
from strongroom.login.models import FactorKind

PAGE = KindPage(
    kind=FactorKind.SMS,
    icon="phone",
    blurb=_("Six digits sent to a confirmed mobile number. They depend on your network."),
    strength=_("Fair; ends when a security card is active"),
    start="phones",
)
