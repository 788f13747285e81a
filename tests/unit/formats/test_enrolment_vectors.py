"""The page on enrolment and its vectors agree with the code."""

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from strongroom_formats.bundle import Bundle
from strongroom_formats.document_fields import DocumentInvalid
from strongroom_formats.fingerprint_words import fingerprint_words
from strongroom_formats.invitation import Invitation, InvitationInvalid
from strongroom_formats.possession import Possession
from strongroom_formats.signed_request import Purpose, SignedRequest
from strongroom_formats.sshsig_keys import public_key_for, sign_with, verify_by

PAGES = Path(__file__).parents[3] / "docs" / "formats"
PAGE = (PAGES / "enrolment.md").read_text("utf-8")
VECTORS: dict[str, Any] = json.loads((PAGES / "vectors" / "enrolment.json").read_text("utf-8"))
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
KINDS: dict[str, Any] = {"bundle": Bundle, "possession": Possession, "request": SignedRequest}


@pytest.mark.parametrize("case", VECTORS["words"])
def test_the_words_of_a_digest_never_change(case: dict[str, str]) -> None:
    assert fingerprint_words(bytes.fromhex(case["sha256"])) == case["words"]


@pytest.mark.parametrize("case", VECTORS["invitations"])
def test_every_form_of_an_invitation_says_the_same(case: dict[str, str]) -> None:
    found = Invitation.from_text(case["text"])
    assert found == Invitation(case["url"], case["code"], case["pin"])
    assert found == Invitation.from_bytes(case["file"].encode())
    assert found.to_bytes() == case["file"].encode()


@pytest.mark.parametrize("text", VECTORS["not_invitations"])
def test_what_is_no_invitation_stays_none(text: str) -> None:
    with pytest.raises(InvitationInvalid):
        Invitation.from_text(text)


@pytest.mark.parametrize("case", VECTORS["documents"], ids=lambda case: case["kind"])
def test_a_document_is_made_again_to_the_byte(case: dict[str, str]) -> None:
    data = case["document"].encode()
    assert KINDS[case["kind"]].from_bytes(data).to_bytes() == data
    if case["namespace"] is not None:
        signature = case["signature"].encode()
        assert sign_with(data, KEY, case["namespace"]) == signature
        verify_by(public_key_for(KEY), data, signature, namespace=case["namespace"])


@pytest.mark.parametrize("case", VECTORS["refused"], ids=lambda case: case["what"])
def test_a_document_out_of_form_is_refused(case: dict[str, str]) -> None:
    with pytest.raises(DocumentInvalid):
        KINDS[case["kind"]].from_bytes(case["document"].encode())


@pytest.mark.parametrize("kind", [Bundle, Possession, SignedRequest])
def test_the_page_names_every_field(kind: type) -> None:
    names = {"schema", *(field.name for field in dataclasses.fields(kind))}
    assert {name for name in names if f"`{name}`" not in PAGE} == set()


def test_the_page_names_every_purpose() -> None:
    assert all(f"`/api/1/{purpose.value}`" in PAGE for purpose in Purpose)
