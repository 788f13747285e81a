"""S3-speaking servers for the tests: installs what is missing, starts and stops them on loopback.

`python tools/s3_servers.py install` needs root; `python tools/s3_servers.py serve swift` is for
trying things by hand. Two servers, because one alone would only show that we agree with it: moto,
which comes with the test tools, and OpenStack Swift, from Debian's package `python3-swift`.
"""

import argparse
import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

SWIFT_PACKAGE = "python3-swift"
SYSTEM_PYTHON = "/usr/bin/python3"
BUCKET = "vault"
START_LIMIT = 60.0
"""Seconds in which a server has to answer; two busy cores are slow at importing."""


class CannotRun(Exception):
    """The server cannot run here; the text says what is missing."""


@dataclass(frozen=True, slots=True)
class S3Server:
    """A running server: where it is, how to log in, and whether it knows `If-None-Match: *`."""

    endpoint: str
    access_key: str
    secret_key: str
    is_conditional: bool


@contextlib.contextmanager
def moto() -> Iterator[S3Server]:
    """Run moto's server for the block, with an empty bucket."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    with _process(command, stdout=subprocess.DEVNULL):
        server = S3Server(f"http://127.0.0.1:{port}", "test", "testing", is_conditional=True)
        _wait_for(port)
        make_bucket(server)
        yield server


@contextlib.contextmanager
def swift(folder: Path) -> Iterator[S3Server]:
    """Run a Swift node for the block, its files in `folder`. Raises CannotRun."""
    require_swift()
    _require_attributes(folder)
    command = [SYSTEM_PYTHON, str(Path(__file__).with_name("swift_node.py")), str(folder), "0"]
    with _process(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        words = process.stdout.readline().split()
        if len(words) != 2 or words[0] != "ready":
            raise CannotRun("OpenStack Swift did not start; run it by hand to see why")
        server = S3Server(
            f"http://127.0.0.1:{words[1]}", "test:tester", "testing", is_conditional=False
        )
        make_bucket(server)
        yield server


def require_swift() -> None:
    """Install Swift's package where that can be done without asking. Raises CannotRun."""
    if _has_swift():
        return
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise CannotRun(f"OpenStack Swift is missing: sudo apt-get install {SWIFT_PACKAGE}")
    command = ["apt-get", "-o", "DPkg::Lock::Timeout=300", "install", "-qq", "--yes"]
    subprocess.run(
        [*command, "--no-install-recommends", SWIFT_PACKAGE],
        env=os.environ | {"DEBIAN_FRONTEND": "noninteractive"},
        stdout=subprocess.DEVNULL,
        check=False,
    )
    if not _has_swift():
        raise CannotRun(f"the package {SWIFT_PACKAGE} could not be installed")


def make_bucket(server: S3Server) -> None:
    """Make the bucket that the tests use."""
    import boto3  # noqa: PLC0415  (slow to import, and `install` must work without it)
    from botocore.config import Config  # noqa: PLC0415

    client = boto3.client(
        "s3",
        endpoint_url=server.endpoint,
        aws_access_key_id=server.access_key,
        aws_secret_access_key=server.secret_key,
        region_name="us-east-1",
        config=Config(s3={"addressing_style": "path"}, proxies={}),
    )
    client.create_bucket(Bucket=BUCKET)
    client.close()


def _has_swift() -> bool:
    command = [SYSTEM_PYTHON, "-c", "import swift.common.middleware.s3api, eventlet"]
    try:
        return subprocess.run(command, stderr=subprocess.DEVNULL, check=False).returncode == 0
    except OSError:
        return False


def _require_attributes(folder: Path) -> None:
    probe = folder / "probe"
    probe.touch()
    try:
        os.setxattr(probe, "user.probe", b"1")
    except OSError as error:
        message = f"Swift needs extended attributes, which the disk of {folder} lacks; set TMPDIR"
        raise CannotRun(message) from error
    finally:
        probe.unlink()


@contextlib.contextmanager
def _process(command: list[str], *, stdout: int) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=stdout, stderr=subprocess.DEVNULL, text=True
    ) as process:
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()


def _wait_for(port: int) -> None:
    ends = time.monotonic() + START_LIMIT
    while time.monotonic() < ends:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.1)
    raise CannotRun(f"the server on port {port} did not start within {START_LIMIT:.0f} seconds")


def _serve(which: str) -> None:
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        server = stack.enter_context(moto() if which == "moto" else swift(folder))
        print(f"[storage]\nkind = 's3'\nbucket = '{BUCKET}'\nendpoint = '{server.endpoint}'")
        print(f"access_key = '{server.access_key}'\nsecret_key = '{server.secret_key}'")
        if not server.is_conditional:
            print("second_write = 'look-first'")
        sys.stdout.flush()
        with contextlib.suppress(KeyboardInterrupt):
            time.sleep(1e6)


def main() -> int:
    """Read the command line; ends with 69 when something is missing (sysexits.h)."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("install", help="install what is missing")
    serve = verbs.add_parser("serve", help="run one until Ctrl-C")
    serve.add_argument("which", choices=["moto", "swift"])
    arguments = parser.parse_args()
    try:
        if arguments.verb == "install":
            require_swift()
        else:
            _serve(arguments.which)
    except CannotRun as error:
        print(error, file=sys.stderr)
        return 69
    return 0


if __name__ == "__main__":
    sys.exit(main())
