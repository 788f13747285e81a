"""The child process in which pysequoia runs: it reads requests on stdin and answers on stdout.

Run by its path in an isolated interpreter, so it imports nothing of Strongroom; whoever judges
certificates and checks the output sits in the parent. pysequoia holds the interpreter lock and may
panic, hang or grow on hostile input, and here none of that reaches anybody else.
"""

import base64
import json
import os
import re
import resource
import sys
from collections.abc import Callable
from typing import Any, BinaryIO

import pysequoia

# JSON from our own parent; its shape is fixed by `workers.py`, so Any it is on this side.
Request = dict[str, Any]
Answer = dict[str, object]

_PROBE = b"probe"
_OS_ERROR = re.compile(r"\(os error (\d{1,4})\)")


class Work:
    """The operations, and the firm's signing key between them."""

    def __init__(self) -> None:
        self._signer: pysequoia.PySigner | None = None

    def limit(self, request: Request) -> Answer:
        """No core files (ATK-57), and an end to what a hostile certificate takes (ATK-58)."""
        os.umask(0o077)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_AS, (request["memory"], request["memory"]))
        resource.setrlimit(resource.RLIMIT_FSIZE, (request["file"], request["file"]))
        return {}

    def sign_with(self, request: Request) -> Answer:
        """Keep the key that signs everything from now on; sign once to see that it can."""
        signer = pysequoia.Tsk.from_bytes(_bytes(request["key"])).signer()
        pysequoia.sign(signer, _PROBE, armor=False)
        self._signer = signer
        return {}

    def inspect(self, request: Request) -> Answer:
        """What a verifier says of the certificate, and which of the trials it encrypts to.

        Each trial is the certificate cut down to one key; its answer is a small message, from
        which the parent reads the key that was really used, or "" for a refusal.
        """
        certificate = pysequoia.Cert.from_bytes(_bytes(request["certificate"]))
        return {
            "fingerprint": certificate.fingerprint,
            "is_revoked": certificate.is_revoked,
            "expires_at": _expiry(certificate),
            "messages": [_trial(_bytes(trial)) for trial in request["trials"]],
        }

    def encrypt(self, request: Request) -> Answer:
        """Encrypt and sign from file to file; the target exists already, empty and private."""
        if self._signer is None:
            raise ValueError("no signing key was given")
        pysequoia.encrypt_file(
            request["source"],
            request["target"],
            [pysequoia.Cert.from_bytes(_bytes(request["certificate"]))],
            self._signer,
            armor=False,
        )
        return {}


def _bytes(text: str) -> bytes:
    return base64.b64decode(text, validate=True)


def _expiry(certificate: pysequoia.Cert) -> int | None:
    """Seconds since 1970, None for never or where the policy accepts no signature at all."""
    try:
        expiration = certificate.expiration
    except RuntimeError:
        return None
    return None if expiration is None else int(expiration.timestamp())


def _trial(certificate: bytes) -> str:
    try:
        recipient = pysequoia.Cert.from_bytes(certificate)
        message = pysequoia.encrypt(_PROBE, [recipient], armor=False)
    except RuntimeError:
        return ""
    return base64.b64encode(message).decode()


def _answer(work: Callable[[Request], Answer], request: Request) -> Answer:
    """Do it; errors leave as a number of the system or as nothing, never as their own text."""
    try:
        return work(request) | {"is_done": True}
    except Exception as error:  # noqa: BLE001 - the rim of this process
        found = _OS_ERROR.search(str(error))
        return {"is_done": False, "errno": int(found[1]) if found else None}


def serve(requests: BinaryIO, answers: BinaryIO) -> None:
    """Answer requests until there are no more; a Rust panic is no `Exception` and ends us."""
    work = Work()
    verbs = {
        "limit": work.limit,
        "sign_with": work.sign_with,
        "inspect": work.inspect,
        "encrypt": work.encrypt,
    }
    while header := requests.read(4):
        request = json.loads(requests.read(int.from_bytes(header)))
        answer = json.dumps(_answer(verbs[request["do"]], request)).encode()
        answers.write(len(answer).to_bytes(4) + answer)
        answers.flush()


if __name__ == "__main__":
    serve(sys.stdin.buffer, sys.stdout.buffer)
