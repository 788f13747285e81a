"""A secret OpenPGP key in any form refuses the whole submission and names its certificate."""

import pytest
from strongroom.rules.key_intake import read_submission, refuse_private_material
from strongroom.rules.refusals import Refused


def private(data: bytes) -> Refused:
    with pytest.raises(Refused) as caught:
        read_submission(data, file_name="public.key")
    assert caught.value.code == "E-KEYREG-1", caught.value
    return caught.value


@pytest.mark.req("KEY-7", "ATK-37")
@pytest.mark.parametrize(
    "algorithm",
    [
        "rsa2048",
        "ed25519",
        pytest.param("nistp256", marks=pytest.mark.soak),
        pytest.param("dsa2048", marks=pytest.mark.soak),
    ],
)
def test_secret_openpgp_keys_are_refused_armoured_binary_and_in_parts(shop, algorithm) -> None:
    fingerprint = shop.gpg_key(algorithm)
    binary = shop.gpg("--export-secret-keys", fingerprint)
    armoured = shop.gpg("--armor", "--export-secret-keys", fingerprint)
    public = shop.gpg("--export", fingerprint)
    disguised = armoured.replace(b"PGP PRIVATE KEY", b"PGP PUBLIC KEY")
    for data in (
        binary,
        armoured,
        disguised,
        public + binary,
        b"junk" * 100 + binary,
        binary[:-40],
    ):
        refused = private(data)
        assert fingerprint in refused.facts["certificates"]
        assert "OpenPGP" in str(refused)
    for file in shop.gpg_secret_files():
        private(file.read_bytes())


@pytest.mark.parametrize(
    ("tag", "body"),
    [
        (
            0xC5,
            b"\x06" + b"time" + b"\x1b" + (32).to_bytes(4, "big") + b"p" * 32 + b"\0" + b"s" * 32,
        ),
        (
            0xC7,
            b"\x06" + b"time" + b"\x1a" + (56).to_bytes(4, "big") + b"p" * 56 + b"\xfd" + b"s" * 56,
        ),
        (
            0x9C,
            b"\x04time\x12\x08\x2a\x86\x48\xce\x3d\x03\x01\x07\x02\x03\x04"
            + (b"p" * 64 + b"\x03\x01\x08\x07" + b"\xfe" + b"s" * 34),
        ),
        (0x94, b"\x04" + b"time" + b"\x1b" + b"p" * 32 + b"\0" + b"s" * 34),
        (0x9C, b"\x04" + b"time" + b"\x19" + b"p" * 32 + b"\xfe" + b"s" * 34),
    ],
)
def test_secret_openpgp_keys_of_the_newest_kinds_are_refused(tag: int, body: bytes) -> None:
    private(bytes([tag, len(body)]) + body)


def test_a_secret_openpgp_key_of_the_nineties_is_refused() -> None:
    number = (1024).to_bytes(2, "big") + b"\x81" + b"n" * 127
    body = b"\x03time\0\0\x01" + number + b"\0\x05\x11" + b"\x01" + b"i" * 8
    private(b"\x95" + len(body).to_bytes(2, "big") + body)


def test_a_public_openpgp_key_is_no_secret(shop) -> None:
    name = shop.gpg_key("rsa2048")
    refuse_private_material(shop.gpg("--export", name))
    refuse_private_material(shop.gpg("--armor", "--export", name))


def test_what_only_resembles_a_secret_openpgp_key_is_none() -> None:
    """A packet of the newest kinds is believed where the data begin, or where it states sizes."""
    body = b"\x04" + b"time" + b"\x1b" + b"p" * 32 + b"\0" + b"s" * 34
    refuse_private_material(b"junk" + bytes([0x94, len(body)]) + body)
    wrong_bits = (2048).to_bytes(2, "big") + b"\x01" + b"n" * 255
    refuse_private_material(b"\x95\x02\x00\x04time\x01" + wrong_bits + b"\0\x11\1\0\1\0")
