"""The statements' pages: what is shown, what is handed out, to whom, and with which headers."""

import io
import re
import zipfile
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.conftest import MORNING, StillClock
from tests.unit.portal.portal_house import make_house

NOBODYS = "3f2b1c9e-54aa-4d0e-9a55-0d7f4f3c1a11"

pytestmark = pytest.mark.django_db


@pytest.fixture
def storage(tmp_path: Path) -> Any:
    """Objects on this machine."""
    from strongroom.backends.storage.local.storage import LocalStorage

    return LocalStorage(tmp_path / "objects")


@pytest.fixture
def portal_house(portal_settings: None, clock: StillClock, storage: Any) -> Any:
    """A portal with a storage."""
    return make_house(clock.now, storage=storage)


@pytest.fixture
def alice(make_user: Callable[..., Any]) -> Any:
    """A user with a right at one account."""
    from strongroom.directory.models import Right

    from tests.unit.portal import statement_shelf as shelf

    user = make_user("alice123", full_name="Alice Arden")
    Right.objects.create(
        user=user, account=shelf.account("U1234567"), role="primary", given_at=MORNING, given_by="t"
    )
    return user


def body(response: Any) -> bytes:
    """All bytes of an answer, streamed or not."""
    return b"".join(response.streaming_content) if response.streaming else response.content


def without_chance(response: Any) -> str:
    """A page without ids and tokens, which differ each time."""
    ids = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
    tokens = r'name="csrfmiddlewaretoken" value="[^"]+"'
    return re.sub(f"{ids}|{tokens}", "", response.content.decode())


def test_the_overview_greets_and_shows_what_is_new(
    alice: Any, signed_in: Callable[..., Any]
) -> None:
    from tests.unit.portal import statement_shelf as shelf

    shelf.statement("U1234567", "TradeConfirmation")
    shelf.statement("U1111111", "CashReport")
    page = signed_in(alice).get("/")
    assert page.status_code == 200
    text = page.content.decode()
    assert "Good to see you, Alice Arden" in text
    assert "Trade confirmation" in text
    assert "Cash report" not in text
    assert "U1111111" not in text


def test_the_overview_says_when_and_from_where_the_last_visit_was(
    alice: Any, signed_in: Callable[..., Any], clock: StillClock
) -> None:
    from strongroom.login.models import WebSession

    from tests.unit.portal import statement_shelf as shelf

    signed_in(alice)
    WebSession.objects.update(address="203.0.113.9")
    clock.advance(hours=2)
    shelf.statement("U1234567", arrived_at=clock.now())
    shelf.statement("U1234567", arrived_at=clock.now() - timedelta(days=2))
    clock.advance(minutes=5)
    text = signed_in(alice).get("/").content.decode()
    assert "203.0.113.9" in text
    assert text.count('<span class="tag good">New</span>') == 1


def test_a_user_without_an_account_reads_why_there_is_nothing(
    make_user: Callable[..., Any], signed_in: Callable[..., Any]
) -> None:
    browser = signed_in(make_user())
    assert "No account yet" in browser.get("/").content.decode()
    assert "Nothing has arrived yet" in browser.get("/statements").content.decode()


def test_the_list_is_searched_by_a_plain_form(alice: Any, signed_in: Callable[..., Any]) -> None:
    from tests.unit.portal import statement_shelf as shelf

    cash = shelf.statement("U1234567", "CashReport", period_to=date(2026, 3, 5))
    shelf.statement("U1234567", "Activity", period_to=date(2026, 4, 5))
    browser = signed_in(alice)
    text = browser.get(
        "/statements", {"kind": "CashReport", "until": "2026-03-31"}
    ).content.decode()
    assert str(cash.pk) in text
    assert text.count('name="statement"') == 1
    text = browser.get("/statements", {"words": "nonsense"}).content.decode()
    assert "Nothing fits this search" in text


@pytest.mark.parametrize(
    "query",
    [
        {"account": "U1111111"},
        {"kind": "' OR 1=1"},
        {"since": "2026-99-99"},
        {"order": "sideways"},
        {"after": "~~~"},
        {"words": "x" * 5000},
        {"words": "\x00"},
    ],
)
def test_nonsense_in_a_search_is_no_error(
    query: dict[str, str], alice: Any, signed_in: Callable[..., Any]
) -> None:
    assert signed_in(alice).get("/statements", query).status_code == 200


def test_a_long_list_goes_on_behind_a_mark(alice: Any, signed_in: Callable[..., Any]) -> None:
    from html import unescape

    from tests.unit.portal import statement_shelf as shelf

    for _ in range(55):
        shelf.statement("U1234567")
    browser = signed_in(alice)
    first = browser.get("/statements", {"order": "oldest"}).content.decode()
    assert first.count('name="statement"') == 50
    further = re.search(r'rel="next" href="(\?[^"]+)"', first)
    assert further is not None
    second = browser.get("/statements" + unescape(further[1])).content.decode()
    assert second.count('name="statement"') == 5
    assert "order=oldest" in further[1]


def test_a_statement_s_page_says_what_became_of_each_copy(
    alice: Any, signed_in: Callable[..., Any]
) -> None:
    from strongroom.statements.models import CopyState

    from tests.unit.portal import statement_shelf as shelf

    made = shelf.statement("U1234567")
    fund = shelf.recipient("fund", "U1234567", pgp="required")
    audit = shelf.recipient("audit", "U1234567", pgp="required")
    shelf.certificate(fund, "B" * 40, MORNING - timedelta(days=2), "active")
    copy = shelf.copy(made, fund, encryption="openpgp", storage_key="copies/a", fetch_count=1)
    shelf.receipt(copy)
    shelf.copy(made, audit, CopyState.HELD, code="PGP-EXPIRED", reason="strongroom pgp-key list")
    text = signed_in(alice).get(f"/statements/{made.pk}").content.decode()
    assert "B" * 40 in text
    assert "SHA256:kkk" in text
    assert made.sha256 in text
    assert "The recipient&#x27;s PGP key has expired." in text
    assert "strongroom pgp-key" not in text


def test_looking_and_taking_are_on_record_once_for_each_session(
    alice: Any, signed_in: Callable[..., Any], storage: Any
) -> None:
    from strongroom.audit.models import Event
    from strongroom.statements.models import Reading

    from tests.unit.portal import statement_shelf as shelf

    made = shelf.statement("U1234567", storage=storage)
    browser = signed_in(alice)
    for page in ("", "", "/preview"):
        assert browser.get(f"/statements/{made.pk}{page}").status_code == 200
    assert browser.get(f"/statements/{made.pk}/download").status_code == 200
    assert sorted(Reading.objects.values_list("is_download", flat=True)) == [False, True]
    verbs = Event.objects.filter(actor="user:alice123").values_list("verb", flat=True)
    assert sorted(verbs) == ["statement.taken", "statement.viewed"]


@pytest.mark.req("RPT-17")
def test_a_download_is_the_file_itself_and_does_nothing_in_the_browser(
    alice: Any, signed_in: Callable[..., Any], storage: Any
) -> None:
    from tests.unit.portal import statement_shelf as shelf

    content = b"<script>alert(1)</script>" * 30_000
    made = shelf.statement(
        "U1234567", storage=storage, content=content, extension="html", revision=2
    )
    response = signed_in(alice).get(f"/statements/{made.pk}/download")
    assert body(response) == content
    day = made.period_to.strftime("%Y%m%d")
    name = f"U1234567_Activity_{day}.r2.html"
    assert response["Content-Disposition"] == f'attachment; filename="{name}"'
    assert response["Content-Type"] == "application/octet-stream"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"].startswith("sandbox")
    assert response["Content-Length"] == str(len(content))


def test_a_preview_shows_a_csv_as_tables_and_script_as_text(
    alice: Any, signed_in: Callable[..., Any], storage: Any
) -> None:
    from tests.unit.portal import statement_shelf as shelf

    content = b"Name,Value\n<script>alert(1)</script>,=1+1\n"
    made = shelf.statement("U1234567", storage=storage, content=content)
    text = signed_in(alice).get(f"/statements/{made.pk}/preview").content.decode()
    assert '<th scope="col">Name</th>' in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert "<script>alert" not in text


def test_a_file_that_storage_cannot_give_is_said_to_be_away(
    alice: Any, signed_in: Callable[..., Any]
) -> None:
    from tests.unit.portal import statement_shelf as shelf

    made = shelf.statement("U1234567")
    response = signed_in(alice).get(f"/statements/{made.pk}/download")
    assert response.status_code == 503
    assert "cannot be read at the moment" in response.content.decode()


@pytest.mark.parametrize(
    "page", ["", "/preview", "/download", "/encrypted/1", f"/receipts/{NOBODYS}"]
)
def test_another_s_statement_and_an_unknown_one_get_the_same_answer(
    page: str, alice: Any, signed_in: Callable[..., Any]
) -> None:
    from tests.unit.portal import statement_shelf as shelf

    other = shelf.statement("U1111111")
    browser = signed_in(alice)
    foreign = browser.get(f"/statements/{other.pk}{page}")
    unknown = browser.get(f"/statements/{uuid4()}{page}")
    assert foreign.status_code == unknown.status_code == 404
    assert without_chance(foreign) == without_chance(unknown)


def test_the_encrypted_copy_is_handed_out_as_it_lies_in_the_repository(
    alice: Any, signed_in: Callable[..., Any], storage: Any
) -> None:
    from tests.unit.portal import statement_shelf as shelf

    made = shelf.statement("U1234567", storage=storage)
    fund = shelf.recipient("fund", "U1234567", pgp="required")
    key = f"copies/{uuid4()}"
    storage.put(key, [b"\x85encrypted"])
    copy = shelf.copy(made, fund, encryption="openpgp", storage_key=key, name="a.csv.pgp")
    response = signed_in(alice).get(f"/statements/{made.pk}/encrypted/{copy.pk}")
    assert body(response) == b"\x85encrypted"
    assert response["Content-Disposition"] == 'attachment; filename="a.csv.pgp"'


def test_a_firm_can_keep_clear_files_of_pgp_accounts_out_of_the_portal(
    alice: Any, signed_in: Callable[..., Any], storage: Any, portal_house: Any
) -> None:
    from dataclasses import replace

    from tests.unit.portal import statement_shelf as shelf

    made = shelf.statement("U1234567", storage=storage)
    shelf.recipient("fund", "U1234567", pgp="required")
    browser = signed_in(alice)
    browser.house = replace(portal_house, gives_clear_files=False)
    text = browser.get(f"/statements/{made.pk}").content.decode()
    assert f"/statements/{made.pk}/download" not in text
    for page in ("preview", "download"):
        response = browser.get(f"/statements/{made.pk}/{page}")
        assert response.status_code == 403
        assert "encrypted only" in response.content.decode()
    response = browser.post("/statements/archive", {"statement": [str(made.pk)]})
    assert response.status_code == 403


@pytest.mark.req("ATK-72")
def test_a_receipt_is_handed_out_byte_for_byte_with_its_signature(
    alice: Any, signed_in: Callable[..., Any]
) -> None:
    from tests.unit.portal import statement_shelf as shelf

    made = shelf.statement("U1234567")
    receipt = shelf.receipt(shelf.copy(made, shelf.recipient("fund", "U1234567")))
    browser = signed_in(alice)
    place = f"/statements/{made.pk}/receipts/{receipt.pk}"
    assert browser.get(place).content == bytes(receipt.body)
    assert browser.get(f"{place}/signature").content == bytes(receipt.signature)


def test_an_archive_holds_the_chosen_statements_whole(
    alice: Any, signed_in: Callable[..., Any], storage: Any
) -> None:
    from tests.unit.portal import statement_shelf as shelf

    made = [
        shelf.statement("U1234567", storage=storage, content=b"%d," % n * 200_000) for n in (1, 2)
    ]
    response = signed_in(alice).post(
        "/statements/archive", {"statement": [str(one.pk) for one in made]}
    )
    assert response["Content-Type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(body(response))) as archive:
        assert archive.testzip() is None
        assert sorted(len(archive.read(name)) for name in archive.namelist()) == [400_000] * 2
        assert sorted(archive.namelist()) == sorted(one.file_name for one in made)


@pytest.mark.req("LATK-24")
def test_a_temporary_code_cannot_take_the_archive(
    alice: Any, signed_in: Callable[..., Any], storage: Any
) -> None:
    from strongroom.login.models import WebSession
    from strongroom.statements.models import Reading

    from tests.unit.portal import statement_shelf as shelf

    made = shelf.statement("U1234567", storage=storage)
    browser = signed_in(alice)
    WebSession.objects.update(assurance=10)
    response = browser.post("/statements/archive", {"statement": [str(made.pk)]})
    assert response.status_code == 403
    assert "With a temporary code" in response.content.decode()
    assert not Reading.objects.exists()
    assert browser.get(f"/statements/{made.pk}/download").status_code == 200


@pytest.mark.req("PHN-2")
def test_without_a_verified_number_statements_are_seen_but_not_taken_together(
    alice: Any, signed_in: Callable[..., Any], storage: Any
) -> None:
    from strongroom.directory.models import PhoneNumber

    from tests.unit.portal import statement_shelf as shelf

    PhoneNumber.objects.update(verified_at=None)
    made = shelf.statement("U1234567", storage=storage)
    browser = signed_in(alice)
    assert browser.get(f"/statements/{made.pk}/preview").status_code == 200
    response = browser.post("/statements/archive", {"statement": [str(made.pk)]})
    assert response.status_code == 403


@pytest.mark.req("LOGIN-8")
def test_a_closed_user_reads_and_takes_statements_away(
    alice: Any, signed_in: Callable[..., Any], storage: Any
) -> None:
    from tests.unit.portal import statement_shelf as shelf

    alice.closed_at = MORNING
    alice.save()
    made = shelf.statement("U1234567", storage=storage)
    browser = signed_in(alice, scope="read-only")
    assert browser.get(f"/statements/{made.pk}/download").status_code == 200
    response = browser.post("/statements/archive", {"statement": [str(made.pk)]})
    assert response.status_code == 200
    response.close()


@pytest.mark.parametrize(
    ("chosen", "status", "words"),
    [
        ([], 400, "Choose at least one"),
        (["nonsense"], 404, "no such statement"),
        ([NOBODYS], 404, "no such statement"),
        ([NOBODYS] * 101, 400, "too much for one archive"),
    ],
)
def test_an_archive_of_nothing_too_much_or_another_s_is_refused(
    chosen: list[str], status: int, words: str, alice: Any, signed_in: Callable[..., Any]
) -> None:
    response = signed_in(alice).post("/statements/archive", {"statement": chosen})
    assert response.status_code == status
    assert words in response.content.decode()


def test_an_archive_too_heavy_is_refused(alice: Any, signed_in: Callable[..., Any]) -> None:
    from tests.unit.portal import statement_shelf as shelf

    made = shelf.statement("U1234567", size=600 * 1024 * 1024)
    response = signed_in(alice).post("/statements/archive", {"statement": [str(made.pk)]})
    assert response.status_code == 400


@pytest.mark.req("TEMP-2")
def test_a_session_that_only_prints_a_code_card_sees_no_statement(
    alice: Any, signed_in: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    from strongroom.login.presence import web_sessions
    from strongroom.rules.scopes import Scope

    from tests.unit.portal import statement_shelf as shelf

    made = shelf.statement("U1234567")
    browser = signed_in(alice)
    monkeypatch.setattr(web_sessions, "scope_of", lambda *_: Scope.CODE_CARD_ONLY)
    for place in ("/", "/statements", f"/statements/{made.pk}"):
        assert browser.get(place).status_code == 403


@pytest.mark.parametrize("place", ["/", "/statements", f"/statements/{NOBODYS}"])
def test_nobody_sees_anything_without_a_session(place: str, portal: Any) -> None:
    response = portal.get(place)
    assert response.status_code == 303
    assert response["Location"].startswith("/sign-in")
