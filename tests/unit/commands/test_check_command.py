"""`strongroom check`: a home in order has no complaint, each thing out of order has one."""

import os
import shutil
from collections.abc import Callable
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from strongroom.rules.login_causes import Cause

from tests.unit.commands.conftest import Say

if TYPE_CHECKING:
    from strongroom.runtime.home import Home

Look = Callable[..., dict[str, Any]]


@pytest.fixture(autouse=True)
def _made(db: None) -> None:
    """`init` writes the first record of a home's log."""
    from strongroom.audit.act import Act
    from strongroom.audit.record import record
    from strongroom.runtime import clock

    record(Act("operator:test", clock.now()), "home.made", "home")


@pytest.fixture
def look(say: Say) -> Look:
    """A factory: runs the check and returns the finding of a name, the worst first."""

    def run(name: str, status: int = 0) -> dict[str, Any]:
        rows = [row for row in say("check", "--json", status=status).rows if row["name"] == name]
        assert rows, f"no line about {name}"
        return min(rows, key=lambda row: ["fail", "warn", "ok"].index(row["level"]))

    return run


def test_a_home_in_order_has_no_complaint(say: Say, home: "Home") -> None:
    before = sorted(home.root.rglob("*"))
    rows = say("check", "--json").rows
    assert [row for row in rows if row["level"] == "fail"] == []
    assert {"settings", "folders", "key files", "evidence key", "firm PGP key", "clock", "disk",
            "storage", "database", "database write", "audit log", "proxies", "inbox",
            "sidecars"} <= {row["name"] for row in rows}  # fmt: skip
    assert all(row["measured"] for row in rows)
    said = say("check").out
    assert "ok    evidence key    signed and verified" in said
    after = [path for path in sorted(home.root.rglob("*")) if "objects" not in path.parts]
    assert after == [path for path in before if "objects" not in path.parts]


def test_a_missing_home_is_one_failed_line(say: Say, home: "Home") -> None:
    home.settings.unlink()
    [row] = say("check", "--json", status=78).rows
    assert (row["name"], row["level"]) == ("home", "fail")


def loosen(home: "Home") -> None:
    (home.keys / "host_rsa").chmod(0o644)


def lose_evidence(home: "Home") -> None:
    (home.keys / "evidence_ed25519").unlink()


def swap_evidence(home: "Home") -> None:
    shutil.copy(home.keys / "host_ecdsa", home.keys / "evidence_ed25519")


def lose_host_key(home: "Home") -> None:
    (home.keys / "host_ecdsa").unlink()


def spoil_pgp_key(home: "Home") -> None:
    shutil.copy(home.keys / "firm_pgp.asc", home.keys / "firm_pgp.key")


def trust_all(home: "Home") -> None:
    home.settings.write_text('[sftp]\ntrusted_proxies = ["0.0.0.0/0"]\n')


@pytest.mark.parametrize(
    ("spoil", "name"),
    [
        (loosen, "key files"),
        (lose_evidence, "evidence key"),
        (swap_evidence, "evidence key"),
        (lose_host_key, "host keys"),
        (spoil_pgp_key, "firm PGP key"),
        (trust_all, "proxies"),
    ],
)
def test_settings_and_keys_out_of_order_end_with_78(
    look: Look, home: "Home", spoil: Callable[["Home"], None], name: str
) -> None:
    spoil(home)
    finding = look(name, 78)
    assert finding["level"] == "fail"
    assert finding["measured"]


@pytest.mark.req("ATK-70")
def test_a_clock_behind_the_newest_record_ends_with_69(look: Look, act: Callable[..., Any]) -> None:
    from strongroom.audit.act import Act
    from strongroom.audit.record import record
    from strongroom.runtime import clock

    record(Act("worker", clock.now() + timedelta(hours=1)), "test.done", "home")
    finding = look("clock", 69)
    assert "newest audit record" in finding["measured"]
    assert "time server" in finding["advice"]


def test_a_clock_before_this_program_was_made_ends_with_69(
    look: Look, monkeypatch: pytest.MonkeyPatch
) -> None:
    from datetime import UTC, datetime

    from strongroom.runtime import clock

    monkeypatch.setattr(clock, "now", lambda: datetime(1970, 1, 2, tzinfo=UTC))
    assert look("clock", 69)["level"] == "fail"


@pytest.mark.req("ATK-68")
def test_a_head_that_does_not_fit_the_log_ends_with_69(look: Look, act: Callable[..., Any]) -> None:
    from strongroom.audit.models import Head
    from strongroom.audit.record import record

    record(act(), "test.done", "home")
    Head.objects.update(seq=7)
    assert "audit verify" in look("audit log", 69)["advice"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root can write everywhere")
def test_an_inbox_that_cannot_be_written_ends_with_69(look: Look, home: "Home") -> None:
    home.inbox.chmod(0o500)
    assert look("inbox", 69)["level"] == "fail"


def test_a_storage_that_does_not_work_ends_with_69(look: Look, home: "Home") -> None:
    (home.root / "objects" / "probes").write_text("no folder")
    finding = look("storage", 69)
    assert finding["level"] == "fail"


def test_a_log_without_any_record_ends_with_69(look: Look) -> None:
    from strongroom.audit.models import Event, Head

    Event.objects.all().delete()
    Head.objects.all().delete()
    assert "empty" in look("audit log", 69)["measured"]


def test_things_that_wait_for_a_person_are_worth_a_look(
    look: Look, home: "Home", act: Callable[..., Any]
) -> None:
    from strongroom.messages.models import Notice
    from strongroom.rules.sidecar import SUFFIX
    from strongroom.runtime import clock
    from strongroom.statements.models import Arrival

    now = clock.now()
    Arrival.objects.create(
        file_name="x.csv", source="inbox", actor="worker", state="parked", arrived_at=now
    )
    Notice.objects.create(
        sameness="1", kind="key-approved", created_at=now, next_try_at=now, state="failed"
    )
    lone = home.inbox / f"U1234567.csv{SUFFIX}"
    lone.write_text("{}")
    os.utime(lone, (0, 0))
    assert look("parked files")["measured"] == "1"
    assert "1 given up" in look("notices")["measured"]
    assert look("sidecars")["level"] == "warn"


def test_a_file_that_nobody_takes_from_the_inbox_is_worth_a_look(look: Look, home: "Home") -> None:
    left = home.inbox / "U1234567_Activity_20261121.csv"
    left.write_text("x")
    os.utime(left, (0, 0))
    finding = look("inbox")
    assert finding["level"] == "warn"
    assert "worker" in finding["advice"]


def allow(network: str, act: Callable[..., Any]) -> None:
    """Put a network on the list of a new recipient."""
    from strongroom.directory.models import AllowedNetwork, Recipient

    owner = Recipient.objects.create(login="acme", created_at=act().at)
    AllowedNetwork.objects.create(recipient=owner, network=network, added_at=act().at)


@pytest.mark.req("ATK-33")
def test_lists_that_a_hidden_listener_can_never_meet_end_with_78(
    look: Look, home: "Home", act: Callable[..., Any]
) -> None:
    allow("198.51.100.0/24", act)
    home.settings.write_text('[sftp]\nlisten = ["127.0.0.1:2232"]\n')
    finding = look("proxies", 78)
    assert "sftp.trusted_proxies" in finding["advice"]
    named = '[sftp]\nlisten = ["127.0.0.1:2232"]\ntrusted_proxies = ["127.0.0.1/32"]\n'
    home.settings.write_text(named)
    assert look("proxies")["level"] == "ok"


@pytest.mark.req("ATK-33")
def test_a_proxy_on_an_allow_list_is_worth_a_look(
    look: Look, home: "Home", act: Callable[..., Any]
) -> None:
    allow("192.0.2.0/24", act)
    home.settings.write_text('[sftp]\ntrusted_proxies = ["192.0.2.10/32"]\n')
    assert look("proxies")["level"] == "warn"


@pytest.mark.req("ATK-33")
def test_strangers_that_all_come_from_one_private_address_hint_at_a_balancer(
    look: Look, act: Callable[..., Any]
) -> None:
    from strongroom.audit.act import Act
    from strongroom.login.connections.attempts import Refusal, record_attempt
    from strongroom.runtime import clock

    address = ip_address("10.20.30.40")
    for _ in range(5):
        refusal = Refusal("sftp", "", str(address), "", Cause.ADDRESS_UNLISTED, ())
        record_attempt(refusal, Act("gateway", clock.now()))
    finding = look("proxies")
    assert finding["level"] == "warn"
    assert "10.20.30.40" in finding["measured"]


def test_a_strangers_file_name_in_keys_is_shown_harmlessly(
    look: Look, say: Say, home: "Home"
) -> None:
    (home.keys / "x\x1b[2J").write_text("?")
    (home.keys / "x\x1b[2J").chmod(0o644)
    assert "\x1b" not in say("check", "--json", status=78).out
    assert "\\u001b" in say("check", status=78).out


def test_the_probe_of_the_pgp_key_leaves_nothing_in_the_spool(say: Say, home: "Home") -> None:
    say("check")
    assert list(Path(home.spool / "encrypt").iterdir()) == []
