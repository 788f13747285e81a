"""A mail server for the tests: aiosmtpd with TLS, a login, refusals and slowness."""

import email
import email.policy
import ssl
from email.message import EmailMessage
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session


class _Takes:
    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.recipients: list[str] = []

    async def handle_RCPT(
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: Any
    ) -> str:
        answers = {"gone": "550 5.1.1 no such user", "busy": "451 4.3.0 try again later"}
        name = address.partition("@")[0]
        if name in answers:
            return answers[name]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        assert isinstance(envelope.content, bytes)
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        if "spam" in str(mail["Subject"]):
            return "554 5.7.1 looks like spam"
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)
        self.recipients += envelope.rcpt_tos
        return "250 OK"


class MailServer:
    """A context manager; `mails` are what came in. `user` and `password` are firm and s3cret."""

    def __init__(self, certificate: tuple[Path, Path] | None, *, is_implicit: bool = False) -> None:
        self._handler = _Takes()
        context = None
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*certificate)
        given: dict[str, Any] = {"enable_SMTPUTF8": True}
        if is_implicit:
            given["ssl_context"] = context
        elif context is not None:
            given |= {"tls_context": context, "require_starttls": True}
        if context is not None:
            given |= {"authenticator": _judge, "auth_required": True}
            given["auth_require_tls"] = not is_implicit
        self._controller = _Running(self._handler, hostname="127.0.0.1", port=0, **given)

    @property
    def mails(self) -> list[EmailMessage]:
        return self._handler.mails

    @property
    def recipients(self) -> list[str]:
        return self._handler.recipients

    @property
    def port(self) -> int:
        return self._controller.port

    def __enter__(self) -> Self:
        self._controller.start()
        return self

    def __exit__(
        self, _kind: type | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._controller.stop()


class _Running(Controller):
    """Finds out which free port it got before it tries that port itself."""

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


def _judge(
    _server: SMTP, _session: Session, _envelope: Envelope, _how: str, data: object
) -> AuthResult:
    is_right = isinstance(data, LoginPassword) and data == LoginPassword(b"firm", b"s3cret")
    return AuthResult(success=is_right, handled=is_right)
