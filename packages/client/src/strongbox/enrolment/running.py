"""Enrolment from the invitation to the first opened statement, each stage durable before the next.

Texts and questions are in `commands`; what has been done is kept in `progress`.
"""

import time
from dataclasses import dataclass, replace
from pathlib import Path

from strongroom_formats.bundle import Bundle, PgpChoice
from strongroom_formats.invitation import Invitation
from strongroom_formats.possession import NAMESPACE, Possession, certificate_sha256
from strongroom_formats.sshsig_keys import sign_with

from strongbox.api import enrolling
from strongbox.api.endpoint import Endpoint, read_endpoint
from strongbox.api.enrolling import Submission, Submitted
from strongbox.api.https import FirmSaysNo
from strongbox.api.refusals import API_REFUSED
from strongbox.enrolment import keeping, naming, progress, refusals, waiting
from strongbox.enrolment.keeping import Passphrases
from strongbox.enrolment.ports import Person, Step
from strongbox.enrolment.profiling import keep_profile
from strongbox.enrolment.progress import Enrolment, Stage
from strongbox.enrolment.proving import prove
from strongbox.keys.reading import PrivateKey
from strongbox.opening.opener import Keyring, Opened
from strongbox.profiles.box import Box
from strongbox.profiles.profile import Help, Profile
from strongbox.refusal import Refused
from strongbox.wire.pinned import pinned_keys

_CLIENT = "strongbox"
_USED = "ENROL-USED"
_DEAD = frozenset({"ENROL-CODE", "ENROL-EXPIRED", "ENROL-REVOKED", "ENROL-TICKET", _USED})
"""The firm's codes after which nothing can come of an invitation any more."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What the person asked for; "", () and None leave the choice to the program.

    `key` is a private key that is there already; `secret` says where passphrases come from.
    """

    name: str = ""
    key: Path | None = None
    is_pgp_wanted: bool = False
    secret: str = "ask"  # noqa: S105 - the way to a passphrase, never one
    landing: Path | None = None
    addresses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Enrolled:
    """The profile that works, and the test statement that proved it."""

    profile: Profile
    opened: Opened


def begin(box: Box, invitation: Invitation, wish: Wish, person: Person) -> Enrolment:
    """Take up an invitation; one that was begun before goes on where it was.

    Raises Refused: ENROL-…, API-…, PROFILE-…, HOST-KEY-BROKEN.
    """
    for one in progress.waiting(box):
        if one.invitation.code == invitation.code:
            return progress.save(box, _with(one, wish))
    addresses = tuple(map(naming.address, wish.addresses))
    bundle = _agreed(invitation, person)
    name = naming.profile_name(box, wish.name, bundle)
    has_pgp = wish.is_pgp_wanted or bundle.pgp is PgpChoice.REQUIRED
    return progress.save(
        box,
        Enrolment(
            name=name,
            stage=Stage.AGREED,
            invitation=invitation,
            bundle=bundle,
            ssh_key=(wish.key or keeping.free_path(box, name, keeping.SSH_NAME)).absolute(),
            is_own_key=wish.key is not None,
            pgp_key=keeping.free_path(box, name, keeping.PGP_NAME) if has_pgp else None,
            landing=(wish.landing or Path.home() / "statements" / name).absolute(),
            secret=wish.secret,
            addresses=addresses,
        ),
    )


def go_on(box: Box, enrolment: Enrolment, person: Person, *, seconds: float) -> Enrolled:
    """Do what is left; `seconds` is the most that is waited for the firm's decision.

    Raises Refused: everything that keys, HTTPS, SSH and opening can refuse. What was done is kept,
    and the next call goes on there.
    """
    endpoint = _endpoint(enrolment.invitation)
    if enrolment.stage in {Stage.AGREED, Stage.SENDING}:
        _fresh(box, endpoint, enrolment, person)  # before a person types, or a key is made
    passphrases = Passphrases(enrolment.secret, what=enrolment.name)
    certificate = keeping.pgp_certificate(enrolment, passphrases, person)
    key = keeping.ssh_key(enrolment, passphrases, person)
    if enrolment.stage in {Stage.AGREED, Stage.SENDING}:
        enrolment = _sent(box, enrolment, key, certificate, person)
    if enrolment.stage is Stage.SENT:
        enrolment = _approved(box, endpoint, enrolment, person, seconds=seconds)
    profile = keep_profile(box, enrolment)
    opened = prove(profile, [key], _keyring(profile, passphrases), person)
    person.tell(Step.OPENED, {"verdict": opened.verdict, "size": opened.size})
    progress.forget(box, enrolment.name)
    return Enrolled(profile, opened)


def _with(enrolment: Enrolment, wish: Wish) -> Enrolment:
    """What the person asks for differently this time, as long as nothing was taken in yet."""
    if enrolment.stage not in {Stage.AGREED, Stage.SENDING}:
        return enrolment
    addresses = tuple(map(naming.address, wish.addresses))
    enrolment = replace(enrolment, addresses=addresses or enrolment.addresses)
    if wish.key is not None:
        return replace(enrolment, ssh_key=wish.key.absolute(), is_own_key=True)
    return enrolment


def _endpoint(invitation: Invitation) -> Endpoint:
    return read_endpoint(Help(invitation.url, invitation.pin))


def _agreed(invitation: Invitation, person: Person) -> Bundle:
    """Fetch the bundle, show whom it is from and what will be sent, and ask."""
    endpoint = _endpoint(invitation)
    bundle = enrolling.bundle(endpoint, invitation.code)
    keys = pinned_keys(bundle.host_keys)
    facts = {
        "firm": bundle.firm,
        "host": bundle.host,
        "port": bundle.port,
        "login": bundle.login,
        "accounts": ", ".join(f"…{digits}" for digits in bundle.accounts),
        "host_keys": tuple(f"{key.algorithm} {key.fingerprint_sha256}" for key in keys),
        "api": endpoint.url,
        "pgp": bundle.pgp,
        "expires_at": bundle.expires_at,
    }
    person.tell(Step.INVITED, facts)
    if not person.agrees():
        raise refusals.ENROL_DECLINED.because()
    return bundle


def _sent(
    box: Box, enrolment: Enrolment, key: PrivateKey, certificate: str | None, person: Person
) -> Enrolment:
    """Send the public halves once, also when an earlier run was killed while it sent them."""
    endpoint = _endpoint(enrolment.invitation)
    enrolment = _fresh(box, endpoint, enrolment, person)
    if not enrolment.addresses:
        enrolment = replace(enrolment, addresses=_addresses(endpoint, enrolment))
    person.tell(Step.ADDRESSES, {"addresses": ", ".join(enrolment.addresses)})
    enrolment = progress.save(box, replace(enrolment, stage=Stage.SENDING))
    submission = _submission(enrolment, key, certificate)
    try:
        submitted = enrolling.submit(endpoint, submission, client=_CLIENT)
    except FirmSaysNo as refused:
        if refused.kind is API_REFUSED:  # going on with this invitation is no use
            give_up(box, enrolment.name, person)
        raise
    _check(submitted, key)
    sent = replace(enrolment, stage=Stage.SENT, ticket=submitted.ticket)
    enrolment = progress.save(box, sent)
    person.tell(Step.SENT, {"fingerprint": submitted.fingerprint, "words": key.public.words})
    return enrolment


def give_up(box: Box, name: str, person: Person) -> None:
    """Forget an enrolment of which nothing can come, so that its name is free; keys stay."""
    progress.forget(box, name)
    person.tell(Step.FORGOTTEN, {"profile": name, "keys": box.keys(name)})


def _fresh(box: Box, endpoint: Endpoint, enrolment: Enrolment, person: Person) -> Enrolment:
    """A challenge may have run out while the run was away; one that was used stays as it was."""
    is_sending = enrolment.stage is Stage.SENDING
    try:
        now = enrolling.bundle(endpoint, enrolment.invitation.code)
    except FirmSaysNo as refused:
        # A code that is used up while we were sending may have been used by us.
        if refused.firm_code in _DEAD and not (is_sending and refused.firm_code == _USED):
            give_up(box, enrolment.name, person)
            raise
        if is_sending:
            return enrolment
        raise
    agreed = enrolment.bundle
    passing = replace(
        now,
        challenge=agreed.challenge,
        expires_at=agreed.expires_at,
        seen_address=agreed.seen_address,
    )
    if passing != agreed:
        raise refusals.ENROL_CHANGED.because(name=enrolment.name)
    return replace(enrolment, bundle=now)


def _addresses(endpoint: Endpoint, enrolment: Enrolment) -> tuple[str, ...]:
    """Where logins will come from: SFTP goes straight, so a proxy's address is the second best."""
    try:
        seen = enrolling.seen_addresses(endpoint)
    except Refused:
        seen = (enrolment.bundle.seen_address,)
    naming.refuse_private(seen, endpoint.host)
    return seen


def _submission(enrolment: Enrolment, key: PrivateKey, certificate: str | None) -> Submission:
    """The public halves, and the new key's signature over them and the firm's challenge."""
    line = key.public.openssh_line()
    bundle = enrolment.bundle
    proof = Possession(bundle.challenge, bundle.login, line, certificate_sha256(certificate))
    return Submission(
        code=enrolment.invitation.code,
        challenge=bundle.challenge,
        ssh_key=line,
        signature=sign_with(proof.to_bytes(), key.private, NAMESPACE).decode("ascii"),
        pgp_certificate=certificate,
        addresses=enrolment.addresses,
    )


def _check(submitted: Submitted, key: PrivateKey) -> None:
    """The words that are compared by telephone are those of the key here, and no others."""
    ours = (key.public.fingerprint_sha256, key.public.words)
    if (submitted.fingerprint, submitted.words) != ours:
        raise refusals.ENROL_OTHER_KEY.because(theirs=submitted.fingerprint, ours=ours[0])


def _approved(
    box: Box, endpoint: Endpoint, enrolment: Enrolment, person: Person, *, seconds: float
) -> Enrolment:
    try:
        decided = waiting.wait_for_decision(
            endpoint, enrolment, person=person, seconds=seconds, sleep=time.sleep
        )
    except Refused as refused:
        is_decided = refused.kind in {refusals.ENROL_REJECTED, refusals.ENROL_EXPIRED}
        if is_decided or (isinstance(refused, FirmSaysNo) and refused.firm_code in _DEAD):
            give_up(box, enrolment.name, person)
        raise
    person.tell(Step.APPROVED, {"allowed": ", ".join(decided.allowed)})
    keep_profile(box, enrolment)
    return progress.save(box, replace(enrolment, stage=Stage.APPROVED))


def _keyring(profile: Profile, passphrases: Passphrases) -> Keyring:
    certificate = profile.sender.certificate
    return Keyring(
        secret_keys=profile.keys.pgp,
        sender=None if certificate is None else certificate.read_bytes(),
        is_signature_needed=profile.sender.is_signature_needed,
        ask=passphrases.known,
    )
