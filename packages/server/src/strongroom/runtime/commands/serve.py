"""`strongroom serve`: runs the server, all parts under one parent or one part alone."""

import logging
import sys
from dataclasses import replace

import click

from strongroom.rules import refusals
from strongroom.runtime.commands.context import Context, answering, pass_context
from strongroom.runtime.settings import Settings


@click.command()
@click.option("--only", metavar="PARTS", help="Some of sftp,web,worker, separated by commas.")
@click.option("--sftp", metavar="HOST:PORT", help="Listen there instead of sftp.listen.")
@click.option("--web", metavar="HOST:PORT", help="Listen there instead of web.listen.")
@click.option("--quiet", is_flag=True, help="Log only what went wrong.")
@click.option("--lifeline", type=int, hidden=True, help="A pipe whose end tells to stop.")
@pass_context
@answering
def serve(  # noqa: PLR0913 - one for each option
    context: Context,
    only: str | None,
    sftp: str | None,
    web: str | None,
    lifeline: int | None,
    *,
    quiet: bool,
) -> None:
    """Run the server until Ctrl-C: SFTP gateway, status page and worker."""
    opened = context.open()
    from strongroom.runtime import logs, serving

    logs.start(serving.QUIET if quiet else logging.INFO)
    settings = with_addresses(opened.settings, sftp, web)
    parts = _parts(only, serving.PARTS)
    stop = serving.stop_on_signals()
    if lifeline is not None:
        serving.stop_at_end_of(lifeline, stop)
        serving.RUN[parts[0]](settings, opened.home, stop)
        return
    listen = [*(settings.sftp.listen if "sftp" in parts else ())]
    listen += [settings.web.listen] if "web" in parts else []
    serving.refuse_taken_ports(listen)
    click.echo(f"Serving {', '.join(parts)} on {', '.join(listen) or 'no port'}. Ctrl-C stops it.")
    arguments = ["--home", str(opened.home.root), "--operator", opened.operator]
    sys.exit(serving.supervise(parts, serving.Words(arguments, sftp, web, is_quiet=quiet), stop))


def with_addresses(settings: Settings, sftp: str | None, web: str | None) -> Settings:
    """Return the settings with the addresses of the command line put over them."""
    if sftp:
        settings = replace(settings, sftp=replace(settings.sftp, listen=(sftp,)))
    if web:
        settings = replace(settings, web=replace(settings.web, listen=web))
    return settings


def _parts(only: str | None, every: tuple[str, ...]) -> tuple[str, ...]:
    if only is None:
        return every
    parts = tuple(part.strip() for part in only.split(",") if part.strip())
    for part in parts:
        if part not in every:
            raise refusals.SERVE_PART.because(part=part[:20], every=", ".join(every))
    return parts or every
