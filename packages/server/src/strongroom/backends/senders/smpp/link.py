"""A connection to an SMS centre: bound as transceiver, made again when it broke.

What stands in a message is decided in `sender`; the bytes of each part in `messages`.
"""

import logging
import select
import socket
import ssl
import time
from collections.abc import Callable, Mapping

from smpplib import consts, exceptions, smpp  # type: ignore[import-untyped]  # it has no types
from smpplib.client import Client  # type: ignore[import-untyped]  # it has no types
from smpplib.pdu import PDU  # type: ignore[import-untyped]  # it has no types

from strongroom.backends.senders.provider.cutting import cut_after
from strongroom.backends.senders.smpp.settings import SmppSettings
from strongroom.messages.ports import SenderError, Undeliverable
from strongroom.rules import sms_failures

_LONGEST_PDU = 64 * 1024
_MOST_PDUS = 500
_ENQUIRE_SECONDS = 30.0
_OF_THE_NUMBER = {consts.SMPP_ESME_RINVDSTADR, consts.SMPP_ESME_RSUBMITFAIL, *range(0x400, 0x500)}
"""Statuses that no later try changes; any other is trouble of the way there."""

# The library logs whole PDUs, and with them passwords and codes: it gets a logger that is deaf,
# whatever the level of the others (LATK-29).
_DEAF = logging.getLogger("strongroom.smpp.deaf")
_DEAF.disabled = True

Field = str | bytes | int


class _Client(Client):  # type: ignore[misc]  # the library has no types
    """Bounds what the library leaves open: the length of a PDU, the name in a certificate."""

    def __init__(self, settings: SmppSettings) -> None:
        super().__init__(
            settings.host,
            settings.port,
            timeout=settings.time_limit,
            logger_name=_DEAF.name,
            allow_unknown_opt_params=True,
        )
        self._settings = settings

    def connect(self) -> None:
        """Connect, over TLS where the settings say so. Raises OSError."""
        raw = socket.create_connection((self.host, self.port), timeout=self.timeout)
        try:
            self._socket = self._protected(raw) if self._settings.is_protected else raw
        except BaseException:
            raw.close()
            raise
        self.state = consts.SMPP_CLIENT_STATE_OPEN

    def _protected(self, raw: socket.socket) -> ssl.SSLSocket:
        context = ssl.create_default_context(cafile=self._settings.ca_certificates)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        return context.wrap_socket(raw, server_hostname=self.host)

    def _recv_exact(self, exact_size: int) -> bytes:
        if not 0 <= exact_size <= _LONGEST_PDU:
            raise exceptions.ConnectionError
        received: bytes = super()._recv_exact(exact_size)
        return received

    @property
    def wire(self) -> socket.socket | None:
        """The socket, while there is one."""
        found: socket.socket | None = self._socket
        return found

    def has_something(self) -> bool:
        """Whether a read would not wait."""
        wire = self._socket
        if isinstance(wire, ssl.SSLSocket) and wire.pending():
            return True
        return bool(select.select([wire], [], [], 0)[0])


class Link:
    """One bound connection. `on_delivery` is called with each deliver_sm that came in."""

    def __init__(self, settings: SmppSettings, on_delivery: Callable[[PDU], None]) -> None:
        self._settings = settings
        self._on_delivery = on_delivery
        self._client: _Client | None = None
        self._heard_at = self._tried_at = -_ENQUIRE_SECONDS

    def submit(self, fields: Mapping[str, Field]) -> str:
        """Send one submit_sm; returns the centre's message id. Raises Undeliverable, SenderError.

        A connection that broke while nothing was sent is made again, once.
        """
        try:
            self._read_waiting()
        except SenderError:
            self.close()
        client = self._bound()
        try:
            with cut_after(2 * self._settings.time_limit, lambda: client.wire):
                sent = client.send_message(**fields)
                answer = self._answer(client, sent.sequence)
        except (exceptions.ConnectionError, exceptions.PDUError, OSError, ValueError) as error:
            self.close()
            raise SenderError(f"the SMS centre broke off: {type(error).__name__}") from error
        if answer.status in _OF_THE_NUMBER:
            failure = sms_failures.from_smpp_status(answer.status)
            raise Undeliverable(failure, f"status {answer.status:#x}")
        if answer.status != consts.SMPP_ESME_ROK:
            raise SenderError(f"the SMS centre said {answer.status:#x}")
        return _text(answer.message_id)

    def listen(self) -> None:
        """Take what waits, and ask a silent centre whether it is there. Raises SenderError."""
        if self._client is None:
            # A centre that is away is not asked in every round: each try may last its limit.
            if time.monotonic() < self._tried_at + _ENQUIRE_SECONDS:
                return
            self._bound()
        self._read_waiting()
        if self._client is not None and time.monotonic() - self._heard_at > _ENQUIRE_SECONDS:
            client, self._heard_at = self._client, time.monotonic()
            self._guarded(lambda: client.send_pdu(_enquire_link(client)))

    def close(self) -> None:
        """Leave; the next use connects again."""
        client, self._client = self._client, None
        if client is not None:
            client.state = consts.SMPP_CLIENT_STATE_OPEN  # no warning about leaving without unbind
            client.disconnect()

    def _bound(self) -> _Client:
        if self._client is not None:
            return self._client
        client, self._tried_at = _Client(self._settings), time.monotonic()
        try:
            client.connect()
            with cut_after(2 * self._settings.time_limit, lambda: client.wire):
                client.bind_transceiver(
                    system_id=self._settings.system_id,
                    password=self._settings.password.reveal(),
                    system_type=self._settings.system_type,
                )
        except (exceptions.ConnectionError, exceptions.PDUError, OSError, ValueError) as error:
            self._client = client
            self.close()
            why = f"{type(error).__name__} {_status(error)}".strip()
            raise SenderError(f"the SMS centre lets nobody in: {why}") from error
        self._client, self._heard_at = client, time.monotonic()
        return client

    def _read_waiting(self) -> None:
        client = self._client
        if client is None:
            return
        for _ in range(_MOST_PDUS):
            if not self._guarded(client.has_something):
                return
            with cut_after(2 * self._settings.time_limit, lambda: client.wire):
                self._guarded(lambda: self._take(client, client.read_pdu()))

    def _answer(self, client: _Client, sequence: int) -> PDU:
        """Read until the answer comes; receipts may come before it."""
        deadline = time.monotonic() + self._settings.time_limit
        while time.monotonic() < deadline:
            pdu = client.read_pdu()
            if pdu.command == "submit_sm_resp" and pdu.sequence == sequence:
                self._heard_at = time.monotonic()
                return pdu
            self._take(client, pdu)
        raise TimeoutError

    def _take(self, client: _Client, pdu: PDU) -> None:
        self._heard_at = time.monotonic()
        match pdu.command:
            case "deliver_sm":
                self._on_delivery(pdu)
                client.send_pdu(_reply("deliver_sm_resp", client, pdu))
            case "enquire_link":
                client.send_pdu(_reply("enquire_link_resp", client, pdu))
            case "unbind":
                client.send_pdu(_reply("unbind_resp", client, pdu))
                raise exceptions.ConnectionError

    def _guarded(self, step: Callable[[], object]) -> object:
        try:
            return step()
        except (exceptions.ConnectionError, exceptions.PDUError, OSError, ValueError) as error:
            self.close()
            raise SenderError(f"the SMS centre broke off: {type(error).__name__}") from error


def _enquire_link(client: _Client) -> PDU:
    return smpp.make_pdu("enquire_link", client=client)


def _reply(command: str, client: _Client, to: PDU) -> PDU:
    reply = smpp.make_pdu(command, client=client)
    reply.sequence = to.sequence
    return reply


def _text(found: bytes | str | None) -> str:
    text = found.decode("ascii", "replace") if isinstance(found, bytes) else found or ""
    return text.rstrip("\0")[:100]


def _status(error: Exception) -> str:
    """Return a PDU's status alone: the error's own text may hold more than a log should."""
    status = error.args[1] if len(error.args) > 1 else None
    return f"{status:#x}" if isinstance(error, exceptions.PDUError) and status else ""
