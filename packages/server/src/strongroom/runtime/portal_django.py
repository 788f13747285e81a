"""Django's settings for the process that serves the portal; the rest are in `django_setup`."""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from strongroom.runtime.portal_address import site_of
from strongroom.runtime.settings import Settings

PORTAL = Path(__file__).parent.parent / "gateways" / "portal"


def portal_values(settings: Settings, _home: Path) -> dict[str, Any]:  # Any: Django's own values
    """Return what the portal sets in place of the status page's values."""
    host = urlsplit(site_of(settings)).hostname or "localhost"
    return {
        "ROOT_URLCONF": "strongroom.gateways.portal.urls",
        "ALLOWED_HOSTS": [host],
        "LOCALE_PATHS": [str(PORTAL / "locale")],
        "TEMPLATES": [
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "DIRS": [str(folder) for folder in sorted(PORTAL.glob("*/templates"))],
                "OPTIONS": {"context_processors": ["django.template.context_processors.i18n"]},
            }
        ],
        "SESSION_ENGINE": "strongroom.login.session_store",
        "SESSION_COOKIE_NAME": "__Host-session",
        "SESSION_COOKIE_SECURE": True,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_EXPIRE_AT_BROWSER_CLOSE": True,
        "CSRF_COOKIE_NAME": "__Host-csrf",
        "CSRF_COOKIE_SECURE": True,
        "CSRF_COOKIE_HTTPONLY": True,
        "CSRF_COOKIE_SAMESITE": "Lax",
        "CSRF_TRUSTED_ORIGINS": [site_of(settings)],
        "LANGUAGE_COOKIE_NAME": "__Host-language",
        "LANGUAGE_COOKIE_SECURE": True,
    }
