"""Calls through a provider's HTTPS interface: it calls the number, and us back at each step.

What is said, and that nothing is before a key is pressed, is decided in `messages.calls`. The
form of requests and steps is in docs/operate/senders.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from strongroom_formats import canonical_json
from strongroom_formats.canonical_json import JsonValue

from strongroom.backends.senders.provider import https, signature
from strongroom.backends.senders.provider.https import Endpoint
from strongroom.messages.ports import (
    AwaitKey,
    Callback,
    CallEvent,
    CallMoment,
    HangUp,
    Outgoing,
    Report,
    Say,
    SenderError,
    Step,
    Undeliverable,
)
from strongroom.rules import login_refusals, sms_failures
from strongroom.rules.secret import Secret

_LANGUAGES = {"en": "en-US", "ja": "ja-JP"}
_RING_SECONDS = 40


@dataclass(frozen=True, slots=True)
class HttpsVoiceSettings:
    """`callback_url` is our own URL, and the letter's handle is put behind it."""

    endpoint: Endpoint
    signing_secret: Secret
    callback_url: str
    origin: str = ""


class HttpsVoiceSender:
    """Makes calls, and reads and answers the call-backs during them."""

    def __init__(self, settings: HttpsVoiceSettings) -> None:
        self._settings = settings

    @property
    def name(self) -> str:
        """What stands in letters."""
        return "https-voice"

    @property
    def sender(self) -> str:
        """The same, for whoever answers call-backs."""
        return self.name

    def send(self, outgoing: Outgoing) -> str:
        """Begin a call. The request holds no code, and its URL a random handle alone (LATK-3)."""
        wish: JsonValue = {
            "to": outgoing.address,
            "from": self._settings.origin,
            "reference": str(outgoing.id),
            "callback": self._settings.callback_url + outgoing.handle,
            "language": _LANGUAGES.get(outgoing.language, "en-US"),
            "ring_seconds": _RING_SECONDS,
        }
        answer = https.post(self._settings.endpoint, wish, key=str(outgoing.id))
        if answer.status in {400, 403, 404, 422}:
            words = https.text_at(answer.body, "error")
            raise Undeliverable(sms_failures.from_words(words), f"status {answer.status}")
        if not 200 <= answer.status <= 299:
            raise SenderError(f"the provider said {answer.status}")
        return outgoing.handle

    def reports(self) -> Sequence[Report]:
        """Return nothing: call-backs say what happens."""
        return ()

    def read_call(self, callback: Callback) -> CallEvent:
        """Return what happened to a call."""
        found = signature.verified(callback, self._settings.signing_secret)
        match https.text_at(found, "event"):
            case "answered":
                return CallEvent(CallMoment.ANSWERED)
            case "key":
                return CallEvent(CallMoment.KEY, key=https.text_at(found, "key")[:1])
            case "ended":
                words = https.text_at(found, "reason")
                failure = None if words == "completed" else sms_failures.from_words(words)
                return CallEvent(CallMoment.ENDED, failure=failure)
        raise login_refusals.CALLBACK_UNREADABLE.because(why="its event is unknown")

    def write_steps(self, steps: Sequence[Step], *, language: str) -> bytes:
        """Return the steps as JSON."""
        voice = _LANGUAGES.get(language, "en-US")
        return canonical_json.dumps({"steps": [_step(step, voice) for step in steps]})


def _step(step: Step, voice: str) -> JsonValue:
    match step:
        case Say():
            rate = "slow" if step.is_slow else "normal"
            return {"say": step.text.reveal(), "language": voice, "rate": rate}
        case AwaitKey():
            return {"await_key": step.seconds}
        case HangUp():
            return {"hang_up": True}
