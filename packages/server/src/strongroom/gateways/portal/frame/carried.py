"""The secret of a link, carried by the browser alone from one page to the next.

It leaves the address at once (ASVS 14.2.1) and is never kept here, not even in a stored session.
"""

from django.http import HttpRequest, HttpResponseBase

from strongroom.rules.secret import Secret

_COOKIE = "__Host-link"
_SECONDS = 30 * 60
_LONGEST = 120


def carry(response: HttpResponseBase, errand: str, secret: Secret) -> None:
    """Let the browser carry a secret for one errand, such as `reset`."""
    response.set_cookie(
        _COOKIE,
        f"{errand}.{secret.reveal()}",
        max_age=_SECONDS,
        secure=True,
        httponly=True,
        samesite="Strict",
    )


def carried(request: HttpRequest, errand: str) -> Secret:
    """Return what the browser carries for this errand, or an empty secret, which opens nothing."""
    found, _dot, secret = request.COOKIES.get(_COOKIE, "").partition(".")
    return Secret(secret if found == errand and len(secret) <= _LONGEST else "")


def put_down(response: HttpResponseBase) -> None:
    """Let the browser forget it."""
    response.delete_cookie(_COOKIE, samesite="Strict")
    response.cookies[_COOKIE]["secure"] = True
