"""Receipts: what is written is read back, and what breaks the format is refused by its name."""

from dataclasses import fields, replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strongroom_formats import canonical_json
from strongroom_formats.one_line import clean_text
from strongroom_formats.receipt import LIMIT, Receipt, ReceiptInvalid

from tests.unit.formats.samples import receipt, receipts, uuid


@given(receipts())
def test_a_receipt_is_read_back_as_it_was_written(written: Receipt) -> None:
    data = written.to_bytes()
    assert Receipt.from_bytes(data) == written
    assert Receipt.from_bytes(data).to_bytes() == data
    assert len(data) < LIMIT


@given(receipts(), st.data())
def test_no_changed_byte_reads_as_the_same_receipt(written: Receipt, data: st.DataObject) -> None:
    changed = bytearray(written.to_bytes())
    changed[data.draw(st.integers(0, len(changed) - 1))] ^= data.draw(st.integers(1, 255))
    try:
        read = Receipt.from_bytes(bytes(changed))
    except ReceiptInvalid:
        return
    assert read != written


@given(st.binary(max_size=100))
def test_any_other_bytes_are_no_receipt(noise: bytes) -> None:
    with pytest.raises(ReceiptInvalid):
        Receipt.from_bytes(noise)


@pytest.mark.parametrize("name", ["schema", *(field.name for field in fields(Receipt))])
def test_a_receipt_without_a_field_is_refused_by_its_name(name: str) -> None:
    found = canonical_json.loads(receipt().to_bytes(), LIMIT)
    assert isinstance(found, dict)
    del found[name]
    with pytest.raises(ReceiptInvalid, match="missing") as caught:
        Receipt.from_bytes(canonical_json.dumps(found))
    assert caught.value.field == name


def test_a_receipt_with_one_field_more_is_refused() -> None:
    found = canonical_json.loads(receipt().to_bytes(), LIMIT)
    assert isinstance(found, dict)
    found["confirmed"] = True
    with pytest.raises(ReceiptInvalid, match="confirmed: unknown field"):
        Receipt.from_bytes(canonical_json.dumps(found))


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("id", "7"),
        ("id", uuid(7).upper().replace("0", "A")),
        ("firm", ""),
        ("recipient", "a\nb"),
        ("statement_id", ""),
        ("revision", 0),
        ("name", "../x"),
        ("size", -1),
        ("sha256", "A" * 64),
        ("gateway", "SFTP"),
        ("gateway", "s ftp"),
        ("address", "192.0.2.07"),
        ("address", "example.com"),
        ("address", "2001:DB8::1"),
        ("address", "2001:db8:0::1"),
        ("key_fingerprint", "SHA256:short"),
        ("key_fingerprint", "MD5:" + "A" * 43),
        ("client", ""),
        ("client", "\x1b[2J"),
        ("client", "x" * 201),
        ("visit", "none"),
    ],
)
def test_a_field_out_of_bounds_is_not_written(name: str, wrong: object) -> None:
    with pytest.raises(ReceiptInvalid) as caught:
        replace(receipt(), **{name: wrong}).to_bytes()
    assert caught.value.field == name


@pytest.mark.req("ATK-69")
def test_what_a_hostile_client_says_about_itself_fits_once_it_is_cleaned() -> None:
    hostile = clean_text("SSH-2.0-\x1b[2J\n" + "\u202e" * 5000, 200)
    data = replace(receipt(), client=hostile).to_bytes()
    assert Receipt.from_bytes(data).client == hostile


def test_a_fetch_without_a_key_or_a_client_name_has_its_receipt() -> None:
    data = replace(receipt(), key_fingerprint=None, client=None, gateway="portal").to_bytes()
    assert Receipt.from_bytes(data).key_fingerprint is None


def test_a_clock_set_back_during_a_fetch_costs_no_evidence() -> None:
    early = receipt().opened_at - timedelta(hours=1)
    data = replace(receipt(), fetched_at=early).to_bytes()
    assert Receipt.from_bytes(data).fetched_at == early


@pytest.mark.parametrize("address", ["192.0.2.7", "2001:db8::1"])
def test_both_kinds_of_address_stand_in_receipts(address: str) -> None:
    assert Receipt.from_bytes(replace(receipt(), address=address).to_bytes()).address == address
