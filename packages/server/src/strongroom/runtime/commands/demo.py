"""`strongroom demo`: a whole delivery on this machine, to look at or to check."""

import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from strongroom.rules import refusals
from strongroom.runtime.commands.context import Context, answering, operator_name, pass_context
from strongroom.runtime.home import Home

if TYPE_CHECKING:  # they need Django, which is started later
    from strongroom.runtime.serving import Words
    from strongroom.runtime.worker import Worker

_PUBLISH_SECONDS = 60.0
_READY_SECONDS = 20.0


@click.command()
@click.option("--check", is_flag=True, help="Fetch everything, verify it, and end with 0 or 1.")
@click.option("--sftp", default="127.0.0.1:3232", show_default=True, metavar="HOST:PORT")
@click.option("--web", default="127.0.0.1:8032", show_default=True, metavar="HOST:PORT")
@pass_context
@answering
def demo(context: Context, sftp: str, web: str, *, check: bool) -> None:
    """Run a whole delivery on this machine, with sample statements.

    It makes a home (strongroom-demo unless --home names one), accounts, a recipient with a fresh
    key, publishes a day of statements and serves them. A second start uses the same home.
    """
    if click.get_current_context().find_root().get_parameter_source("home") == (
        click.core.ParameterSource.DEFAULT
    ):
        context.root = Path("strongroom-demo")
    began = time.monotonic()
    home = _home(context)
    from strongroom.runtime import demonstration, logs, serving

    logs.start(serving.QUIET)
    serving.refuse_taken_ports([sftp, web])
    demonstration.write_known_hosts(home, sftp)
    _publish(context, home)
    stop = serving.stop_on_signals()
    words = serving.Words(["--home", str(home.root)], sftp, web)
    with _served(words, stop) as ended:
        _wait_for(sftp, web)
        click.echo(f"Ready after {time.monotonic() - began:.1f} s.")
        if check:
            sys.exit(_check(home, sftp))
        click.echo(_lines_to_copy(home, sftp, web))
        while not stop.wait(0.2) and not ended.is_set():
            pass
    click.echo("Stopped.")


def _home(context: Context) -> Home:
    """Return the demo's home, made if need be. Raises Refused: DEMO-FOREIGN, HOME-…."""
    from strongroom.runtime.demonstration import make_demo_home
    from strongroom.runtime.home import SETTINGS_FILE

    if not (context.root / SETTINGS_FILE).exists():
        click.echo(f"Making {context.root} with fresh keys ...")
        home = make_demo_home(context.root, operator_name())
        context.open()
        return home
    if not (context.root / "client" / "id_rsa").exists():
        raise refusals.DEMO_FOREIGN.because(home=context.root)
    return context.open().home


def _publish(context: Context, home: Home) -> None:
    """Drop the day's files and do a worker's rounds until all are published."""
    from strongroom.runtime import clock, demonstration
    from strongroom.runtime.worker import Worker
    from strongroom.statements.models import Statement

    day = demonstration.sample_date(clock.now().date())
    if Statement.objects.filter(period_to=day, revision=2).exists():
        click.echo(f"The statements of {day} are published already.")
        return
    worker = Worker(context.open().settings, home)
    try:
        count = demonstration.drop_samples(home, day)
        click.echo(f"Publishing {count} sample statements of {day} ...")
        _work_until(worker, count)
        click.echo(f"Publishing a corrected {demonstration.reissue(home, day)} ...")
        _work_until(worker, count + 1)
    finally:
        worker.close()


def _work_until(worker: "Worker", count: int) -> None:
    from strongroom.statements.models import Copy, CopyState

    deadline = time.monotonic() + _PUBLISH_SECONDS
    published = Copy.objects.filter(state=CopyState.PUBLISHED)
    while published.count() < count or published.filter(manifest=None).exists():
        if time.monotonic() > deadline:
            raise refusals.DEMO_SLOW.because(seconds=int(_PUBLISH_SECONDS))
        if not worker.run_once():
            time.sleep(0.05)


@contextmanager
def _served(words: "Words", stop: threading.Event) -> Iterator[threading.Event]:
    """Serve in a thread while the block runs; the event is set when the server ended by itself."""
    from strongroom.runtime import serving

    ended = threading.Event()

    def serve() -> None:
        serving.supervise(serving.PARTS, words, stop)
        ended.set()

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield ended
    finally:
        stop.set()
        thread.join()


def _wait_for(*addresses: str) -> None:
    deadline = time.monotonic() + _READY_SECONDS
    for address in addresses:
        host, _, port = address.rpartition(":")
        while True:
            try:
                socket.create_connection((host.strip("[]"), int(port)), 1).close()
                break
            except OSError:
                if time.monotonic() > deadline:
                    raise refusals.DEMO_SLOW.because(seconds=int(_READY_SECONDS)) from None
                time.sleep(0.05)


def _check(home: Home, sftp: str) -> int:
    from strongroom.runtime.demonstration_check import CheckFailed, Demo, check_demo

    try:
        for line in check_demo(Demo(home, sftp)):
            click.echo(f"ok  {line}")
    except CheckFailed as failure:
        click.echo(f"FAILED  {failure}", err=True)
        return 1
    click.echo("The demo holds.")
    return 0


def _lines_to_copy(home: Home, sftp: str, web: str) -> str:
    from strongroom.runtime.demonstration import LOGIN, client_files
    from strongroom.runtime.secret_keys import host_keys

    host, _, port = sftp.rpartition(":")
    host, files = host.strip("[]"), client_files(home)
    ed25519 = host_keys(home)[0].public.fingerprint_sha256
    known = f"-o UserKnownHostsFile={files.known_hosts}"
    return f"""
Fetch the statements with the program you like:

  OpenSSH    sftp -P {port} -i {files.openssh} {known} {LOGIN}@{host}
  PuTTY      psftp -P {port} -i {files.ppk} -hostkey {ed25519} {LOGIN}@{host}
  FileZilla  File, Site Manager, New site:
               Protocol SFTP, Host {host}, Port {port}
               Logon Type Key file, User {LOGIN}
               Key file {files.openssh}
             and compare the host key it shows: {ed25519}

Statements lie in /outgoing, signed lists in /manifests, a rehearsal file in /test.
Status page: http://{web}/   More commands: strongroom --home {home.root} --help
Drop report files into {home.inbox}
Ctrl-C stops everything.
"""
