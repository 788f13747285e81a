"""The firm's secret keys below keys/: host keys, the evidence key, the firm's PGP key, the login's.

They are made once by `init`; the rotation of host keys is here as well.
"""

import base64
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_ssh_private_key,
)
from strongroom_formats import audit_record, manifest, receipt, sshsig
from strongroom_formats.ssh_public_key import SshPublicKey, read_blob

from strongroom.backends.encryption.openpgp.firm_key import make_firm_key, public_certificate
from strongroom.rules import refusals
from strongroom.rules.secret import Secret
from strongroom.runtime.home import Home, write_private

_EVIDENCE = "evidence_ed25519"
_FIRM_PGP = "firm_pgp.key"
_LOGIN = "login.key"
_SIGN_ON = "sso_es256"
_NEXT = "next_"
HOST_KINDS = ("ed25519", "ecdsa", "rsa")

EvidenceKey = ed25519.Ed25519PrivateKey
_HostKey = ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


def make_secret_keys(home: Home, firm: str) -> None:
    """Make the keys that are missing; safe to repeat."""
    for kind in HOST_KINDS:
        _make(home.keys / f"host_{kind}", partial(_fresh_host_key, kind))
    _make(home.keys / _EVIDENCE, lambda: _private_bytes(ed25519.Ed25519PrivateKey.generate()))
    _make(home.keys / _FIRM_PGP, lambda: make_firm_key(firm))
    _make(home.keys / _LOGIN, lambda: base64.b64encode(secrets.token_bytes(32)) + b"\n")
    _make(home.keys / _SIGN_ON, lambda: _private_bytes(ec.generate_private_key(ec.SECP256R1())))
    public = home.keys / "firm_pgp.asc"
    if not public.exists():
        write_private(public, public_certificate((home.keys / _FIRM_PGP).read_bytes()))


def _make(path: Path, content: Callable[[], bytes]) -> None:
    if not path.exists():
        write_private(path, content())


def _new_host_key(kind: str) -> _HostKey:
    match kind:
        case "ed25519":
            return ed25519.Ed25519PrivateKey.generate()
        case "ecdsa":
            return ec.generate_private_key(ec.SECP256R1())
        case _:
            return rsa.generate_private_key(public_exponent=65537, key_size=3072)


def _fresh_host_key(kind: str) -> bytes:
    return _private_bytes(_new_host_key(kind))


def _private_bytes(key: _HostKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())


@dataclass(frozen=True, slots=True)
class HostKeyFile:
    """A host key: its kind, whether it is in use or announced, its bytes and its public half."""

    kind: str
    is_announced: bool
    private: bytes
    public: SshPublicKey


def host_keys(home: Home) -> list[HostKeyFile]:
    """Return the host keys in use and those announced. Raises Refused (KEY-FILE)."""
    found = []
    for is_announced in (False, True):
        for kind in HOST_KINDS:
            path = home.keys / f"{_NEXT if is_announced else ''}host_{kind}"
            if path.exists():
                private = _read(path)
                found.append(HostKeyFile(kind, is_announced, private, _public(private)))
    return found


def _public(private: bytes) -> SshPublicKey:
    # Only the public half is taken, and whoever signs with the key has it checked whole.
    line = load_ssh_private_key(private, None, unsafe_skip_rsa_key_validation=True).public_key()
    text = line.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)
    return read_blob(base64.b64decode(text.split()[1]))


def announce_host_keys(home: Home) -> None:
    """Make the next host keys; connected clients are told them from now on (F41).

    No RSA key is announced: its proof would be signed with SHA-1, which OpenSSH disregards.
    """
    for kind in ("ed25519", "ecdsa"):
        _make(
            home.keys / f"{_NEXT}host_{kind}",
            partial(_fresh_host_key, kind),
        )


def activate_host_keys(home: Home, *, with_rsa: bool = False) -> None:
    """Let the announced keys take over; with `with_rsa` a fresh RSA key as well.

    The RSA key cannot be announced, so whoever has pinned it alone is alarmed when it changes.
    Safe to repeat after a kill. Raises Refused (HOST-KEY-NONE) when none were announced.
    """
    announced = [key for key in host_keys(home) if key.is_announced]
    if not announced:
        raise refusals.HOST_KEY_NONE.because()
    if with_rsa:
        write_private(home.keys / "host_rsa", _fresh_host_key("rsa"))
    for key in announced:
        (home.keys / f"{_NEXT}host_{key.kind}").rename(home.keys / f"host_{key.kind}")


def host_key_marks(home: Home) -> tuple[tuple[int, int, int] | None, ...]:
    """Return what changes whenever a host key file is made, replaced or renamed."""
    names = (f"{ahead}host_{kind}" for ahead in ("", _NEXT) for kind in HOST_KINDS)
    return tuple(_mark(home.keys / name) for name in names)


def _mark(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return (found.st_ino, found.st_mtime_ns, found.st_size)


def evidence_key(home: Home) -> EvidenceKey:
    """Return the key that signs manifests and receipts. Raises Refused (KEY-FILE)."""
    path = home.keys / _EVIDENCE
    key = load_ssh_private_key(_read(path), None)
    if not isinstance(key, ed25519.Ed25519PrivateKey):
        raise refusals.KEY_FILE.because(path=path, why="it is not an Ed25519 key")
    return key


def evidence_public_line(home: Home) -> str:
    """Return the evidence key's public half as an OpenSSH line."""
    return sshsig.public_key_line(evidence_key(home).public_key())


def allowed_signers(home: Home) -> str:
    """Return the line with which `ssh-keygen -Y verify` checks manifests, receipts and the log."""
    namespaces = (manifest.NAMESPACE, receipt.NAMESPACE, audit_record.NAMESPACE)
    public = evidence_key(home).public_key()
    return sshsig.allowed_signers_line("strongroom", public, namespaces) + "\n"


def firm_certificate(home: Home) -> bytes:
    """Return the public half of the firm's PGP key, armoured. Raises Refused (KEY-FILE)."""
    try:
        return public_certificate(firm_pgp_key(home))
    except ValueError as error:
        raise refusals.KEY_FILE.because(path=home.keys / _FIRM_PGP, why=error) from error


def sign_on_key(home: Home) -> Secret:
    """Return the P-256 key that signs ID tokens for the firm's other systems, as PEM.

    Raises Refused (KEY-FILE).
    """
    path = home.keys / _SIGN_ON
    key = load_ssh_private_key(_read(path), None)
    if not isinstance(key, ec.EllipticCurvePrivateKey) or key.curve.name != "secp256r1":
        raise refusals.KEY_FILE.because(path=path, why="it is not a P-256 key")
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return Secret(pem.decode("ascii"))


def login_key(home: Home) -> bytes:
    """Return the 32 bytes that seal the login's secrets. Raises Refused (KEY-FILE)."""
    path = home.keys / _LOGIN
    try:
        return base64.b64decode(_read(path), validate=False)
    except ValueError as error:
        raise refusals.KEY_FILE.because(path=path, why="it is not base64") from error


def firm_pgp_key(home: Home) -> bytes:
    """Return the firm's PGP key. Raises Refused (KEY-FILE)."""
    return _read(home.keys / _FIRM_PGP)


def _read(path: Path) -> bytes:
    try:
        if path.stat().st_mode & 0o077:
            raise refusals.HOME_OPEN.because(path=path)
        return path.read_bytes()
    except OSError as error:
        raise refusals.KEY_FILE.because(path=path, why=error.strerror) from error
