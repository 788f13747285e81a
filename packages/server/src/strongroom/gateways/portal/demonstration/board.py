"""The page of a development house on which its mails, SMS and calls show; on this machine alone.

What keeps them is the console sender; in a house that has another one this page does not exist.
"""

from collections.abc import Sequence

from django.http import Http404, HttpResponse

from strongroom.gateways.portal.demonstration.nearness import refuse_others
from strongroom.gateways.portal.frame.asking import PortalRequest
from strongroom.gateways.portal.frame.rendering import page
from strongroom.messages import calls
from strongroom.messages.ports import CallEvent, CallMoment, Say, Shown
from strongroom.rules.refusals import Refused

CONSOLE = "console"


def show(request: PortalRequest) -> HttpResponse:
    """Show the messages, newest first."""
    return page(request, "demonstration/board.html", {"messages": _shown(request)})


def press_key(request: PortalRequest) -> HttpResponse:
    """Press a key in a call: what is said then is shown once, as it would be heard once."""
    messages = _shown(request)
    desk = request.portal.providers.desk
    if desk is None:
        raise Http404
    call = calls.Call(CONSOLE, request.POST.get("handle", "")[:100])
    event = CallEvent(CallMoment.KEY, key="1")
    try:
        script = calls.go_on(call, event, desk, request.act)
    except Refused:
        raise Http404 from None
    said = [step.text.reveal() for step in script.steps if isinstance(step, Say)]
    # Not kept for a redirect, as a page's notes are: a session's row holds no code.
    context = {"messages": messages, "was_pressed": True, "heard": " ".join(said)}
    return page(request, "demonstration/board.html", context)


def _shown(request: PortalRequest) -> Sequence[Shown]:
    refuse_others(request)
    board = request.portal.providers.board
    if board is None:
        raise Http404
    return board.shown()
