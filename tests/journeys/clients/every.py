"""The clients by name, and which of them can do what."""

from tests.journeys.clients.curl import Curl
from tests.journeys.clients.filezilla import FileZilla
from tests.journeys.clients.lftp import Lftp
from tests.journeys.clients.openssh import OpensshScp, OpensshSftp
from tests.journeys.clients.putty import Psftp
from tests.journeys.clients.python_libraries import Asyncssh, Paramiko
from tests.journeys.clients.rclone import Rclone
from tests.journeys.clients.site import Client

CLIENTS: dict[str, type[Client]] = {
    "sftp": OpensshSftp,
    "scp": OpensshScp,
    "psftp": Psftp,
    "lftp": Lftp,
    "rclone": Rclone,
    "curl": Curl,
    "filezilla": FileZilla,
    "paramiko": Paramiko,
    "asyncssh": Asyncssh,
}


def able_to(verb: str) -> list[str]:
    """The names of the clients that have a verb."""
    return [name for name, kind in CLIENTS.items() if hasattr(kind, verb)]
