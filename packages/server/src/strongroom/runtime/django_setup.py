"""Turns the product's settings into Django's and starts Django.

Which settings there are is in `settings`; nothing else in the product configures Django.
"""

from enum import StrEnum
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import django
from django.conf import settings as django_settings

from strongroom.rules import refusals
from strongroom.runtime.portal_django import portal_values
from strongroom.runtime.settings import Database, Settings

APPS = ("audit", "directory", "login", "messages", "statements", "documents")


_BARE = {"MIDDLEWARE": [], "TEMPLATES": [], "ALLOWED_HOSTS": ["*"]}
"""For the HTTPS part: it answers for any host, and brings its headers itself."""


class Site(StrEnum):
    """What a process shows over HTTP; commands and gateways are started as for the status page."""

    STATUS = "web"
    API = "api"
    PORTAL = "portal"


def start_django(settings: Settings, home: Path, *, site: Site = Site.STATUS) -> None:
    """Configure Django for this process, once."""
    if not django_settings.configured:
        values = {**django_values(settings, home), **_values_of(site, settings, home)}
        django_settings.configure(**values)
        django.setup()


def _values_of(site: Site, settings: Settings, home: Path) -> dict[str, Any]:
    match site:
        case Site.STATUS:
            return {}
        case Site.API:
            return _BARE
        case Site.PORTAL:
            return portal_values(settings, home)


def django_values(settings: Settings, home: Path) -> dict[str, Any]:  # Any: Django's own values
    """Return Django's settings; no key is shared with the product's own."""
    return {
        "DATABASES": {"default": database_values(settings.database, home)},
        "INSTALLED_APPS": [f"strongroom.{app}.apps.{app.capitalize()}Config" for app in APPS],
        "DEFAULT_AUTO_FIELD": "django.db.models.BigAutoField",
        "USE_TZ": True,
        "TIME_ZONE": "UTC",
        "USE_I18N": True,
        "LANGUAGES": [("en", "English"), ("ja", "日本語")],
        "LOCALE_PATHS": [str(Path(__file__).parent.parent / "console" / "locale")],
        "ROOT_URLCONF": "strongroom.console.urls",
        "ALLOWED_HOSTS": ["localhost", "127.0.0.1", "[::1]"],
        "MIDDLEWARE": [
            "django.middleware.security.SecurityMiddleware",
            "django.middleware.locale.LocaleMiddleware",
            "django.middleware.common.CommonMiddleware",
        ],
        "TEMPLATES": [
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "DIRS": [str(Path(__file__).parent.parent / "console" / "templates")],
                "OPTIONS": {"context_processors": ["django.template.context_processors.i18n"]},
            }
        ],
        "LOGGING_CONFIG": None,
        "DEBUG": False,
    }


def database_values(database: Database, home: Path) -> dict[str, Any]:
    """Return Django's description of the database that `database.url` names.

    Raises Refused (CONFIGURATION-VALUE) when the address is of no known form.
    """
    url = urlsplit(database.url.reveal())
    if url.scheme == "sqlite" and url.path:
        return _sqlite(str(home / url.path.removeprefix("//")), database.wait_seconds)
    if url.scheme in ("postgresql", "postgres") and url.path.strip("/"):
        return _postgresql(url)
    why = "write sqlite:FILE or postgresql://USER:PASSWORD@HOST:PORT/NAME"
    raise refusals.CONFIGURATION_VALUE.because(key="database.url", why=why)


def _sqlite(file: str, wait_seconds: int) -> dict[str, Any]:
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": file,
        "CONN_MAX_AGE": None,
        "OPTIONS": {
            "timeout": wait_seconds,
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; "
            "PRAGMA foreign_keys=ON; PRAGMA mmap_size=268435456; PRAGMA cache_size=-20000;",
        },
    }


def _postgresql(url: Any) -> dict[str, Any]:  # Any: urllib's SplitResult of str
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": url.path.strip("/"),
        "USER": unquote(url.username or ""),
        "PASSWORD": unquote(url.password or ""),
        "HOST": unquote(url.hostname or ""),
        "PORT": str(url.port or ""),
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"connect_timeout": 10},
    }
