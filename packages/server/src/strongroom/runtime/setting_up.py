"""Makes a home whole: folders, settings, secret keys, database, first audit record.

Safe to repeat after a kill: the settings file, which makes it a home, comes last.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from strongroom.rules import refusals
from strongroom.runtime import clock, secret_keys
from strongroom.runtime.configuration import read_settings
from strongroom.runtime.django_setup import start_django
from strongroom.runtime.home import Home, make_home, open_home, seal_home
from strongroom.runtime.meaning import refuse_nonsense


@dataclass(frozen=True, slots=True)
class Choices:
    """What `init` is told; `more` is TOML text to append, for the demo and tests."""

    firm: str
    time_zone: str
    more: str = ""


def set_up(root: Path, choices: Choices, operator: str) -> Home:
    """Make a home. Raises Refused: HOME-EXISTS, HOME-CANNOT, CONFIGURATION-…, DATABASE-…."""
    home = make_home(root, _settings_text(choices))
    settings = read_settings(home.root / "settings.new", os.environ)
    start_django(settings, home.root)
    refuse_nonsense(settings)
    secret_keys.make_secret_keys(home, settings.firm.name)
    migrate()
    _record_beginning(operator)
    seal_home(home)
    return home


def upgrade(root: Path, environment: Mapping[str, str]) -> None:
    """Bring keys and database of an existing home up to date. Raises Refused: HOME-MISSING, …."""
    home = open_home(root)
    settings = read_settings(home.settings, environment)
    start_django(settings, home.root)
    secret_keys.make_secret_keys(home, settings.firm.name)
    migrate()


def migrate() -> None:
    """Apply the migrations that are missing."""
    from django.core.management import call_command  # noqa: PLC0415 - Django is started by now

    call_command("migrate", verbosity=0, interactive=False)


def _record_beginning(operator: str) -> None:
    from strongroom.audit.act import Act  # noqa: PLC0415 - Django is started by now
    from strongroom.audit.record import record  # noqa: PLC0415

    record(Act(f"operator:{operator}", clock.now()), "home.made", "home")


def _settings_text(choices: Choices) -> str:
    for text in (choices.firm, choices.time_zone):
        if not text.isprintable() or '"' in text or "\\" in text or len(text) > 100:
            why = "write up to 100 printable characters without quotes"
            raise refusals.CONFIGURATION_VALUE.because(key="firm", why=why)
    return (
        "# The settings of this Strongroom. All of them: docs/operate/configuration.md\n\n"
        f'[firm]\nname = "{choices.firm}"\ntime_zone = "{choices.time_zone}"\n{choices.more}'
    )
