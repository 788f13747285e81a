"""The host keys that a server shows to anybody, for a person's first look; nothing is trusted.

A profile gets them only after that person compared fingerprints; connecting never uses this.
"""

import asyncio
import socket

from strongroom_formats.ssh_faults import KeyFault
from strongroom_formats.ssh_public_key import read_blob

from strongbox.wire import borrowed, refusals
from strongbox.wire.algorithms import HOST_KEYS, KEY_EXCHANGES
from strongbox.wire.connecting import dial, quieten
from strongbox.wire.ports import Server
from strongbox.wire.probing import Greeting, Offer, Speaker, read_kexinit, read_version
from strongbox.wire.ssh_options import named_user


async def presented_host_keys(
    host: str,
    port: int,
    timeout: float,  # noqa: ASYNC109 - it is for each step, not for all of them
) -> tuple[str, ...]:
    """One OpenSSH line for each kind of host key that the server proves to hold, best kind first.

    Raises Refused (NET-…), also where no key at all was shown.
    """
    quieten()
    server = Server(host, port, "", (), timeout)
    kinds = await _kinds(server)
    lines = [line for kind in kinds if (line := await _shown(server, kind))]
    if not lines:
        raise refusals.NET_CLOSED.because(host=host, port=port)
    return tuple(lines)


async def _kinds(server: Server) -> list[str]:
    """The signature algorithms to ask with, one for each kind that the server offers."""
    sock = await dial(server)
    try:
        greeting = await read_version(sock, server.timeout)
        if greeting.speaker is not Speaker.SSH:
            raise _not_ssh(server, greeting)
        offer = await read_kexinit(sock, greeting, server.timeout)
    finally:
        sock.close()
    return _one_of_each(offer)


def _one_of_each(offer: Offer) -> list[str]:
    offered = () if offer.algorithms is None else offer.algorithms.host_keys
    found = [name for name in HOST_KEYS if name in offered]
    if "rsa-sha2-512" in found and "rsa-sha2-256" in found:
        found.remove("rsa-sha2-256")
    return found


def _not_ssh(server: Server, greeting: Greeting) -> Exception:
    where = {"host": server.host, "port": server.port}
    if greeting.speaker is Speaker.SILENT:
        return refusals.NET_SILENT.because(seconds=f"{server.timeout:g}", **where)
    if greeting.speaker is Speaker.CLOSED:
        return refusals.NET_CLOSED.because(**where)
    return refusals.NET_NOT_SSH.because(words=greeting.line, **where)


async def _shown(server: Server, kind: str) -> str:
    """The line of the key of one kind; "" where the server shows none after all."""
    sock = await dial(server)
    try:
        with named_user():
            async with asyncio.timeout(server.timeout):
                key = await _key_of(sock, kind)
        return "" if key is None else read_blob(key.public_data).openssh_line()
    except (borrowed.Error, OSError, ValueError, KeyFault):
        return ""
    finally:
        sock.close()


async def _key_of(sock: socket.socket, kind: str) -> borrowed.SSHKey | None:
    """The key after a whole key exchange, in which the server proved to hold it."""
    return await borrowed.get_server_host_key(
        sock=sock,
        config=None,
        client_version="strongbox",
        kex_algs=KEY_EXCHANGES,
        server_host_key_algs=[kind],
    )
