"""Who registers: a login whose password is right and whose user never had a factor.

What such a person sets up first is in `number` and `other_factor`.
"""

from uuid import UUID

from strongroom.gateways.portal.frame.asking import PortalRequest
from strongroom.login.contact.contact_guard import Changer
from strongroom.login.entry import signing_in
from strongroom.rules import login_refusals


def newcomer(request: PortalRequest) -> Changer:
    """Return who it is. One who has a factor proves it instead of getting another here.

    Raises Refused (SIGN-IN-OVER).
    """
    sign_in_id = waiting_sign_in(request)
    user = signing_in.find(sign_in_id, request.act).user
    if not signing_in.choices(sign_in_id, request.portal.login, request.act).may_enrol:
        raise login_refusals.SIGN_IN_OVER.because()
    return Changer(user, request.visitor)


def waiting_sign_in(request: PortalRequest) -> UUID:
    """Return the login on its way. Raises Refused (SIGN-IN-OVER)."""
    if request.sign_in_id is None:
        raise login_refusals.SIGN_IN_OVER.because()
    return request.sign_in_id
