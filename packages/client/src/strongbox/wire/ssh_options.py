"""How asyncssh is set up for a login: the pinned kinds of host keys, the given keys, no look-ups.

No agent, no configuration files, no known_hosts files, no passwords, no compression. Which host
key is accepted is decided in `ssh_connection`.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from strongroom_formats.ssh_public_key import SshAlgorithm, SshPublicKey

from strongbox.wire.algorithms import CIPHERS, HOST_KEYS, KEY_EXCHANGES, MACS
from strongbox.wire.borrowed import SSHClientConnectionOptions
from strongbox.wire.login_keys import LoginKeyPair
from strongbox.wire.ports import LoginKey, Server

_SOFTWARE = "strongbox"
_KEEPALIVE_SECONDS = 15
_KEEPALIVES_MOST = 3
_USER_VARIABLES = ("LOGNAME", "USER", "LNAME", "USERNAME")


def client_options(
    server: Server, keys: Sequence[LoginKey], pinned: Sequence[SshPublicKey]
) -> SSHClientConnectionOptions:
    """Say everything that asyncssh would otherwise look up by itself."""
    with named_user():
        return _options(server, keys, pinned)


def _options(
    server: Server, keys: Sequence[LoginKey], pinned: Sequence[SshPublicKey]
) -> SSHClientConnectionOptions:
    return SSHClientConnectionOptions(
        config=None,
        host=server.host,
        port=server.port,
        username=server.login,
        client_version=_SOFTWARE,
        client_keys=[LoginKeyPair(key) for key in keys],
        known_hosts=([], [], []),
        x509_trusted_certs=None,
        server_host_key_algs=_host_key_algorithms(pinned),
        kex_algs=KEY_EXCHANGES,
        encryption_algs=CIPHERS,
        mac_algs=MACS,
        compression_algs=["none"],
        signature_algs=list(HOST_KEYS),
        preferred_auth=["publickey"],
        public_key_auth=True,
        host_based_auth=False,
        kbdint_auth=False,
        password_auth=False,
        gss_host=None,
        gss_kex=False,
        gss_auth=False,
        disable_trivial_auth=True,
        agent_path=None,
        agent_forwarding=False,
        request_pty=False,
        login_timeout=0,
        keepalive_interval=_KEEPALIVE_SECONDS,
        keepalive_count_max=_KEEPALIVES_MOST,
        utf8_decode_errors="replace",
    )


def _host_key_algorithms(pinned: Sequence[SshPublicKey]) -> list[str]:
    """Ask for pinned kinds first; then for the others, so that a changed key is seen as such."""
    wanted: list[str] = []
    for key in pinned:
        is_rsa = key.algorithm is SshAlgorithm.RSA
        wanted += ["rsa-sha2-512", "rsa-sha2-256"] if is_rsa else [str(key.algorithm)]
    return list(dict.fromkeys([*wanted, *HOST_KEYS]))


@contextmanager
def named_user() -> Iterator[None]:
    """Asyncssh asks who runs this process, though the login is given; a container may not know."""
    if any(map(os.environ.get, _USER_VARIABLES)):
        yield
        return
    os.environ[_USER_VARIABLES[0]] = _SOFTWARE
    try:
        yield
    finally:
        del os.environ[_USER_VARIABLES[0]]
