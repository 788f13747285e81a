"""Whether an SSH public key is strong enough to be enrolled, and what it may sign with (KEY-5).

Keys that are burnt, revoked or enrolled for somebody else are known to the directory alone.
Not covered: keys made by a poor source of chance, unless listed or sharing a prime with another.
"""

from collections.abc import Callable, Iterable, Set
from dataclasses import dataclass, field
from enum import Enum
from functools import cache
from math import gcd, isqrt, lcm, prod

from strongroom_formats.ssh_public_key import SshAlgorithm, SshPublicKey, rsa_numbers

from strongroom.rules import refusals

LEAST_RSA_BITS = 2048
MOST_RSA_BITS = 8192
"""A longer modulus buys nothing and makes each login dear (ATK-17)."""

_SIGNATURES = {
    SshAlgorithm.RSA: frozenset({"rsa-sha2-256", "rsa-sha2-512"}),
    SshAlgorithm.ED25519: frozenset({"ssh-ed25519"}),
    SshAlgorithm.ECDSA_256: frozenset({"ecdsa-sha2-nistp256"}),
    SshAlgorithm.ECDSA_384: frozenset({"ecdsa-sha2-nistp384"}),
    SshAlgorithm.ECDSA_521: frozenset({"ecdsa-sha2-nistp521"}),
}
_SMALL_PRIMES_BELOW = 1 << 16
_FERMAT_STEPS = 200
_ROCA_PRIMES_BELOW = 168
_ROCA_GENERATOR = 65_537


class Weakness(Enum):
    """Why anybody could find the private half; the value is for people."""

    CLOSE_PRIMES = "its two primes lie too close together"
    LISTED = "it is on a list of known bad keys, such as those of Debian in 2008"
    PRIME = "its modulus is itself a prime number"
    ROCA = "it was made by a chip with the ROCA fault (CVE-2017-15361)"
    SHARED_PRIME = "it has a prime number in common with another key"
    SMALL_FACTOR = "its modulus can be divided by a small number"


def _shares_nothing(_modulus: int) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class KnownBad:
    """What is known of bad keys from outside: SHA-256 fingerprints, and moduli to compare with.

    `shares_prime` says whether a modulus has a prime in common with another key's; see
    `shared_prime_test`. No list of bad keys comes with the product (Debian's has to be loaded).
    """

    fingerprints: Set[str] = frozenset()
    shares_prime: Callable[[int], bool] = field(default=_shares_nothing)


NOTHING_KNOWN = KnownBad()


def allowed_signature_algorithms(key: SshPublicKey) -> frozenset[str]:
    """The signature algorithms a login with `key` may use: for RSA never SHA-1 (RFC 8332)."""
    return _SIGNATURES[key.algorithm]


def check_strength(key: SshPublicKey, known: KnownBad = NOTHING_KNOWN) -> None:
    """Raises Refused: KEY-SHORT, KEY-LONG, KEY-WEAK (KEY-5, ATK-17, ATK-38)."""
    if key.fingerprint_sha256 in known.fingerprints:
        raise _weak(key, Weakness.LISTED)
    if key.algorithm is not SshAlgorithm.RSA:
        return
    if key.bits < LEAST_RSA_BITS:
        raise refusals.KEY_SHORT.because(bits=key.bits, least=LEAST_RSA_BITS)
    if key.bits > MOST_RSA_BITS:
        raise refusals.KEY_LONG.because(bits=key.bits, most=MOST_RSA_BITS)
    modulus = rsa_numbers(key).modulus
    for weakness, is_weak in _RSA_TESTS:
        if is_weak(modulus):
            raise _weak(key, weakness)
    if known.shares_prime(modulus):
        raise _weak(key, Weakness.SHARED_PRIME)


def shared_prime_test(moduli: Iterable[int]) -> Callable[[int], bool]:
    """A `shares_prime` against `moduli`, with one division by their product for each question.

    A modulus that stands among `moduli` itself is no finding: equal keys are found by their
    fingerprints. Numbers are multiplied pairwise, so that thousands of them take a second or less.
    """
    products = [modulus for modulus in set(moduli) if modulus > 1]
    own = frozenset(products)
    while len(products) > 1:
        products = [prod(products[at : at + 2]) for at in range(0, len(products), 2)]
    product = products[0] if products else 1

    def shares_prime(modulus: int) -> bool:
        others = product // modulus if modulus in own else product
        return gcd(modulus, others) > 1

    return shares_prime


def _weak(key: SshPublicKey, weakness: Weakness) -> refusals.Refused:
    return refusals.KEY_WEAK.because(
        weakness=weakness.value, reason=weakness, fingerprint=key.fingerprint_sha256
    )


def _has_small_factor(modulus: int) -> bool:
    return gcd(modulus, _product_of_small_primes() % modulus) > 1


def _has_close_primes(modulus: int) -> bool:
    """Fermat's method: finds primes less than about the modulus' fourth root apart.

    CVE-2022-26320; the least step finds two equal primes.
    """
    middle = isqrt(modulus - 1) + 1
    for step in range(_FERMAT_STEPS):
        square = (middle + step) ** 2 - modulus
        if isqrt(square) ** 2 == square:
            return True
    return False


def _is_prime(modulus: int) -> bool:
    """Fermat's test to the base 2; a modulus that passes it is no product of two honest primes."""
    return pow(2, modulus - 1, modulus) == 1


def _is_roca(modulus: int) -> bool:
    """Nemec and others, "The Return of Coppersmith's Attack", 2017, section 2.1.

    Those chips made primes of the form k·M + (65537^a mod M), so that the modulus is a power of
    65537 modulo M too. That is decided for each prime power of the generator's order by itself
    (Pohlig and Hellman). An honest modulus passes for one with a chance below 2^-150.
    """
    base, order, powers = _roca_group()
    if pow(modulus, order, base) != 1:
        return False
    for size in powers:
        step = pow(_ROCA_GENERATOR, order // size, base)
        wanted, found = pow(modulus, order // size, base), 1
        for _ in range(size):
            if found == wanted:
                break
            found = found * step % base
        else:
            return False
    return True


@cache
def _roca_group() -> tuple[int, int, tuple[int, ...]]:
    """M, the order of 65537 modulo M, and the prime powers that make up that order."""
    primes = [prime for prime in _primes_below(_ROCA_PRIMES_BELOW) if prime != 2]
    order = lcm(*(_order_modulo(prime) for prime in primes))
    powers, left = [], order
    for prime in _primes_below(_ROCA_PRIMES_BELOW):
        size = 1
        while left % prime == 0:
            left //= prime
            size *= prime
        if size > 1:
            powers.append(size)
    return prod(primes), order, tuple(powers)


def _order_modulo(prime: int) -> int:
    order, power = 1, _ROCA_GENERATOR % prime
    while power != 1:
        power = power * _ROCA_GENERATOR % prime
        order += 1
    return order


@cache
def _product_of_small_primes() -> int:
    return prod(_primes_below(_SMALL_PRIMES_BELOW))


@cache
def _primes_below(end: int) -> tuple[int, ...]:
    sieve = bytearray([0, 0]) + bytearray([1]) * (end - 2)
    for number in range(2, isqrt(end) + 1):
        if sieve[number]:
            sieve[number * number :: number] = bytes(len(range(number * number, end, number)))
    return tuple(number for number in range(end) if sieve[number])


_RSA_TESTS = (
    (Weakness.SMALL_FACTOR, _has_small_factor),
    (Weakness.CLOSE_PRIMES, _has_close_primes),
    (Weakness.ROCA, _is_roca),
    (Weakness.PRIME, _is_prime),
)
