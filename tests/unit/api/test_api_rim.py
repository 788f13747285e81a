"""The rim of the HTTPS part: bounded bodies, strict JSON, one form of errors, the right address."""

import base64
import hashlib
import html
import json
import re
from dataclasses import replace
from ipaddress import ip_network
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import DatabaseError
from strongroom.api import rim
from strongroom.api.application import END_POINTS
from strongroom.api.words import REFUSED_JA
from strongroom.rules import refusals
from strongroom.rules.refusals import Audience, RefusalKind
from strongroom_formats.canonical_json import loads_free_form

from tests.unit.api.firm import HERE, Firm

pytestmark = pytest.mark.django_db
ALL = [f"/api/1/{name}" for name in END_POINTS]
KINDS = {kind.code: kind for kind in vars(refusals).values() if isinstance(kind, RefusalKind)}


def assert_sealed(headers: dict[str, str]) -> None:
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert "default-src 'none'" in headers["Content-Security-Policy"]


@pytest.mark.parametrize("path", ALL)
def test_every_answer_is_json_that_nobody_may_store(firm: Firm, path: str) -> None:
    answer = firm.raw("POST", path, b"{}")
    assert answer.headers["Content-Type"] == "application/json"
    assert_sealed(answer.headers)
    assert answer.json.keys() in ({"code", "sentence", "retry_after"}, {"address", "allow_listed"})


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "OPTIONS", "HEAD"])
def test_only_a_post_is_taken(firm: Firm, method: str) -> None:
    answer = firm.raw(method, "/api/1/address", b"{}")
    assert (answer.status, answer.headers["Allow"]) == (405, "POST")
    assert_sealed(answer.headers)


@pytest.mark.req("ATK-51")
@pytest.mark.parametrize("path", ["/", "/api/1/", "/api/2/address", "/status.json", "/admin"])
def test_there_is_nothing_else(firm: Firm, path: str) -> None:
    answer = firm.raw("POST", path, b"{}")
    assert (answer.status, answer.code) == (404, "ENROL-PATH")
    assert_sealed(answer.headers)


def test_health_is_answered_without_a_word_more(firm: Firm) -> None:
    answer = firm.raw("GET", "/healthz")
    assert (answer.status, answer.body) == (200, b"ok\n")


WRONG = [
    b"",
    b"null",
    b"[]",
    b"{",
    b"\xff\xfe",
    b'{"code": 1, "code": 2}',
    b'{"code": 1.5}',
    b'{"code": NaN}',
    b'{"code": "x", "more": 1}',
    b'{"code": "x\\u0000"}',
    b'{"a":' * 30 + b"1" + b"}" * 30,
    b'{"code": ' + b"9" * 5000 + b"}",
    b'{"code": "\\ud800"}',
]


@pytest.mark.parametrize("body", WRONG)
@pytest.mark.parametrize("path", ALL)
def test_what_is_no_strict_json_is_refused_and_never_a_fault(
    firm: Firm, path: str, body: bytes
) -> None:
    answer = firm.raw("POST", path, body)
    assert answer.status in (400, 403), answer.body


@pytest.mark.parametrize("path", ALL)
@pytest.mark.parametrize("length", ["65537", "9" * 30])
def test_a_body_that_is_too_long_is_not_even_read(firm: Firm, path: str, length: str) -> None:
    answer = firm.raw("POST", path, b"{}", CONTENT_LENGTH=length)
    assert (answer.status, answer.code) == (413, "ENROL-LARGE")


@pytest.mark.parametrize("length", ["-1", "x", "1e3", "٣"])
def test_a_length_that_is_no_number_is_refused(firm: Firm, length: str) -> None:
    answer = firm.raw("POST", "/api/1/address", b"{}", CONTENT_LENGTH=length)
    assert (answer.status, answer.code) == (400, "ENROL-BODY")


@pytest.mark.parametrize("kind", ["", "text/plain", "application/x-www-form-urlencoded"])
def test_no_form_of_a_web_page_is_taken(firm: Firm, kind: str) -> None:
    answer = firm.raw("POST", "/api/1/address", b"{}", CONTENT_TYPE=kind)
    assert (answer.status, answer.code) == (400, "ENROL-BODY")


HOSTILE = [
    "' OR 1=1 --",
    '"; DROP TABLE directory_sshkey; --',
    "{0.__class__}",
    "{{ 7 * 7 }}{% load x %}",
    "%s%n%(why)s",
    "=cmd|' /C calc'!A0",
    "<script>alert(1)</script>",
    "a\r\nSet-Cookie: x=1",
    "\u202egnp.exe",
    "\x00",
    "../../etc/passwd",
    "*)(uid=*",
    "x" * 8000,
    "",
]


@pytest.mark.req("ATK-49")
@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_text_in_any_field_is_refused_and_never_obeyed(firm: Firm, hostile: str) -> None:
    code = firm.invite()
    sent = firm.submission(code, key=Ed25519PrivateKey.generate())
    sent["addresses"] = ["192.0.2.1"]
    for field in sent:
        wrong = [hostile] if field == "addresses" else hostile
        answer = firm.ask("enrolment/submission", {**sent, field: wrong})
        assert answer.status in (200, 400, 403, 422, 429), answer.body
        assert answer.status != 200 or field == "client"
        assert "Set-Cookie" not in answer.headers
        assert b"<class" not in answer.body
    asked = firm.ask("enrolment/status", {"ticket": hostile})
    assert asked.status in (400, 403, 429)


def test_a_full_body_is_read_in_time(firm: Firm) -> None:
    texts = json.dumps({"request": "A" * 60_000, "signature": "x"}).encode()
    assert firm.raw("POST", "/api/1/explain", texts).code == "ENROL-BODY"
    lines = json.dumps({"code": "x", "ssh_key": "ssh-rsa AAAA " * 4500}).encode()
    assert firm.raw("POST", "/api/1/enrolment/submission", lines).status >= 400


def test_errors_are_told_in_the_language_that_is_asked_for(firm: Firm) -> None:
    firm.language = "ja,en;q=0.5"
    answer = firm.ask("enrolment/bundle", {"code": "x"})
    assert answer.json["sentence"] == REFUSED_JA["ENROL-CODE"]
    assert answer.headers["Content-Language"] == "ja"
    firm.language = "de"
    assert "no invitation" in firm.ask("enrolment/bundle", {"code": "x"}).json["sentence"]


def test_every_refusal_of_this_part_has_its_japanese() -> None:
    mine = {code for code in KINDS if code.startswith(("ENROL-", "REQUEST-"))}
    assert mine - REFUSED_JA.keys() == set()
    assert REFUSED_JA.keys() - KINDS.keys() == set()
    for code, japanese in REFUSED_JA.items():
        fields = set(re.findall(r"{(\w+)}", japanese))
        assert fields <= set(re.findall(r"{(\w+)}", KINDS[code].sentence)), code
        assert not japanese.isascii()


def test_what_only_operators_may_read_is_not_told(
    firm: Firm, caplog: pytest.LogCaptureFixture
) -> None:
    secret = refusals.CONFIGURATION_VALUE.because(key="database.url", why="hunter2")
    assert secret.kind.audience is Audience.OPERATOR
    answer = rim.refusal(secret, "en")
    assert answer.status_code == 503
    assert b"hunter2" not in answer.content
    assert "hunter2" not in caplog.text
    assert "CONFIGURATION-VALUE" in caplog.text


def test_a_database_that_does_not_answer_is_said_to_be_busy(
    firm: Firm, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object, **__: object) -> None:
        raise DatabaseError("password=hunter2")

    monkeypatch.setattr("strongroom.login.connections.penalties.take_try", away)
    answer = firm.ask("enrolment/bundle", {"code": CODE})
    assert (answer.status, answer.code) == (503, "ENROL-BUSY")
    assert answer.json["retry_after"] == 60
    assert b"hunter2" not in answer.body


def test_an_error_of_ours_tells_nothing(firm: Firm, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("hunter2")

    monkeypatch.setattr("strongroom.login.connections.penalties.take_try", broken)
    answer = firm.ask("enrolment/bundle", {"code": CODE})
    assert (answer.status, answer.code) == (500, "ENROL-BUSY")
    assert b"hunter2" not in answer.body


# Addresses


def seen(firm: Firm, **environ: str) -> Any:
    return firm.raw("POST", "/api/1/address", b"{}", **environ).json["address"]


def test_the_address_is_told_in_its_shortest_form(firm: Firm) -> None:
    assert firm.ask("address", {}).json == {"address": HERE, "allow_listed": None}
    assert seen(firm, REMOTE_ADDR="::ffff:192.0.2.9") == "192.0.2.9"
    assert seen(firm, REMOTE_ADDR="2001:0db8:0::1") == "2001:db8::1"


@pytest.mark.req("ATK-35")
def test_only_a_trusted_proxy_says_who_asks(firm: Firm) -> None:
    assert seen(firm, HTTP_X_FORWARDED_FOR="203.0.113.5") == HERE
    trusting = Firm(
        replace(firm.house, trusted_proxies=(ip_network("10.0.0.0/8"),)), firm.act, "10.0.0.1"
    )
    assert seen(trusting, HTTP_X_FORWARDED_FOR="203.0.113.5") == "203.0.113.5"
    made_up = "1.1.1.1, 203.0.113.5, 10.0.0.2"
    assert seen(trusting, HTTP_X_FORWARDED_FOR=made_up) == "203.0.113.5"
    assert seen(trusting, HTTP_X_FORWARDED_FOR="nonsense") == "10.0.0.1"
    assert seen(trusting) == "10.0.0.1"
    assert seen(trusting, REMOTE_ADDR=HERE, HTTP_X_FORWARDED_FOR="203.0.113.5") == HERE


# The page


CODE = "7F3K-22QX-ABCD-EFGH-JKMN"


def test_the_page_says_what_to_run_and_uses_nothing_up(firm: Firm) -> None:
    code = firm.invite()
    page = firm.raw("GET", f"/e/{code}")
    text = html.unescape(page.body.decode())
    assert page.status == 200
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert_sealed(page.headers)
    assert f"strongbox enrol {code}@keys.example.com" in text
    assert "Example & Sons" in text
    assert b"Example &amp; Sons" in page.body
    assert '<html lang="en">' in text
    assert "viewport" in text
    assert firm.bundle(code).login == "fund"


def test_the_page_speaks_japanese(firm: Firm) -> None:
    firm.language = "ja"
    page = firm.raw("GET", f"/e/{CODE}")
    assert '<html lang="ja">' in page.body.decode()
    assert "秘密鍵は絶対に送らないでください" in page.body.decode()
    assert '<html lang="en">' in firm.raw("GET", f"/e/{CODE}?lang=en").body.decode()
    assert '<html lang="ja">' in firm.raw("GET", f"/e/{CODE}?lang=xx").body.decode()


@pytest.mark.parametrize(
    ("language", "desk"), [("en", "the firm's support desk"), ("ja", "当社の窓口")]
)
def test_the_page_names_a_desk_in_its_language_where_the_firm_named_none(
    firm: Firm, language: str, desk: str
) -> None:
    firm = Firm(replace(firm.house, firm=replace(firm.house.firm, support="")), firm.act)
    page = firm.raw("GET", f"/e/{CODE}?lang={language}")
    assert desk in html.unescape(page.body.decode())


def test_the_page_is_the_same_for_every_code_and_loads_nothing(firm: Firm) -> None:
    real = firm.invite()
    pages = [firm.raw("GET", f"/e/{code}").body.decode() for code in (real, CODE)]
    assert pages[0].replace(real, CODE) == pages[1]
    assert not re.search(r"<(script|img|link|form|iframe)\b|https?://", pages[0])


@pytest.mark.parametrize("typed", ["x", "<script>alert(1)</script>", "%3Cb%3E", "a" * 2000])
@pytest.mark.req("ATK-48", "ATK-69")
def test_what_is_no_code_is_not_shown(firm: Firm, typed: str) -> None:
    page = firm.raw("GET", f"/e/{typed}")
    assert page.status == 404
    assert typed not in page.body.decode() or typed == "x"


@pytest.mark.req("ATK-48")
def test_the_page_s_policy_lets_its_own_style_through_and_nothing_else(firm: Firm) -> None:
    page = firm.raw("GET", f"/e/{CODE}")
    [style] = re.findall(r"<style>(.*?)</style>", page.body.decode())
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = page.headers["Content-Security-Policy"]
    assert f"style-src 'sha256-{digest}'" in policy
    assert "unsafe" not in policy


def test_the_page_takes_no_post(firm: Firm) -> None:
    assert firm.raw("POST", f"/e/{CODE}", b"{}").status == 405


def test_a_refusal_s_body_is_canonical(firm: Firm) -> None:
    body = firm.ask("enrolment/bundle", {"code": "x"}).body
    assert loads_free_form(body, 1000) == json.loads(body)
