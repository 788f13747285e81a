"""SMS through a provider's HTTPS interface, with the names of its fields from the settings.

Its delivery reports come to the portal, signed (`provider.signature`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from strongroom_formats.canonical_json import JsonValue

from strongroom.backends.senders.provider import https, signature
from strongroom.backends.senders.provider.https import Endpoint
from strongroom.messages.ports import Callback, Outgoing, Report, SenderError, Undeliverable
from strongroom.rules import login_refusals, sms_failures
from strongroom.rules.secret import Secret

_LONGEST_HANDLE = 100


@dataclass(frozen=True, slots=True)
class HttpsSmsSettings:
    """`fields` are the members of a request, each with what goes in: {to} {from} {text} {id}.

    `*_path` are dotted paths in answers and reports; `delivered` are the words that mean it.
    """

    endpoint: Endpoint
    signing_secret: Secret
    origin: str = ""
    fields: Mapping[str, str] = field(
        default_factory=lambda: {
            "to": "{to}",
            "from": "{from}",
            "text": "{text}",
            "reference": "{id}",
        }
    )
    id_path: str = "id"
    error_path: str = "error"
    report_id_path: str = "id"
    report_status_path: str = "status"
    report_reason_path: str = "reason"
    delivered: tuple[str, ...] = ("delivered",)
    passing: tuple[str, ...] = ("accepted", "queued", "sent", "buffered")


class HttpsSmsSender:
    """Sends SMS, and reads the reports about them."""

    def __init__(self, settings: HttpsSmsSettings) -> None:
        self._settings = settings

    @property
    def name(self) -> str:
        """What stands in letters."""
        return "https-sms"

    def send(self, outgoing: Outgoing) -> str:
        """Send one SMS; returns the provider's id.

        Raises Undeliverable when the provider says that the number is the cause, else SenderError.
        """
        given = {
            "to": outgoing.address,
            "from": self._settings.origin,
            "text": outgoing.text.reveal(),
            "id": str(outgoing.id),
        }
        wish: dict[str, JsonValue] = {
            name: _filled(form, given) for name, form in self._settings.fields.items()
        }
        answer = https.post(self._settings.endpoint, wish, key=str(outgoing.id))
        if answer.status in {400, 403, 404, 422}:
            words = https.text_at(answer.body, self._settings.error_path)
            raise Undeliverable(sms_failures.from_words(words), f"status {answer.status}")
        if not 200 <= answer.status <= 299:
            raise SenderError(f"the provider said {answer.status}")
        handle = https.text_at(answer.body, self._settings.id_path)
        if not 0 < len(handle) <= _LONGEST_HANDLE:
            raise SenderError("the provider's answer names no message")
        return handle

    def reports(self) -> Sequence[Report]:
        """Return nothing: reports come to the portal."""
        return ()

    def read_reports(self, callback: Callback) -> Sequence[Report]:
        """Return what a report says; a status on the way says nothing yet."""
        found = signature.verified(callback, self._settings.signing_secret)
        given = self._settings
        handle = https.text_at(found, given.report_id_path)
        status = https.text_at(found, given.report_status_path).lower()
        if not (0 < len(handle) <= _LONGEST_HANDLE and status):
            raise login_refusals.CALLBACK_UNREADABLE.because(why="it names no message or status")
        if status in given.passing:
            return ()
        if status in given.delivered:
            return (Report(self.name, handle),)
        reason = https.text_at(found, given.report_reason_path) or status
        return (Report(self.name, handle, sms_failures.from_words(reason)),)


def _filled(form: str, given: Mapping[str, str]) -> str:
    """Fill fields in once: a text that looks like a field stays what it is."""
    for name, text in given.items():
        before, found, after = form.partition("{" + name + "}")
        if found:
            return before + text + after
    return form
