"""The certificate of the HTTPS part: the firm's own, or a self-signed one with its pin.

What invitations say of it is in `strongroom_formats.invitation`.
"""

import base64
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from strongroom.rules import refusals
from strongroom.runtime import clock
from strongroom.runtime.home import Home, write_private
from strongroom.runtime.settings import Api

NO_TLS = "none"
_NAME = "Strongroom"
_YEARS = 10


@dataclass(frozen=True, slots=True)
class CertificateFiles:
    """Where the chain and its private key lie. `is_own` says that the home made them."""

    chain: Path
    key: Path
    is_own: bool


def certificate_files(api: Api, home: Home) -> CertificateFiles | None:
    """Return the files of the certificate; None where a proxy does TLS."""
    if api.certificate == NO_TLS:
        return None
    if api.certificate:
        return CertificateFiles(Path(api.certificate), Path(api.certificate_key), is_own=False)
    return CertificateFiles(home.keys / "api_cert.pem", home.keys / "api_key.pem", is_own=True)


def make_certificate(api: Api, home: Home, host: str) -> None:
    """Make the self-signed certificate where one is wanted and missing; safe to repeat.

    The key comes first and stays; a certificate that is lost is made again for the same key, so
    that pins hold.
    """
    files = certificate_files(api, home)
    if files is None or not files.is_own:
        return
    if not files.key.exists():
        fresh = ec.generate_private_key(ec.SECP256R1())
        write_private(
            files.key,
            fresh.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
        )
    if not files.chain.exists():
        key = load_pem_private_key(files.key.read_bytes(), None)
        assert isinstance(key, ec.EllipticCurvePrivateKey)
        write_private(files.chain, _self_signed(key, host, clock.now()))


def _self_signed(key: ec.EllipticCurvePrivateKey, host: str, now: datetime) -> bytes:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, _NAME)])
    try:
        place: x509.GeneralName = x509.IPAddress(ip_address(host))
    except ValueError:
        place = x509.DNSName(host)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=365 * _YEARS))
        .add_extension(x509.SubjectAlternativeName([place]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    return certificate.public_bytes(Encoding.PEM)


def pin_of(api: Api, home: Home) -> str:
    """Return what an invitation carries: the pin of a self-signed certificate, else nothing.

    Raises Refused (KEY-FILE) for a certificate that cannot be read.
    """
    files = certificate_files(api, home)
    if files is None or not files.is_own:
        return ""
    return pin_of_certificate(read_chain(files))


def pin_of_certificate(certificate: x509.Certificate) -> str:
    """SHA-256 of the public key (SPKI, RFC 5280) in base64url without padding."""
    spki = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.urlsafe_b64encode(sha256(spki).digest()).rstrip(b"=").decode("ascii")


def read_chain(files: CertificateFiles) -> x509.Certificate:
    """Return the first certificate of the chain. Raises Refused (KEY-FILE)."""
    try:
        return x509.load_pem_x509_certificates(files.chain.read_bytes())[0]
    except (OSError, ValueError) as error:
        raise refusals.KEY_FILE.because(path=files.chain, why=error) from error


def refuse_foreign_key(files: CertificateFiles) -> x509.Certificate:
    """Return the certificate. Raises Refused (KEY-FILE) unless the key file is its key."""
    certificate = read_chain(files)
    try:
        key = load_pem_private_key(files.key.read_bytes(), None)
    except (OSError, ValueError, TypeError) as error:
        raise refusals.KEY_FILE.because(path=files.key, why=error) from error
    form = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    if key.public_key().public_bytes(*form) != certificate.public_key().public_bytes(*form):
        raise refusals.KEY_FILE.because(path=files.key, why=f"it is not the key of {files.chain}")
    return certificate
