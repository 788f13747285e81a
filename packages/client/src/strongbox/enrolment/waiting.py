"""Waiting for the firm's decision, politely and through bad weather.

What follows the decision is in `running`.
"""

import time
from collections.abc import Callable, Iterator

from strongbox.api import enrolling
from strongbox.api.endpoint import Endpoint
from strongbox.api.enrolling import EnrolmentState, Progress
from strongbox.api.https import FirmSaysNo
from strongbox.enrolment import refusals
from strongbox.enrolment.ports import Person, Step
from strongbox.enrolment.progress import Enrolment
from strongbox.refusal import Exit, Refused

_FIRST_SECONDS = 0.3
_GROWTH = 1.5
_LONGEST_SECONDS = 15.0
_PASSING = (Exit.TRY_AGAIN, Exit.UNAVAILABLE, Exit.NO_HOST)

Sleep = Callable[[float], None]


def wait_for_decision(
    endpoint: Endpoint, enrolment: Enrolment, *, person: Person, seconds: float, sleep: Sleep
) -> Progress:
    """Ask until the firm has approved; `seconds` is the most that is waited.

    Raises Refused: ENROL-REJECTED, ENROL-EXPIRED, ENROL-PAUSED (time is up, or Ctrl-C), and API-…
    where going on asking is no use.
    """
    until = time.monotonic() + seconds
    try:
        for pause in _pauses():
            wait = pause
            try:
                progress = enrolling.status(endpoint, enrolment.ticket)
            except Refused as refused:
                if refused.kind.exit not in _PASSING:
                    raise
                person.tell(Step.TROUBLE, {"code": refused.code, "sentence": str(refused)})
                wait = max(pause, _asked_to_wait(refused))
            else:
                _judge(progress)
                if progress.state is EnrolmentState.APPROVED:
                    return progress
                person.tell(Step.WAITING, {"sentence": progress.sentence})
            if time.monotonic() + wait > until:
                break
            sleep(wait)
    except KeyboardInterrupt:
        raise refusals.ENROL_PAUSED.because(name=enrolment.name) from None
    raise refusals.ENROL_PAUSED.because(name=enrolment.name)


def _judge(progress: Progress) -> None:
    match progress.state:
        case EnrolmentState.REJECTED:
            raise refusals.ENROL_REJECTED.because(sentence=progress.sentence)
        case EnrolmentState.EXPIRED:
            raise refusals.ENROL_EXPIRED.because(sentence=progress.sentence)
        case EnrolmentState.PENDING | EnrolmentState.APPROVED:
            return


def _pauses() -> Iterator[float]:
    """Seconds between two questions: quick at first, when an approval may be automatic."""
    pause = _FIRST_SECONDS
    while True:
        yield pause
        pause = min(pause * _GROWTH, _LONGEST_SECONDS)


def _asked_to_wait(refused: Refused) -> float:
    wait = refused.retry_after if isinstance(refused, FirmSaysNo) else None
    return float(wait or 0)
