"""The page behind an invitation's link, for people who open it in a browser; it uses nothing up.

The code stands in the address of this page alone; the page loads nothing and sends nothing.
"""

from base64 import b64encode
from hashlib import sha256
from html import escape

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from strongroom_formats.invitation import InvitationInvalid, read_code

from strongroom.api.asking import language_of
from strongroom.api.house import ApiHouse
from strongroom.api.page_texts import TEXTS, PageText
from strongroom.api.rim import sealed

_STYLE = (
    ":root{color-scheme:light dark}"
    "body{font:1.05rem/1.6 system-ui,sans-serif;max-width:42rem;margin:0 auto;padding:1.5rem}"
    "h1{font-size:1.5rem;line-height:1.3}h2{font-size:1.15rem;margin-top:2rem}"
    "pre{overflow-x:auto;padding:.75rem 1rem;border:1px solid;border-radius:.5rem;"
    "white-space:pre-wrap;overflow-wrap:anywhere;user-select:all}"
    "nav a{display:inline-block;padding:.6rem .75rem .6rem 0}"
    "a:focus-visible,pre:focus-visible{outline:3px solid;outline-offset:2px}"
)
_STYLE_HASH = b64encode(sha256(_STYLE.encode()).digest()).decode("ascii")
_POLICY = (
    f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)


class InvitationPage:
    """The view, for one house. It looks nothing up: every code gets the same page."""

    def __init__(self, house: ApiHouse) -> None:
        self._house = house

    def __call__(self, request: HttpRequest, typed: str) -> HttpResponseBase:
        """Show what to run, in the reader's language; `?lang=` overrules the browser."""
        wanted = request.GET.get("lang", "")
        language = wanted if wanted in TEXTS else language_of(request)
        try:
            code = read_code(typed)
        except InvitationInvalid:
            code = ""
        content = _page(TEXTS[language], self._house, code, language)
        response = HttpResponse(content, content_type="text/html; charset=utf-8")
        response.status_code = 200 if code else 404
        response["Content-Language"] = language
        response["Content-Security-Policy"] = _POLICY
        response["Vary"] = "Accept-Language"
        return sealed(response)


def _page(text: PageText, house: ApiHouse, code: str, language: str) -> str:
    support = house.firm.support or text.desk
    facts = {"firm": escape(house.firm.name), "support": escape(support)}
    other = "en" if language == "ja" else "ja"
    title = text.title.format(**facts)
    main = _steps(text, house, code, facts) if code else f"<p>{text.no_code.format(**facts)}</p>"
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="robots" content="noindex, nofollow">'
        f"<title>{title}</title><style>{_STYLE}</style></head><body>"
        f'<nav><a href="?lang={other}" hreflang="{other}" lang="{other}">'
        f"{text.other_language}</a></nav><main><h1>{title}</h1>{main}</main></body></html>\n"
    )


def _steps(text: PageText, house: ApiHouse, code: str, facts: dict[str, str]) -> str:
    command = escape(f"strongbox enrol {code}@{house.url.split('://', 1)[1]}")
    pinned = f"<p>{text.pinned.format(**facts)}</p>"
    by_hand = "".join(f"<li>{step.format(**facts)}</li>" for step in text.by_hand)
    return (
        f"<p>{text.what.format(**facts)}</p><h2>{text.with_program}</h2>"
        f"<pre tabindex=\"0\">strongbox enrol '{text.this_link}'</pre>{pinned}"
        f'<pre tabindex="0">{command}</pre>'
        f"<h2>{text.without_program}</h2><ol>{by_hand}</ol>"
        f"<h2>{text.mind}</h2><p>{text.care.format(**facts)}</p>"
    )
