"""Authenticator apps in the settings: a picture to scan, or a key to type."""

from collections.abc import Mapping
from uuid import UUID

import segno
from django.utils.translation import gettext_lazy as _

from strongroom.gateways.portal.frame.asking import PortalRequest
from strongroom.gateways.portal.login_settings.kinds.page import KindPage
from strongroom.login.factors import factor_names
from strongroom.login.models import FactorKind


def _shown(request: PortalRequest, enrolment_id: UUID) -> Mapping[str, object]:
    key = factor_names.new_key(request.known.user, enrolment_id, request.portal.login)
    text = key.secret.reveal()
    picture = segno.make(key.uri.reveal(), error="m")
    return {
        "key": " ".join(text[at : at + 4] for at in range(0, len(text), 4)),
        "picture": picture.svg_data_uri(scale=5, border=3, dark="#000000", light="#ffffff"),
    }


PAGE = KindPage(
    kind=FactorKind.TOTP,
    icon="clock",
    blurb=_("Six digits that an app on your phone shows, new every 30 seconds. Works offline."),
    strength=_("Strong"),
    steps=(
        _("Install an authenticator app on your phone, if you have none."),
        _("Scan the picture on the next page with it."),
        _("Type the six digits that it shows."),
    ),
    more=_shown,
)
