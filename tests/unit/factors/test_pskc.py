"""A vendor's card file, against the examples of RFC 6030 and against files that are wrong."""

import base64
import hashlib
import hmac
import os
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7
from strongroom.backends.factors.card import pskc_xml
from strongroom.backends.factors.card.pskc import VendorFile, cards_of, read_pskc
from strongroom.rules.refusals import Refused
from strongroom.rules.secret import Secret

from tests.conftest import MORNING

HOTP = "urn:ietf:params:xml:ns:keyprov:pskc:hotp"
OCRA = "urn:ietf:params:xml:ns:keyprov:pskc:ocra"
SUITE = "OCRA-1:HOTP-SHA256-8:C-QN06-PSHA256"
AES = "http://www.w3.org/2001/04/xmlenc#aes{bits}-cbc"
SHA1 = "http://www.w3.org/2000/09/xmldsig#hmac-sha1"
PLAIN_KEY = "<PlainValue>MTIzNDU2Nzg5MDEyMzQ1Njc4OTA=\n    </PlainValue>"
COUNTER_0 = "<Counter><PlainValue>0</PlainValue></Counter>"


def container(*parts: str) -> bytes:
    """A file of the parts given, in the namespaces of the RFC's examples."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<KeyContainer Version="1.0" xmlns="urn:ietf:params:xml:ns:keyprov:pskc"'
        ' xmlns:ds="http://www.w3.org/2000/09/xmldsig#"'
        ' xmlns:xenc="http://www.w3.org/2001/04/xmlenc#"'
        ' xmlns:xenc11="http://www.w3.org/2009/xmlenc11#"'
        ' xmlns:pkcs5="http://www.rsasecurity.com/rsalabs/pkcs/schemas/pkcs-5v2-0#">'
        + "".join(parts)
        + "</KeyContainer>"
    ).encode()


def package(
    secret: str = PLAIN_KEY,
    *,
    serial: str = "987654321",
    algorithm: str = HOTP,
    more: str = COUNTER_0,
    suite: str = "",
    policy: str = "",
) -> str:
    """One key package; `secret` is the inside of its Secret element."""
    named = f"<Suite>{suite}</Suite>" if suite else ""
    inside = f"<Secret>{secret}</Secret>" if secret else ""
    return (
        "<KeyPackage><DeviceInfo><Manufacturer>Manufacturer</Manufacturer>"
        f"<SerialNo>{serial}</SerialNo></DeviceInfo>"
        f'<Key Id="12345678" Algorithm="{algorithm}"><Issuer>Issuer</Issuer>'
        f'<AlgorithmParameters>{named}<ResponseFormat Length="8" Encoding="DECIMAL"/>'
        f"</AlgorithmParameters><Data>{inside}{more}</Data>{policy}</Key></KeyPackage>"
    )


def encrypted(value: str, *, bits: int = 128) -> str:
    """The inside of an encrypted value or MAC key."""
    return (
        f'<xenc:EncryptionMethod Algorithm="{AES.format(bits=bits)}"/>'
        f"<xenc:CipherData><xenc:CipherValue>{value}</xenc:CipherValue></xenc:CipherData>"
    )


def mac_method(value: str, *, algorithm: str = SHA1, bits: int = 128) -> str:
    sealed = f"<MACKey>{encrypted(value, bits=bits)}</MACKey>" if value else ""
    return f'<MACMethod Algorithm="{algorithm}">{sealed}</MACMethod>'


def sealed_value(value: str, mac: str) -> str:
    return f"<EncryptedValue>{encrypted(value)}</EncryptedValue><ValueMAC>{mac}</ValueMAC>"


PRE_SHARED = "<EncryptionKey><ds:KeyName>Pre-shared-key</ds:KeyName></EncryptionKey>"
PASSWORD = (
    "<EncryptionKey><xenc11:DerivedKey><xenc11:KeyDerivationMethod"
    ' Algorithm="http://www.rsasecurity.com/rsalabs/pkcs/schemas/pkcs-5v2-0#pbkdf2">'
    '<pkcs5:PBKDF2-params><Salt xmlns=""><Specified>Ej7/PEpyEpw=</Specified></Salt>'
    "<IterationCount>1000</IterationCount><KeyLength>16</KeyLength><PRF/>"
    "</pkcs5:PBKDF2-params></xenc11:KeyDerivationMethod>"
    "<xenc11:MasterKeyName>My Password 1</xenc11:MasterKeyName></xenc11:DerivedKey>"
    "</EncryptionKey>"
)
FIGURE_6 = container(
    PRE_SHARED,
    mac_method("ESIzRFVmd4iZABEiM0RVZgKn6WjLaTC1sbeBMSvIhRejN9vJa2BOlSaMrR7I5wSX"),
    package(
        sealed_value(
            "AAECAwQFBgcICQoLDA0OD+cIHItlB3Wra1DUpxVvOx2lef1VmNPCMl8jwZqIUqGv",
            "Su+NvtQfmvfJzF6bmQiJqoLRExc=",
        )
    ),
)
FIGURE_6_KEY = Secret("12345678901234567890123456789012")
FIGURE_7 = container(
    PASSWORD,
    mac_method("2GTTnLwM3I4e5IO5FkufoOEiOhNj91fhKRQBtBJYluUDsPOLTfUvoU2dStyOwYZx"),
    package(
        sealed_value(
            "oTvo+S22nsmS2Z/RtcoF8Hfh+jzMe0RkiafpoDpnoZTjPYZu6V+A4aEn032yCr4f",
            "LP6xMvjtypbfT9PdkJhBZ+D6O4w=",
        ),
        more="",
    ),
)


def test_a_plain_key_is_read_as_in_figures_2_and_3() -> None:
    found = read_pskc(container(package("<PlainValue>MTIzNA==\n</PlainValue>", more="")))
    assert [key.key for key in found.keys] == [b"1234"]
    (key,) = read_pskc(container(package())).keys
    assert key.key == b"12345678901234567890"
    assert (key.serial, key.maker, key.counter) == ("987654321", "Manufacturer", 0)
    assert key.algorithm == HOTP


def test_a_key_that_is_only_named_is_empty_as_in_figure_4() -> None:
    (key,) = read_pskc(container(package(secret=""))).keys
    assert (key.key, key.counter) == (b"", 0)
    with pytest.raises(Refused, match="16 to 64 bytes"):
        cards_of(VendorFile((key,), is_signed=False), MORNING, suite=SUITE)


def test_a_preset_pin_is_left_out_as_in_figure_5() -> None:
    pin = package(
        "<PlainValue>MTIzNA==</PlainValue>", algorithm=HOTP.replace("hotp", "pin"), more=""
    )
    found = read_pskc(container(package(), pin))
    assert [key.key for key in found.keys] == [b"12345678901234567890", b"1234"]
    (card,) = cards_of(found, MORNING, suite=SUITE)
    assert card.secret.pin == ""


def test_a_pre_shared_key_opens_figure_6() -> None:
    (key,) = read_pskc(FIGURE_6, FIGURE_6_KEY).keys
    assert key.key == b"12345678901234567890"


def test_a_password_opens_figure_7() -> None:
    (key,) = read_pskc(FIGURE_7, Secret("qwerty")).keys
    assert key.key == b"12345678901234567890"


def test_a_file_for_a_certificate_is_refused_as_in_figure_8() -> None:
    lock = "<EncryptionKey><ds:X509Data><ds:X509Certificate>MIIB</ds:X509Certificate></ds:X509Data>"
    with pytest.raises(Refused, match="certificate") as refused:
        read_pskc(container(lock + "</EncryptionKey>", package()))
    assert refused.value.code == "PSKC-KEY"


def test_a_signed_file_says_that_it_was_signed_as_in_figure_9() -> None:
    found = read_pskc(container(package(), "<ds:Signature><ds:SignedInfo/></ds:Signature>"))
    assert found.is_signed
    assert not read_pskc(container(package())).is_signed


def test_many_keys_are_read_as_in_figure_10() -> None:
    policy = "<Policy><ExpiryDate>2006-05-31T00:00:00Z</ExpiryDate></Policy>"
    many = [package(serial=serial, policy=policy) for serial in ("654321", "123456", "9999999")]
    found = read_pskc(container(*many))
    assert [key.serial for key in found.keys] == ["654321", "123456", "9999999"]
    with pytest.raises(Refused, match="expired"):
        cards_of(found, MORNING, suite=SUITE)


@pytest.mark.parametrize(
    ("data", "secret"),
    [
        (FIGURE_6, None),
        (FIGURE_6, Secret("00" * 16)),
        (FIGURE_6, Secret("12345678")),
        (FIGURE_6, Secret("not hexadecimal at all")),
        (FIGURE_6, Secret(FIGURE_6_KEY.reveal() * 2)),
        (FIGURE_6.replace(b"Su+Nvt", b"Su+Mvt"), FIGURE_6_KEY),
        (FIGURE_6.replace(b"AAECAw", b"AAECBw"), FIGURE_6_KEY),
        (FIGURE_6.replace(b"aes128-cbc", b"tripledes-cbc"), FIGURE_6_KEY),
        (FIGURE_7, Secret("qwertz")),
        (FIGURE_7, None),
    ],
)
def test_a_wrong_key_or_an_altered_value_opens_nothing(data: bytes, secret: Secret | None) -> None:
    with pytest.raises(Refused) as refused:
        read_pskc(data, secret)
    assert refused.value.code == "PSKC-KEY"


WITHOUT_MAC = container(
    PRE_SHARED, package("<EncryptedValue>" + encrypted("AAAA") + "</EncryptedValue>")
)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"PSKC",
        b"<a/>",
        b"\x00\x01",
        b'<KeyContainer xmlns="urn:other"/>',
        container(package("<PlainValue>***</PlainValue>")),
        container(package("<Other/>")),
        container(package(more="<Counter><PlainValue>-1</PlainValue></Counter>")),
        container(package(more="<Counter><PlainValue>9e9</PlainValue></Counter>")),
        container(package(policy="<Policy><ExpiryDate>soon</ExpiryDate></Policy>")),
        container(package())[:-20],
        FIGURE_6.replace(b"#hmac-sha1", b"#hmac-md5"),
        FIGURE_6.replace(b"PlainValue>0", b"PlainValue>x"),
        FIGURE_6.replace(b"ESIzRFVmd4iZABEiM0RVZgKn6WjLaTC1", b"ESIz"),
        WITHOUT_MAC,
        FIGURE_7.replace(b"1000", b"99999999"),
        FIGURE_7.replace(b">16<", b">17<"),
        FIGURE_7.replace(b"pkcs5:PBKDF2-params", b"pkcs5:Other"),
        FIGURE_7.replace(b"<PRF/>", b'<PRF Algorithm="md5"/>'),
    ],
)
def test_a_file_that_is_none_is_refused(data: bytes) -> None:
    secret = FIGURE_6_KEY if b"Pre-shared" in data else Secret("qwerty")
    with pytest.raises(Refused) as refused:
        read_pskc(data, secret)
    assert refused.value.code == "PSKC-BROKEN"


@pytest.mark.req("ATK-50")
@pytest.mark.parametrize(
    "head",
    [
        b'<!DOCTYPE a [<!ENTITY b "c">]>',
        b'<!DOCTYPE a SYSTEM "file:///etc/passwd">',
        b'<!DOCTYPE KeyContainer [<!ENTITY x SYSTEM "http://127.0.0.1/">]>',
    ],
)
def test_no_entity_of_a_card_file_is_ever_read(head: bytes) -> None:
    body = container(package()).partition(b"?>")[2]
    with pytest.raises(Refused, match="document type"):
        read_pskc(b'<?xml version="1.0"?>' + head + body)


def test_a_file_is_bounded_in_size_depth_and_length(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Refused, match="deep"):
        read_pskc(b"<a>" * 40 + b"</a>" * 40)
    with pytest.raises(Refused, match="longer"):
        read_pskc(container(f"<a>{'x' * 20_000}</a>"))
    with pytest.raises(Refused, match="encoding"):
        read_pskc(b'<?xml version="1.0" encoding="shift_jis"?><a/>')
    monkeypatch.setattr(pskc_xml, "LARGEST", 100)
    with pytest.raises(Refused, match="larger"):
        read_pskc(container(package()))


def _sealed(key: bytes, data: bytes) -> bytes:
    start = os.urandom(16)
    padder = PKCS7(128).padder()
    encryptor = Cipher(algorithms.AES(key), modes.CBC(start)).encryptor()
    return start + encryptor.update(padder.update(data) + padder.finalize()) + encryptor.finalize()


def test_longer_keys_and_newer_macs_are_read_and_counters_may_be_sealed_too() -> None:
    key, mac_key = os.urandom(32), os.urandom(32)

    def value(data: bytes) -> str:
        sealed = _sealed(key, data)
        mac = base64.b64encode(hmac.digest(mac_key, sealed, hashlib.sha256)).decode()
        inside = encrypted(base64.b64encode(sealed).decode(), bits=256)
        return f"<EncryptedValue>{inside}</EncryptedValue><ValueMAC>{mac}</ValueMAC>"

    method = mac_method(
        base64.b64encode(_sealed(key, mac_key)).decode(),
        algorithm="http://www.w3.org/2001/04/xmldsig-more#hmac-sha256",
        bits=256,
    )
    counter = f"<Counter>{value((77).to_bytes(8, 'big'))}</Counter>"
    data = container(PRE_SHARED, method, package(value(b"k" * 32), more=counter))
    (found,) = read_pskc(data, Secret(key.hex())).keys
    assert (found.key, found.counter) == (b"k" * 32, 77)


def test_cards_come_with_suite_serial_key_and_counter() -> None:
    data = container(package(algorithm=OCRA, suite=SUITE, serial="SN-1"))
    (card,) = cards_of(read_pskc(data), MORNING)
    assert (card.serial, card.suite, card.counter) == ("SN-1", SUITE, 0)
    assert bytes.fromhex(card.secret.key) == b"12345678901234567890"


@pytest.mark.parametrize(
    ("parts", "why"),
    [
        ((), "no cards"),
        ((package(), package()), "same serial"),
        ((package(serial=""),), "serial"),
        ((package(serial="x" * 65),), "serial"),
        ((package(serial="a&#9;b"),), "serial"),
        ((package("<PlainValue>MTIzNA==</PlainValue>"),), "bytes"),
    ],
)
def test_what_is_no_stock_is_refused(parts: tuple[str, ...], why: str) -> None:
    with pytest.raises(Refused, match=why):
        cards_of(read_pskc(container(*parts)), MORNING, suite=SUITE)


def test_a_card_without_suite_is_refused_and_a_hopeless_suite_too() -> None:
    found = read_pskc(container(package()))
    with pytest.raises(Refused, match="--suite"):
        cards_of(found, MORNING)
    with pytest.raises(Refused) as refused:
        cards_of(found, MORNING, suite="OCRA-1:HOTP-SHA1-6:QH40")
    assert refused.value.code == "CARD-SUITE"
    soon = "<Policy><ExpiryDate>2026-11-24T00:00:00</ExpiryDate></Policy>"
    fresh = read_pskc(container(package(policy=soon)))
    assert cards_of(fresh, MORNING, suite=SUITE)
    with pytest.raises(Refused, match="expired"):
        cards_of(fresh, MORNING + timedelta(days=1), suite=SUITE)


@pytest.mark.req("LATK-29")
def test_a_vendors_key_does_not_print() -> None:
    found = read_pskc(container(package(algorithm=OCRA, suite=SUITE)))
    text = repr(found) + repr(cards_of(found, MORNING))
    assert "1234567890123" not in text
    assert b"12345678901234567890".hex() not in text
