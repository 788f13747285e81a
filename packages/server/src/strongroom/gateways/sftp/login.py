"""The user authentication of one connection, RFC 4252: a public key, judged by who signed.

Where the door asks for a person as well, the key is a partial success and keyboard-interactive
goes on. Cryptography is a function given by the transport; the rest is behind the door.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from strongroom.gateways.sftp import dialogue
from strongroom.gateways.sftp.dialogue import Dialogue
from strongroom.gateways.sftp.settings import SftpSettings
from strongroom.gateways.sftp.wire import Fields, Malformed
from strongroom.rules.refusals import Audience, Refused
from strongroom.visits.ports import (
    Caller,
    Door,
    KeyVerdict,
    OfferedKey,
    PersonNeeded,
    Question,
    Visit,
)

# Names on the wire and the key type each goes with. SHA-1 (`ssh-rsa`) and certificates are not
# here, so they are told to the door for the record and refused (ATK-17, ATK-20).
SIGNATURE_ALGORITHMS: dict[str, bytes] = {
    "ssh-ed25519": b"ssh-ed25519",
    "ecdsa-sha2-nistp256": b"ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384": b"ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521": b"ecdsa-sha2-nistp521",
    "rsa-sha2-512": b"ssh-rsa",
    "rsa-sha2-256": b"ssh-rsa",
}
_LONGEST_ALGORITHM_NAME = 64

Verify = Callable[[OfferedKey, bytes, bytes], bool]


class Cause(Enum):
    """Why a connection did not become a visit; for the record, never for the wire."""

    NO_KEY = "no key offered"
    KEY_REFUSED = "key refused"
    BAD_SIGNATURE = "signature wrong"
    VISIT_REFUSED = "visit refused"
    NO_ANSWER = "no answer of a person"
    WRONG_ANSWER = "wrong answer of a person"
    NOBODY_TO_ANSWER = "nobody to answer"
    TOO_MANY_TRIES = "too many tries"
    BROKEN_PROTOCOL = "protocol broken"
    LEFT = "left before the login"


@dataclass(frozen=True, slots=True)
class Granted:
    """The login succeeded."""

    visit: Visit


@dataclass(frozen=True, slots=True)
class KeyWelcome:
    """This key may sign: SSH_MSG_USERAUTH_PK_OK, section 7."""

    algorithm: bytes
    blob: bytes


@dataclass(frozen=True, slots=True)
class KeyAccepted:
    """SSH_MSG_USERAUTH_FAILURE with partial success: a person goes on (section 5.1)."""


@dataclass(frozen=True, slots=True)
class Asking:
    """SSH_MSG_USERAUTH_INFO_REQUEST."""

    question: Question


@dataclass(frozen=True, slots=True)
class Denied:
    """SSH_MSG_USERAUTH_FAILURE, after a banner where there is one to show.

    `go_on` is the one method that can continue.
    """

    banner: str | None = None
    go_on: bytes = b"publickey"


@dataclass(frozen=True, slots=True)
class Dismissed:
    """The connection ends with this text."""

    text: str


Outcome = Granted | KeyWelcome | KeyAccepted | Asking | Denied | Dismissed


class Login:
    """Judges the requests of one connection, one at a time.

    Everyone who is refused gets the same bytes: unknown login, disabled login, wrong key, wrong
    algorithm and wrong address differ in nothing but the reference (ATK-21).
    """

    def __init__(
        self, door: Door, caller: Caller, settings: SftpSettings, *, client: str, verify: Verify
    ) -> None:
        self._door = door
        self._caller = caller
        self._settings = settings
        self._client = client
        self._verify = verify
        self._raw_login: bytes | None = None
        self._cause = Cause.LEFT
        self._requests = self._queries = self._failures = 0
        self._wrong_answers = 0
        self._reference: str | None = None
        self._dialogue: Dialogue | None = None

    @property
    def name(self) -> str:
        """The login name offered, bounded and safe to show; empty before there is one."""
        raw, most = self._raw_login or b"", self._settings.login_name_bytes_most
        text = raw[:most].decode(errors="backslashreplace")
        # A cut name gets a sign no login can hold, so that it equals none (ATK-19).
        return text if len(raw) <= most else text + "\N{HORIZONTAL ELLIPSIS}"

    async def request(self, payload: bytes, session_id: bytes) -> Outcome:
        """Answer one SSH_MSG_USERAUTH_REQUEST, given whole, with its message number."""
        try:
            return await self._request(payload, session_id)
        except Malformed:
            return await self._dismiss(Cause.BROKEN_PROTOCOL)

    async def response(self, payload: bytes) -> Outcome:
        """Answer one SSH_MSG_USERAUTH_INFO_RESPONSE, given whole, with its message number."""
        try:
            if self._dialogue is None:
                return await self._dismiss(Cause.BROKEN_PROTOCOL)
            found = await self._dialogue.answer(payload)
        except Malformed:
            return await self._dismiss(Cause.BROKEN_PROTOCOL)
        except Refused:
            return await self._wrong_answer()
        return Asking(found) if isinstance(found, Question) else Granted(found)

    async def left(self) -> None:
        """The connection ended without a visit; make sure that it is on record once."""
        await self._record(self._cause)

    async def _request(self, payload: bytes, session_id: bytes) -> Outcome:
        fields = Fields(memoryview(payload)[1:])
        login, service, method = fields.string(), fields.string(), fields.string()
        self._requests += 1
        if self._raw_login is None:
            self._raw_login = login
        # A change of name or service in mid-login ends it, as in OpenSSH (ATK-15).
        if login != self._raw_login or service != b"ssh-connection":
            return await self._dismiss(Cause.BROKEN_PROTOCOL)
        if self._requests > self._settings.login_requests_most:
            return await self._dismiss(Cause.TOO_MANY_TRIES)
        if self._dialogue is not None:
            return await self._converse(self._dialogue, method, fields)
        if method != b"publickey":
            if self._cause is Cause.LEFT:
                self._cause = Cause.NO_KEY
            return Denied()
        is_signed = fields.flag()
        algorithm, blob = fields.string(), fields.string()
        offered = self._offered(algorithm, blob)
        if not is_signed:
            return await self._query(offered, KeyWelcome(algorithm, blob))
        signed_part = payload[: 1 + fields.at]
        message = len(session_id).to_bytes(4, "big") + session_id + signed_part
        return await self._signed(offered, message, fields.string())

    def _offered(self, algorithm: bytes, blob: bytes) -> OfferedKey:
        """The offer as the door sees it; what is too long is cut and so can match nothing."""
        name = algorithm[:_LONGEST_ALGORITHM_NAME].decode("ascii", errors="backslashreplace")
        return OfferedKey(blob[: self._settings.key_blob_bytes_most + 1], name)

    def _is_acceptable(self, key: OfferedKey) -> bool:
        """Whether the algorithm is one of ours and fits the key (RFC 8332, section 3)."""
        kind = SIGNATURE_ALGORITHMS.get(key.signature_algorithm)
        if kind is None or len(key.blob) > self._settings.key_blob_bytes_most:
            return False
        return key.blob.startswith(len(kind).to_bytes(4, "big") + kind)

    async def _opens(self, key: OfferedKey) -> bool:
        verdict = await self._door.judge_key(self._caller, self.name, key)
        return verdict is KeyVerdict.OPENS and self._is_acceptable(key)

    async def _query(self, key: OfferedKey, welcome: KeyWelcome) -> Outcome:
        """ "Would this key do?" A yes grants nothing and is not remembered (ATK-16)."""
        self._queries += 1
        if await self._opens(key):
            return welcome
        if self._queries >= self._settings.key_queries_most:
            return await self._dismiss(Cause.TOO_MANY_TRIES)
        return await self._deny(Cause.KEY_REFUSED)

    async def _signed(self, key: OfferedKey, message: bytes, signature: bytes) -> Outcome:
        """Judge a signed request by the very key in it, and by nothing asked before (ATK-16)."""
        cause = Cause.KEY_REFUSED
        if await self._opens(key):
            cause = Cause.BAD_SIGNATURE
            if self._verify(key, message, signature):
                try:
                    return await self._proved(key)
                except Refused:
                    cause = Cause.VISIT_REFUSED
        self._failures += 1
        if self._failures >= self._settings.failed_signatures_most:
            return await self._dismiss(Cause.TOO_MANY_TRIES)
        return await self._deny(cause)

    async def _proved(self, key: OfferedKey) -> Outcome:
        """The key is right: that is all, or the first of two steps. Raises Refused."""
        found = await self._door.enter(self._caller, self.name, key, self._client)
        if not isinstance(found, PersonNeeded):
            return Granted(found)
        self._dialogue = Dialogue(found.step, self._settings)
        self._cause = Cause.NO_ANSWER
        return KeyAccepted()

    async def _converse(self, talk: Dialogue, method: bytes, fields: Fields) -> Outcome:
        """After the key only a person goes on; another key changes nothing any more."""
        if method != dialogue.METHOD:
            return Denied(go_on=dialogue.METHOD)
        try:
            return Asking(await talk.begin(fields))
        except Refused as refused:
            return await self._dismiss(Cause.NOBODY_TO_ANSWER, _told(refused))

    async def _wrong_answer(self) -> Outcome:
        self._cause = Cause.WRONG_ANSWER
        self._wrong_answers += 1
        if self._wrong_answers >= self._settings.failed_answers_most:
            return await self._dismiss(Cause.WRONG_ANSWER)
        return Denied(go_on=dialogue.METHOD)

    async def _deny(self, cause: Cause) -> Denied:
        self._cause = cause
        if self._reference is not None or not self._settings.names_reference:
            return Denied()
        await self._record(cause)
        return Denied(f"This key was not accepted. Reference: {self._reference}\r\n")

    async def _dismiss(self, cause: Cause, why: str = "") -> Dismissed:
        await self._record(cause)
        reference = f" Reference: {self._reference}" if self._settings.names_reference else ""
        return Dismissed(f"Login ended.{why}{reference}")

    async def _record(self, cause: Cause) -> None:
        if self._reference is None:
            self._reference = await self._door.turned_away(
                self._caller, self.name, self._client, cause.value
            )


def _told(refused: Refused) -> str:
    """What a person whose key was right may read of why no code is asked for."""
    return "" if refused.kind.audience is Audience.OPERATOR else f" {refused}"
