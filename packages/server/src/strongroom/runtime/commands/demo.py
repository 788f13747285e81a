"""`strongroom demo`: a whole delivery on this machine, to look at or to check."""

import os
import ssl
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from pathlib import Path
from typing import TYPE_CHECKING

import click

from strongroom.rules import refusals
from strongroom.runtime.commands.context import Context, answering, operator_name, pass_context
from strongroom.runtime.home import Home

if TYPE_CHECKING:  # they need Django, which is started later
    from strongroom.runtime.serving import Words

_PUBLISH_SECONDS = 60.0
_READY_SECONDS = 20.0
_LOOK_SECONDS = 0.05


@click.command()
@click.option("--check", is_flag=True, help="Fetch everything, verify it, and end with 0 or 1.")
@click.option("--sftp", default="127.0.0.1:3232", show_default=True, metavar="HOST:PORT")
@click.option("--web", default="127.0.0.1:8032", show_default=True, metavar="HOST:PORT")
@click.option("--api", default="127.0.0.1:8043", show_default=True, metavar="HOST:PORT")
@click.option("--portal", default="127.0.0.1:8044", show_default=True, metavar="HOST:PORT")
@click.option(
    "--enrol-pgp",
    type=click.Choice(["off", "required"]),
    default="required",
    show_default=True,
    help="Whether the recipient who is to enrol has statements encrypted.",
)
@pass_context
@answering
def demo(  # noqa: PLR0913 - one for each option
    context: Context, *, sftp: str, web: str, api: str, portal: str, enrol_pgp: str, check: bool
) -> None:
    """Run a whole delivery on this machine, with sample statements and clients who sign in.

    It makes a home (strongroom-demo unless --home names one), accounts, a recipient with a fresh
    key, publishes a day of statements and serves them. A second start uses the same home.
    """
    if click.get_current_context().find_root().get_parameter_source("home") == (
        click.core.ParameterSource.DEFAULT
    ):
        context.root = Path("strongroom-demo")
    began = time.monotonic()
    home = _home(context, api, portal)
    from strongroom.runtime import (
        demonstration,
        demonstration_people,
        demonstration_words,
        logs,
        serving,
    )

    logs.start(serving.QUIET)
    serving.refuse_taken_ports([sftp, web, api, portal])
    demonstration.write_known_hosts(home, sftp)
    demonstration.prepare_newcomer(enrol_pgp, operator_name())
    site = _people(context, home, portal)
    stop = serving.stop_on_signals()
    words = serving.Words(["--home", str(home.root)], sftp, web, api, portal, is_quiet=True)
    with _served(words, stop) as running:
        _publish(home, running)
        _wait_for(running, home, words)
        click.echo(f"Ready after {time.monotonic() - began:.1f} s.")
        if check:
            sys.exit(_check(home, sftp))
        click.echo(demonstration_words.lines_to_copy(home, sftp, web))
        click.echo(_line_to_enrol(context, words))
        for line in demonstration_people.how_to_sign_in(home, site):
            click.echo(line)
        click.echo("Ctrl-C stops everything.\n")
        while running.is_wanted():
            stop.wait(_LOOK_SECONDS)
    click.echo("Stopped.")


@dataclass(frozen=True, slots=True)
class _Running:
    """The served demo: told to stop by Ctrl-C, or ended by itself."""

    stop: threading.Event
    ended: threading.Event

    def is_wanted(self) -> bool:
        """Whether to go on. Ends the command when a part of the server ended by itself."""
        if self.ended.is_set() and not self.stop.is_set():
            raise click.exceptions.Exit(int(refusals.Exit.UNAVAILABLE))
        return not self.stop.is_set()

    def wait_until(self, claim: Callable[[], bool], seconds: float) -> None:
        """Wait for the claim; Ctrl-C ends the command. Raises Refused (DEMO-SLOW)."""
        deadline = time.monotonic() + seconds
        while not claim():
            if not self.is_wanted():
                raise click.exceptions.Exit(0)
            if time.monotonic() > deadline:
                raise refusals.DEMO_SLOW.because(seconds=int(seconds))
            self.stop.wait(_LOOK_SECONDS)


def _home(context: Context, api: str, portal: str) -> Home:
    """Return the demo's home, made if need be. Raises Refused: DEMO-FOREIGN, HOME-…."""
    from strongroom.runtime.demonstration import add_portal, make_demo_home
    from strongroom.runtime.home import SETTINGS_FILE, open_home
    from strongroom.runtime.setting_up import upgrade

    if not (context.root / SETTINGS_FILE).exists():
        click.echo(f"Making {context.root} with fresh keys ...")
        home = make_demo_home(context.root, api, portal, operator_name())
        context.open()
        return home
    if not (context.root / "client" / "id_rsa").exists():
        raise refusals.DEMO_FOREIGN.because(home=context.root)
    add_portal(open_home(context.root), portal)
    upgrade(context.root, os.environ)  # nobody minds what is in the demo of an older release
    return context.open().home


def _people(context: Context, home: Home, portal: str) -> str:
    """Have the demo's clients, made at the first start; returns the portal's address."""
    from dataclasses import replace

    from strongroom.runtime import demonstration_people, demonstration_pockets
    from strongroom.runtime.login_house import build_login_house

    opened = context.open()
    settings = replace(opened.settings, portal=replace(opened.settings.portal, listen=portal))
    house = build_login_house(settings, home)
    if not demonstration_pockets.read_people(home):
        click.echo("Making clients who can sign in ...")
        demonstration_people.make_people(home, house, opened.act())
    return house.site


def _publish(home: Home, running: _Running) -> None:
    """Drop the day's files and wait until the server has published all of them."""
    from strongroom.runtime import clock, demonstration
    from strongroom.statements.models import Statement

    day = demonstration.sample_date(clock.now().date())
    if Statement.objects.filter(period_to=day, revision=2).exists():
        click.echo(f"The statements of {day} are published already.")
        running.wait_until(lambda: _are_published(1), _PUBLISH_SECONDS)
        return
    count = demonstration.drop_samples(home, day)
    click.echo(f"Publishing {count} sample statements of {day} ...")
    running.wait_until(lambda: _are_published(count), _PUBLISH_SECONDS)
    click.echo(f"Publishing a corrected {demonstration.reissue(home, day)} ...")
    running.wait_until(lambda: _are_published(count + 1), _PUBLISH_SECONDS)


def _are_published(count: int) -> bool:
    """Whether so many copies are published, and all of them are on a manifest."""
    from strongroom.runtime.demonstration import LOGIN
    from strongroom.statements.models import Copy, CopyState

    published = Copy.objects.filter(state=CopyState.PUBLISHED, recipient__login=LOGIN)
    return published.count() >= count and not published.filter(manifest=None).exists()


@contextmanager
def _served(words: "Words", stop: threading.Event) -> Iterator[_Running]:
    """Serve in a thread while the block runs."""
    from strongroom.runtime import serving

    ended = threading.Event()

    def serve() -> None:
        serving.supervise(serving.PARTS, words, stop)
        ended.set()

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield _Running(stop, ended)
    finally:
        stop.set()
        thread.join()


def _wait_for(running: _Running, home: Home, words: "Words") -> None:
    """Wait until every end answers a visit that is no failure on anybody's record."""
    from strongroom.runtime.demonstration_check import CheckFailed, Demo, lets_in, target_of

    assert words.sftp
    assert words.web
    assert words.api
    target = target_of(Demo(home, words.sftp))
    try:
        running.wait_until(lambda: lets_in(target), _READY_SECONDS)
    except CheckFailed as failure:
        click.echo(f"FAILED  {failure}", err=True)
        raise click.exceptions.Exit(1) from failure
    running.wait_until(partial(_is_served, words.web), _READY_SECONDS)
    running.wait_until(partial(_is_served, words.api, is_tls=True), _READY_SECONDS)
    assert words.portal
    running.wait_until(partial(_is_served, words.portal, path="/sign-in"), _READY_SECONDS)


def _is_served(address: str, *, is_tls: bool = False, path: str = "/healthz") -> bool:
    host, _, port = address.rpartition(":")
    place: tuple[str, int] = (host.strip("[]"), int(port))
    page: HTTPConnection = (
        HTTPSConnection(*place, timeout=1, context=_any_certificate())
        if is_tls
        else HTTPConnection(*place, timeout=1)
    )
    try:
        page.request("GET", path, headers={"Host": f"localhost:{port}"})
        return page.getresponse().status == HTTPStatus.OK
    except (OSError, HTTPException):
        return False
    finally:
        page.close()


def _any_certificate() -> ssl.SSLContext:
    """To see that somebody answers; whoever enrols compares the pin."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


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


def _line_to_enrol(context: Context, words: "Words") -> str:
    """Invite the newcomer afresh, for this start's addresses; returns the line that enrols it."""
    from datetime import timedelta

    from strongroom.directory.invitations import Leave, revoke_invitations
    from strongroom.runtime import demonstration_words
    from strongroom.runtime.commands.serve import with_addresses
    from strongroom.runtime.demonstration import NEWCOMER
    from strongroom.runtime.inviting import invite_recipient

    opened = context.open()
    settings, act = with_addresses(opened.settings, words), opened.act()
    revoke_invitations(NEWCOMER, act=act)
    leave = Leave(timedelta(days=1), is_automatic=settings.key_desk.automatic_approval)
    invited = invite_recipient(NEWCOMER, leave, settings, opened.home, act=act)
    return demonstration_words.line_to_enrol(opened.home, invited.invitation)
