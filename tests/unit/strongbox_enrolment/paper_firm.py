"""A firm of paper: a real HTTPS server on the loopback that keeps the contract of enrolment.

It checks what the real one checks (codes, challenges, proofs), remembers every byte that came
after the TLS, and can be told to misbehave. The real server has its own tests.
"""

import base64
import hashlib
import json
import secrets
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from cryptography.x509.oid import NameOID
from strongroom_formats.bundle import Bundle, Calendar, Folders, PgpChoice
from strongroom_formats.fingerprint_words import fingerprint_words
from strongroom_formats.invitation import CODES, Invitation, code_of
from strongroom_formats.possession import NAMESPACE as POSSESSION
from strongroom_formats.possession import Possession, certificate_sha256
from strongroom_formats.signed_request import NAMESPACE as REQUEST
from strongroom_formats.signed_request import SignedRequest
from strongroom_formats.ssh_public_key import SshPublicKey, read_blob
from strongroom_formats.sshsig_keys import public_key_for, verify_by

HOST_KEY = public_key_for(Ed25519PrivateKey.generate()).openssh_line()


@dataclass(frozen=True)
class Certificate:
    """A self-signed certificate as files, and the pin of its key."""

    chain: Path
    key: Path
    pin: str


def make_certificate(folder: Path, *, names: tuple[str, ...] = ("localhost",)) -> Certificate:
    """Make one for names and 127.0.0.1."""
    folder.mkdir(parents=True, exist_ok=True)
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "paper firm")])
    alternatives: list[x509.GeneralName] = [x509.DNSName(one) for one in names]
    alternatives.append(x509.IPAddress(ip_address("127.0.0.1")))
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    chain, private = folder / "chain.pem", folder / "key.pem"
    chain.write_bytes(made.public_bytes(Encoding.PEM))
    private.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    spki = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    pin = base64.urlsafe_b64encode(hashlib.sha256(spki).digest()).decode().rstrip("=")
    return Certificate(chain, private, pin)


class FirmRefusal(Exception):
    """The firm's no, as its HTTP answer."""

    def __init__(self, status: int, code: str, sentence: str, wait: int | None = None) -> None:
        super().__init__(code)
        self.status = status
        self.answer = {"code": code, "sentence": sentence, "retry_after": wait}


@dataclass
class PaperFirm:
    """The firm's memory and its moods. Change the fields to change what it does."""

    bundle: Bundle
    url: str = ""
    pin: str = ""
    code: str = ""
    is_used: bool = False
    # How often `pending` is said before the decision.
    patience: int = 1
    decision: str = "approved"
    key_refusal: FirmRefusal | None = None
    answers: dict[str, Callable[[dict[str, Any]], Any]] = field(default_factory=dict)
    tickets: dict[str, dict[str, Any]] = field(default_factory=dict)
    keys: list[SshPublicKey] = field(default_factory=list)
    submissions: list[dict[str, Any]] = field(default_factory=list)
    requests: list[SignedRequest] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    heads: list[str] = field(default_factory=list)
    # Every byte that came through the TLS, in order.
    received: bytearray = field(default_factory=bytearray)
    # Called after a submission was stored and before it is answered.
    after_submission: Callable[[], None] = lambda: None

    @property
    def invitation(self) -> Invitation:
        """The invitation that this firm sent."""
        return Invitation(self.url, self.code, self.pin)

    def answer(self, path: str, question: dict[str, Any], address: str) -> object:
        """Answer as the contract says."""
        self.asked.append(path)
        if path in self.answers:
            return self.answers[path](question)
        name = path.removeprefix("/api/1/").replace("-", "_").replace("/", "_")
        if name == "address":
            return {"address": address, "allow_listed": None}
        found: object = getattr(self, f"_{name}")(question, address)
        return found

    def _enrolment_bundle(self, question: dict[str, Any], address: str) -> object:
        self._check_code(question["code"])
        self.bundle = replace(self.bundle, challenge=secrets.token_hex(32), seen_address=address)
        return self.bundle.to_bytes()

    def _enrolment_submission(self, question: dict[str, Any], address: str) -> object:
        key = key_of(question["ssh_key"])
        if not (self.is_used and key in self.keys):
            self._check_code(question["code"])
        if self.key_refusal is not None:
            raise self.key_refusal
        assert question["challenge"] == self.bundle.challenge
        certificate = question["pgp_certificate"]
        proof = Possession(
            question["challenge"],
            self.bundle.login,
            question["ssh_key"],
            certificate_sha256(certificate),
        )
        verify_by(key, proof.to_bytes(), question["signature"].encode(), namespace=POSSESSION)
        self.submissions.append({**question, "from": address})
        self.is_used = True
        self.keys.append(key)
        ticket = secrets.token_hex(16)
        self.tickets[ticket] = {"asked": 0}
        self.after_submission()
        return {
            "ticket": ticket,
            "fingerprint": key.fingerprint_sha256,
            "words": fingerprint_words(hashlib.sha256(key.blob).digest()),
            "pgp_fingerprint": None,
            "seen_address": address,
            "state": "pending",
        }

    def _enrolment_status(self, question: dict[str, Any], address: str) -> object:
        if question["ticket"] not in self.tickets:
            raise FirmRefusal(403, "ENROL-TICKET", "There is no such ticket.")
        ticket = self.tickets[question["ticket"]]
        ticket["asked"] += 1
        state = "pending" if ticket["asked"] <= self.patience else self.decision
        return {"state": state, "sentence": f"It is {state}.", "allowed": ["127.0.0.1/32"]}

    def _explain(self, question: dict[str, Any], address: str) -> object:
        request = self._checked(question, "explain")
        attempt = {
            "reference": request.body["reference"] or "7F3K-22",
            "at": "2026-11-22T20:15:00Z",
            "cause": "ADDRESS-NOT-LISTED",
            "explanation": "From an address\x1b[31m that is not listed.",
            "address": "198.51.100.7",
            "count": 3,
            "fingerprints": [self.keys[-1].fingerprint_sha256],
        }
        return {
            "login_state": "active",
            "key_state": "approved",
            "allowed": ["127.0.0.1/32"],
            "seen_address": address,
            "is_seen_address_allowed": True,
            "attempts": [attempt],
        }

    def _acknowledge(self, question: dict[str, Any], address: str) -> object:
        entries = self._checked(question, "acknowledge").body["entries"]
        assert isinstance(entries, list)
        return {"recorded": len(entries) - 1, "unknown": [entries[0]["statement_id"]]}

    def _request_address(self, question: dict[str, Any], address: str) -> object:
        self._checked(question, "request-address")
        return {"state": "pending"}

    def _rotate(self, question: dict[str, Any], address: str) -> object:
        request = self._checked(question, "rotate")
        line, signature = request.body["ssh_key"], request.body["signature"]
        key = key_of(str(line))
        proof = Possession(request.nonce, request.login, str(line), None).to_bytes()
        verify_by(key, proof, str(signature).encode(), namespace=POSSESSION)
        words = fingerprint_words(hashlib.sha256(key.blob).digest())
        return {"fingerprint": key.fingerprint_sha256, "words": words, "state": "approved"}

    def _checked(self, question: dict[str, Any], purpose: str) -> SignedRequest:
        """A signed request by a key on record, used once, for this firm, on time."""
        text = question["request"].encode()
        request = SignedRequest.from_bytes(text)
        assert request.purpose == purpose
        assert request.audience == self.url
        assert request.nonce not in {one.nonce for one in self.requests}
        assert abs(request.at - datetime.now(UTC)) < timedelta(seconds=300)
        verify_by(self.keys[-1], text, question["signature"].encode(), namespace=REQUEST)
        self.requests.append(request)
        return request

    def _check_code(self, code: str) -> None:
        if code != self.code:
            raise FirmRefusal(403, "ENROL-CODE", "There is no such code.")
        if self.is_used:
            raise FirmRefusal(403, "ENROL-CODE-USED", "The code was used already.")


def key_of(line: str) -> SshPublicKey:
    """The key of an OpenSSH line."""
    return read_blob(base64.b64decode(line.split()[1]))


def paper_bundle(**changes: Any) -> Bundle:
    """A bundle of an imagined firm."""
    bundle = Bundle(
        firm="Paper & Co.",
        host="127.0.0.1",
        port=32,
        login="river-fund",
        folders=Folders("/outgoing", "/manifests", "/test", "/incoming"),
        host_keys=(HOST_KEY,),
        signers=(HOST_KEY,),
        pgp=PgpChoice.OFF,
        sender_certificate=None,
        calendar=Calendar("Asia/Tokyo", (), "18:30"),
        names="ACCOUNT_KIND_DAY.csv",
        api="https://127.0.0.1:1",
        accounts=("4567",),
        seen_address="127.0.0.1",
        challenge="0" * 64,
        expires_at=datetime.now(UTC) + timedelta(days=7),
    )
    return replace(bundle, **changes)


@contextmanager
def open_for_business(firm: PaperFirm, certificate: Certificate | None) -> Iterator[PaperFirm]:
    """Serve a firm on a free loopback port while the block runs; without TLS for None."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(firm))
    server.daemon_threads = True
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate.chain, certificate.key)
        server.socket = context.wrap_socket(
            server.socket, server_side=True, do_handshake_on_connect=False
        )
        firm.pin = certificate.pin
    scheme = "http" if certificate is None else "https"
    firm.url = f"{scheme}://127.0.0.1:{server.server_port}"
    firm.bundle = replace(firm.bundle, api=firm.url)
    firm.code = code_of(secrets.randbelow(CODES))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield firm
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _handler(firm: PaperFirm) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 10

        def setup(self) -> None:
            super().setup()
            self.rfile = _Overheard(self.rfile, firm.received)  # type: ignore[assignment]

        def log_message(self, *args: object) -> None:
            pass

        def handle(self) -> None:
            try:
                super().handle()
            except OSError:  # the client hung up, or never got through the handshake
                self.close_connection = True

        def do_POST(self) -> None:
            firm.heads.append(str(self.headers))
            question = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            try:
                status, answer = 200, firm.answer(self.path, question, self.client_address[0])
            except FirmRefusal as refusal:
                status, answer = refusal.status, refusal.answer
            if isinstance(answer, Raw):
                answer.write(self.wfile)
                self.close_connection = True
                return
            body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    return Handler


@dataclass
class Raw:
    """An answer byte by byte, with a pause after each piece."""

    pieces: list[bytes]
    pause: float = 0.0

    def write(self, file: Any) -> None:
        """Send the pieces until the other end hangs up."""
        for piece in self.pieces:
            file.write(piece)
            file.flush()
            time.sleep(self.pause)


class _Overheard:
    """A file whose bytes are kept as they are read."""

    def __init__(self, file: Any, kept: bytearray) -> None:
        self._file = file
        self._kept = kept

    def readline(self, *size: int) -> bytes:
        line: bytes = self._file.readline(*size)
        self._kept += line
        return line

    def read(self, *size: int) -> bytes:
        data: bytes = self._file.read(*size)
        self._kept += data
        return data

    def close(self) -> None:
        self._file.close()

    @property
    def closed(self) -> bool:
        closed: bool = self._file.closed
        return closed
