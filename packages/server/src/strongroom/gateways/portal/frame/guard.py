"""Stands before each page: who it is, at every request, and whether this page is for them.

What comes before (method, size, CSRF) is in `threshold`; what a no looks like is in `refusing`.
"""

from collections.abc import Callable
from typing import assert_never, cast

from django.http import HttpRequest, HttpResponseBase

from strongroom.audit.act import Act
from strongroom.gateways.portal.frame import holding, language, refusing
from strongroom.gateways.portal.frame.asking import PortalRequest
from strongroom.gateways.portal.frame.routes import Needs, Route
from strongroom.login.presence import web_sessions
from strongroom.rules import login_refusals
from strongroom.rules.refusals import Refused
from strongroom.rules.scopes import Scope


class Guarded:
    """A page behind its guard. Django's CSRF check reads `csrf_exempt`."""

    def __init__(self, route: Route) -> None:
        self.route = route
        self.csrf_exempt = route.is_stateless

    def __call__(self, request: HttpRequest, **parts: object) -> HttpResponseBase:
        """Show the page, or say why not."""
        asked = cast(PortalRequest, request)
        if self.route.is_stateless:
            return _answered(asked, lambda: self.route.view(asked, **parts), self.route)
        return _answered(asked, lambda: self._page(asked, parts), self.route)

    def _page(self, request: PortalRequest, parts: dict[str, object]) -> HttpResponseBase:
        identify(request, is_needed=self.route.needs not in (Needs.ANYONE, Needs.SIGN_IN))
        with language.speaking_to(request):
            admit(request, self.route.needs)
            return self.route.view(request, **parts)


def _answered(
    request: PortalRequest, page: Callable[[], HttpResponseBase], route: Route
) -> HttpResponseBase:
    try:
        return page()
    except Refused as refused:
        with language.speaking_to(request):
            return refusing.answer(request, refused, route)


def identify(request: PortalRequest, *, is_needed: bool) -> None:
    """Look up the person, at every request, so that an end or a restriction holds at once.

    Raises Refused (SESSION-OVER, RESTRICTED-ADDRESS) where a page needs somebody.
    """
    request.sign_in_id = holding.sign_in_of(request)
    session_id = holding.session_of(request)
    if session_id is None:
        return
    house = request.portal.login
    try:
        found = web_sessions.find(session_id, request.visitor, house, request.act)
    except Refused:
        if is_needed:
            raise
        return
    request.person = request.known = found
    request.act = Act(f"user:{found.user.name}", request.act.at)


def admit(request: PortalRequest, needs: Needs) -> None:
    """Judge whether this page is for them.

    Raises Refused: SIGN-IN-OVER, SESSION-OVER, SCOPE-CODE-CARD, SCOPE-READ-ONLY,
    PHONE-NEEDED, STEP-UP-NEEDED.
    """
    match needs:
        case Needs.ANYONE:
            return
        case Needs.SIGN_IN:
            _need_sign_in(request)
        case Needs.RESTRICTED:
            _need_person(request)
        case Needs.SESSION:
            _need_portal(request)
        case Needs.FULL:
            _need_full(request)
        case Needs.STEP_UP:
            _need_full(request)
            _need_step_up(request)
        case _:
            assert_never(needs)


def _need_sign_in(request: PortalRequest) -> None:
    if request.sign_in_id is None:
        raise login_refusals.SIGN_IN_OVER.because()


def _need_person(request: PortalRequest) -> None:
    if request.person is None:
        raise login_refusals.SESSION_OVER.because()


def _need_portal(request: PortalRequest) -> None:
    _need_person(request)
    if request.known.scope is Scope.CODE_CARD_ONLY:
        raise login_refusals.SCOPE_CODE_CARD.because()


def _need_full(request: PortalRequest) -> None:
    _need_portal(request)
    if request.known.scope is not Scope.FULL:
        raise login_refusals.SCOPE_READ_ONLY.because()
    if request.known.is_restricted:
        raise login_refusals.PHONE_NEEDED.because()


def _need_step_up(request: PortalRequest) -> None:
    if not request.known.stepped_up:
        raise login_refusals.STEP_UP_NEEDED.because()
