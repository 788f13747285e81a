"""Mails over SMTP: letters to persons, and notices to the addresses of a recipient.

The conversation with the server is in `carrying`.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from uuid import UUID

from strongroom.backends.senders.smtp.carrying import carry
from strongroom.backends.senders.smtp.settings import SmtpSettings
from strongroom.messages.notices import Posted
from strongroom.messages.ports import Outgoing, Report, Sender, Undeliverable
from strongroom.rules import mail_addresses
from strongroom.rules.refusals import Refused
from strongroom.rules.sms_failures import Failure


class SmtpSender:
    """Sends letters. The Message-ID comes from the letter, so a repeat can be told (RFC 5322)."""

    def __init__(self, settings: SmtpSettings) -> None:
        self._settings = settings

    @property
    def name(self) -> str:
        """What stands in letters."""
        return "smtp"

    def send(self, outgoing: Outgoing) -> str:
        """Send one mail; returns its Message-ID without brackets."""
        handle = f"{outgoing.id}@{_domain(self._settings)}"
        mail = _mail(self._settings, handle, outgoing.address, outgoing.created_at)
        mail["Subject"] = " ".join(outgoing.subject.split())
        mail.set_content(outgoing.text.reveal())
        mail["Content-Language"] = outgoing.language
        carry(mail, to=outgoing.address, settings=self._settings)
        return handle

    def reports(self) -> Sequence[Report]:
        """Return nothing: a mail server reports by mail, to the sender's address."""
        return ()


class SmtpNotices:
    """Sends notices by mail where addresses are known, and leaves the others to `otherwise`.

    `addresses` gives those of a recipient's login, or of the operators for an empty one.
    """

    def __init__(
        self,
        settings: SmtpSettings,
        *,
        addresses: Callable[[str], Sequence[str]],
        otherwise: Sender,
    ) -> None:
        self._settings = settings
        self._addresses = addresses
        self._otherwise = otherwise

    def send(self, notice: Posted, *, subject: str, body: str) -> None:
        """Send a notice to each address. Raises SenderError to be tried again.

        An address that is refused for good does not keep the notice from the others.
        """
        refused = []
        known = self._addresses(notice.recipient)
        for number, address in enumerate(known):
            handle = _notice_handle(notice.id, number, self._settings)
            try:
                mail = _mail(self._settings, handle, address, notice.created_at)
                mail["Subject"] = " ".join(subject.split())
                mail["X-Strongroom-Kind"] = str(notice.kind)
                mail.set_content(body)
                carry(mail, to=address, settings=self._settings)
            except Undeliverable as error:
                refused.append(error)
        if len(refused) == len(known):
            self._otherwise.send(notice, subject=subject, body=body)


def _notice_handle(notice: UUID, number: int, settings: SmtpSettings) -> str:
    return f"{notice}.{number}@{_domain(settings)}"


def _domain(settings: SmtpSettings) -> str:
    return settings.sender.rpartition("@")[2]


def _mail(settings: SmtpSettings, handle: str, to: str, at: datetime) -> EmailMessage:
    """Return a mail without subject and body. Raises Undeliverable for an unusable address."""
    try:
        mail_addresses.check_address(to)
    except Refused as refused:
        raise Undeliverable(Failure.UNKNOWN_MAILBOX, "not an address") from refused
    mail = EmailMessage(policy=SMTP)
    mail["From"] = Address(" ".join(settings.firm.split()), addr_spec=settings.sender)
    mail["To"] = Address(addr_spec=to)
    mail["Date"] = format_datetime(at)
    mail["Message-ID"] = f"<{handle}>"
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: vacation programs keep silent
    return mail
