"""Mail over SMTP: protected and logged in or not at all; refusals, slowness, addresses."""

import contextlib
import logging
import socket
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from strongroom.backends.senders.smtp.sender import SmtpNotices, SmtpSender
from strongroom.backends.senders.smtp.settings import Protection, SmtpSettings
from strongroom.messages.kinds import NoticeKind
from strongroom.messages.notices import Posted
from strongroom.messages.ports import SenderError, Undeliverable
from strongroom.rules.secret import Secret
from strongroom.rules.sms_failures import Failure

from tests.contracts.senders.letters import AT, MAIL, to
from tests.contracts.senders.mail_server import MailServer
from tests.contracts.senders.smsc import make_certificate

# aiosmtpd announces its own changes to come, and leaves its sockets to the collector.
pytestmark = [
    pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS:UserWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning:aiosmtpd"),
]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate for this machine, made once."""
    return make_certificate(tmp_path_factory.mktemp("mail"))


@pytest.fixture(params=[Protection.STARTTLS, Protection.TLS], ids=lambda p: p.value)
def protection(request: pytest.FixtureRequest) -> Protection:
    """Each protection in turn."""
    chosen: Protection = request.param
    return chosen


@pytest.fixture
def server(certificate: tuple[Path, Path], protection: Protection) -> Iterator[MailServer]:
    """A protected server."""
    with MailServer(certificate, is_implicit=protection is Protection.TLS) as running:
        yield running


@pytest.fixture
def settings(
    server: MailServer, certificate: tuple[Path, Path], protection: Protection
) -> SmtpSettings:
    """The right settings for it."""
    return SmtpSettings(
        host="127.0.0.1",
        port=server.port,
        sender="no-reply@firm.example",
        firm="Example\nSecurities",
        protection=protection,
        user="firm",
        password=Secret("s3cret"),
        ca_certificates=certificate[0],
        time_limit=3.0,
    )


def test_a_mail_goes_out_protected_and_logged_in(
    server: MailServer, settings: SmtpSettings
) -> None:
    handle = SmtpSender(settings).send(MAIL)
    (mail,) = server.mails
    assert server.recipients == ["marie@client.example"]
    assert mail["Subject"] == "確認番号: 123456"
    assert mail["From"] == "Example Securities <no-reply@firm.example>"
    assert mail.get_content().rstrip() == MAIL.text.reveal()
    assert mail["Message-ID"] == f"<{handle}>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Content-Language"] == "en"


@pytest.mark.req("ATK-71")
def test_a_mail_sent_twice_keeps_its_message_id(server: MailServer, settings: SmtpSettings) -> None:
    sender = SmtpSender(settings)
    assert sender.send(MAIL) == sender.send(MAIL)
    assert server.mails[0]["Message-ID"] == server.mails[1]["Message-ID"]


def test_a_certificate_nobody_vouches_for_stops_the_mail(
    server: MailServer, settings: SmtpSettings
) -> None:
    with pytest.raises(SenderError, match="SSLCertVerificationError"):
        SmtpSender(replace(settings, ca_certificates=None)).send(MAIL)
    assert server.mails == []


def test_a_certificate_of_another_name_stops_the_mail(tmp_path: Path) -> None:
    other = make_certificate(tmp_path, name="mail.other.example")
    with MailServer(other) as server:
        given = SmtpSettings(
            "127.0.0.1", server.port, "a@firm.example", "F", ca_certificates=other[0]
        )
        with pytest.raises(SenderError, match="SSLCertVerificationError"):
            SmtpSender(given).send(MAIL)
    assert server.mails == []


def test_a_server_without_starttls_gets_no_mail() -> None:
    with MailServer(None) as server:
        given = SmtpSettings("127.0.0.1", server.port, "a@firm.example", "F")
        with pytest.raises(SenderError, match="cannot do what is asked"):
            SmtpSender(given).send(MAIL)
        assert server.mails == []
        SmtpSender(replace(given, protection=Protection.NONE)).send(MAIL)
        assert len(server.mails) == 1


def test_a_wrong_password_is_no_fault_of_the_letter(settings: SmtpSettings) -> None:
    with pytest.raises(SenderError) as error:
        SmtpSender(replace(settings, password=Secret("wrong"))).send(MAIL)
    assert not isinstance(error.value, Undeliverable)


@pytest.mark.parametrize(
    ("address", "subject", "failure"),
    [
        ("gone@client.example", "s", Failure.UNKNOWN_MAILBOX),
        ("marie@client.example", "this is spam", Failure.REFUSED),
        ("not an address", "s", Failure.UNKNOWN_MAILBOX),
        ("a@b.example\r\nBcc: mallory@example.org", "s", Failure.UNKNOWN_MAILBOX),
        ("", "s", Failure.UNKNOWN_MAILBOX),
        ("真理@client.example", "s", Failure.UNKNOWN_MAILBOX),
    ],
)
def test_what_no_later_try_changes_is_refused_for_good(
    server: MailServer, settings: SmtpSettings, address: str, subject: str, failure: Failure
) -> None:
    with pytest.raises(Undeliverable) as refused:
        SmtpSender(settings).send(replace(MAIL, address=address, subject=subject))
    assert refused.value.failure is failure
    assert server.mails == []


def test_a_busy_mailbox_is_tried_again(settings: SmtpSettings) -> None:
    with pytest.raises(SenderError) as error:
        SmtpSender(settings).send(to("busy@client.example", letter=MAIL))
    assert not isinstance(error.value, Undeliverable)


@pytest.mark.req("ATK-67")
def test_line_ends_in_a_subject_make_no_header(server: MailServer, settings: SmtpSettings) -> None:
    SmtpSender(settings).send(replace(MAIL, subject="Hello\r\nBcc: mallory@example.org"))
    assert server.mails[0]["Bcc"] is None
    assert server.recipients == ["marie@client.example"]


def test_a_server_that_says_nothing_is_left_in_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        given = SmtpSettings(
            "127.0.0.1", silent.getsockname()[1], "a@firm.example", "F", time_limit=0.3
        )
        with pytest.raises(SenderError, match="cannot be used"):
            SmtpSender(given).send(MAIL)


def test_a_server_that_drips_is_left_in_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def drip() -> None:
            wire, _ = server.accept()
            with wire, contextlib.suppress(OSError):
                wire.sendall(b"220 hello\r\n")
                for _ in range(100):
                    wire.sendall(b"250-more and more\r\n")
                    time.sleep(0.05)

        thread = threading.Thread(target=drip)
        thread.start()
        port = server.getsockname()[1]
        given = SmtpSettings("127.0.0.1", port, "a@firm.example", "F", time_limit=0.1)
        began = time.monotonic()
        with pytest.raises(SenderError):
            SmtpSender(given).send(MAIL)
        assert time.monotonic() - began < 2
        thread.join()


@pytest.mark.req("LATK-29")
def test_neither_text_nor_password_is_logged(
    settings: SmtpSettings, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    SmtpSender(settings).send(MAIL)
    with pytest.raises(SenderError) as error:
        SmtpSender(replace(settings, password=Secret("canary"))).send(MAIL)
    ours = "".join(record.getMessage() for record in caplog.records if record.name != "mail.log")
    for secret in ("s3cret", "canary", "004217"):
        assert secret not in ours + str(error.value) + repr(settings) + repr(MAIL)


class Kept:
    """What takes notices without an address."""

    def __init__(self) -> None:
        self.kept: list[uuid.UUID] = []

    def send(self, notice: Posted, *, subject: str, body: str) -> None:
        self.kept.append(notice.id)


NOTICE = Posted(uuid.UUID(int=7), NoticeKind.SET_UP, "acme", {}, AT)
Making = Callable[[Sequence[str]], tuple[SmtpNotices, Kept]]


@pytest.fixture
def make_notices(settings: SmtpSettings) -> Making:
    """A factory: notices of a recipient with these addresses, and what is left for others."""

    def make(addresses: Sequence[str]) -> tuple[SmtpNotices, Kept]:
        kept = Kept()
        return SmtpNotices(settings, addresses=lambda _: addresses, otherwise=kept), kept

    return make


def test_a_notice_goes_to_each_address_of_its_recipient(
    server: MailServer, make_notices: Making
) -> None:
    notices, kept = make_notices(["a@client.example", "b@client.example"])
    notices.send(NOTICE, subject="設定が完了", body="Log in as acme.\n鍵\n")
    assert server.recipients == ["a@client.example", "b@client.example"]
    assert {mail["Subject"] for mail in server.mails} == {"設定が完了"}
    assert len({mail["Message-ID"] for mail in server.mails}) == 2
    assert kept.kept == []


def test_a_notice_that_no_address_takes_is_kept_elsewhere(
    server: MailServer, make_notices: Making
) -> None:
    for addresses in ([], ["gone@client.example"]):
        notices, kept = make_notices(addresses)
        notices.send(NOTICE, subject="s", body="b")
        assert kept.kept == [NOTICE.id]
    assert server.mails == []
