"""From the name to the server's lists of algorithms: measured step by step, before any login.

Sockets and first bytes are read in `wire`; what a silence means is asked in `causes`.
"""

import asyncio
import ipaddress
from collections.abc import Sequence

from strongbox.doctor import refusals
from strongbox.doctor.causes import of_silence
from strongbox.doctor.firm_help import FirmHelp
from strongbox.doctor.report import Finding, Stage, doubtful, failed, fine
from strongbox.refusal import Refused
from strongbox.wire import refusals as wire_refusals
from strongbox.wire.connecting import unanswered
from strongbox.wire.ports import Server
from strongbox.wire.probing import (
    Address,
    Dialled,
    Greeting,
    NoSuchHost,
    Offer,
    OfferOutcome,
    Speaker,
    TcpOutcome,
    open_tcp,
    read_kexinit,
    read_version,
    resolve,
)
from strongbox.words import say


async def look_at_way(server: Server, help_: FirmHelp) -> list[Finding]:
    """The findings up to the algorithms, the last being the first that failed."""
    resolved, addresses = await _resolve(server)
    if not addresses:
        return [resolved]
    dialled = await asyncio.gather(*(open_tcp(one, server.timeout) for one in addresses))
    try:
        tcp = await _tcp(server, dialled, help_)
        found = [resolved, tcp]
        sock = next((one.sock for one in dialled if one.sock is not None), None)
        if sock is None:
            return found
        greeting = await read_version(sock, server.timeout)
        found.append(await _version(server, greeting, help_))
        if greeting.speaker is Speaker.SSH:
            offer = await read_kexinit(sock, greeting, server.timeout)
            found.append(_algorithms(server, offer))
        return found
    finally:
        for one in dialled:
            if one.sock is not None:
                one.sock.close()


async def _resolve(server: Server) -> tuple[Finding, tuple[Address, ...]]:
    try:
        addresses = await resolve(server.host, server.port, seconds=server.timeout)
    except (NoSuchHost, TimeoutError) as problem:
        refused = wire_refusals.NET_NO_HOST.because(host=server.host)
        return failed(Stage.RESOLVE, refused, str(problem)), ()
    shown = ", ".join(str(one.where[0]) for one in addresses)
    odd = ", ".join(str(one.where[0]) for one in addresses if _is_odd(server.host, one))
    if odd:
        doubt = refusals.NET_ODD_ADDRESS.because(host=server.host, addresses=odd)
        return doubtful(Stage.RESOLVE, doubt, shown), addresses
    return fine(Stage.RESOLVE, shown), addresses


def _is_odd(host: str, address: Address) -> bool:
    """Whether a name that is no address itself leads into a private network."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        inside = ipaddress.ip_address(str(address.where[0]).partition("%")[0])
        return inside.is_private and host != "localhost"
    return False


async def _tcp(server: Server, dialled: Sequence[Dialled], help_: FirmHelp) -> Finding:
    measured = "; ".join(
        f"{one.address.shown} {one.outcome.value} ({one.seconds * 1000:.0f} ms)" for one in dialled
    )
    closed = [one for one in dialled if one.sock is None]
    if len(closed) == len(dialled):
        refused = unanswered(server, dialled)
        if any(one.outcome is TcpOutcome.REFUSED for one in dialled):
            return failed(Stage.TCP, refused, measured, _refused_port())
        return await asyncio.to_thread(of_silence, help_, Stage.TCP, refused, measured)
    if closed:
        shown = ", ".join(one.address.shown for one in closed)
        doubt = refusals.NET_ONE_FAMILY.because(addresses=shown)
        return doubtful(Stage.TCP, doubt, measured)
    return fine(Stage.TCP, measured)


def _refused_port() -> tuple[str, ...]:
    return (
        say("Compare host and port with the firm's notice; SFTP of statements often has port 32."),
        say("Try again later: the server may be under maintenance."),
    )


async def _version(server: Server, greeting: Greeting, help_: FirmHelp) -> Finding:
    measured = (
        f"{greeting.speaker.value} ({greeting.seconds * 1000:.0f} ms) {greeting.line}".strip()
    )
    facts: dict[str, object] = {"host": server.host, "port": server.port}
    match greeting.speaker:
        case Speaker.SSH:
            return fine(Stage.VERSION, measured)
        case Speaker.SILENT:
            refused = wire_refusals.NET_SILENT.because(seconds=f"{server.timeout:g}", **facts)
            return await asyncio.to_thread(of_silence, help_, Stage.VERSION, refused, measured)
        case Speaker.CLOSED:
            return failed(Stage.VERSION, wire_refusals.NET_CLOSED.because(**facts), measured)
        case _:
            refused = wire_refusals.NET_NOT_SSH.because(words=greeting.line or "?", **facts)
            return failed(Stage.VERSION, refused, measured, _who_answers(greeting.speaker))


def _who_answers(speaker: Speaker) -> tuple[str, ...]:
    """What to do about the one that speaks where SSH should."""
    match speaker:
        case Speaker.HTTP:
            return (say("A web server or a web proxy answers. Check the port; behind a proxy, ask "
                        "your administrator for a direct way."),)  # fmt: skip
        case Speaker.TLS:
            return (say("Something that speaks TLS answers, such as a web server or a security "
                        "gateway that looks into connections. Check the port."),)  # fmt: skip
        case Speaker.FTP_OR_MAIL:
            return (say("A server for FTP or mail answers. FTP is not SFTP: check the port."),)
        case _:
            return ()


def _algorithms(server: Server, offer: Offer) -> Finding:
    measured = _measured(offer)
    match offer.outcome:
        case OfferOutcome.AGREED:
            return fine(Stage.ALGORITHMS, measured)
        case OfferOutcome.NOTHING_IN_COMMON:
            return failed(Stage.ALGORITHMS, _gap(server, offer), measured)
        case OfferOutcome.SILENT:
            stalled = wire_refusals.STALLED.because(host=server.host, seconds=f"{server.timeout:g}")
            return failed(Stage.ALGORITHMS, stalled, measured)
        case _:
            why = offer.words or say("it was closed at the other end")
            refused = wire_refusals.NET_HANDSHAKE.because(host=server.host, why=why)
            return failed(Stage.ALGORITHMS, refused, measured)


def _gap(server: Server, offer: Offer) -> Refused:
    gap = offer.gaps[0]
    return wire_refusals.NET_NO_ALGORITHM.because(
        host=server.host,
        what=say(gap.what),
        offered=", ".join(gap.offered),
        wanted=", ".join(gap.wanted),
    )


def _measured(offer: Offer) -> str:
    if offer.algorithms is None:
        return f"{offer.outcome.value} {offer.words}".strip()
    lists = (offer.algorithms.key_exchanges, offer.algorithms.host_keys,
             offer.algorithms.ciphers_out)  # fmt: skip
    return "; ".join(", ".join(names[:3]) for names in lists)
