"""A firm's HTTPS part without a network: the WSGI application, and recipients who ask it."""

import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from strongroom.api.application import Application
from strongroom.api.house import ApiHouse, ApiRules, PublicKeys
from strongroom.api.house import Firm as FirmFacts
from strongroom.audit.act import Act
from strongroom.directory.accounts import add_account
from strongroom.directory.invitations import Leave
from strongroom.directory.recipients import Enrolment, add_recipient
from strongroom.directory.ssh_keys import DeskRules
from strongroom.messages import key_desk
from strongroom.messages.enrolment_desk import invite
from strongroom.runtime.certificates import read_submission
from strongroom_formats.bundle import Bundle, Calendar
from strongroom_formats.possession import NAMESPACE, Possession, certificate_sha256
from strongroom_formats.signed_request import NAMESPACE as REQUEST
from strongroom_formats.signed_request import Purpose, SignedRequest
from strongroom_formats.sshsig_keys import SigningKey, public_key_for, sign_with

from tests.conftest import StillClock

HERE = "198.51.100.7"


RULES = DeskRules(four_eyes=False, keys_per_recipient=4, life_days=0)


def house_on(clock: StillClock) -> ApiHouse:
    """A house that approves nothing by itself."""
    return ApiHouse(
        url="https://keys.example.com",
        firm=FirmFacts(
            name="Example & Sons",
            support="the desk",
            host="sftp.example.com",
            port=32,
            calendar=Calendar("America/New_York", (date(2026, 12, 25),), "18:30"),
            names="{account}_{kind}_{from}.{ext}",
        ),
        rules=ApiRules(
            desk=RULES,
            is_automatic_approval=False,
            is_automatic_rotation=False,
            private_addresses=False,
        ),
        trusted_proxies=(),
        public_keys=lambda: PublicKeys(("ssh-ed25519 AAAA",), ("ssh-ed25519 BBBB",), None),
        read_certificate=read_submission,
        now=clock.now,
    )


def add_recipients(act: Act) -> None:
    """Two recipients of one account."""
    add_account("U1234567", name="A", act=act)
    for login in ("fund", "other"):
        add_recipient(login, Enrolment(["U1234567"]), act=act)


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.body)
        return found

    @property
    def code(self) -> str:
        return str(self.json.get("code", ""))


@dataclass
class Firm:
    """The application, and who asks from where."""

    house: ApiHouse
    act: Callable[..., Act]
    address: str = HERE
    language: str = "en"
    application: Application = field(init=False)

    def __post_init__(self) -> None:
        self.application = Application(self.house)

    def with_rules(self, **changes: Any) -> "Firm":
        """The same firm with other rules."""
        return Firm(replace(self.house, rules=replace(self.house.rules, **changes)), self.act)

    def at(self, address: str) -> "Firm":
        """The same firm, asked from another address."""
        return Firm(self.house, self.act, address)

    def enrolled(self, login: str) -> Ed25519PrivateKey:
        """A key that was approved for a recipient."""
        made = Ed25519PrivateKey.generate()
        line = public_key_for(made).openssh_line().encode()
        row, _ = key_desk.submit_ssh_key(login, line, file_name="k", rules=RULES, act=self.act())
        key_desk.approve_ssh_key(login, row.fingerprint, rules=RULES, act=self.act())
        return made

    def raw(self, method: str, path: str, body: bytes = b"", **environ: str) -> Answer:
        """Ask anything at all."""
        said: list[Any] = []
        path, _, query = path.partition("?")
        asked = {
            "REQUEST_METHOD": method,
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "SCRIPT_NAME": "",
            "SERVER_NAME": "keys.example.com",
            "SERVER_PORT": "443",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": self.address,
            "HTTP_HOST": "keys.example.com",
            "HTTP_ACCEPT_LANGUAGE": self.language,
            "CONTENT_TYPE": "application/json",
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.input": io.BytesIO(body),
            "wsgi.url_scheme": "https",
            "wsgi.errors": io.StringIO(),
            **environ,
        }
        content = self.application(asked, lambda *line: said.append(line))
        status, headers = said[0][:2]
        return Answer(int(status.split()[0]), dict(headers), b"".join(content))

    def ask(self, path: str, question: Mapping[str, Any]) -> Answer:
        """POST JSON."""
        return self.raw("POST", f"/api/1/{path}", json.dumps(question).encode())

    def invite(self, login: str = "fund", **leave: Any) -> str:
        """A code for a recipient."""
        leave.setdefault("valid", timedelta(days=7))
        return invite(login, Leave(**leave), act=self.act())[1]

    def bundle(self, code: str) -> Bundle:
        """The bundle for a code."""
        answer = self.ask("enrolment/bundle", {"code": code})
        assert answer.status == 200, answer.body
        return Bundle.from_bytes(answer.body)

    def enrol(self, code: str, **changes: Any) -> Answer:
        """Submit a fresh key, or `changes` to what is sent."""
        return self.ask("enrolment/submission", self.submission(code, **changes))

    def submission(
        self, code: str, *, key: SigningKey | None = None, **changes: Any
    ) -> dict[str, Any]:
        """What a recipient's program sends."""
        key = key or Ed25519PrivateKey.generate()
        given = self.bundle(code)
        line = changes.get("ssh_key") or public_key_for(key).openssh_line("me@office")
        armoured = changes.get("pgp_certificate")
        proof = Possession(given.challenge, given.login, line, certificate_sha256(armoured))
        return {
            "code": code,
            "challenge": given.challenge,
            "ssh_key": line,
            "signature": sign_with(proof.to_bytes(), key, NAMESPACE).decode(),
            "pgp_certificate": None,
            "addresses": [],
            "client": "strongbox 0.2.0",
            **changes,
        }

    def request(
        self, purpose: Purpose, key: SigningKey, body: Mapping[str, Any], **changes: Any
    ) -> dict[str, Any]:
        """A signed request."""
        facts: dict[str, Any] = {
            "purpose": purpose,
            "login": "fund",
            "at": self.act().at,
            "nonce": "ab" * 16,
            "audience": self.house.url,
            "body": dict(body),
            **changes,
        }
        text = SignedRequest(**facts).to_bytes()
        return {
            "request": text.decode(),
            "signature": sign_with(text, key, REQUEST).decode(),
        }

    def signed(
        self, purpose: Purpose, key: SigningKey, body: Mapping[str, Any], **changes: Any
    ) -> Answer:
        """Ask with a signature."""
        return self.ask(purpose.value, self.request(purpose, key, body, **changes))
