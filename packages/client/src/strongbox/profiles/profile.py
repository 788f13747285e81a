"""A profile: everything that strongbox knows of one firm and one login there.

How it is read and written is in `files`; published facts of known firms are in `presets`.
"""

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Folders:
    """Where things lie on the server; "" stands for a folder that it has not."""

    outgoing: str = "/outgoing"
    manifests: str = "/manifests"
    test: str = "/test"
    incoming: str = "/incoming"


@dataclass(frozen=True, slots=True)
class Calendar:
    """When statements are due: business days of `time_zone` (IANA) by `expected_by` (HH:MM).

    `expected_by` "" means that nothing is ever called missing by the clock. `holidays` are dates
    as YYYY-MM-DD; Saturdays and Sundays are none of the business days.
    """

    time_zone: str = "UTC"
    expected_by: str = ""
    holidays: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sender:
    """How the firm proves what it sends.

    `signers` are OpenSSH public-key lines whose SSHSIG signs manifests and receipts;
    `certificate` is the file of its OpenPGP certificate, None where nothing is encrypted.
    `is_signature_needed` False lets through what decrypts without any signature, and marks it.
    """

    signers: tuple[str, ...] = ()
    certificate: Path | None = None
    is_signature_needed: bool = True


@dataclass(frozen=True, slots=True)
class Help:
    """The firm's HTTPS end points: `url` without a closing slash, "" where it has none.

    `pin` is the base64 SHA-256 of the certificate's public key (SubjectPublicKeyInfo), for a firm
    whose certificate no public authority signed; "" trusts the system's authorities.
    """

    url: str = ""
    pin: str = ""


@dataclass(frozen=True, slots=True)
class OwnKeys:
    """The recipient's private keys, as files.

    `ssh` logs in; `next_ssh` takes its place at its first success (None when none is coming).
    `pgp` are OpenPGP secret keys, each tried. `secret` says where passphrases come from: `ask`,
    `none`, `keyring`, `fd:N`, `credential:NAME` (systemd) or `file:PATH`; never the text itself.
    """

    ssh: Path
    next_ssh: Path | None = None
    pgp: tuple[Path, ...] = ()
    secret: str = "ask"  # noqa: S105 - the way to a passphrase, never one


@dataclass(frozen=True, slots=True)
class Profile:
    """One firm, one login. `landing` is where statements land; `host_keys` are OpenSSH lines."""

    name: str
    host: str
    port: int
    login: str
    host_keys: tuple[str, ...]
    keys: OwnKeys
    landing: Path
    firm: str = ""
    folders: Folders = field(default_factory=Folders)
    calendar: Calendar = field(default_factory=Calendar)
    sender: Sender = field(default_factory=Sender)
    help: Help = field(default_factory=Help)
    streams: int = 4
    hook: tuple[str, ...] = ()
