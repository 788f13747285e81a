"""The printed security statement: complete, in both languages, and one page after the other."""

import re
import shutil
import subprocess
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from strongroom.backends.papers.security_statement import security_statement_pdf
from strongroom.rules.security_statement import Device, Entry, SecurityStatement

T0 = datetime(2026, 10, 5, 9, 30, tzinfo=UTC)
FACTS = SecurityStatement(
    firm="Example Securities",
    support="+1 555 0100",
    language="en",
    zone="UTC",
    account="U1234567",
    user="annex123",
    full_name="Ann Example",
    first=date(2026, 10, 1),
    last=date(2026, 10, 31),
    devices=(Device("totp", "My phone", "active", T0, T0),),
    addresses=("203.0.113.5/32",),
    logins=(Entry(T0, "signed-in", "203.0.113.5", "Firefox", "totp"),),
    refused=(Entry(T0, "password-wrong", "192.0.2.1", "curl"),),
    changes=(Entry(T0, "restriction-changed", "203.0.113.5", "Firefox", "203.0.113.5/32"),),
    left_out={"refused": 7},
    audit_seq=4711,
    audit_root="ab" * 32,
    made_at=T0 + timedelta(days=30),
)


def _text(data: bytes, folder: Path) -> str:
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext is not here")
    file = folder / "a.pdf"
    file.write_bytes(data)
    done = subprocess.run(
        ["pdftotext", "-layout", file, "-"], capture_output=True, check=True, timeout=30
    )
    return re.sub(r"\s+", " ", done.stdout.decode())


@pytest.mark.req("LATK-34")
def test_it_says_who_how_and_when_and_anchors_the_audit_log(tmp_path: Path) -> None:
    text = _text(security_statement_pdf(FACTS), tmp_path)
    for said in (
        "Security statement",
        "2026-10-01 to 2026-10-31",
        "annex123 (Ann Example)",
        "Authenticator app: My phone",
        "203.0.113.5/32",
        "Signed in",
        "Wrong password",
        "192.0.2.1",
        "and 7 more",
        "List of addresses changed",
        "number 4711",
        "ab" * 32,
        "Page 1",
    ):
        assert said in text


def test_equal_facts_are_equal_bytes_and_japanese_is_japanese() -> None:
    assert security_statement_pdf(FACTS) == security_statement_pdf(FACTS)
    japanese = security_statement_pdf(replace(FACTS, language="ja", full_name="山田 花子"))
    assert japanese.startswith(b"%PDF-")
    assert japanese != security_statement_pdf(FACTS)
    assert b"HeiseiKakuGo" in japanese


def test_many_lines_go_on_over_pages_and_strangers_text_cannot_break_them(tmp_path: Path) -> None:
    wild = Entry(T0, "password-wrong", "2001:db8:1:2:3:4:5:6", "x\n(\\)" * 60)
    data = security_statement_pdf(replace(FACTS, refused=(wild,) * 300))
    text = _text(data, tmp_path)
    assert text.count("Wrong password") == 300
    assert "Page 7" in text


def test_an_empty_month_says_so(tmp_path: Path) -> None:
    empty = replace(FACTS, devices=(), addresses=(), logins=(), refused=(), changes=(), left_out={})
    text = _text(security_statement_pdf(empty), tmp_path)
    assert text.count("None in this month.") == 4
    assert "Any address" in text


def test_every_event_has_its_words() -> None:
    from strongroom.backends.papers.security_words import statement_words
    from strongroom.login.history import EventKind
    from strongroom.login.models import EnrolmentState, FactorKind
    from strongroom.statements.security_statements import _QUIET

    kinds = [kind for kind in EventKind if kind not in _QUIET]
    for language in ("en", "ja"):
        words = statement_words(language)
        plain = [k for k in (*kinds, *FactorKind, *EnrolmentState) if words.of(k.value) == k.value]
        assert plain == []
