"""SMS over SMPP, against a centre of a library's making: alphabets, parts, receipts, trouble."""

import logging
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from smpplib import gsm
from strongroom.backends.senders.smpp import messages
from strongroom.backends.senders.smpp.sender import SmppSender
from strongroom.backends.senders.smpp.settings import SmppSettings
from strongroom.messages.ports import Report, SenderError, Undeliverable
from strongroom.rules.secret import Secret
from strongroom.rules.sms_failures import Failure

from tests.contracts.senders.letters import CODE, SMS, to
from tests.contracts.senders.smsc import Centre, make_certificate

LONG = "取引報告書の確認コードは 004217 です。" * 5


@pytest.fixture(scope="module")
def centre() -> Iterator[Centre]:
    """One centre for the module."""
    with Centre() as running:
        yield running


@pytest.fixture
def make_sender() -> Iterator[Callable[..., SmppSender]]:
    """A factory of senders, which leave in the end."""
    made: list[SmppSender] = []

    def make(port: int, *, password: str = "s3cret", **more: object) -> SmppSender:
        given = {"origin": "FIRM", "is_protected": False, "time_limit": 2.0, **more}
        sender = SmppSender(
            SmppSettings("localhost", port, "firm", password=Secret(password), **given)
        )
        made.append(sender)
        return sender

    yield make
    for sender in made:
        sender.close()


def _reports(sender: SmppSender, count: int = 1) -> list[Report]:
    found: list[Report] = []
    deadline = time.monotonic() + 5
    while len(found) < count and time.monotonic() < deadline:
        found += sender.reports()
        time.sleep(0.02)
    return found


@pytest.mark.req("SMS2FA-3")
def test_an_sms_reaches_the_centre_with_its_validity(centre: Centre, make_sender) -> None:
    handle = make_sender(centre.port).send(SMS)
    (got,) = centre.messages()
    assert (got["to"], got["from"]) == ("819012345678", "FIRM")
    assert bytes.fromhex(got["body"]) == SMS.text.reveal().encode()
    assert got["receipt"] == "SMSC_DELIVERY_RECEIPT_REQUESTED"
    assert "5" in got["validity"]
    assert 0 < len(handle) <= 100


@pytest.mark.req("SMS-1")
def test_a_receipt_says_what_became_of_the_sms(centre: Centre, make_sender) -> None:
    sender = make_sender(centre.port)
    good, bad = sender.send(SMS), sender.send(to("+819012340004"))
    centre.messages(2)
    assert set(_reports(sender, 2)) == {
        Report("smpp", good),
        Report("smpp", bad, Failure.UNKNOWN_NUMBER),
    }
    assert sender.reports() == []


def test_a_receipt_that_overtakes_the_answer_is_kept(centre: Centre, make_sender) -> None:
    sender = make_sender(centre.port)
    handle = sender.send(to("+819012340005"))
    centre.messages()
    assert _reports(sender) == [Report("smpp", handle)]


def test_japanese_goes_out_in_parts_that_join_to_the_text(centre: Centre, make_sender) -> None:
    make_sender(centre.port).send(to("+819012345678", LONG))
    got = centre.messages(2)
    bodies = [bytes.fromhex(one["body"]) for one in got]
    assert {one["coding"] for one in got} == {"UCS2"}
    assert [one["receipt"] for one in got] == [
        "NO_SMSC_DELIVERY_RECEIPT_REQUESTED",
        "SMSC_DELIVERY_RECEIPT_REQUESTED",
    ]
    assert all(one["has_header"] for one in got)
    assert [body[4:6] for body in bodies] == [bytes((2, 1)), bytes((2, 2))]
    assert b"".join(body[6:] for body in bodies).decode("utf-16-be") == LONG


@pytest.mark.parametrize("text", ["€" * 100, "😀" * 40, "a" * 159 + "€", "`tick`"])
def test_no_character_is_cut_in_two(text: str) -> None:
    parts = messages.split(text)
    bodies = [body[6:] if len(parts.bodies) > 1 else body for body in parts.bodies]
    assert all(len(body) <= 160 for body in parts.bodies)
    if parts.coding == 0:
        assert not any(body.endswith(b"\x1b") for body in bodies)
        assert b"".join(bodies) == gsm.gsm_encode(text)
    else:
        assert "".join(body.decode("utf-16-be") for body in bodies) == text


def test_a_text_without_end_is_refused() -> None:
    with pytest.raises(messages.TooLong):
        messages.split("あ" * 1000)


def test_a_number_that_does_not_exist_is_refused_for_good(centre: Centre, make_sender) -> None:
    sender = make_sender(centre.port)
    with pytest.raises(Undeliverable) as refused:
        sender.send(to("+819012340001"))
    assert refused.value.failure is Failure.UNKNOWN_NUMBER
    sender.send(SMS)
    centre.messages(2)


@pytest.mark.parametrize("ending", ["0002", "0003", "0006"], ids=["throttled", "silent", "cut"])
def test_trouble_is_told_to_be_tried_again_and_the_next_one_goes(
    centre: Centre, make_sender, ending: str
) -> None:
    sender = make_sender(centre.port, time_limit=0.5)
    with pytest.raises(SenderError) as error:
        sender.send(to(f"+81901234{ending}"))
    assert not isinstance(error.value, Undeliverable)
    assert sender.send(SMS)
    centre.messages(2)


def test_a_centre_that_went_away_is_found_again(make_sender) -> None:
    with Centre() as first:
        sender = make_sender(first.port)
        sender.send(SMS)
    with pytest.raises(SenderError):
        sender.send(SMS)
    with Centre(port=first.port) as second:
        assert sender.send(SMS)
        assert len(second.messages()) == 1


def test_a_wrong_password_is_no_fault_of_the_letter(centre: Centre, make_sender) -> None:
    with pytest.raises(SenderError) as error:
        make_sender(centre.port, password="wrong").send(SMS)
    assert not isinstance(error.value, Undeliverable)


def test_tls_is_verified_and_used(make_sender, tmp_path: Path) -> None:
    chain, key = make_certificate(tmp_path)
    with Centre(chain, key) as centre:
        with pytest.raises(SenderError, match="SSLCertVerificationError"):
            make_sender(centre.port, is_protected=True).send(SMS)
        assert make_sender(centre.port, is_protected=True, ca_certificates=chain).send(SMS)


@pytest.mark.req("LATK-29")
def test_neither_code_nor_password_is_logged(
    centre: Centre, make_sender, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    sender = make_sender(centre.port)
    sender.send(SMS)
    with pytest.raises(SenderError):
        make_sender(centre.port, password="canary").send(SMS)
    centre.messages()
    for secret in (CODE, "s3cret", "canary", SMS.text.reveal()):
        assert secret not in caplog.text
        assert secret.encode().hex() not in caplog.text


@pytest.mark.parametrize(
    "answer", [b"\xff" * 64, b"\x7f\xff\xff\xff" + b"\0" * 60, b"", b"HTTP/1.1 400 No\r\n\r\n"]
)
def test_a_centre_that_talks_nonsense_is_left(make_sender, answer: bytes) -> None:
    with socket.create_server(("localhost", 0)) as server:

        def talk() -> None:
            wire, _ = server.accept()
            with wire:
                wire.recv(1000)
                wire.sendall(answer)

        thread = threading.Thread(target=talk)
        thread.start()
        with pytest.raises(SenderError):
            make_sender(server.getsockname()[1], time_limit=0.5).send(SMS)
        thread.join()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"id:1 stat:DELIVRD err:000", (Report("smpp", "1"),)),
        (b"id:a-b.c stat:rejectd", (Report("smpp", "a-b.c", Failure.BLOCKED_BY_CARRIER),)),
        (b"id:1 stat:EXPIRED err:000", (Report("smpp", "1", Failure.UNREACHABLE),)),
        (b"id:1 stat:ACCEPTD err:000", ()),
        (b"stat:DELIVRD", ()),
        (b"\xff\xfe\x00", ()),
        (b"", ()),
    ],
)
def test_receipts_are_read_whatever_else_stands_in_them(text: bytes, expected: object) -> None:
    assert messages.read_receipt(text, sender="smpp") == expected
