"""SMS and calls through a provider over HTTPS: what is asked, what answers mean, what is signed."""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from strongroom.backends.senders.https_sms.sender import HttpsSmsSender, HttpsSmsSettings
from strongroom.backends.senders.https_voice.sender import HttpsVoiceSender, HttpsVoiceSettings
from strongroom.backends.senders.provider import signature
from strongroom.backends.senders.provider.https import Endpoint, text_at
from strongroom.messages.ports import (
    AwaitKey,
    Callback,
    CallEvent,
    CallMoment,
    HangUp,
    Report,
    Say,
    SenderError,
    Undeliverable,
)
from strongroom.rules.refusals import Refused
from strongroom.rules.secret import Secret
from strongroom.rules.sms_failures import Failure

from tests.contracts.senders.letters import AT, SMS, to
from tests.contracts.senders.provider_double import SECRET, TOKEN, Provider
from tests.contracts.senders.smsc import make_certificate


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    """One provider for the module."""
    with Provider(lambda: AT) as running:
        running.calls_back = False
        yield running


@pytest.fixture
def endpoint(provider: Provider) -> Endpoint:
    """Where it is, with what it asks for."""
    provider.asked.clear()
    return Endpoint(provider.url, TOKEN, time_limit=0.4)


@pytest.fixture
def sms(endpoint: Endpoint) -> HttpsSmsSender:
    """The SMS sender."""
    return HttpsSmsSender(HttpsSmsSettings(endpoint, SECRET, origin="FIRM"))


@pytest.fixture
def voice(endpoint: Endpoint) -> HttpsVoiceSender:
    """The voice sender; nobody answers its call-backs here."""
    return HttpsVoiceSender(
        HttpsVoiceSettings(endpoint, SECRET, "http://127.0.0.1:1/callbacks/calls/")
    )


def _callback(members: object, *, secret: Secret = SECRET, late: int = 0) -> Callback:
    body = json.dumps(members).encode()
    timestamp = str(int(AT.timestamp()) - late)
    headers = {"x-timestamp": timestamp, "x-signature": signature.sign(body, timestamp, secret)}
    return Callback(body, headers, AT)


def test_an_sms_is_asked_for_with_the_providers_own_fields(
    provider: Provider, endpoint: Endpoint
) -> None:
    fields = {"Destination": "{to}", "Body": "{text}", "Sender": "{from}", "Ref": "strong-{id}"}
    given = HttpsSmsSettings(endpoint, SECRET, origin="FIRM", fields=fields)
    assert HttpsSmsSender(given).send(to(SMS.address, "about {to}")) == "m-1"
    (asked,) = provider.asked
    assert asked.body == {
        "Destination": "+819012345678",
        "Body": "about {to}",
        "Sender": "FIRM",
        "Ref": f"strong-{SMS.id}",
    }
    assert asked.path == "/v1/messages"
    assert asked.headers["authorization"] == "Bearer t0ken"
    assert asked.headers["idempotency-key"] == str(SMS.id)


@pytest.mark.parametrize(
    ("ending", "failure"), [("0001", Failure.UNKNOWN_NUMBER), ("0007", Failure.DO_NOT_CALL)]
)
def test_a_number_that_is_refused_is_refused_for_good(
    sms: HttpsSmsSender, voice: HttpsVoiceSender, ending: str, failure: Failure
) -> None:
    for sender in (sms, voice):
        with pytest.raises(Undeliverable) as refused:
            sender.send(to(f"+81901234{ending}"))
        assert refused.value.failure is failure


@pytest.mark.parametrize("ending", ["0002", "0003", "0004", "0006", "0008", "0009"])
def test_trouble_is_told_to_be_tried_again(
    sms: HttpsSmsSender, voice: HttpsVoiceSender, ending: str
) -> None:
    for sender in (sms, voice):
        began = time.monotonic()
        with pytest.raises(SenderError) as error:
            sender.send(to(f"+81901234{ending}"))
        assert time.monotonic() - began < 1.5
        assert not isinstance(error.value, Undeliverable)


def test_an_answer_that_names_no_message_is_no_success(sms: HttpsSmsSender) -> None:
    with pytest.raises(SenderError, match="names no message"):
        sms.send(to("+819012340005"))


def test_a_certificate_nobody_vouches_for_stops_the_message(tmp_path: Path) -> None:
    certificate = make_certificate(tmp_path)
    with Provider(lambda: AT, certificate=certificate) as provider:
        strict = Endpoint(provider.url, TOKEN)
        with pytest.raises(SenderError, match="SSLCertVerificationError"):
            HttpsSmsSender(HttpsSmsSettings(strict, SECRET)).send(SMS)
        assert provider.asked == []
        trusting = replace(strict, ca_certificates=certificate[0])
        assert HttpsSmsSender(HttpsSmsSettings(trusting, SECRET)).send(SMS) == "m-1"


def test_a_token_with_a_line_end_stays_here(endpoint: Endpoint) -> None:
    spoilt = replace(endpoint, authorization=Secret("Bearer canary\r\nX: y"))
    with pytest.raises(SenderError) as error:
        HttpsSmsSender(HttpsSmsSettings(spoilt, SECRET)).send(SMS)
    assert "canary" not in str(error.value)


@pytest.mark.parametrize("url", ["http://provider.example/", "ftp://x/", "file:///etc/passwd", ""])
def test_nothing_leaves_in_clear(url: str) -> None:
    with pytest.raises(SenderError, match="not https"):
        HttpsSmsSender(HttpsSmsSettings(Endpoint(url), SECRET)).send(SMS)


@pytest.mark.req("LATK-3")
def test_a_call_is_asked_for_without_its_code(voice: HttpsVoiceSender, provider: Provider) -> None:
    assert voice.send(to(SMS.address, "Press any key.")) == SMS.handle
    (asked,) = provider.asked
    assert asked.body["callback"] == f"http://127.0.0.1:1/callbacks/calls/{SMS.handle}"
    assert "text" not in asked.body
    assert "Press" not in json.dumps(asked.body)


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({"id": "m-1", "status": "Delivered"}, (Report("https-sms", "m-1"),)),
        ({"id": 17, "status": "delivered"}, (Report("https-sms", "17"),)),
        ({"id": "m-1", "status": "queued"}, ()),
        (
            {"id": "m-1", "status": "failed", "reason": "absent subscriber"},
            (Report("https-sms", "m-1", Failure.UNREACHABLE),),
        ),
        (
            {"id": "m-1", "status": "blocked"},
            (Report("https-sms", "m-1", Failure.BLOCKED_BY_CARRIER),),
        ),
        (
            {"id": "m-1", "status": "failed", "reason": "flux capacitor"},
            (Report("https-sms", "m-1", Failure.REFUSED),),
        ),
    ],
)
def test_reports_are_read(sms: HttpsSmsSender, members: object, expected: object) -> None:
    assert sms.read_reports(_callback(members)) == expected


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({"event": "answered"}, CallEvent(CallMoment.ANSWERED)),
        ({"event": "key", "key": "5"}, CallEvent(CallMoment.KEY, key="5")),
        ({"event": "key"}, CallEvent(CallMoment.KEY)),
        ({"event": "ended", "reason": "completed"}, CallEvent(CallMoment.ENDED)),
        (
            {"event": "ended", "reason": "no-answer"},
            CallEvent(CallMoment.ENDED, failure=Failure.NOT_ANSWERED),
        ),
        (
            {"event": "ended", "reason": "voicemail"},
            CallEvent(CallMoment.ENDED, failure=Failure.NO_KEY),
        ),
    ],
)
def test_events_of_calls_are_read(
    voice: HttpsVoiceSender, members: object, expected: object
) -> None:
    assert voice.read_call(_callback(members)) == expected


def test_steps_are_written(voice: HttpsVoiceSender) -> None:
    steps = (Say(Secret("やあ"), is_slow=True), AwaitKey(20), HangUp())
    assert json.loads(voice.write_steps(steps, language="ja")) == {
        "steps": [
            {"say": "やあ", "language": "ja-JP", "rate": "slow"},
            {"await_key": 20},
            {"hang_up": True},
        ]
    }


@pytest.mark.req("LATK-3")
@pytest.mark.parametrize(
    "spoil",
    [
        lambda c: replace(c, headers={}),
        lambda c: replace(c, body=c.body + b" "),
        lambda c: replace(c, headers={**c.headers, "x-signature": "sha256=" + "0" * 64}),
        lambda c: replace(c, headers={**c.headers, "x-signature": "sha256=é\udc80"}),
        lambda c: replace(c, headers={**c.headers, "x-timestamp": "1"}),
        lambda _: _callback({"event": "answered"}, secret=Secret("another-secret-of-the-house")),
        lambda _: _callback({"event": "answered"}, late=301),
        lambda _: _callback({"event": "answered"}, late=-301),
    ],
)
def test_what_is_not_signed_now_is_not_read(
    sms: HttpsSmsSender, voice: HttpsVoiceSender, spoil: Callable[[Callback], Callback]
) -> None:
    callback = spoil(_callback({"event": "answered", "id": "1", "status": "delivered"}))
    for read in (sms.read_reports, voice.read_call):
        with pytest.raises(Refused) as refused:
            read(callback)
        assert refused.value.code == "CALLBACK-SIGNATURE"


def test_a_house_without_a_secret_believes_nobody(endpoint: Endpoint) -> None:
    for empty in (Secret(""), Secret("short")):
        sender = HttpsSmsSender(HttpsSmsSettings(endpoint, empty))
        with pytest.raises(Refused, match="not signed"):
            sender.read_reports(_callback({"id": "1", "status": "delivered"}, secret=empty))


@pytest.mark.parametrize(
    "members", [[], "x", {}, {"event": "other"}, {"id": "1"}, {"id": "x" * 101, "status": "s"}]
)
def test_what_is_signed_and_makes_no_sense_is_refused(
    sms: HttpsSmsSender, voice: HttpsVoiceSender, members: object
) -> None:
    for read in (sms.read_reports, voice.read_call):
        with pytest.raises(Refused) as refused:
            read(_callback(members))
        assert refused.value.code == "CALLBACK-UNREADABLE"


@pytest.mark.parametrize(
    ("path", "expected"),
    [("a.0.b", "1"), ("a.1.b", ""), ("a.x", ""), ("c", ""), ("d", "t"), ("a.-1.b", "")],
)
def test_paths_lead_to_texts_and_numbers_alone(path: str, expected: str) -> None:
    assert text_at({"a": [{"b": 1}], "c": {"x": 1}, "d": "t"}, path) == expected
