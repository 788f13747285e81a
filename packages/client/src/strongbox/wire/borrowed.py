"""All of asyncssh that strongbox uses, under one roof, so that it is imported with care.

What is made of it is in the modules beside; nothing else of strongbox imports asyncssh.
"""

import ctypes.util
import sys


def _find_nothing(name: str) -> str | None:  # noqa: ARG001 - asyncssh gives it
    """Asyncssh looks for two C libraries with algorithms that are not used here.

    On Linux that starts ldconfig and a compiler, a good part of what the import costs, and loads
    into this process whatever is found.
    """
    return None


# X.509 certificates instead of host keys are not for us, and reading about them takes its time; for
# asyncssh they are optional, and this is how a module is said to be absent.
sys.modules["asyncssh.crypto.x509"] = None  # type: ignore[assignment]  # None is what Python wants

_find, ctypes.util.find_library = ctypes.util.find_library, _find_nothing
try:
    from asyncssh import get_server_host_key
    from asyncssh.channel import SSHClientChannel
    from asyncssh.client import SSHClient
    from asyncssh.connection import SSHClientConnection, SSHClientConnectionOptions
    from asyncssh.constants import (
        DISC_HOST_NOT_ALLOWED_TO_CONNECT,
        DISC_SERVICE_NOT_AVAILABLE,
        DISC_TOO_MANY_CONNECTIONS,
        MSG_CHANNEL_DATA,
        MSG_CHANNEL_WINDOW_ADJUST,
        MSG_DISCONNECT,
        MSG_GLOBAL_REQUEST,
        MSG_IGNORE,
        MSG_REQUEST_SUCCESS,
    )
    from asyncssh.encryption import GCMEncryption
    from asyncssh.misc import (
        ChannelOpenError,
        ConnectionLost,
        DisconnectError,
        Error,
        HostKeyNotVerifiable,
        ProtocolError,
    )
    from asyncssh.packet import PacketDecodeError, SSHPacket, SSHPacketLogger, UInt32
    from asyncssh.public_key import KeyImportError, SSHKey, SSHKeyPair, decode_ssh_public_key
    from asyncssh.session import SSHClientSession
finally:
    ctypes.util.find_library = _find

__all__ = [
    "DISC_HOST_NOT_ALLOWED_TO_CONNECT",
    "DISC_SERVICE_NOT_AVAILABLE",
    "DISC_TOO_MANY_CONNECTIONS",
    "MSG_CHANNEL_DATA",
    "MSG_CHANNEL_WINDOW_ADJUST",
    "MSG_DISCONNECT",
    "MSG_GLOBAL_REQUEST",
    "MSG_IGNORE",
    "MSG_REQUEST_SUCCESS",
    "ChannelOpenError",
    "ConnectionLost",
    "DisconnectError",
    "Error",
    "GCMEncryption",
    "HostKeyNotVerifiable",
    "KeyImportError",
    "PacketDecodeError",
    "ProtocolError",
    "SSHClient",
    "SSHClientChannel",
    "SSHClientConnection",
    "SSHClientConnectionOptions",
    "SSHClientSession",
    "SSHKey",
    "SSHKeyPair",
    "SSHPacket",
    "SSHPacketLogger",
    "UInt32",
    "decode_ssh_public_key",
    "get_server_host_key",
]
