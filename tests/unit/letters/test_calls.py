"""A code by call: said after a key, once; to a voicemail never (LATK-3); reports over HTTPS."""

import json
import logging
from collections.abc import Iterator
from datetime import timedelta

import pytest
from strongroom.backends.senders.https_sms.sender import HttpsSmsSender, HttpsSmsSettings
from strongroom.backends.senders.https_voice.sender import HttpsVoiceSender, HttpsVoiceSettings
from strongroom.backends.senders.provider.https import Endpoint
from strongroom.messages import calls, letters
from strongroom.messages.letter_sending import Mailroom
from strongroom.messages.models import Channel, Letter, LetterState
from strongroom.messages.ports import CallEvent, CallMoment, HangUp
from strongroom.messages.providers import Providers
from strongroom.rules.alerts import CodePurpose
from strongroom.rules.refusals import Refused
from strongroom.rules.secret import Secret
from strongroom.rules.sms_failures import Failure

from tests.contracts.senders.provider_double import SECRET, TOKEN, Provider
from tests.unit.letters.desk import CODE, Desk
from tests.unit.letters.portal_on_a_port import PortalOnAPort

pytestmark = pytest.mark.django_db(transaction=True)

SPOKEN = "zero, zero, four, two, one, seven"


@pytest.fixture
def provider(desk: Desk) -> Iterator[Provider]:
    """A provider that calls the portal back, and a desk that sends through it."""
    with PortalOnAPort(desk.clock.now) as portal, Provider(desk.clock.now) as provider:
        endpoint = Endpoint(provider.url, TOKEN)
        calls_url = f"{portal.site}/callbacks/calls/"
        voice = HttpsVoiceSender(HttpsVoiceSettings(endpoint, SECRET, calls_url))
        sms = HttpsSmsSender(HttpsSmsSettings(endpoint, SECRET))
        senders = {Channel.SMS: sms, Channel.VOICE: voice}
        desk.room = Mailroom(senders, desk.sealing, desk.room.house)
        portal.serve(Providers({"https-sms": sms}, voice, desk.calls))
        provider.portal = portal.site
        yield provider


@pytest.mark.req("LATK-3", "VOICE-2")
def test_a_call_says_the_code_twice_and_slowly_after_a_key(
    desk: Desk, provider: Provider, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    desk.code(channel="voice")
    assert desk.round() == 1
    provider.wait()
    greeting, reading = provider.heard.said
    assert "Press any key" in greeting
    assert reading.count(SPOKEN) == 2
    row = Letter.objects.get()
    assert (row.state, row.sealed, row.failure) == (LetterState.DELIVERED, "", "")
    assert provider.heard.statuses == [200, 200, 200]
    asked = json.dumps([one.body for one in provider.asked])
    for text in (asked, *provider.heard.urls, caplog.text, str(list(Letter.objects.values()))):
        assert CODE not in text
        assert SPOKEN not in text


@pytest.mark.req("LATK-3")
def test_a_voicemail_never_hears_the_code(desk: Desk, provider: Provider) -> None:
    provider.key = ""
    desk.code(channel="voice")
    desk.round()
    provider.wait()
    (greeting,) = provider.heard.said
    assert SPOKEN not in greeting
    row = Letter.objects.get()
    assert (row.state, row.failure, row.sealed) == (LetterState.FAILED, Failure.NO_KEY, "")


@pytest.mark.req("LATK-3")
def test_a_key_pressed_twice_hears_the_code_once(desk: Desk, provider: Provider) -> None:
    desk.code(channel="voice")
    desk.round()
    provider.wait()
    said = len(provider.heard.said)
    status, body = provider.call_back(provider.heard.urls[0], {"event": "key", "key": "5"})
    assert (status, json.loads(body)) == (200, {"steps": [{"hang_up": True}]})
    assert len(provider.heard.said) == said


@pytest.mark.req("LATK-3")
def test_a_call_back_that_another_signed_is_told_nothing(desk: Desk, provider: Provider) -> None:
    provider.calls_back = False
    desk.code(channel="voice")
    desk.round()
    url = provider.asked[0].body["callback"]
    key = {"event": "key", "key": "5"}
    assert provider.call_back(url, key, secret=Secret("a-secret-of-somebody-else"))[0] == 403
    assert provider.call_back(url, key, late=600)[0] == 403
    assert provider.call_back(url[:-3] + "xyz", key)[0] == 404
    assert Letter.objects.get().state == LetterState.SENT
    assert provider.call_back(url, key)[0] == 200


def test_japanese_is_spoken_to_who_reads_japanese(desk: Desk, provider: Provider) -> None:
    desk.code(desk.person(language="ja"), channel="voice", purpose=CodePurpose.VERIFY_PHONE)
    desk.round()
    provider.wait()
    greeting, reading = provider.heard.said
    assert "この電話番号の確認用です" in greeting
    assert reading.count("ゼロ、ゼロ、よん、に、いち、なな") == 2


@pytest.mark.req("SMS-1")
def test_a_delivery_report_settles_the_sms(desk: Desk, provider: Provider) -> None:
    desk.code()
    desk.round()
    url = f"{provider.portal}/callbacks/reports/https-sms"
    row = Letter.objects.get()
    assert provider.call_back(url, {"id": "m-unknown", "status": "delivered"})[0] == 404
    assert provider.call_back(url, {"id": row.handle, "status": "queued"})[0] == 204
    assert provider.call_back(url, {"id": row.handle, "status": "delivered"})[0] == 204
    row.refresh_from_db()
    assert row.state == LetterState.DELIVERED
    assert provider.call_back(f"{provider.portal}/callbacks/reports/other", {})[0] == 404


def test_a_code_is_not_said_when_its_time_is_over(desk: Desk) -> None:
    desk.code(channel="voice")
    desk.round()
    row = Letter.objects.get()
    desk.clock.advance(minutes=5)
    call = calls.Call(row.sender, row.handle)
    for event in (CallEvent(CallMoment.ANSWERED), CallEvent(CallMoment.KEY, key="1")):
        assert calls.go_on(call, event, desk.calls, desk.act()).steps == (HangUp(),)
    desk.round()
    row.refresh_from_db()
    assert (row.failure, row.sealed) == (Failure.NOT_ANSWERED, "")


@pytest.mark.parametrize(
    "call", [calls.Call("remembering", ""), calls.Call("other", "h"), calls.Call("", "h")]
)
def test_calls_that_are_not_ours_are_unknown(desk: Desk, call: calls.Call) -> None:
    desk.code(channel="voice")
    with pytest.raises(Refused) as refused:
        calls.go_on(call, CallEvent(CallMoment.KEY, key="1"), desk.calls, desk.act())
    assert refused.value.code == "LETTER-UNKNOWN"


def test_a_call_may_be_answered_before_its_round_is_written_down(desk: Desk) -> None:
    desk.code(channel="voice")
    now = desk.clock.now()
    (claimed,) = letters.claim_waiting(Channel.VOICE, now, most=1, lease=timedelta(minutes=2))
    call = calls.Call("v", claimed.handle)
    said = calls.go_on(call, CallEvent(CallMoment.KEY, key="1"), desk.calls, desk.act()).steps[0]
    assert SPOKEN in said.text.reveal()
    letters.settle_sent(claimed.id, sender="v", handle=claimed.handle, now=now)
    assert Letter.objects.get().state == LetterState.DELIVERED
