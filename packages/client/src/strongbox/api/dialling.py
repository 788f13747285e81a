"""Connect to a firm's web service: TCP, through a proxy if the system names one, then TLS.

The certificate is judged here, before a byte of any request is sent. Requests are in `https`.
"""

import base64
import errno
import hashlib
import hmac
import os
import socket
import ssl
from enum import Enum
from http.client import HTTPException, HTTPResponse
from ipaddress import ip_address
from typing import cast
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from strongroom_formats.one_line import clean_text

from strongbox.api import refusals
from strongbox.api.deadline import Deadline, TimedSocket
from strongbox.api.endpoint import Endpoint

_CONNECT_SECONDS = 10.0


class Route(Enum):
    """How to go there. One family of addresses goes straight, so that the firm sees this network.

    A proxy shows the firm the proxy's address, and SFTP does not go through it.
    """

    ANY = socket.AF_UNSPEC
    DIRECT_V4 = socket.AF_INET
    DIRECT_V6 = socket.AF_INET6


def dial(endpoint: Endpoint, route: Route, deadline: Deadline) -> socket.socket:
    """Return a connection to whom the endpoint names. Raises Refused (API-…), TimeoutError."""
    proxy = _proxy_for(endpoint) if route is Route.ANY else ""
    raw = _through(proxy, endpoint, deadline) if proxy else _direct(endpoint, route, deadline)
    try:
        if endpoint.is_protected:
            return _protected(raw, endpoint, deadline)
        _check_loopback(raw, endpoint)
    except BaseException:
        raw.close()
        raise
    return raw


def _check_loopback(raw: socket.socket, endpoint: Endpoint) -> None:
    """Plain HTTP is for this machine alone, whatever its name was resolved to."""
    if not ip_address(raw.getpeername()[0].partition("%")[0]).is_loopback:
        raise refusals.API_PLAIN.because(url=endpoint.url)


def _direct(endpoint: Endpoint, route: Route, deadline: Deadline) -> socket.socket:
    return _tcp(endpoint.host, endpoint.port, route.value, deadline)


def _tcp(host: str, port: int, family: int, deadline: Deadline) -> socket.socket:
    """Try each address of a name in turn. Raises Refused: API-NO-HOST, API-AWAY; TimeoutError."""
    try:
        found = socket.getaddrinfo(host, port, family, socket.SOCK_STREAM)
    except (socket.gaierror, UnicodeError) as error:
        raise refusals.API_NO_HOST.because(host=host, why=_reason(error)) from error
    trouble: OSError = ConnectionRefusedError(errno.ECONNREFUSED, os.strerror(errno.ECONNREFUSED))
    for kind, _, protocol, _, address in found:
        try:
            sock = socket.socket(kind, socket.SOCK_STREAM, protocol)
        except OSError as error:  # a kernel without IPv6
            trouble = error
            continue
        try:
            sock.settimeout(deadline.left(most=_CONNECT_SECONDS))
            sock.connect(address)
        except OSError as error:
            sock.close()
            trouble = error
        else:
            return sock
    if isinstance(trouble, TimeoutError):
        raise trouble
    raise refusals.API_AWAY.because(host=host, port=port, why=_reason(trouble)) from trouble


def _protected(raw: socket.socket, endpoint: Endpoint, deadline: Deadline) -> ssl.SSLSocket:
    """Put TLS around a connection and judge whom it leads to. Raises Refused, TimeoutError."""
    context = _context(has_pin=bool(endpoint.pin))
    raw.settimeout(deadline.left())
    try:
        channel = context.wrap_socket(raw, server_hostname=endpoint.host)
    except ssl.SSLCertVerificationError as error:
        why = error.verify_message
        raise refusals.API_CERTIFICATE.because(host=endpoint.host, why=why) from error
    except TimeoutError:
        raise
    except OSError as error:
        raise refusals.API_TLS.because(host=endpoint.host, why=_reason(error)) from error
    try:
        _check_pin(channel, endpoint)
    except BaseException:
        channel.close()
        raise
    return channel


def _context(*, has_pin: bool) -> ssl.SSLContext:
    """TLS 1.2 or later; with a pin no authority, host name or date counts, but the pin alone."""
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if has_pin:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _check_pin(channel: ssl.SSLSocket, endpoint: Endpoint) -> None:
    if not endpoint.pin:
        return
    try:
        leaf = x509.load_der_x509_certificate(channel.getpeercert(binary_form=True) or b"")
        key = leaf.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise refusals.API_CERTIFICATE.because(host=endpoint.host, why=str(error)) from error
    shown = hashlib.sha256(key).digest()
    if not hmac.compare_digest(shown, endpoint.pin):
        raise refusals.API_PIN.because(
            host=endpoint.host, shown=pin_text(shown), wanted=pin_text(endpoint.pin)
        )


def pin_text(pin: bytes) -> str:
    """A pin as invitations write it: base64url without padding."""
    return base64.urlsafe_b64encode(pin).decode("ascii").rstrip("=")


def _proxy_for(endpoint: Endpoint) -> str:
    """The proxy that the system names for this host, "" for none; never for plain HTTP."""
    if not endpoint.is_protected or proxy_bypass(endpoint.host):
        return ""
    return getproxies().get("https", "")


def _through(proxy: str, endpoint: Endpoint, deadline: Deadline) -> socket.socket:
    """Open a tunnel (RFC 9110 section 9.3.6). Raises Refused: API-PROXY, API-NO-HOST, API-AWAY."""
    parts = urlsplit(proxy if "//" in proxy else f"http://{proxy}")
    name, port = parts.hostname or "", parts.port or 8080
    sock = _tcp(name, port, socket.AF_UNSPEC, deadline)
    request = f"CONNECT {endpoint.authority} HTTP/1.1\r\nHost: {endpoint.authority}\r\n"
    if parts.username:
        pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}".encode()
        request += f"Proxy-Authorization: Basic {base64.b64encode(pair).decode('ascii')}\r\n"
    timed = TimedSocket(sock, deadline)
    try:
        timed.send(f"{request}\r\n".encode("ascii"))
        answer = HTTPResponse(cast("socket.socket", timed), method="CONNECT")
        answer.begin()
        why = "" if answer.status == 200 else f"{answer.status} {clean_text(answer.reason, 100)}"
    except TimeoutError:
        sock.close()
        raise
    except (OSError, HTTPException) as error:
        why = _reason(error)
    if why:
        sock.close()
        raise refusals.API_PROXY.because(proxy=f"{name}:{port}", host=endpoint.host, why=why)
    return sock


def _reason(error: Exception) -> str:
    text = getattr(error, "strerror", None) or getattr(error, "reason", None) or str(error)
    return clean_text(str(text), 200)
