"""`strongroom serve`: runs the server, all parts under one parent or one part alone."""

import logging
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from strongroom.rules import login_refusals, refusals
from strongroom.runtime.commands.context import Context, answering, pass_context
from strongroom.runtime.django_setup import Site
from strongroom.runtime.settings import Settings

if TYPE_CHECKING:
    from strongroom.runtime.serving import Words


@click.command()
@click.option(
    "--only", metavar="PARTS", help="Some of sftp,web,worker,api,portal, separated by commas."
)
@click.option("--sftp", metavar="HOST:PORT", help="Listen there instead of sftp.listen.")
@click.option("--web", metavar="HOST:PORT", help="Listen there instead of web.listen.")
@click.option("--api", metavar="HOST:PORT", help="Listen there instead of api.listen.")
@click.option("--portal", metavar="HOST:PORT", help="Listen there instead of portal.listen.")
@click.option("--quiet", is_flag=True, help="Log only what went wrong.")
@click.option("--lifeline", type=int, hidden=True, help="A pipe whose end tells to stop.")
@pass_context
@answering
def serve(  # noqa: PLR0913 - one for each option
    context: Context,
    *,
    only: str | None,
    sftp: str | None,
    web: str | None,
    api: str | None,
    portal: str | None,
    lifeline: int | None,
    quiet: bool,
) -> None:
    """Run the server until Ctrl-C: SFTP gateway, worker, status page, portal, and enrolment."""
    context.site = Site(only) if only in {"api", "portal"} else Site.STATUS
    opened = context.open()
    from strongroom.runtime import logs, serving

    logs.start(serving.QUIET if quiet else logging.INFO)
    words = serving.Words(
        ["--home", str(opened.home.root), "--operator", opened.operator],
        sftp,
        web,
        api,
        portal,
        is_quiet=quiet,
    )
    settings = with_addresses(opened.settings, words)
    parts = _parts(only, serving.parts_of(settings))
    stop = serving.stop_on_signals()
    if lifeline is not None:
        serving.stop_at_end_of(lifeline, stop)
        serving.RUN[parts[0]](settings, opened.home, stop)
        return
    listen = _listen(parts, settings)
    serving.refuse_taken_ports(listen)
    click.echo(f"Serving {', '.join(parts)} on {', '.join(listen) or 'no port'}. Ctrl-C stops it.")
    status = serving.supervise(parts, words, stop)
    if status == refusals.Exit.OK:
        click.echo("Stopped.")
    sys.exit(status)


def _listen(parts: tuple[str, ...], settings: Settings) -> list[str]:
    """Return every address that the parts listen on."""
    listen = [*(settings.sftp.listen if "sftp" in parts else ())]
    listen += [settings.web.listen] if "web" in parts else []
    listen += [settings.api.listen] if "api" in parts else []
    return listen + ([settings.portal.listen] if "portal" in parts else [])


def with_addresses(settings: Settings, words: "Words") -> Settings:
    """Return the settings with the addresses of the command line put over them."""
    if words.sftp:
        settings = replace(settings, sftp=replace(settings.sftp, listen=(words.sftp,)))
    if words.web:
        settings = replace(settings, web=replace(settings.web, listen=words.web))
    if words.api:
        settings = replace(settings, api=replace(settings.api, listen=words.api))
    if words.portal:
        settings = replace(settings, portal=replace(settings.portal, listen=words.portal))
    return settings


def _parts(only: str | None, every: tuple[str, ...]) -> tuple[str, ...]:
    if only is None:
        return every
    parts = tuple(part.strip() for part in only.split(",") if part.strip())
    for part in parts:
        if part == "api" and part not in every:
            raise refusals.API_OFF.because()
        if part == "portal" and part not in every:
            raise login_refusals.PORTAL_OFF.because()
        if part not in every:
            raise refusals.SERVE_PART.because(part=part[:20], every=", ".join(every))
    return parts or every
