"""Addresses that come back from a browser: only pages of this portal are gone to.

Such an address stands in a URL or a form, so it can be anyone's.
"""

from urllib.parse import quote, urlsplit

from django.urls import Resolver404, resolve

HOME = "/"
_LONGEST = 2000
_NOT_AFTER_SIGN_IN = ("/sign-in", "/sign-out", "/step-up", "/session-over", "/register")


def own_page(wanted: str) -> str:
    r"""Return `wanted` if it is an address of this portal, else ''.

    `//host`, `/\host` and control characters are read by browsers as another site.
    """
    if not wanted.startswith("/") or len(wanted) > _LONGEST or not wanted.isprintable():
        return ""
    parts = urlsplit(wanted)
    if wanted.startswith("//") or "\\" in wanted or parts.netloc or parts.scheme:
        return ""
    try:
        resolve(parts.path)
    except Resolver404:
        return ""
    return wanted


def safe_next(wanted: str) -> str:
    """Return `wanted` if it is a page to go to after signing in, else ''."""
    found = own_page(wanted)
    return "" if found.startswith(_NOT_AFTER_SIGN_IN) else found


def with_next(path: str, wanted: str) -> str:
    """Return `path`, with the page to go to afterwards where that is safe and not the first."""
    found = safe_next(wanted)
    return f"{path}?next={quote(found, safe='/')}" if found not in ("", HOME) else path
