"""What recipients say became of their statements: written down once, and shown with receipts."""

import uuid
from datetime import date
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from strongroom.audit.models import Event
from strongroom.directory.models import Account, Recipient
from strongroom.statements.models import Acknowledgement, Copy, Receipt, Statement
from strongroom.statements.reads import receipt_rows
from strongroom_formats.signed_request import Purpose
from strongroom_formats.sshsig_keys import SigningKey, public_key_for

from tests.unit.api.firm import Firm

pytestmark = pytest.mark.django_db
NONCE = "cd" * 16


def fingerprint(key: SigningKey) -> str:
    return public_key_for(key).fingerprint_sha256


def verbs() -> list[str]:
    return list(Event.objects.order_by("seq").values_list("verb", flat=True))


@pytest.fixture
def delivered(firm: Firm) -> Copy:
    return copy_for("fund", 1, firm)


def copy_for(login: str, number: int, firm: Firm) -> Copy:
    statement = Statement.objects.create(
        account=Account.objects.get(),
        kind="Activity",
        period_from=date(2026, 11, number),
        period_to=date(2026, 11, number),
        extension="csv",
        revision=1,
        size=1,
        sha256="0" * 64,
        storage_key=f"statements/{number}-{login}",
        arrived_at=firm.act().at,
    )
    return Copy.objects.create(
        recipient=Recipient.objects.get(login=login),
        statement=statement,
        state="published",
        name=f"{number}.csv",
        sha256="ab" * 32,
        number=number,
    )


def word(copy: Copy, state: str = "processed", **changes: Any) -> dict[str, Any]:
    return {
        "statement_id": str(copy.statement_id),
        "sha256": copy.sha256,
        "state": state,
        "at": "2026-11-23T09:00:00.000000Z",
        **changes,
    }


def test_an_acknowledgement_is_written_down_once(
    firm: Firm, key: Ed25519PrivateKey, delivered: Copy
) -> None:
    body = {"entries": [word(delivered, "decrypted"), word(delivered), word(delivered)]}
    answer = firm.signed(Purpose.ACKNOWLEDGE, key, body)
    assert answer.json == {"recorded": 3, "unknown": []}
    assert Acknowledgement.objects.count() == 2
    again = firm.signed(Purpose.ACKNOWLEDGE, key, body, nonce=NONCE)
    assert again.json == {"recorded": 3, "unknown": []}
    assert Acknowledgement.objects.count() == 2
    assert verbs().count("statement.acknowledged") == 1
    assert Acknowledgement.objects.first().key_fingerprint == fingerprint(key)


@pytest.mark.req("ATK-47")
def test_what_was_never_delivered_so_is_unknown(
    firm: Firm, key: Ed25519PrivateKey, delivered: Copy
) -> None:
    foreign = copy_for("other", 2, firm)
    missing = str(uuid.uuid4())
    body = {
        "entries": [
            word(delivered, sha256="cd" * 32),
            word(foreign),
            word(delivered, statement_id=missing),
        ]
    }
    answer = firm.signed(Purpose.ACKNOWLEDGE, key, body).json
    assert answer["recorded"] == 0
    assert set(answer["unknown"]) == {
        str(delivered.statement_id), str(foreign.statement_id), missing,
    }  # fmt: skip
    assert Acknowledgement.objects.count() == 0


@pytest.mark.parametrize(
    "wrong",
    [
        {"state": "eaten"},
        {"sha256": "x"},
        {"statement_id": "1"},
        {"at": "yesterday"},
        {"more": 1},
    ],
)
def test_an_acknowledgement_out_of_form_is_refused_whole(
    firm: Firm, key: Ed25519PrivateKey, delivered: Copy, wrong: dict[str, Any]
) -> None:
    body = {"entries": [word(delivered), word(delivered, **wrong)]}
    answer = firm.signed(Purpose.ACKNOWLEDGE, key, body)
    assert (answer.status, answer.code) == (400, "ENROL-BODY")
    assert Acknowledgement.objects.count() == 0


def test_receipts_show_how_far_the_recipient_came(
    firm: Firm, key: Ed25519PrivateKey, delivered: Copy
) -> None:
    Receipt.objects.create(
        copy=delivered,
        recipient=delivered.recipient,
        key_fingerprint=fingerprint(key),
        fetched_at=firm.act().at,
        body=b"{}",
        signature=b"",
    )
    assert [row["acknowledged"] for row in receipt_rows("fund")] == [None]
    for number, state in enumerate(("decrypted", "processed")):
        body = {"entries": [word(delivered, state)]}
        firm.signed(Purpose.ACKNOWLEDGE, key, body, nonce=f"{number:032x}")
        assert [row["acknowledged"] for row in receipt_rows("fund")] == [state]


def test_two_hundred_statements_go_into_one_request(
    firm: Firm, key: Ed25519PrivateKey, delivered: Copy
) -> None:
    entries = [word(delivered, statement_id=str(uuid.uuid4())) for _ in range(200)]
    answer = firm.signed(Purpose.ACKNOWLEDGE, key, {"entries": entries})
    assert len(answer.json["unknown"]) == 200
