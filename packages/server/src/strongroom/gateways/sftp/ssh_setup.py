"""How asyncssh is set up: algorithms, host keys, and the verification of a client's signature.

Together with the other `ssh_` modules the only home of asyncssh in the server; which key may log
in is not decided here.
"""

from collections import OrderedDict
from functools import lru_cache

import asyncssh
from asyncssh.connection import SSHServerConnectionOptions
from asyncssh.public_key import SSHKey, SSHKeyPair, decode_ssh_public_key, load_keypairs

from strongroom.gateways.sftp.login import SIGNATURE_ALGORITHMS
from strongroom.gateways.sftp.settings import HostKeys, SftpSettings
from strongroom.gateways.sftp.wire import Fields, Malformed, string
from strongroom.visits.ports import OfferedKey

# No finite-field Diffie-Hellman: every client in use has a curve, `cryptography` is giving it up,
# and group 18 lets a stranger burn time of ours.
KEY_EXCHANGES = (
    "mlkem768x25519-sha256",
    "curve25519-sha256",
    "curve25519-sha256@libssh.org",
    "ecdh-sha2-nistp256",
    "ecdh-sha2-nistp384",
    "ecdh-sha2-nistp521",
)
CIPHERS = (
    "aes256-gcm@openssh.com",
    "aes128-gcm@openssh.com",
    "chacha20-poly1305@openssh.com",
    "aes256-ctr",
    "aes192-ctr",
    "aes128-ctr",
)
MACS = (
    "hmac-sha2-256-etm@openssh.com",
    "hmac-sha2-512-etm@openssh.com",
    "hmac-sha2-256",
    "hmac-sha2-512",
)


class UnusableHostKey(Exception):
    """A host key that the gateway must not start with; the text says which and why."""


def options(settings: SftpSettings, host_keys: HostKeys) -> SSHServerConnectionOptions:
    """Build the options that every connection shares; raises UnusableHostKey."""
    used, told = _host_keys(host_keys)
    built = SSHServerConnectionOptions(
        server_host_keys=list(used.values()),
        send_server_host_keys=True,
        server_version=settings.software_name,
        kex_algs=list(KEY_EXCHANGES),
        encryption_algs=list(CIPHERS),
        mac_algs=list(MACS),
        compression_algs=["none"],
        signature_algs=list(SIGNATURE_ALGORITHMS),
        public_key_auth=True,
        password_auth=False,
        kbdint_auth=False,
        host_based_auth=False,
        gss_host=None,
        gss_kex=False,
        gss_auth=False,
        allow_pty=False,
        agent_forwarding=False,
        login_timeout=settings.login_grace_seconds,
        rekey_bytes=settings.rekey_bytes,
        rekey_seconds=settings.rekey_seconds,
        tcp_keepalive=True,
    )
    # Asyncssh would use an announced key as well, and an RSA one with SHA-1.
    built.server_host_keys, built.all_server_host_keys = used, told
    return built


def _host_keys(
    host_keys: HostKeys,
) -> tuple["OrderedDict[bytes, SSHKeyPair]", "OrderedDict[bytes, SSHKeyPair]"]:
    """Sort the keys into those used, by signature algorithm, and those told about, by blob.

    An RSA key gets one pair for each of its algorithms: a pair remembers the algorithm, and two
    connections that share one would change it under each other.
    """
    used: OrderedDict[bytes, SSHKeyPair] = OrderedDict()
    told: OrderedDict[bytes, SSHKeyPair] = OrderedDict()
    for raw in host_keys.active:
        key = _private_key(raw)
        kind = _pair(key).algorithm
        algorithms = [name.encode() for name, of in SIGNATURE_ALGORITHMS.items() if of == kind]
        if not algorithms or algorithms[0] in used:
            raise UnusableHostKey(f"there may be one active {kind.decode()} host key at most")
        for algorithm in algorithms:
            pair = _pair(key)
            pair.set_sig_algorithm(algorithm)
            used[algorithm] = pair
            told.setdefault(pair.public_data, pair)
    for raw in host_keys.announced:
        pair = _pair(_private_key(raw))
        if pair.algorithm == b"ssh-rsa":
            raise UnusableHostKey("an RSA key cannot be announced as the next host key")
        told.setdefault(pair.public_data, pair)
    if not used:
        raise UnusableHostKey("there is no active host key")
    return used, told


def _private_key(raw: bytes) -> asyncssh.SSHKey:
    """Read and check a key; that takes a quarter of a second for an RSA key, so it is done once."""
    try:
        return asyncssh.import_private_key(raw)
    except (asyncssh.KeyImportError, ValueError) as problem:
        raise UnusableHostKey("a host key cannot be read") from problem


def _pair(key: asyncssh.SSHKey) -> SSHKeyPair:
    try:
        [pair] = load_keypairs([key])
    except (asyncssh.KeyImportError, ValueError) as problem:
        raise UnusableHostKey("a host key cannot be read") from problem
    return pair


def verify(key: OfferedKey, message: bytes, signature: bytes) -> bool:
    """Whether `signature` over `message` is by this key, in the algorithm the request named.

    Called only for keys that the door knows, so a stranger's key is never decoded (ATK-17).
    RFC 8332, section 3.2: the algorithm inside the signature must be the one of the request.
    """
    try:
        fields = Fields(memoryview(signature))
        named, value = fields.string(), fields.string()
        if named != key.signature_algorithm.encode() or fields.at != len(signature):
            return False
        if SIGNATURE_ALGORITHMS.get(key.signature_algorithm) == b"ssh-rsa":
            value = _padded(value, key.blob)
        return bool(_public_key(key.blob).verify(message, string(named) + string(value)))
    except (Malformed, ValueError, asyncssh.KeyImportError):
        return False


def _padded(value: bytes, blob: bytes) -> bytes:
    """An RSA signature as long as the modulus, as RFC 8017, section 8.2.2, wants it.

    PuTTY, WinSCP and FileZilla send it without leading zero bytes, which RFC 4253, section 6.6,
    lets them; one login in 256 would fail without this.
    """
    fields = Fields(memoryview(blob))
    fields.string(), fields.string()
    modulus = fields.string().lstrip(b"\0")
    return value.rjust(len(modulus), b"\0")


@lru_cache(maxsize=4096)
def _public_key(blob: bytes) -> SSHKey:
    return decode_ssh_public_key(blob)
