"""Codes by counter and time against RFC 4226 and RFC 6238, and the drawing of digits."""

from datetime import UTC, datetime

import pytest
from strongroom.rules.one_time_codes import Hash, drawn_digits, hotp, key_uri, step_of, truncate

KEY = b"12345678901234567890"


def test_counter_codes_are_those_of_rfc_4226() -> None:
    expected = "755224 287082 359152 969429 338314 254676 287922 162583 399871 520489"
    assert " ".join(hotp(KEY, counter) for counter in range(10)) == expected


def test_the_truncation_is_the_one_of_the_rfcs_example() -> None:
    mac = bytes.fromhex("1f8698690e02ca16618550ef7f19da8e945b555a")
    assert truncate(mac, 6) == "872921"


TIMES = {
    59: ("94287082", "46119246", "90693936"),
    1111111109: ("07081804", "68084774", "25091201"),
    1111111111: ("14050471", "67062674", "99943326"),
    1234567890: ("89005924", "91819424", "93441116"),
    2000000000: ("69279037", "90698825", "38618901"),
    20000000000: ("65353130", "77737706", "47863826"),
}


@pytest.mark.parametrize(("seconds", "expected"), TIMES.items())
def test_time_codes_are_those_of_rfc_6238(seconds: int, expected: tuple[str, str, str]) -> None:
    step = step_of(datetime.fromtimestamp(seconds, UTC))
    for size, algorithm, code in zip((20, 32, 64), Hash, expected, strict=True):
        key = (KEY * 4)[:size]
        assert hotp(key, step, digits=8, algorithm=algorithm) == code


@pytest.mark.req("LATK-9")
def test_drawn_digits_keep_the_zeros_in_front() -> None:
    assert drawn_digits(lambda size: bytes(size - 1) + b"\7", 6) == "000007"
    assert drawn_digits(lambda size: b"\xff" * size, 8) == str((2**128 - 1) % 10**8).rjust(8, "0")


def test_the_address_to_scan_names_firm_and_user_and_is_escaped() -> None:
    uri = key_uri(issuer="Ex & Co: 証券", account="abcde123", secret="ABCDEFGH====")
    assert uri == (
        "otpauth://totp/Ex%20%26%20Co%3A%20%E8%A8%BC%E5%88%B8:abcde123?secret=ABCDEFGH"
        "&issuer=Ex%20%26%20Co%3A%20%E8%A8%BC%E5%88%B8&algorithm=SHA1&digits=6&period=30"
    )
