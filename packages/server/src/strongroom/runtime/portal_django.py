"""Django's settings for the process that serves the portal's pages.

Those of all other processes are in `django_setup`; the portal's own settings are in `settings`.
"""

import hmac
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from strongroom.gateways import portal
from strongroom.runtime.portal_address import site_of
from strongroom.runtime.settings import Settings

_PORTAL = Path(portal.__file__).parent
_FRAME = "strongroom.gateways.portal.frame"
_MOST_FIELDS = 200
_MOST_BODY = 1024 * 1024
"""Each route has its own, lower limit; this one is Django's."""


def portal_values(settings: Settings, home: Path) -> dict[str, Any]:  # Any: Django's own values
    """Return what the portal sets in place of the status page's values."""
    return values_for(site=site_of(settings), secret_key=_secret_key(home))


def _secret_key(home: Path) -> str:
    """Stored sessions are signed with a key of their own, made from the login's."""
    key = (home / "keys" / "login.key").read_bytes()
    return hmac.digest(key, b"strongroom portal sessions", "sha256").hex()


def values_for(*, site: str, secret_key: str) -> dict[str, Any]:  # Any: Django's own values
    """Return what the portal sets itself; `site` is its origin, https://host[:port].

    The cookies' `__Host-` holds browsers to Secure, one host and the path /.
    """
    return {
        "SECRET_KEY": secret_key,
        "ALLOWED_HOSTS": [urlsplit(site).hostname or ""],
        "ROOT_URLCONF": f"{_FRAME}.urls",
        "APPEND_SLASH": False,
        "MIDDLEWARE": [
            f"{_FRAME}.headers.Headers",
            "django.contrib.sessions.middleware.SessionMiddleware",
            f"{_FRAME}.language.Language",
            f"{_FRAME}.opening.Opening",
            f"{_FRAME}.threshold.Threshold",
            "django.middleware.csrf.CsrfViewMiddleware",
        ],
        "TEMPLATES": [_templates()],
        "FORM_RENDERER": "django.forms.renderers.DjangoTemplates",
        "LOCALE_PATHS": [str(_PORTAL / "locale")],
        "SESSION_ENGINE": "strongroom.login.presence.session_store",
        "SESSION_COOKIE_NAME": "__Host-session",
        "SESSION_COOKIE_AGE": 12 * 3600,
        "SESSION_EXPIRE_AT_BROWSER_CLOSE": True,
        "SESSION_COOKIE_SECURE": True,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "CSRF_COOKIE_NAME": "__Host-csrf",
        "CSRF_COOKIE_AGE": None,
        "CSRF_COOKIE_SECURE": True,
        "CSRF_COOKIE_HTTPONLY": True,
        "CSRF_COOKIE_SAMESITE": "Lax",
        "CSRF_TRUSTED_ORIGINS": [site],
        "CSRF_FAILURE_VIEW": f"{_FRAME}.errors.no_token",
        "DATA_UPLOAD_MAX_NUMBER_FIELDS": _MOST_FIELDS,
        "DATA_UPLOAD_MAX_MEMORY_SIZE": _MOST_BODY,
        "USE_X_FORWARDED_HOST": False,
        "DEBUG": False,
    }


def _templates() -> dict[str, Any]:
    return {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [str(folder) for folder in sorted(_PORTAL.glob("*/templates"))],
        "OPTIONS": {
            "builtins": ["django.templatetags.i18n", f"{_FRAME}.template_tags"],
        },
    }
