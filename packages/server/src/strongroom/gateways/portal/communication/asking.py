"""What the pages of this area share: who changes something, and a refusal as a note.

The pages themselves are in the modules beside.
"""

from django.http import HttpResponse

from strongroom.gateways.portal.frame import holding, rendering
from strongroom.gateways.portal.frame.asking import PortalRequest
from strongroom.gateways.portal.frame.refusing import sentence
from strongroom.login.contact.contact_guard import Changer, need_fresh_factor
from strongroom.rules import login_refusals
from strongroom.rules.refusals import Audience, Refused

_MENDED_ELSEWHERE = (
    login_refusals.STEP_UP_NEEDED,
    login_refusals.SESSION_OVER,
    login_refusals.PHONE_UNKNOWN,
)


def changer_of(request: PortalRequest) -> Changer:
    """Return who is signed in, as the verbs want to know."""
    person = request.known
    return Changer(person.user, request.visitor, person.session)


def fresh_changer(request: PortalRequest) -> Changer:
    """Return the same, before a form is shown that would be refused. Raises STEP-UP-NEEDED."""
    changer = changer_of(request)
    need_fresh_factor(changer, request.portal.login, request.act)
    return changer


def noted(request: PortalRequest, refused: Refused, name: str, **parts: object) -> HttpResponse:
    """Go to a page and show the refusal there; what other places mend is raised on."""
    if refused.kind in _MENDED_ELSEWHERE or refused.kind.audience is Audience.OPERATOR:
        raise refused
    holding.note(request, sentence(refused), tone="bad")
    return rendering.go(name, **parts)
