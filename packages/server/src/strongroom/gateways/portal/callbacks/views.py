"""Takes what providers send: delivery reports, and the steps of calls.

Nobody has a session here: each call-back is signed, which its sender checks before anything is
read. What a report or a pressed key means is decided in `messages`.
"""

import logging

from django.http import HttpResponse

from strongroom.gateways.portal.frame.asking import PortalRequest
from strongroom.messages import calls, letter_reports
from strongroom.messages.ports import Callback
from strongroom.rules import login_refusals

_LOG = logging.getLogger(__name__)


def take_reports(request: PortalRequest, sender: str) -> HttpResponse:
    """Write delivery reports down. A report that comes too early is answered 404: send it again."""
    reader = request.portal.providers.reports.get(sender)
    if reader is None:
        raise login_refusals.LETTER_UNKNOWN.because()
    for report in reader.read_reports(_callback(request)):
        letter_reports.take_report(report, request.act.at)
    return HttpResponse(status=204)


def go_on_with_call(request: PortalRequest, handle: str) -> HttpResponse:
    """Answer a step of a call."""
    reader, desk = request.portal.providers.calls, request.portal.providers.desk
    if reader is None or desk is None:
        raise login_refusals.LETTER_UNKNOWN.because()
    event = reader.read_call(_callback(request))
    script = calls.go_on(calls.Call(reader.sender, handle), event, desk, request.act)
    _LOG.info("a call is at %s", event.moment.value)
    answer = reader.write_steps(script.steps, language=script.language)
    return HttpResponse(answer, content_type="application/json")


def _callback(request: PortalRequest) -> Callback:
    headers = {name.lower(): text for name, text in request.headers.items()}
    return Callback(request.body, headers, request.act.at)
