"""The promises of every sender of letters: a letter goes out whole, or the call says why not.

What only one kind promises is in its own file beside this one.
"""

import contextlib
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from strongroom.backends.senders.console.sender import ConsoleBoard, ConsoleSender
from strongroom.backends.senders.https_sms.sender import HttpsSmsSender, HttpsSmsSettings
from strongroom.backends.senders.https_voice.sender import HttpsVoiceSender, HttpsVoiceSettings
from strongroom.backends.senders.provider.https import Endpoint
from strongroom.backends.senders.smpp.sender import SmppSender
from strongroom.backends.senders.smpp.settings import SmppSettings
from strongroom.backends.senders.smtp.sender import SmtpSender
from strongroom.backends.senders.smtp.settings import Protection, SmtpSettings
from strongroom.messages.ports import LetterSender, Outgoing, SenderError, Undeliverable
from strongroom.rules.secret import Secret

from tests.contracts.senders.letters import AT, CODE, MAIL, SMS
from tests.contracts.senders.mail_server import MailServer
from tests.contracts.senders.provider_double import SECRET, TOKEN, Provider
from tests.contracts.senders.smsc import Centre


@dataclass
class Member:
    """A sender, how its other end is looked at and taken away, and a letter for it."""

    sender: LetterSender
    received: Callable[[], list[str]]
    break_down: Callable[[], object]
    letter: Outgoing = SMS
    holds_text: bool = True


@contextlib.contextmanager
def _console(folder: Path) -> Iterator[Member]:
    kept = folder / "console"
    board = ConsoleBoard(kept)

    def break_down() -> None:
        for file in kept.glob("*"):
            file.unlink()
        if kept.exists():
            kept.rmdir()
        kept.write_text("no folder")

    yield Member(
        ConsoleSender(kept, channel="sms"), lambda: [one.text for one in board.shown()], break_down
    )


@contextlib.contextmanager
def _smpp(_: Path) -> Iterator[Member]:
    with Centre() as centre:
        given = SmppSettings(
            "localhost", centre.port, "firm", Secret("s3cret"), is_protected=False, time_limit=2.0
        )
        sender = SmppSender(given)
        yield Member(
            sender,
            lambda: [bytes.fromhex(one["body"]).decode() for one in centre.messages()],
            centre.close,
        )
        sender.close()


@contextlib.contextmanager
def _smtp(_: Path) -> Iterator[Member]:
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(MailServer(None))
        given = SmtpSettings(
            "127.0.0.1", server.port, "a@firm.example", "Firm", Protection.NONE, time_limit=2.0
        )
        yield Member(
            SmtpSender(given),
            lambda: [mail.get_content().rstrip() for mail in server.mails],
            stack.close,
            MAIL,
        )


@contextlib.contextmanager
def _https_sms(_: Path) -> Iterator[Member]:
    with contextlib.ExitStack() as stack:
        provider = stack.enter_context(Provider(lambda: AT))
        sender = HttpsSmsSender(HttpsSmsSettings(Endpoint(provider.url, TOKEN), SECRET))
        yield Member(sender, lambda: [one.body["text"] for one in provider.asked], stack.close)


@contextlib.contextmanager
def _https_voice(_: Path) -> Iterator[Member]:
    with contextlib.ExitStack() as stack:
        provider = stack.enter_context(Provider(lambda: AT))
        provider.calls_back = False
        endpoint = Endpoint(provider.url, TOKEN)
        sender = HttpsVoiceSender(HttpsVoiceSettings(endpoint, SECRET, "http://127.0.0.1:1/"))
        yield Member(
            sender,
            lambda: [one.body["to"] for one in provider.asked],
            stack.close,
            holds_text=False,
        )


MEMBERS = {
    "console": _console,
    "smpp": _smpp,
    "smtp": _smtp,
    "https_sms": _https_sms,
    "https_voice": _https_voice,
}


@pytest.fixture(params=MEMBERS)
def member(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Member]:
    """Each member of the family in turn, with nothing sent yet."""
    with MEMBERS[request.param](tmp_path) as made:
        yield made


def test_a_letter_goes_out_and_leaves_a_handle(member: Member) -> None:
    handle = member.sender.send(member.letter)
    (received,) = member.received()
    assert received == (member.letter.text.reveal() if member.holds_text else SMS.address)
    assert 0 < len(handle) <= 100
    assert CODE not in handle
    assert 0 < len(member.sender.name) <= 20


def test_a_sender_whose_other_end_is_away_asks_to_be_tried_again(member: Member) -> None:
    member.break_down()
    with pytest.raises(SenderError) as error:
        member.sender.send(member.letter)
    assert not isinstance(error.value, Undeliverable)


@pytest.mark.req("LATK-29")
def test_no_sender_logs_what_it_sends(member: Member, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    member.sender.send(member.letter)
    member.sender.reports()
    ours = "".join(one.getMessage() for one in caplog.records if one.name != "mail.log")
    assert CODE not in ours + repr(member.letter)
    assert CODE.encode().hex() not in ours


def test_nothing_came_in_means_no_reports(member: Member) -> None:
    assert list(member.sender.reports()) == []


def test_what_the_console_keeps_is_closed_to_others_and_bounded(tmp_path: Path) -> None:

    sender = ConsoleSender(tmp_path / "console", channel="sms")
    for number in range(105):
        at = AT + timedelta(seconds=number)
        sender.send(replace(SMS, id=uuid4(), created_at=at))
    files = list((tmp_path / "console").iterdir())
    assert len(files) == 100
    assert {file.stat().st_mode & 0o077 for file in files} == {0}
    newest, *_ = ConsoleBoard(tmp_path / "console").shown()
    assert newest.at == AT + timedelta(seconds=104)
