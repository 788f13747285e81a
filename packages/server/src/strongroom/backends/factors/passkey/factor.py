"""Passkeys (WebAuthn level 3): the one factor whose answer is of no use to a false site (LATK-27).

Options and checks are the library's; the rules on frames and counters, which it lacks, are ours.
The browser's side is the portal's.
"""

import json
from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256
from typing import TypeVar

import webauthn
from strongroom_formats.canonical_json import JsonValue
from webauthn.authentication.verify_authentication_response import VerifiedAuthentication
from webauthn.helpers import (
    base64url_to_bytes,
    bytes_to_base64url,
    parse_authentication_credential_json,
    parse_registration_credential_json,
    structs,
)
from webauthn.helpers.cose import COSEAlgorithmIdentifier as Algorithm

from strongroom.backends.factors.passkey.client_data import (
    read_credential,
    refuse_frames,
    text_of,
)
from strongroom.login.models import FactorKind
from strongroom.login.ports import Accepted, Asked, Chance, Draft, Facts, Kept, Traits, Wish
from strongroom.rules import login_refusals
from strongroom.rules.assurance import Assurance
from strongroom.rules.refusals import Refused
from strongroom.rules.secret import Secret

CHALLENGE_BYTES = 32
LIFETIME = timedelta(minutes=5)
MOST_KNOWN = 20

_ALGORITHMS = [
    Algorithm.ECDSA_SHA_256,
    Algorithm.EDDSA,
    Algorithm.RSASSA_PKCS1_v1_5_SHA_256,
]

Found = TypeVar("Found")


class PasskeyFactor:
    """A credential's public key is an open fact; nothing secret is kept of it.

    The counter is the authenticator's signature count, where it keeps one.
    """

    traits = Traits(
        kind=FactorKind.PASSKEY,
        assurance=Assurance.PASSKEY,
        lifetime=LIFETIME,
        is_phishing_resistant=True,
        amr=("pop", "user", "mfa"),
    )

    def draft(self, wish: Wish, chance: Chance) -> Draft:
        """Ask the browser for a new credential; `given.known` are ids of those there are."""
        handle = bytes_to_base64url(sha256(f"{wish.firm}\0{wish.user_id}".encode()).digest())
        facts: Facts = {"site": wish.site, "party": wish.party, "handle": handle}
        challenge = chance.draw(CHALLENGE_BYTES)
        return Draft(
            kept=Kept(secret=Secret(""), facts=facts, counter=-1),
            label="Passkey",
            asked=Asked(
                shown={"options": _creation(wish, handle, challenge)},
                hidden={"challenge": bytes_to_base64url(challenge)},
            ),
        )

    def ask(self, kept: Kept, chance: Chance) -> Asked:
        """Ask for a signature by this credential, with the user verified."""
        challenge = chance.draw(CHALLENGE_BYTES)
        options = webauthn.generate_authentication_options(
            rp_id=text_of(kept.facts, "party"),
            challenge=challenge,
            timeout=_milliseconds(LIFETIME),
            allow_credentials=[_descriptor(text_of(kept.facts, "credential"))],
            user_verification=structs.UserVerificationRequirement.REQUIRED,
        )
        return Asked(
            shown={"options": json.loads(webauthn.options_to_json(options))},
            hidden={"challenge": bytes_to_base64url(challenge)},
        )

    def check(self, kept: Kept, asked: Asked, answer: Secret, chance: Chance) -> Accepted:
        """Judge the browser's credential as JSON text: of a new passkey first, then of its use.

        Raises Refused (E-LOGIN-2, PASSKEY-REFUSED, FACTOR-COPIED).
        """
        credential = read_credential(answer)
        challenge = base64url_to_bytes(text_of(asked.hidden, "challenge"))
        if "credential" in kept.facts:
            return _used(kept, credential, challenge)
        return _registered(kept, credential, challenge)


def _registered(kept: Kept, credential: dict[str, JsonValue], challenge: bytes) -> Accepted:
    read = _judged(lambda: parse_registration_credential_json(credential))
    refuse_frames(read.response.client_data_json)
    found = _judged(
        lambda: webauthn.verify_registration_response(
            credential=read,
            expected_challenge=challenge,
            expected_rp_id=text_of(kept.facts, "party"),
            expected_origin=text_of(kept.facts, "site"),
            require_user_verification=True,
            supported_pub_key_algs=_ALGORITHMS,
        )
    )
    return Accepted(
        counter=found.sign_count or None,
        facts={
            **kept.facts,
            "credential": bytes_to_base64url(found.credential_id),
            "public_key": bytes_to_base64url(found.credential_public_key),
            "is_synced": _is_synced(found.credential_device_type),
        },
    )


def _used(kept: Kept, credential: dict[str, JsonValue], challenge: bytes) -> Accepted:
    read = _judged(lambda: parse_authentication_credential_json(credential))
    refuse_frames(read.response.client_data_json)
    handle = read.response.user_handle
    if bytes_to_base64url(read.raw_id) != text_of(kept.facts, "credential") or (
        handle is not None and bytes_to_base64url(handle) != text_of(kept.facts, "handle")
    ):
        raise login_refusals.FACTOR_WRONG.because()
    found = _judged(
        lambda: webauthn.verify_authentication_response(
            credential=read,
            expected_challenge=challenge,
            expected_rp_id=text_of(kept.facts, "party"),
            expected_origin=text_of(kept.facts, "site"),
            credential_public_key=base64url_to_bytes(text_of(kept.facts, "public_key")),
            # Zero, so that the signature is judged first: only a true one says of a copy.
            credential_current_sign_count=0,
            require_user_verification=True,
        )
    )
    return Accepted(counter=_counted(kept, found))


def _counted(kept: Kept, found: VerifiedAuthentication) -> int | None:
    """Judge the signature count (WebAuthn section 6.1.1): it rises, or stays 0 for ever.

    For ever 0 is what synced passkeys send; any other device counts (LATK-26).
    """
    is_synced = kept.facts.get("is_synced") is True
    if is_synced is not _is_synced(found.credential_device_type):
        raise login_refusals.PASSKEY_REFUSED.because()
    before, now = max(kept.counter, 0), found.new_sign_count
    if before == now == 0:
        if not is_synced:
            raise login_refusals.PASSKEY_REFUSED.because()
        return None
    if now <= before:
        raise login_refusals.FACTOR_COPIED.because()
    return now


def _is_synced(kind: structs.CredentialDeviceType) -> bool:
    return kind is structs.CredentialDeviceType.MULTI_DEVICE


def _judged(ask: Callable[[], Found]) -> Found:
    """Let the library judge: whatever it stumbles over in a stranger's bytes is a refusal."""
    try:
        return ask()
    except Refused:
        raise
    except Exception as error:
        raise login_refusals.PASSKEY_REFUSED.because() from error


def _creation(wish: Wish, handle: str, challenge: bytes) -> dict[str, JsonValue]:
    known = wish.given.get("known", [])
    known_ids = [one for one in known if isinstance(one, str)] if isinstance(known, list) else []
    options = webauthn.generate_registration_options(
        rp_id=wish.party,
        rp_name=wish.firm,
        user_id=base64url_to_bytes(handle),
        user_name=wish.user,
        user_display_name=wish.full_name,
        challenge=challenge,
        timeout=_milliseconds(LIFETIME),
        attestation=structs.AttestationConveyancePreference.NONE,
        authenticator_selection=structs.AuthenticatorSelectionCriteria(
            resident_key=structs.ResidentKeyRequirement.PREFERRED,
            user_verification=structs.UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=[_descriptor(one) for one in known_ids[:MOST_KNOWN]],
        supported_pub_key_algs=_ALGORITHMS,
    )
    read: dict[str, JsonValue] = json.loads(webauthn.options_to_json(options))
    return read


def _descriptor(credential: str) -> structs.PublicKeyCredentialDescriptor:
    return structs.PublicKeyCredentialDescriptor(id=base64url_to_bytes(credential))


def _milliseconds(duration: timedelta) -> int:
    return int(duration.total_seconds() * 1000)
