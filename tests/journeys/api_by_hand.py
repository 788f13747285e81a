"""Asks a served HTTPS part with curl and ssh-keygen alone: a recipient without strongbox."""

import json
import secrets
import ssl
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from tests.journeys.clients.site import program
from tests.journeys.daemon import Daemon, wait_for


@dataclass(frozen=True)
class Reply:
    """What curl got."""

    status: int
    body: bytes

    @property
    def json(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.body)
        return found


@dataclass(frozen=True)
class Pair:
    """A pair that ssh-keygen made."""

    private: Path

    @property
    def line(self) -> str:
        return self.private.with_suffix(".pub").read_text().strip()

    @property
    def fingerprint(self) -> str:
        words = [program("ssh-keygen"), "-l", "-f", str(self.private)]
        return subprocess.run(words, capture_output=True, text=True, check=True).stdout.split()[1]

    def sign(self, message: bytes, namespace: str) -> str:
        """`ssh-keygen -Y sign` over standard input."""
        words = [program("ssh-keygen"), "-Y", "sign", "-q", "-f", str(self.private)]
        done = subprocess.run(
            [*words, "-n", namespace], input=message, capture_output=True, check=True
        )
        return done.stdout.decode()


def make_pair(folder: Path, name: str, *words: str) -> Pair:
    """A pair without a passphrase."""
    path = folder / name
    line = [program("ssh-keygen"), "-q", "-N", "", "-C", name, "-f", str(path)]
    subprocess.run([*line, *(words or ("-t", "ed25519"))], check=True, timeout=60)
    return Pair(path)


@dataclass(frozen=True)
class Api:
    """A served HTTPS part, whose certificate is known by its file."""

    server: Daemon
    url: str
    certificate: Path

    def ask(self, path: str, question: dict[str, Any], *more: str) -> Reply:
        """POST JSON with curl."""
        return self.curl(f"/api/1/{path}", json.dumps(question).encode(), *more)

    def curl(self, path: str, body: bytes, *more: str) -> Reply:
        """POST anything with curl."""
        words = [program("curl"), "-sS", "--cacert", str(self.certificate), "-m", "30"]
        words += ["-H", "Content-Type: application/json", "-w", "\n%{http_code}", *more]
        if body:
            words += ["--data-binary", "@-"]
        done = subprocess.run(
            [*words, self.url + path], input=body, capture_output=True, check=True, timeout=60
        )
        answer, _, status = done.stdout.rpartition(b"\n")
        return Reply(int(status), answer)

    def invite(self, login: str, *words: str) -> dict[str, Any]:
        """The row of a fresh invitation."""
        [row] = self.server.listed("recipient", "invite", login, *words)
        return row

    def submit(self, code: str, pair: Pair, addresses: list[str]) -> Reply:
        """Ask for the bundle, sign its challenge, hand the key over."""
        bundle = self.ask("enrolment/bundle", {"code": code}).json
        proof = canonical(
            schema="strongroom-possession-1",
            challenge=bundle["challenge"],
            login=bundle["login"],
            ssh_key=pair.line,
            pgp_certificate_sha256=None,
        )
        question = {
            "code": code,
            "challenge": bundle["challenge"],
            "ssh_key": pair.line,
            "signature": pair.sign(proof, "enrol@strongroom"),
            "pgp_certificate": None,
            "addresses": addresses,
            "client": "curl",
        }
        return self.ask("enrolment/submission", question)

    def signed(
        self, purpose: str, pair: Pair, login: str, body: dict[str, Any], nonce: str = ""
    ) -> Reply:
        """Ask with a signature by `pair`."""
        request = canonical(
            schema="strongroom-request-1",
            purpose=purpose,
            login=login,
            at=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            nonce=nonce or secrets.token_hex(16),
            audience=self.url,
            body=body,
        )
        signature = pair.sign(request, "request@strongroom")
        return self.ask(purpose, {"request": request.decode(), "signature": signature})


def canonical(**fields: Any) -> bytes:
    """RFC 8785 for text without surprises: sorted, no spaces."""
    return json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def pin_of(port: int) -> str:
    """The pin of the certificate that a port shows, by openssl alone."""
    pem = ssl.get_server_certificate(("127.0.0.1", port))
    words = [program("openssl"), "x509", "-pubkey", "-noout"]
    public = subprocess.run(words, input=pem.encode(), capture_output=True, check=True).stdout
    words = [program("openssl"), "pkey", "-pubin", "-outform", "DER"]
    spki = subprocess.run(words, input=public, capture_output=True, check=True).stdout
    return sha256(spki).hexdigest()


def wait_until_served(api: Api) -> None:
    """Wait for the HTTPS part, which starts beside the others."""

    def answers() -> bool:
        try:
            return api.ask("address", {}).status == 200
        except subprocess.CalledProcessError:
            return False

    wait_for(answers, "an answer over HTTPS")
