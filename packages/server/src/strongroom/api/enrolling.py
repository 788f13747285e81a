"""The three steps of enrolment: the bundle for a code, the submission, and how far it is.

The words of the contract are in docs/formats/enrolment.md. Proofs are checked before anything is
stored; whatever holds a private key is burnt first (KEY-7).
"""

from contextlib import suppress
from dataclasses import dataclass

from strongroom_formats.bundle import CERTIFICATE_MOST, Bundle, Folders, PgpChoice
from strongroom_formats.canonical_json import JsonValue
from strongroom_formats.document_fields import Fields
from strongroom_formats.invitation import InvitationInvalid, read_code
from strongroom_formats.possession import (
    KEY_LINE_MOST,
    NAMESPACE,
    Possession,
    PossessionInvalid,
    certificate_sha256,
)
from strongroom_formats.sshsig_envelope import SignatureInvalid
from strongroom_formats.sshsig_keys import LIMIT, verify_by

from strongroom.api import words
from strongroom.api.asking import Asked, BodyInvalid
from strongroom.api.progress import approve_by_itself, progress_of
from strongroom.api.searching import STRANGER, burning, refuse_private
from strongroom.api.tries import one_try
from strongroom.directory import invitations
from strongroom.directory.models import Invitation
from strongroom.messages.enrolment_desk import Brought, take_enrolment
from strongroom.rules import networks, refusals
from strongroom.rules.key_intake import Submission, read_submission
from strongroom.rules.penalties import Cause

MOST_ADDRESSES = 20
# Searching a body costs more than a code, so a source has as few bodies as codes that are none.
_NO_CODE = tuple(
    kind.code
    for kind in (
        refusals.ENROL_BODY,
        refusals.ENROL_CODE,
        refusals.KEY_PRIVATE,
        refusals.KEY_UNSEARCHABLE,
    )
)
_FOLDERS = Folders("/outgoing", "/manifests", "/test", "/incoming")


def bundle(asked: Asked) -> bytes:
    """Give what a recipient's program needs before its first connection; it uses nothing up."""
    fields = asked.fields()
    code = _code(fields)
    fields.close()
    with one_try(asked, Cause.WRONG_CODE, refusals.ENROL_CODE.code):
        invitation = invitations.find_open(code, asked.act.at)
    invitations.note_opened(
        invitation,
        address=asked.address,
        act=asked.acting(f"recipient:{invitation.recipient.login}"),
    )
    return _bundle(asked, invitation).to_bytes()


def _bundle(asked: Asked, invitation: Invitation) -> Bundle:
    house, recipient = asked.house, invitation.recipient
    keys = house.public_keys()
    numbers = recipient.accounts.order_by("number").values_list("number", flat=True)
    return Bundle(
        firm=house.firm.name,
        host=house.firm.host,
        port=house.firm.port,
        login=recipient.login,
        folders=_FOLDERS,
        host_keys=keys.host_keys,
        signers=keys.signers,
        pgp=PgpChoice(recipient.pgp),
        sender_certificate=keys.certificate,
        calendar=house.firm.calendar,
        names=house.firm.names,
        api=house.url,
        accounts=tuple(number[-4:] for number in numbers[:10_000]),
        seen_address=asked.address,
        challenge=invitation.challenge,
        expires_at=invitation.expires_at,
    )


def submission(asked: Asked) -> dict[str, JsonValue]:
    """Take the public halves in, with the proof that the private half of the SSH key is there."""
    with one_try(asked, Cause.WRONG_CODE, *_NO_CODE):
        refuse_private(asked, lambda asked: _may_burn(_invitation(asked)))
        invitation = _invitation(asked)
    sent = _sent(asked)
    login = invitation.recipient.login
    with burning(asked, lambda: _may_burn(invitation)):
        key = read_submission(sent.line.encode(), file_name="")
    invitations.refuse_another(invitation, key.key.fingerprint_sha256, asked.act.at)
    if sent.challenge != invitation.challenge:
        raise refusals.ENROL_CHALLENGE.because()
    digest = certificate_sha256(sent.certificate)
    prove(key, Possession(sent.challenge, login, sent.line, digest), sent.signature)
    if sent.certificate is None and invitation.recipient.pgp == PgpChoice.REQUIRED:
        raise refusals.ENROL_PGP_MISSING.because(login=login)
    act = asked.acting(f"recipient:{login}")
    with burning(asked, lambda: login):
        brought = _brought(asked, sent, key.key.words)
    taken = take_enrolment(brought, rules=asked.house.rules.desk, act=act)
    approve_by_itself(asked, taken.invitation)
    return {
        "ticket": taken.ticket,
        "fingerprint": taken.key.fingerprint,
        "words": key.key.words,
        "pgp_fingerprint": taken.certificate.fingerprint if taken.certificate else None,
        "seen_address": asked.address,
        "state": progress_of(taken.invitation).state.value,
    }


def _invitation(asked: Asked) -> Invitation:
    try:
        code = _code(asked.fields())
    except BodyInvalid as error:
        raise refusals.ENROL_BODY.because(why=error) from error
    return invitations.find_given(code, asked.act.at)


def _may_burn(invitation: Invitation) -> str:
    """Whose keys a private half in the body burns. A used code proves nobody until it is signed
    for: else whoever finds one could end keys that they merely know."""
    return invitation.recipient.login if invitation.used_at is None else STRANGER


@dataclass(frozen=True, slots=True)
class _Sent:
    """The fields of a submission, bounded and nothing more."""

    code: str
    challenge: str
    line: str
    signature: str
    certificate: str | None
    proposed: list[str]
    client: str


def _sent(asked: Asked) -> _Sent:
    fields = asked.fields()
    sent = _Sent(
        code=_code(fields),
        challenge=fields.text("challenge", most=64),
        line=fields.text("ssh_key", most=KEY_LINE_MOST),
        signature=fields.block("signature", most=LIMIT),
        certificate=fields.block_or_none("pgp_certificate", most=CERTIFICATE_MOST),
        proposed=addresses_in(fields),
        client=fields.text("client", most=100),
    )
    fields.close()
    return sent


def _brought(asked: Asked, sent: _Sent, words: str) -> Brought:
    armoured = sent.certificate
    return Brought(
        code=sent.code,
        line=sent.line.encode(),
        words=words,
        certificate=asked.house.read_certificate(armoured.encode()) if armoured else None,
        address=asked.address,
        proposed=sent.proposed,
        client=sent.client,
    )


def prove(key: Submission, proof: Possession, signature: str) -> None:
    """Check that a key signed its own proof. Raises Refused (ENROL-SIGNATURE)."""
    try:
        message = proof.to_bytes()
        verify_by(key.key, message, signature.encode(), namespace=NAMESPACE)
    except (SignatureInvalid, PossessionInvalid) as error:
        raise refusals.ENROL_SIGNATURE.because(why=error) from error


def status(asked: Asked) -> dict[str, JsonValue]:
    """Say how far the submission with a ticket is."""
    fields = asked.fields()
    ticket = fields.text("ticket", most=100)
    fields.close()
    with one_try(asked, Cause.WRONG_CODE, refusals.ENROL_TICKET.code):
        invitation = invitations.find_ticket(ticket)
    approve_by_itself(asked, invitation)
    progress = progress_of(invitation)
    allowed: list[JsonValue] = [*progress.allowed]
    sentence = words.of_progress(progress, asked.language)
    return {"state": progress.state.value, "sentence": sentence, "allowed": allowed}


def seen_address(asked: Asked) -> dict[str, JsonValue]:
    """Say which address the server sees; whether it is on a list is for those who sign."""
    asked.fields().close()
    return {"address": asked.address, "allow_listed": None}


def _code(fields: Fields) -> str:
    with suppress(InvitationInvalid):
        return read_code(fields.text("code", most=100))
    raise refusals.ENROL_CODE.because()


def addresses_in(fields: Fields) -> list[str]:
    """The addresses that are proposed, as they may stand on a list. Raises Refused: NETWORK-…."""
    found = fields.texts("addresses", most=MOST_ADDRESSES, most_each=64)
    return [str(networks.parse_network(text, private_allowed=True)) for text in found]
