"""The security headers of each response, also of errors (LATK-32).

A page that has to send its form to another origin says so here; nothing else is negotiable.
"""

from collections.abc import Callable, Sequence

from django.http import HttpRequest, HttpResponseBase

from strongroom.gateways.portal.frame.asking import HOUSE

_POLICY = "Content-Security-Policy"
_SOURCES = (
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "manifest-src 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types default",
)
_HEADERS = {
    "Cache-Control": "no-store",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=(), "
    "publickey-credentials-get=(self), publickey-credentials-create=(self)",
    # Without a referrer, browsers send `Origin: null`, and the CSRF check would refuse all forms.
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
_STRICT_TRANSPORT = "max-age=31536000; includeSubDomains"


class Headers:
    """A middleware, the outermost."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._next = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Add what a page has not set itself."""
        response = self._next(request)
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
        response.headers.setdefault(_POLICY, policy())
        # By the portal's own address: behind a proxy, the request itself may look like plain HTTP.
        if request.META[HOUSE].login.site.startswith("https:"):
            response.headers["Strict-Transport-Security"] = _STRICT_TRANSPORT
        return response


def policy(form_targets: Sequence[str] = ()) -> str:
    """Return the content security policy; forms go here, and to the origins given."""
    return "; ".join((*_SOURCES, " ".join(("form-action 'self'", *form_targets))))


def let_forms_go_to(response: HttpResponseBase, origins: Sequence[str]) -> None:
    """Let this page's form end in a redirect to registered origins (the consent of an SSO)."""
    response.headers[_POLICY] = policy(origins)
