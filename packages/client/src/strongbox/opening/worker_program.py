"""The child process in which pysequoia runs: it reads requests on stdin and answers on stdout.

Run by its path in an isolated interpreter, so it imports nothing of strongbox; whoever judges its
answers sits in the parent. pysequoia holds the interpreter lock and may panic, hang or grow on
hostile input, and here none of that reaches a sync that is under way.
"""

import base64
import json
import sys
import warnings
from collections.abc import Callable, Sequence
from typing import BinaryIO

import pysequoia

Request = dict[str, object]
Answer = dict[str, object]

# Windows has no such limits; there the parent's watch over time and size stands alone.
try:
    import resource
except ImportError:
    _IS_LIMITED = False
else:
    _IS_LIMITED = True


class Work:
    """The operations; unlocked keys and the sender's certificate stay between them."""

    def __init__(self) -> None:
        self._unlocked: dict[str, pysequoia.PyDecryptor] = {}
        self._sender: list[pysequoia.Cert] = []

    def sender(self, request: Request) -> Answer:
        """Keep the certificate by which signatures are judged, and tell its health."""
        certificate = pysequoia.Cert.from_bytes(_bytes(request, "certificate"))
        self._sender = [certificate]
        ends = certificate.expiration
        return {
            "fingerprint": certificate.fingerprint.upper(),
            "is_revoked": certificate.is_revoked,
            "expires_at": None if ends is None else int(ends.timestamp()),
        }

    def unlock(self, request: Request) -> Answer:
        """Keep a secret key ready; a passphrase of None is for a key that has none."""
        passphrase = request["passphrase"]
        key = pysequoia.Tsk.from_bytes(_bytes(request, "key"))
        given = None if passphrase is None else str(passphrase)
        self._unlocked[str(request["id"])] = key.decryptor(given)
        return {}

    def open(self, request: Request) -> Answer:
        """Decrypt from file to file; the target exists already, empty and private.

        `issuers` are the keys that signatures name, None where none was looked for.
        """
        _limit(size=int(str(request["largest"])), memory=int(str(request["memory"])))
        issuers: list[str] = []
        decryptor = self._unlocked[str(request["id"])]
        source, target = str(request["source"]), str(request["target"])

        def certificates(wanted: Sequence[str]) -> list[pysequoia.Cert]:
            issuers.extend(one.upper() for one in wanted)
            return self._sender

        try:
            if request["is_checked"] is not True:
                pysequoia.decrypt_file(source, target, decryptor)
                return {"issuers": None, "signers": []}
            found = pysequoia.decrypt_file(source, target, decryptor, certificates)
        except RuntimeError as error:
            return {"issuers": issuers, "fault": _first_line(error)}
        signers = [one.certificate.upper() for one in found.valid_sigs]
        return {"issuers": issuers, "signers": signers}


def _limit(*, size: int, memory: int) -> None:
    """Put an end to what a hostile file takes; and no core files, for they would hold keys."""
    if _IS_LIMITED:
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        for kind, most in ((resource.RLIMIT_FSIZE, size), (resource.RLIMIT_AS, memory)):
            hard = resource.getrlimit(kind)[1]
            is_lower = hard != resource.RLIM_INFINITY and hard < most
            resource.setrlimit(kind, (hard if is_lower else most, hard))


def _bytes(request: Request, name: str) -> bytes:
    return base64.b64decode(str(request[name]), validate=True)


def _first_line(error: BaseException) -> str:
    """What happened; what caused it, and the stack that RUST_BACKTRACE adds, left out."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    chosen = [line for line in lines[:4] if "os error" in line] or lines[:1]
    return chosen[0][:500] if chosen else ""


def _answer(work: Callable[[Request], Answer], request: Request) -> Answer:
    try:
        return work(request)
    except Exception as error:  # noqa: BLE001 - the rim of this process
        return {"fault": _first_line(error)}


def serve(requests: BinaryIO, answers: BinaryIO) -> None:
    """Answer requests until there are no more; a Rust panic is no `Exception` and ends us."""
    work = Work()
    verbs = {"sender": work.sender, "unlock": work.unlock, "open": work.open}
    while header := requests.read(4):
        request = json.loads(requests.read(int.from_bytes(header)))
        answer = json.dumps(_answer(verbs[request["do"]], request)).encode()
        answers.write(len(answer).to_bytes(4) + answer)
        answers.flush()


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    serve(sys.stdin.buffer, sys.stdout.buffer)
