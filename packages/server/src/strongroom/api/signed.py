"""Requests signed with an SSH key on record: whose they are, fresh, for here, and only once.

What each purpose does is in the modules beside. To whoever has no such key every fault looks alike.
"""

import base64
from dataclasses import dataclass
from datetime import timedelta

from strongroom_formats.document_fields import Fields, moment_text
from strongroom_formats.signed_request import (
    CLOCK_SECONDS,
    NAMESPACE,
    Purpose,
    SignedRequest,
    SignedRequestInvalid,
)
from strongroom_formats.ssh_public_key import SshPublicKey
from strongroom_formats.sshsig_envelope import SignatureInvalid
from strongroom_formats.sshsig_keys import LIMIT, signer_of, verify_by

from strongroom.api.asking import MOST_IN, Asked, BodyInvalid
from strongroom.api.tries import one_try
from strongroom.directory.burnt_keys import is_burnt
from strongroom.directory.models import KeyState, SshKey
from strongroom.login.connections.nonces import take_nonce
from strongroom.rules import refusals
from strongroom.rules.penalties import Cause


@dataclass(frozen=True, slots=True)
class Signed:
    """A request that holds: who asks, with which key, and what it says."""

    asked: Asked
    key: SshKey
    request: SignedRequest

    @property
    def login(self) -> str:
        """The login that asks."""
        return self.request.login

    def body(self) -> Fields:
        """The fields of the purpose's own part, whose reader raises BodyInvalid."""
        return Fields(dict(self.request.body), BodyInvalid)


def read_signed(asked: Asked, purpose: Purpose, *, any_state: bool = False) -> Signed:
    """Check a signed request, and take its nonce. With `any_state` a key that waits or has ended
    may ask as well; one that was burnt never.

    Raises Refused: ENROL-BODY, REQUEST-…, ENROL-SLOW.
    """
    fields = asked.fields()
    text, signature = fields.block("request", most=MOST_IN), fields.block("signature", most=LIMIT)
    fields.close()
    try:
        request = SignedRequest.from_bytes(text.encode())
    except SignedRequestInvalid as error:
        raise refusals.ENROL_BODY.because(why=error) from error
    if request.purpose is not purpose:
        raise refusals.ENROL_BODY.because(why=f"it is signed for {request.purpose}")
    with one_try(asked, Cause.WRONG_KEY, refusals.REQUEST_REFUSED.code):
        signer = _signer(text.encode(), signature.encode())
        key = _on_record(request.login, signer, asked, any_state=any_state)
    _refuse_stale(asked, request)
    take_nonce(request.login, request.nonce, asked.act)
    return Signed(asked, key, request)


def _signer(request: bytes, signature: bytes) -> SshPublicKey:
    """Return the key that signed, which need not be anybody's. Raises REQUEST-REFUSED."""
    try:
        signer = signer_of(signature)
        verify_by(signer, request, signature, namespace=NAMESPACE)
    except SignatureInvalid as error:
        raise refusals.REQUEST_REFUSED.because() from error
    return signer


def _on_record(login: str, signer: SshPublicKey, asked: Asked, *, any_state: bool) -> SshKey:
    found = SshKey.objects.select_related("recipient").filter(
        fingerprint=signer.fingerprint_sha256, recipient__login=login
    )
    key = found.first()
    if key is None or base64.b64decode(key.blob) != signer.blob or is_burnt(key.fingerprint):
        raise refusals.REQUEST_REFUSED.because()
    if not any_state and not _is_in_force(key, asked):
        raise refusals.REQUEST_REFUSED.because()
    return key


def _is_in_force(key: SshKey, asked: Asked) -> bool:
    ends = key.expires_at
    is_running = key.state == KeyState.ACTIVE and (ends is None or ends > asked.act.at)
    return is_running and key.recipient.is_enabled


def _refuse_stale(asked: Asked, request: SignedRequest) -> None:
    if request.audience != asked.house.url:
        raise refusals.REQUEST_AUDIENCE.because(
            audience=request.audience[:100], url=asked.house.url
        )
    if abs(asked.act.at - request.at) > timedelta(seconds=CLOCK_SECONDS):
        raise refusals.REQUEST_CLOCK.because(
            at=moment_text(request.at), now=moment_text(asked.act.at)
        )
