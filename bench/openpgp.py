"""OpenPGP for the publish measure: a key ring for `gpg`, and the bare library in a loop."""

import subprocess
import time
from pathlib import Path

import pysequoia

from bench.servers import BenchError

KINDS = ("rsa3072", "cv25519")
_SIGNER = "signer"
_PARAMETERS = {
    "rsa3072": "Key-Type: RSA\nKey-Length: 3072\nSubkey-Type: RSA\nSubkey-Length: 3072\n",
    "cv25519": "Key-Type: EDDSA\nKey-Curve: ed25519\nSubkey-Type: ECDH\nSubkey-Curve: cv25519\n",
    _SIGNER: "Key-Type: EDDSA\nKey-Curve: ed25519\n",
}
_PATIENCE_SECONDS = 120


class KeyRing:
    """A `gpg` home with a signer and two recipients; its agent is stopped at the end."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(mode=0o700)

    def __enter__(self) -> "KeyRing":
        for name, parameters in _PARAMETERS.items():
            address = f"Name-Real: {name}\nName-Email: {name}@bench.invalid\nExpire-Date: 0\n"
            self._gpg("--generate-key", text=f"%no-protection\n{parameters}{address}%commit\n")
            if name != _SIGNER:
                armoured = self._gpg("--armor", "--export", f"{name}@bench.invalid")
                self.public_file(name).write_bytes(armoured)
        return self

    def __exit__(self, *_error: object) -> None:
        kill = ["gpgconf", "--homedir", str(self._folder), "--kill", "all"]
        subprocess.run(kill, check=False, capture_output=True)

    def public_file(self, kind: str) -> Path:
        return self._folder / f"{kind}.asc"

    def encrypt_with_gpg(self, kind: str, source: Path, target: Path) -> None:
        """The command that a firm would run for each file: sign, encrypt, gpg's own defaults."""
        to = ("--recipient", f"{kind}@bench.invalid", "--local-user", f"{_SIGNER}@bench.invalid")
        out = ("--output", str(target), "--sign", "--encrypt", str(source))
        self._gpg("--yes", "--trust-model", "always", *to, *out)

    def _gpg(self, *arguments: str, text: str = "") -> bytes:
        command = ["gpg", "--homedir", str(self._folder), "--batch", "--quiet", *arguments]
        try:
            done = subprocess.run(
                command,
                input=text.encode(),
                capture_output=True,
                check=False,
                timeout=_PATIENCE_SECONDS,
            )
        except OSError as error:
            raise BenchError(f"gpg is missing: {error}") from error
        if done.returncode != 0:
            raise BenchError(f"gpg {arguments[0]}: {done.stderr.decode()[-300:]}")
        return done.stdout


def encrypt_in_a_loop(job: tuple[bytes, bytes, float]) -> float:
    """Encrypt and sign one document again and again; documents per second of this process."""
    certificate, document, seconds = job
    recipient = pysequoia.Cert.from_bytes(certificate)
    signer = pysequoia.Tsk.generate("Bench <bench@bench.invalid>").signer()
    began, done = time.monotonic(), 0
    while time.monotonic() - began < seconds:
        pysequoia.encrypt(recipients=[recipient], bytes=document, signer=signer, armor=False)
        done += 1
    return done / (time.monotonic() - began)
