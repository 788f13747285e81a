"""Runs the SFTP gateway in its process, under its event loop, until it is told to stop.

The gateway itself is in `strongroom.gateways.sftp`; the process is started in `serving`.
"""

import asyncio
import logging
import threading
from dataclasses import replace

import uvloop

from strongroom.gateways.sftp import server
from strongroom.rules import refusals
from strongroom.runtime import open_files, registry
from strongroom.runtime.home import Home
from strongroom.runtime.login_house import build_login_house
from strongroom.runtime.settings import Settings
from strongroom.visits.door import HouseDoor

_LOG = logging.getLogger(__name__)


def serve_sftp(settings: Settings, home: Home, stop: threading.Event) -> None:
    """Serve until `stop` is set. Raises Refused (PORT-IN-USE)."""
    uvloop.run(_serve(settings, home, stop))


async def _serve(settings: Settings, home: Home, stop: threading.Event) -> None:
    limit = open_files.raise_limit()
    house = replace(registry.build_house(settings, home), login=build_login_house(settings, home))
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    watcher = threading.Thread(target=_tell_loop, args=(stop, loop, ended), daemon=True)
    watcher.start()
    try:
        await server.serve(
            HouseDoor(house),
            open_files.fitted(registry.sftp_settings(settings), limit),
            registry.host_key_source(home),
            ready=lambda addresses: _LOG.info("sftp listens on %s", addresses),
            stop=ended,
        )
    except OSError as error:
        listen = ", ".join(settings.sftp.listen)
        why = error.strerror or str(error)
        raise refusals.PORT_IN_USE.because(address=listen, why=why) from error
    finally:
        house.bridge.close()


def _tell_loop(
    stop: threading.Event, loop: asyncio.AbstractEventLoop, ended: asyncio.Event
) -> None:
    stop.wait()
    loop.call_soon_threadsafe(ended.set)
