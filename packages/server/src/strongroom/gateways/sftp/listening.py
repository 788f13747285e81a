"""Listening sockets and what is read from a connection before SSH: the proxy's header.

Everything after that is in the server.
"""

import asyncio
import socket
from ipaddress import ip_address

from strongroom.gateways import proxy_header
from strongroom.gateways.sftp.settings import SftpSettings
from strongroom.rules.networks import normalise
from strongroom.visits.ports import Address


def open_sockets(settings: SftpSettings) -> list[socket.socket]:
    """Open every listening socket; raises OSError or ValueError, leaving none open."""
    opened: list[socket.socket] = []
    try:
        for place in settings.listen:
            opened.append(_open(place, settings))  # noqa: PERF401 - the except needs the first ones
    except (OSError, ValueError):
        for sock in opened:
            sock.close()
        raise
    return opened


def _open(place: str, settings: SftpSettings) -> socket.socket:
    host, _, port = place.rpartition(":")
    address = ip_address(host.removeprefix("[").removesuffix("]"))
    family = socket.AF_INET6 if address.version == 6 else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if settings.shares_port:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        if family == socket.AF_INET6:
            # IPv4 has a socket of its own (DEL-15), so no mapped addresses arrive here.
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        sock.bind((str(address), int(port)))
        sock.listen(settings.backlog_connections)
    except (OSError, ValueError):
        sock.close()
        raise
    sock.setblocking(False)
    return sock


async def real_peer(sock: socket.socket, settings: SftpSettings) -> tuple[Address, int]:
    """Find the client's address and port, from the header where the peer is a named proxy.

    Raises Refused, OSError or TimeoutError for a header that is wrong or does not come (ATK-33).
    """
    host, port = sock.getpeername()[:2]
    peer = normalise(ip_address(host.partition("%")[0]))
    if not proxy_header.is_trusted(peer, settings.trusted_proxies):
        return peer, port
    async with asyncio.timeout(settings.proxy_header_seconds):
        header = await _header(sock)
    if isinstance(header, proxy_header.Proxied):
        return header.address, header.port
    return peer, port


async def _header(sock: socket.socket) -> proxy_header.Header:
    """Read one header and not a byte beyond it."""
    loop = asyncio.get_running_loop()
    parser = proxy_header.HeaderParser()
    header = None
    while header is None:
        data = await loop.sock_recv(sock, parser.wants)
        if not data:
            raise ConnectionError("the proxy closed the connection")
        header, _ = parser.feed(data)
    return header
