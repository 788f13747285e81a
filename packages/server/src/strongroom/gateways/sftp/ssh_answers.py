"""Where a person's answers arrive in an asyncssh connection (RFC 4256).

Asyncssh hands messages 60 to 79 to the object that holds its own authentication under way. This
product's login is not asyncssh's, so this stands there while a question is open, and only then.
"""

from collections.abc import Awaitable, Callable

from asyncssh.auth import Auth
from asyncssh.connection import SSHConnection
from asyncssh.packet import SSHPacket

from strongroom.gateways.sftp.dialogue import INFO_RESPONSE


class AnswerHandler(Auth):
    """Hands on one answer; it runs no task of its own, so there is nothing to cancel."""

    def __init__(
        self, connection: SSHConnection, judge: Callable[[SSHPacket], Awaitable[None]]
    ) -> None:
        # The inherited constructor would start a task; only what logging needs is set.
        self._conn = connection
        self._logger = connection.logger
        self._task = None
        self._judge = judge

    def _take(self, _kind: int, _number: int, packet: SSHPacket) -> Awaitable[None]:
        return self._judge(packet)

    _packet_handlers = {INFO_RESPONSE: _take}  # noqa: RUF012 - asyncssh declares it so
