"""What the machine itself allows: the CPU that reading, sealing and sending a gigabyte cost.

Measured in the harness's own process, without a server; a download cannot cost a server less.
"""

import os
import socket
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_PACKET = 32 * 1024
_READ = 256 * 1024
_GB = 1e9
_SECONDS = 0.25
_REPEATS = 3


@dataclass(frozen=True, slots=True)
class Floor:
    """CPU seconds for a gigabyte (1e9 bytes) of each step on one core."""

    seal: float
    read: float
    send: float
    copy: float

    @property
    def download(self) -> float:
        """Read from a file, seal with AES-128-GCM, send: what a bulk get must cost at least."""
        return self.seal + self.read + self.send

    @property
    def sentences(self) -> list[str]:
        whole = (
            f"The physical floor of a download on one core here: read {self.read:.2f} + seal "
            f"{self.seal:.2f} + send {self.send:.2f} = {self.download:.2f} CPU-s/GB."
        )
        rates = (
            f"AES-128-GCM in 32 KiB packets {1 / self.seal:.1f} GB/s; copying memory "
            f"{1 / self.copy:.1f} GB/s; reading a file from memory {1 / self.read:.1f} GB/s."
        )
        return [whole, rates]


def measure(file: Path) -> Floor:
    """Medians of short loops; `file` is read in a circle and should be larger than the caches."""
    return Floor(
        seal=_median(_seal_loop),
        read=_median(lambda: _read_loop(file)),
        send=_median(_send_loop),
        copy=_median(_copy_loop),
    )


def _median(loop: Callable[[], float]) -> float:
    return statistics.median(loop() for _ in range(_REPEATS))


def _cost(step: Callable[[], int]) -> float:
    """CPU seconds of this process per gigabyte of `step`, run for a moment."""
    done, cpu, deadline = 0, time.process_time(), time.monotonic() + _SECONDS
    while time.monotonic() < deadline:
        done += step()
    return (time.process_time() - cpu) / (done / _GB)


def _seal_loop() -> float:
    aead, packet, length = AESGCM(os.urandom(16)), os.urandom(_PACKET), bytes(4)
    counter = iter(range(1 << 62))
    sealed = bytearray(_PACKET + 16)

    def seal() -> int:
        aead.encrypt_into(next(counter).to_bytes(12, "big"), packet, length, sealed)
        return _PACKET

    return _cost(seal)


def _read_loop(file: Path) -> float:
    size, buffer = file.stat().st_size, bytearray(_READ)
    offsets = iter(range(0, 1 << 62, _READ))
    descriptor = os.open(file, os.O_RDONLY)
    try:
        return _cost(lambda: os.preadv(descriptor, [buffer], next(offsets) % size))
    finally:
        os.close(descriptor)


def _copy_loop() -> float:
    source, target = memoryview(bytes(64 << 20)), memoryview(bytearray(64 << 20))

    def copy() -> int:
        target[:] = source
        return len(source)

    return _cost(copy)


def _send_loop() -> float:
    """The sender's side of a loopback TCP connection; a child process receives."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        child = os.fork()
        if child == 0:
            _receive_all(listener.getsockname()[1])
        connection, _ = listener.accept()
    piece = bytes(_READ)
    try:
        with connection:
            return _cost(lambda: connection.send(piece))
    finally:
        os.waitpid(child, 0)


def _receive_all(port: int) -> None:
    buffer = bytearray(1 << 20)
    with socket.create_connection(("127.0.0.1", port)) as connection:
        while connection.recv_into(buffer):
            pass
    os._exit(0)
