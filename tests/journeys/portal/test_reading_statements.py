"""People read, search and take their statements in a real browser (RPT-13, LATK-24, PHN-2)."""

import subprocess
import zipfile
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest
from playwright.sync_api import Browser, expect

from tests.journeys.clients.openssh import OpensshSftp
from tests.journeys.clients.site import KeyPair, Site, program
from tests.journeys.daemon import wait_for
from tests.journeys.enrolling import openssh_pair, submit_and_approve
from tests.journeys.portal.browsing import PHONE, Newcomer, Person, Portal, Visit
from tests.journeys.portal.inside import enter
from tests.journeys.portal.signing import give_password, press, says, settled, totp

pytestmark = pytest.mark.timeout(240)
Opens = Callable[..., AbstractContextManager[Visit]]
_ACTIVITY = (
    b"Statement,Header,Field Name,Field Value\n"
    b"Statement,Data,Title,Activity Statement\n"
    b"Trades,Header,Symbol,Quantity,Proceeds\n"
    b"Trades,Data,ALDR,40,-1928.00\n"
    b"Trades,Data,=HYPERLINK(1),10,<b>5.00</b>\n"
)
_CASH = b"Line,Amount\nEnding Cash,1042.17\n"
_DAYS = {"Activity": ("20261118", _ACTIVITY), "CashReport": ("20261119", _CASH)}


@pytest.fixture(scope="module", autouse=True)
def people(portal: Portal) -> None:
    """People of these tests alone, most of them with statements."""
    portal.add_people(
        Newcomer("reada", ("totp",)),
        Newcomer("readj", ("totp",), "ja"),
        Newcomer("unver", ("totp",)),
        Newcomer("plain", ("totp",)),
        Newcomer("recei", ("totp",)),
    )
    for letters in ("reada", "readj", "unver", "plain"):
        _publish(portal, _account(portal, letters))


def _account(portal: Portal, letters: str) -> str:
    query = """SELECT a.number FROM directory_account a JOIN directory_right r
        ON r.account_id = a.id JOIN directory_user u ON u.id = r.user_id WHERE u.name = ?"""
    [row] = portal.daemon.rows(query, portal.person(letters).name)
    return str(row["number"])


def _publish(portal: Portal, account: str) -> None:
    for kind, (day, content) in _DAYS.items():
        portal.daemon.drop(f"{account}_{kind}_{day}.csv", content)
    wait_for(lambda: len(_statements(portal, account)) == len(_DAYS), f"statements of {account}")


def _statements(portal: Portal, account: str) -> dict[str, str]:
    """The address of each statement by its kind."""
    query = """SELECT s.id, s.kind FROM statements_statement s JOIN directory_account a
        ON a.id = s.account_id WHERE a.number = ?"""
    rows = portal.daemon.rows(query, account)
    return {row["kind"]: f"/statements/{UUID(row['id'])}" for row in rows}


def _found(seen: Visit) -> list[str]:
    return seen.page.locator("#results tbody th a").all_inner_texts()


@pytest.mark.req("RPT-13", "RPT-17")
@pytest.mark.parametrize(
    ("letters", "look"),
    [
        ("reada", {"language": "en", "scheme": "dark"}),
        ("readj", {"language": "ja", "size": PHONE}),
    ],
)
def test_statements_are_found_previewed_and_taken_as_they_were_published(
    portal: Portal, visit: Opens, letters: str, look: dict[str, object], tmp_path: Path
) -> None:
    account = _account(portal, letters)
    with visit(**look) as seen:
        enter(seen, portal.person(letters))
        seen.check("overview")
        seen.go("/statements")
        seen.check("statements")
        assert len(_found(seen)) == 2
        _search_at_once(seen)
        place = _statements(portal, account)["Activity"]
        seen.go(place)
        seen.check("statement")
        with seen.page.expect_download() as taking:
            seen.page.click("a[href$='/download']")
        assert taking.value.suggested_filename == f"{account}_Activity_20261118.csv"
        assert taking.value.path().read_bytes() == _ACTIVITY
        seen.go(f"{place}/preview")
        seen.check("preview")
        cells = seen.page.locator("table.preview-table td").all_inner_texts()
        assert "ALDR" in cells
        assert "<b>5.00</b>" in cells, "a file's text became a page's mark-up"
        seen.go("/statements?unread=on")
        assert len(_found(seen)) == 1
        _take_archive(seen, account, tmp_path)


def _search_at_once(seen: Visit) -> None:
    """Type and choose: the list follows without a button."""
    everything = _found(seen)
    seen.page.select_option("select[name=kind]", "CashReport")
    expect(seen.page.locator("#results tbody tr")).to_have_count(1)
    assert "kind=CashReport" in seen.page.url
    seen.check("statements-kind")
    seen.page.select_option("select[name=kind]", "")
    expect(seen.page.locator("#results tbody tr")).to_have_count(len(everything))
    seen.page.fill("input[name=words]", "no-such-word")
    seen.page.wait_for_selector("#results .empty")
    seen.check("statements-nothing")
    seen.page.fill("input[name=words]", "")
    seen.page.wait_for_selector("#results tbody tr")
    assert _found(seen) == everything


def _take_archive(seen: Visit, account: str, folder: Path) -> None:
    seen.go("/statements")
    for box in seen.page.locator("input[name=statement]").all():
        box.check()
    with seen.page.expect_download() as taking:
        seen.page.click("form.archive button[type=submit]")
    kept = folder / "statements.zip"
    taking.value.save_as(kept)
    with zipfile.ZipFile(kept) as archive:
        found = {name: archive.read(name) for name in archive.namelist()}
    assert found == {f"{account}_{kind}_{day}.csv": data for kind, (day, data) in _DAYS.items()}


@pytest.mark.req("RPT-13")
def test_statements_are_searched_and_taken_without_javascript(
    portal: Portal, browser: Browser
) -> None:
    person = portal.person("plain")
    portal.forget_crowd()
    context = browser.new_context(java_script_enabled=False, viewport={"width": 390, "height": 844})
    try:
        seen = Visit(portal, context, context.new_page(), "phone-en-plain")
        portal.change(
            "UPDATE login_enrolment SET counter = -1 WHERE kind = 'totp'"
            " AND user_id = (SELECT id FROM directory_user WHERE name = ?)",
            person.name,
        )
        give_password(seen, person)
        seen.page.fill("input[name=answer]", totp(person))
        press(seen, "main form:has(input[name=answer]) button[type=submit]")
        settled(seen, "/")
        seen.go("/statements")
        seen.page.select_option("select[name=kind]", "CashReport")
        press(seen, "form.filters button[type=submit]")
        assert len(_found(seen)) == 1
        seen.picture("statements-kind")
        seen.page.check("input[name=statement]")
        with seen.page.expect_download() as taking:
            seen.page.click("form.archive button[type=submit]")
        assert zipfile.ZipFile(taking.value.path()).testzip() is None
    finally:
        context.close()


@pytest.mark.req("PHN-2", "LATK-24")
def test_who_has_no_verified_number_reads_statements_and_takes_no_archive(
    portal: Portal, visit: Opens
) -> None:
    person = portal.person("unver")
    portal.change("UPDATE directory_phonenumber SET verified_at = NULL WHERE user_id ="
                  " (SELECT id FROM directory_user WHERE name = ?)", person.name)  # fmt: skip
    with visit(size=PHONE) as seen:
        enter(seen, person)
        assert "Your telephone number is not confirmed yet" in says(seen)
        seen.check("overview-restricted")
        seen.go(_statements(portal, _account(portal, "unver"))["CashReport"])
        with seen.page.expect_download() as taking:
            seen.page.click("a[href$='/download']")
        assert taking.value.path().read_bytes() == _CASH
        seen.go("/statements")
        seen.page.locator("input[name=statement]").first.check()
        press(seen, "form.archive button[type=submit]")
        assert "Verify a mobile number first" in says(seen)
        seen.check("archive-refused")
        seen.go("/settings/login/password")
        assert "Verify a mobile number first" in says(seen)


@pytest.mark.req("LATK-14")
def test_an_other_persons_statement_is_not_there(portal: Portal, visit: Opens) -> None:
    foreign = _statements(portal, _account(portal, "readj"))["Activity"]
    with visit() as seen:
        enter(seen, portal.person("plain"))
        for path in (foreign, f"{foreign}/preview", f"{foreign}/download", f"{foreign[:-4]}0000"):
            answer = seen.page.goto(portal.site + path)
            assert answer is not None
            assert answer.status == 404, path
            assert "ALDR" not in says(seen)
        seen.check("statement-not-there")
        seen.go("/statements")
        seen.page.locator("input[name=statement]").first.evaluate(
            "(box, id) => { box.value = id; box.checked = true; }", foreign.rpartition("/")[2]
        )
        with seen.page.expect_response(lambda one: one.request.method == "POST") as given:
            press(seen, "form.archive button[type=submit]")
        assert given.value.status == 404


@pytest.mark.req("ATK-72")
def test_a_receipt_is_taken_with_its_signature_and_verified_with_openssh(
    portal: Portal, visit: Opens, tmp_path: Path
) -> None:
    person = portal.person("recei")
    name, place = _fetched_by_recipient(portal, person, tmp_path)
    with visit() as seen:
        enter(seen, person)
        seen.go(place)
        assert name in says(seen)
        seen.check("statement-receipt")
        seen.page.locator("details.help").last.locator("summary").click()
        for link, kept in (
            ("ul.receipts a:not([href$=signature])", "receipt.json"),
            ("ul.receipts a[href$=signature]", "receipt.json.sig"),
            ("a[href$=allowed_signers]", "allowed_signers"),
        ):
            with seen.page.expect_download() as taking:
                seen.page.click(link)
            taking.value.save_as(tmp_path / kept)
    words = ["ssh-keygen", "-Y", "verify", "-f", "allowed_signers", "-I", "strongroom"]
    words += ["-n", "receipt@strongroom", "-s", "receipt.json.sig"]
    body = (tmp_path / "receipt.json").read_bytes()
    done = subprocess.run(words, cwd=tmp_path, input=body, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    assert name.encode() in body


def _fetched_by_recipient(portal: Portal, person: Person, folder: Path) -> tuple[str, str]:
    """Have a recipient that fetches a statement by SFTP; returns its name and its page."""
    program("sftp")
    account, daemon = _account(portal, person.name), portal.daemon
    login = f"fund-{datetime.now(UTC):%H%M%S}"
    daemon.run("recipient", "add", login, "--account", account, "--allow", "127.0.0.1/32")
    pair: KeyPair = openssh_pair(folder / "pair", "-t", "rsa", "-b", "2048")
    submit_and_approve(daemon, login, pair.public)
    name = f"{account}_Position_20261120.csv"
    daemon.deliver(login, {name: b"Symbol,Quantity\nALDR,40\n"})
    known = folder / "known_hosts"
    known.write_text(
        "".join(f"[127.0.0.1]:{daemon.port} {line}\n" for line in daemon.public_host_keys())
    )
    OpensshSftp(Site(login, pair, daemon.port, known, (), folder)).fetch(
        f"/outgoing/{name}", folder / name
    )
    wait_for(lambda: name in daemon.receipts(login), "a receipt")
    return name, _statements(portal, account)["Position"]
