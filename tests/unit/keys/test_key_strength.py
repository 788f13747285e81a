"""Which keys are strong enough to be enrolled, and with what they may sign."""

import base64
import random
from math import gcd, lcm, prod

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from strongroom.rules.key_intake import read_submission
from strongroom.rules.key_strength import (
    KnownBad,
    Weakness,
    allowed_signature_algorithms,
    check_strength,
    shared_prime_test,
)
from strongroom.rules.refusals import Refused
from strongroom_formats.ssh_public_key import SshPublicKey, read_blob, rsa_blob, rsa_numbers

SMALL = prod(range(3, 2000, 2))


def is_prime(number: int) -> bool:
    return gcd(number, SMALL) == 1 and all(
        pow(base, number - 1, number) == 1 for base in (2, 3, 5, 7)
    )


def prime_from(start: int) -> int:
    while not is_prime(start):
        start += 2
    return start


def chance() -> random.Random:
    """The same numbers in every run: slow searches must not become slower by bad luck."""
    return random.Random(2017)


def odd(bits: int, source: random.Random) -> int:
    return source.getrandbits(bits) | (3 << (bits - 2)) | 1


def key_of(modulus: int, exponent: int = 65_537) -> SshPublicKey:
    return read_blob(rsa_blob(exponent, modulus))


def weakness_of(key: SshPublicKey, known: KnownBad | None = None) -> Weakness:
    with pytest.raises(Refused) as caught:
        check_strength(key, known or KnownBad())
    assert caught.value.code == "KEY-WEAK"
    reason = caught.value.facts["reason"]
    assert isinstance(reason, Weakness)
    assert reason.value in str(caught.value)
    return reason


@pytest.fixture(scope="module")
def good() -> list[rsa.RSAPrivateNumbers]:
    """Two honest pairs."""
    return [rsa.generate_private_key(65_537, 2048).private_numbers() for _ in range(2)]


@pytest.mark.req("KEY-4", "KEY-5")
@pytest.mark.parametrize("bits", [2048, 3072, 4096])
def test_honest_rsa_keys_of_the_usual_sizes_pass(shop, bits: int) -> None:
    key = read_blob(base64.b64decode(shop.public("rsa", bits).split()[1]))
    assert key.bits == bits
    check_strength(key)


def test_honest_keys_on_curves_pass(shop) -> None:
    for kind in (("ed25519", 0), ("ecdsa", 256), ("ecdsa", 384), ("ecdsa", 521)):
        check_strength(read_blob(base64.b64decode(shop.public(*kind).split()[1])))


@pytest.mark.req("KEY-5", "E-KEYREG-3")
@pytest.mark.parametrize(
    ("bits", "code"), [(1024, "KEY-SHORT"), (2047, "KEY-SHORT"), (8193, "KEY-LONG")]
)
def test_a_modulus_outside_the_bounds_is_refused_by_its_bits(bits: int, code: str) -> None:
    with pytest.raises(Refused) as caught:
        check_strength(key_of((1 << (bits - 1)) + 1))
    assert caught.value.code == code
    assert str(bits) in str(caught.value)


@pytest.mark.req("ATK-38")
@pytest.mark.parametrize("factor", [3, 5, 251, 65_521])
def test_a_modulus_with_a_small_factor_is_refused(good, factor: int) -> None:
    modulus = good[0].public_numbers.n * factor
    assert weakness_of(key_of(modulus)) is Weakness.SMALL_FACTOR


@pytest.mark.req("ATK-38")
def test_primes_that_lie_close_together_are_refused(good) -> None:
    first = good[0].p
    second = prime_from(first + (1 << 500))
    assert weakness_of(key_of(first * second)) is Weakness.CLOSE_PRIMES
    assert weakness_of(key_of(first * first)) is Weakness.CLOSE_PRIMES


@pytest.mark.req("ATK-38")
def test_a_modulus_that_is_itself_a_prime_is_refused() -> None:
    mersenne = 2**2203 - 1
    assert weakness_of(key_of(mersenne)) is Weakness.PRIME


def roca_prime(source: random.Random) -> int:
    """k·M + (65537^a mod M), as the chips made them; M of the first 126 primes for 2048 bits."""
    base = prod(number for number in range(2, 702) if is_small_prime(number))
    while True:
        high = odd(1024 - base.bit_length(), source)
        number = high * base + pow(65_537, source.getrandbits(200), base)
        if number.bit_length() == 1024 and is_prime(number):
            return number


def is_small_prime(number: int) -> bool:
    return all(number % divisor for divisor in range(2, int(number**0.5) + 1))


@pytest.mark.req("ATK-38")
def test_a_key_made_by_a_chip_with_the_roca_fault_is_refused() -> None:
    source = chance()
    assert weakness_of(key_of(roca_prime(source) * roca_prime(source))) is Weakness.ROCA


@pytest.mark.req("ATK-38")
def test_the_roca_test_needs_every_prime_power_and_not_just_one(good) -> None:
    check_strength(key_of(good[0].public_numbers.n))
    source = chance()
    half = roca_prime(source) * good[1].p
    assert lcm(half, 3) != half, "no small factor in the way"
    check_strength(key_of(half))


@pytest.mark.req("ATK-38")
def test_a_key_that_shares_a_prime_with_an_enrolled_key_is_refused(good) -> None:
    first, second = good
    known = KnownBad(shares_prime=shared_prime_test([second.public_numbers.n]))
    assert weakness_of(key_of(first.p * second.q), known) is Weakness.SHARED_PRIME
    check_strength(key_of(first.public_numbers.n), known)


@pytest.mark.req("ATK-38")
def test_a_key_shares_nothing_with_itself_but_a_sibling_is_found_among_many(good) -> None:
    source = chance()
    others = [odd(2048, source) | 1 for _ in range(200)]
    own = good[0].public_numbers.n
    alone = shared_prime_test([own, own, 0, 1])
    assert not alone(own)
    assert not shared_prime_test([])(own)
    among = shared_prime_test([*others, own, good[0].p * good[1].p])
    assert among(own)


@pytest.mark.req("ATK-38")
@pytest.mark.parametrize("kind", [("rsa", 2048), ("ed25519", 0)])
def test_a_key_on_a_list_of_bad_keys_is_refused_whatever_its_kind(shop, kind) -> None:
    line = shop.public(*kind)
    listed = KnownBad(fingerprints=frozenset({shop.fingerprint(shop.pair(*kind))}))
    assert weakness_of(read_blob(base64.b64decode(line.split()[1])), listed) is Weakness.LISTED
    with pytest.raises(Refused) as caught:
        read_submission(line, file_name="x", known=listed)
    assert caught.value.code == "KEY-WEAK"


@pytest.mark.req("ATK-17")
@pytest.mark.parametrize(
    ("kind", "names"),
    [
        (("rsa", 2048), {"rsa-sha2-256", "rsa-sha2-512"}),
        (("ed25519", 0), {"ssh-ed25519"}),
        (("ecdsa", 256), {"ecdsa-sha2-nistp256"}),
        (("ecdsa", 384), {"ecdsa-sha2-nistp384"}),
        (("ecdsa", 521), {"ecdsa-sha2-nistp521"}),
    ],
)
def test_a_key_may_sign_with_the_algorithms_of_its_kind_and_never_with_sha1(
    shop, kind, names
) -> None:
    key = read_blob(base64.b64decode(shop.public(*kind).split()[1]))
    assert allowed_signature_algorithms(key) == names
    assert "ssh-rsa" not in allowed_signature_algorithms(key)


def test_the_numbers_of_a_key_are_those_it_was_made_with(good) -> None:
    public = good[0].public_numbers
    assert rsa_numbers(key_of(public.n, public.e)).modulus == public.n
