"""The status page as a browser, a screen reader and a monitor see it."""

import re
from collections.abc import Callable
from datetime import timedelta
from html.parser import HTMLParser
from typing import TYPE_CHECKING
from unittest.mock import patch

import pytest
from django.db import OperationalError
from django.utils import timezone
from strongroom.rules.login_causes import EXPLANATIONS, Cause

if TYPE_CHECKING:
    from django.test import Client
    from strongroom.login.models import Attempt
    from strongroom.statements.models import Copy

pytestmark = pytest.mark.django_db

VOID = {"meta", "link", "br", "hr", "img", "input"}


class Outline(HTMLParser):
    """Reads a page: that tags close in order, its headings, ids, links and texts."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[tuple[str, str]] = []
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.texts.append((self.open[-1] if self.open else "", data.strip()))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        """The attributes of each such tag."""
        return [given for name, given in self.tags if name == tag]


def look(client: "Client", address: str = "/", **headers: str) -> Outline:
    response = client.get(address, headers=headers)
    assert response.status_code == 200
    return Outline(response.content.decode())


def busy_house(copies: "Callable[..., Copy]", attempt: "Callable[..., Attempt]") -> None:
    copies("held")
    copies("published", published_at=timezone.now() - timedelta(days=2))
    for cause in (Cause.KEY_UNKNOWN, Cause.ADDRESS_UNLISTED):
        attempt(cause, times=3)


@pytest.mark.parametrize("language", ["en", "ja"])
def test_the_page_is_sound_for_screen_readers(
    client: "Client",
    copies: "Callable[..., Copy]",
    attempt: "Callable[..., Attempt]",
    language: str,
) -> None:
    busy_house(copies, attempt)
    page = look(client, f"/?lang={language}")
    assert page.all("html") == [{"lang": language}]
    for landmark in ("header", "nav", "main", "footer", "h1", "title"):
        assert len(page.all(landmark)) == 1, landmark
    identities = [given["id"] for _, given in page.tags if "id" in given]
    assert len(identities) == len(set(identities))
    labelled = [given["aria-labelledby"] for given in page.all("section")]
    assert set(labelled) == {given["id"] for given in page.all("h2")}
    assert len(page.all("dt")) == len(page.all("dd"))


def test_the_browser_chooses_the_language_and_a_link_overrules_it(client: "Client") -> None:
    english, japanese = "Nothing needs attention", "対応が必要な項目はありません"
    for address, accepted, expected, tongue in (
        ("/", "", english, "en"),
        ("/", "fr,de;q=0.5", english, "en"),
        ("/", "ja-JP,ja;q=0.9,en;q=0.8", japanese, "ja"),
        ("/?lang=en", "ja", english, "en"),
        ("/?lang=ja", "en", japanese, "ja"),
        ("/?lang=xx", "ja", japanese, "ja"),
    ):
        response = client.get(address, headers={"accept-language": accepted})
        assert ("h2", expected) in Outline(response.content.decode()).texts
        assert response["Content-Language"] == tongue
        assert "Accept-Language" in response["Vary"]
        assert response.cookies == {}


def test_each_language_links_to_the_other_in_its_own_name(client: "Client") -> None:
    page = look(client, "/?lang=ja")
    links = {given["hreflang"]: given for given in page.all("a") if "hreflang" in given}
    assert links["en"]["href"] == "?lang=en"
    assert links["ja"]["aria-current"] == "true"
    assert {("a", "English"), ("a", "日本語")} <= set(page.texts)


def test_nothing_of_the_japanese_page_is_left_in_english(
    client: "Client", copies: "Callable[..., Copy]", attempt: "Callable[..., Attempt]"
) -> None:
    busy_house(copies, attempt)
    known = re.compile(
        r"Strongroom|English|UTC|PGP|SHA-1|ssh-rsa|SFTP|SSH|Ed25519|E-SFTP-\d|[\d.,:+-]+|"
        r"status\.json|healthz"
    )
    for tag, text in look(client, "/?lang=ja").texts:
        rest = known.sub("", text) if tag not in {"code", "time"} else ""
        assert re.search(r"[A-Za-z]{2}", rest) is None, text


@pytest.mark.parametrize("cause", list(Cause))
def test_every_refused_connection_is_explained_in_both_languages(
    client: "Client", attempt: "Callable[..., Attempt]", cause: Cause
) -> None:
    attempt(cause)
    assert ("p", EXPLANATIONS[cause]) in look(client, "/?lang=en").texts
    japanese = [text for tag, text in look(client, "/?lang=ja").texts if tag == "p"]
    assert EXPLANATIONS[cause] not in japanese
    assert client.get("/status.json?lang=ja").json()["attempts"][0]["cause"] == cause


def test_what_needs_somebody_comes_first_with_the_command_that_shows_more(
    client: "Client", copies: "Callable[..., Copy]"
) -> None:
    assert "Needs attention" not in client.get("/").content.decode()
    copies("held")
    page = look(client)
    assert ("h2", "Needs attention") in page.texts
    assert ("code", "strongroom statement list --held") in page.texts
    assert page.texts[0] == ("title", "(1) Strongroom status")


def test_the_page_names_no_client(
    client: "Client", copies: "Callable[..., Copy]", attempt: "Callable[..., Attempt]"
) -> None:
    from tests.unit.console.conftest import ACCOUNT, HOLDER, LOGIN

    busy_house(copies, attempt)
    for address in ("/", "/status.json"):
        shown = client.get(address).content.decode()
        for word in (ACCOUNT, HOLDER, LOGIN, "203.0.113.7"):
            assert word not in shown


def test_a_reader_can_hold_the_page_still(client: "Client") -> None:
    renewing = [given for given in look(client).all("meta") if given.get("http-equiv")]
    assert renewing == [{"http-equiv": "refresh", "content": "10"}]
    still = look(client, "/?lang=ja&renew=off")
    assert [given for given in still.all("meta") if given.get("http-equiv")] == []
    hrefs = [given["href"] for given in still.all("a")]
    assert "?lang=en&renew=off" in hrefs
    assert "?lang=ja" in hrefs


def test_nothing_on_the_page_can_run_or_load_from_elsewhere(client: "Client") -> None:
    for address in ("/", "/status.json", "/healthz", "/status.css"):
        response = client.get(address)
        policy = dict(part.strip().split(" ", 1) for part in
                      response["Content-Security-Policy"].split(";"))  # fmt: skip
        assert policy["default-src"] == "'none'"
        assert policy["style-src"] == "'self'"
        assert policy["frame-ancestors"] == policy["form-action"] == policy["base-uri"] == "'none'"
        assert "unsafe" not in response["Content-Security-Policy"]
        assert response["X-Content-Type-Options"] == "nosniff"
        assert response["Referrer-Policy"] == "no-referrer"
    page = look(client)
    assert {tag for tag, _ in page.tags} & {"script", "style", "img", "iframe", "form"} == set()
    assert [given for _, given in page.tags if "style" in given or "onclick" in given] == []
    for link in page.all("link"):
        assert link["href"] == "data:," or client.get(f"/{link['href']}").status_code == 200


def test_figures_are_never_kept_by_a_cache_and_the_style_is(client: "Client") -> None:
    for address in ("/", "/status.json", "/healthz"):
        assert client.get(address)["Cache-Control"] == "no-store"
    assert "immutable" in client.get("/status.css")["Cache-Control"]


@pytest.mark.parametrize("address", ["/", "/status.json", "/healthz", "/status.css"])
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_only_reading_is_allowed(client: "Client", address: str, method: str) -> None:
    response = client.generic(method, address)
    assert response.status_code == 405
    assert response["Allow"] == "GET, HEAD"
    assert client.head(address).status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "evil.example:8032"])
@pytest.mark.parametrize("address", ["/", "/status.json", "/healthz"])
def test_a_page_asked_for_under_a_strange_name_is_refused(
    client: "Client", host: str, address: str
) -> None:
    assert client.get(address, headers={"host": host}).status_code == 400


@pytest.mark.parametrize("host", ["127.0.0.1:8032", "localhost:8032", "[::1]:8032"])
def test_the_loopback_has_three_names(client: "Client", host: str) -> None:
    assert client.get("/healthz", headers={"host": host}).content == b"ok\n"


def test_health_costs_one_query(
    client: "Client", django_assert_num_queries: "Callable[..., object]"
) -> None:
    with django_assert_num_queries(1):  # type: ignore[attr-defined]
        assert client.get("/healthz").content == b"ok\n"


def test_a_database_that_does_not_answer_is_said_in_a_sentence(client: "Client") -> None:
    trouble = OperationalError("server closed the connection; password=hunter2")
    with (
        patch("strongroom.console.status.head", side_effect=trouble),
        patch("strongroom.console.status.read_figures", side_effect=trouble),
    ):
        health, figures, page = (client.get(one) for one in ("/healthz", "/status.json", "/"))
    assert [one.status_code for one in (health, figures, page)] == [503, 503, 503]
    assert health.content == b"The database does not answer.\n"
    assert figures.json() == {"error": "The database does not answer."}
    outline = Outline(page.content.decode())
    assert ("h2", "The database does not answer") in outline.texts
    assert b"hunter2" not in health.content + figures.content + page.content


_PAIRS = [
    ("ink", "ground"),
    ("ink", "card"),
    ("soft", "ground"),
    ("soft", "card"),
    ("link", "ground"),
    ("band-ink", "band"),
    ("band-soft", "band"),
    *((tone, f"{tone}-ground") for tone in ("good", "warn", "bad")),
    *((ink, f"{tone}-ground") for tone in ("good", "warn", "bad") for ink in ("ink", "soft")),
]


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_every_text_stands_out_from_its_ground(client: "Client", scheme: int) -> None:
    sheet = client.get("/status.css").content.decode()
    colours = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]+)", sheet.split(":root {")[1 + scheme]))
    for ink, ground in _PAIRS:
        first, second = sorted((_luminance(colours[ink]), _luminance(colours[ground])))
        assert (second + 0.05) / (first + 0.05) >= 4.5, (ink, ground)


def _luminance(colour: str) -> float:
    """WCAG 2.2, "relative luminance"."""
    digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
