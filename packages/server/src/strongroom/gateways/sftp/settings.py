"""Every limit of the SFTP gateway, and its host keys, as values.

Nothing is read from a file or the environment here: the runtime builds these once.
"""

from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network

KIB = 1024
MIB = 1024 * KIB

Network = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True)
class SftpSettings:
    """What the gateway listens on and every bound it keeps; the defaults are the safe ones.

    `listen` are `HOST:PORT` texts, IPv6 hosts in brackets. Only peers in `trusted_proxies` have
    their PROXY header believed, and they must send one.
    """

    listen: tuple[str, ...] = ("0.0.0.0:32", "[::]:32")
    backlog_connections: int = 512
    shares_port: bool = False
    trusted_proxies: tuple[Network, ...] = ()
    software_name: str = "Strongroom"
    gateway_name: str = "sftp"

    # Before the login (ATK-19, ATK-22, ATK-23)
    proxy_header_seconds: float = 5.0
    login_grace_seconds: float = 60.0
    arriving_most: int = 2048
    arriving_per_source_most: int = 64
    half_open_most: int = 512
    half_open_per_source_most: int = 16
    silent_most: int = 1024
    silence_seconds: float = 300.0
    person_grace_seconds: float = 300.0
    failed_signatures_most: int = 6
    failed_answers_most: int = 3
    answer_bytes_most: int = 256
    key_queries_most: int = 20
    login_requests_most: int = 40
    login_name_bytes_most: int = 128
    key_blob_bytes_most: int = 4 * KIB
    names_reference: bool = True

    # The transport (ATK-24, ATK-27)
    packet_bytes_most: int = 64 * KIB
    channel_packet_bytes: int = 32 * KIB
    receive_window_bytes: int = 2 * MIB
    channels_in_all_most: int = 16
    refused_requests_most: int = 1000
    host_key_proofs_most: int = 4
    rekey_bytes: int = 1024 * MIB
    rekey_seconds: float = 3600.0
    rekey_grace_seconds: float = 60.0
    short_rekeys_most: int = 16
    short_rekey_bytes: int = 16 * MIB
    transport_buffer_bytes: int = 512 * KIB

    # A session (ATK-25, ATK-28)
    message_bytes_most: int = 256 * KIB
    transfer_bytes_most: int = 261_120
    handles_most: int = 64
    pending_requests_most: int = 1024
    pending_bytes_most: int = 4 * MIB
    unsent_bytes_most: int = 1 * MIB
    reads_at_once: int = 8
    idle_seconds: float = 900.0
    stall_seconds: float = 120.0
    sweep_seconds: float = 1.0
    leave_seconds: float = 10.0


@dataclass(frozen=True, slots=True, repr=False)
class HostKeys:
    """The server's private keys in OpenSSH form.

    `active` are used, one of each algorithm; `announced` are only told to connected clients, so
    that a planned change breaks nobody. An announced RSA key is refused: its proof would be
    signed with SHA-1, which OpenSSH disregards.
    """

    active: tuple[bytes, ...]
    announced: tuple[bytes, ...] = ()
