"""What each kind of factor says of itself in the settings: a module beside, and one template.

The kinds are named once, in `registry`; a new one is a module, a template and a line there.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from uuid import UUID

from django.utils.functional import Promise

from strongroom.directory.models import User
from strongroom.gateways.portal.frame.asking import PortalRequest
from strongroom.login.models import FactorKind
from strongroom.login.ports import Facts


def _nothing(_request: PortalRequest, _enrolment_id: UUID) -> Mapping[str, object]:
    return {}


def _none(_user: User) -> Facts:
    return {}


@dataclass(frozen=True, slots=True)
class KindPage:
    """How a kind is offered and set up.

    `strength` is its assurance in plain words. `start` names the page where it begins; those that
    begin with one press begin at `login-add`. `given` is what its draft needs, `more` what its
    template `login_settings/kinds/<kind>.html` shows while it waits for its first answer.
    """

    kind: FactorKind
    icon: str
    blurb: str | Promise
    strength: str | Promise
    steps: tuple[str | Promise, ...] = ()
    start: str = "login-add"
    given: Callable[[User], Facts] = _none
    more: Callable[[PortalRequest, UUID], Mapping[str, object]] = _nothing
