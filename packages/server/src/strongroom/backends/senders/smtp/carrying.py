"""One conversation with a mail server: connect, protect, log in, hand one mail over.

What stands in the mail is decided in `sender`.
"""

import smtplib
import ssl
from email.message import EmailMessage

from strongroom.backends.senders.provider.cutting import cut_after
from strongroom.backends.senders.smtp.settings import Protection, SmtpSettings
from strongroom.messages.ports import SenderError, Undeliverable
from strongroom.rules.sms_failures import Failure

_WHOLE = 4
"""How many times the limit of one answer handing a mail over may last."""

_UNKNOWN_MAILBOX = {550, 551, 553}
"""RFC 5321 section 4.2.3: the mailbox is not there, or not under this name."""


def carry(mail: EmailMessage, *, to: str, settings: SmtpSettings) -> None:
    """Hand a mail over. Raises Undeliverable for this address, SenderError for anything else."""
    try:
        with (
            _connected(settings) as server,
            cut_after(_WHOLE * settings.time_limit, lambda: server.sock),
        ):
            server.send_message(mail, from_addr=settings.sender, to_addrs=[to])
    except smtplib.SMTPRecipientsRefused as error:
        code, words = next(iter(error.recipients.values()))
        raise _refusal(code, words) from error
    except (smtplib.SMTPSenderRefused, smtplib.SMTPDataError) as error:
        raise _refusal(error.smtp_code, error.smtp_error) from error
    except smtplib.SMTPNotSupportedError as error:
        # Our own demand (STARTTLS, a login, UTF-8 in an address) is not met: never go without.
        raise SenderError(f"the mail server cannot do what is asked: {error}") from error
    except smtplib.SMTPResponseException as error:
        raise SenderError(f"the mail server said {error.smtp_code}") from error
    except (smtplib.SMTPException, OSError, UnicodeError) as error:
        raise SenderError(f"the mail server cannot be used: {type(error).__name__}") from error


def _connected(settings: SmtpSettings) -> smtplib.SMTP:
    given = (settings.host, settings.port)
    if settings.protection is Protection.TLS:
        context = _context(settings)
        server: smtplib.SMTP = smtplib.SMTP_SSL(
            *given, timeout=settings.time_limit, context=context
        )
    else:
        server = smtplib.SMTP(*given, timeout=settings.time_limit)
    try:
        with cut_after(_WHOLE * settings.time_limit, lambda: server.sock):
            if settings.protection is Protection.STARTTLS:
                server.starttls(context=_context(settings))
            if settings.user:
                server.login(settings.user, settings.password.reveal())
    except BaseException:
        server.close()
        raise
    return server


def _context(settings: SmtpSettings) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=settings.ca_certificates)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _refusal(code: int, words: bytes | str) -> SenderError:
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    if code < 500:  # RFC 5321 section 4.2.1: a later try may succeed
        return SenderError(f"the mail server said {code}")
    known = code in _UNKNOWN_MAILBOX
    return Undeliverable(Failure.UNKNOWN_MAILBOX if known else Failure.REFUSED, f"{code} {text}")
