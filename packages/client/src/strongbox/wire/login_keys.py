"""A recipient's private key as asyncssh's login wants it; the key itself never enters asyncssh.

Reading keys is in `strongbox.keys`; asyncssh's file and agent keys are not used.
"""

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from strongroom_formats.ssh_public_key import SshAlgorithm
from strongroom_formats.ssh_wire import wire_integer, wire_string

from strongbox.wire.borrowed import SSHKeyPair
from strongbox.wire.ports import LoginKey

_RSA_HASHES: dict[bytes, hashes.HashAlgorithm] = {
    b"rsa-sha2-512": hashes.SHA512(),
    b"rsa-sha2-256": hashes.SHA256(),
}
_CURVE_HASHES: dict[SshAlgorithm, hashes.HashAlgorithm] = {
    SshAlgorithm.ECDSA_256: hashes.SHA256(),
    SshAlgorithm.ECDSA_384: hashes.SHA384(),
    SshAlgorithm.ECDSA_521: hashes.SHA512(),
}


class LoginKeyPair(SSHKeyPair):
    """Signs a login with one key. RSA begins with SHA-256, which every server of today takes."""

    _key_type = "local"

    def __init__(self, key: LoginKey) -> None:
        kind = key.public.algorithm
        is_rsa = kind is SshAlgorithm.RSA
        names = list(_RSA_HASHES) if is_rsa else [kind.encode()]
        super().__init__(kind.encode(), kind.encode(), names, names, key.public.blob, None)
        self.fingerprint = key.public.fingerprint_sha256
        self._key = key
        if is_rsa:
            self.set_sig_algorithm(b"rsa-sha2-256")

    def sign(self, data: bytes) -> bytes:
        """Sign as RFC 4253 section 6.6, RFC 5656 section 3.1.2 and RFC 8709 section 6 say."""
        return wire_string(self.sig_algorithm) + wire_string(self._signature(data))

    def _signature(self, data: bytes) -> bytes:
        match self._key.private:
            case rsa.RSAPrivateKey() as private:
                return private.sign(data, padding.PKCS1v15(), _RSA_HASHES[self.sig_algorithm])
            case ed25519.Ed25519PrivateKey() as private:
                return private.sign(data)
            case ec.EllipticCurvePrivateKey() as private:
                used = ec.ECDSA(_CURVE_HASHES[self._key.public.algorithm])
                return b"".join(map(wire_integer, decode_dss_signature(private.sign(data, used))))
