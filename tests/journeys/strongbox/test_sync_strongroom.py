"""From a statement that the firm drops to the recipient's hook, and back as "processed"."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.journeys.daemon import Daemon, free_port, running, wait_for
from tests.journeys.strongbox.enrolling_box import AGREED, BoxRun, invite

pytestmark = pytest.mark.xdist_group("fetching")

DAY_ONE = {"U1234567_Activity_20261119.csv": b"ClientAccountID,Amount\nU1234567,1\n"}
DAY_TWO = {"U1234567_Activity_20261120.csv": b"ClientAccountID,Amount\nU1234567,2\n"}
DAY_THREE = {"U1234567_Activity_20261116.csv": b"ClientAccountID,Amount\nU1234567,3\n"}


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    """A firm that answers over HTTPS."""
    home = tmp_path_factory.mktemp("fetching-firm") / "home"
    more = f'[api]\nlisten = "127.0.0.1:{free_port()}"\n'
    with running(home, more=more, environment={}) as server:
        server.run("account", "add", "U1234567", "--name", "River Fund")
        yield server


def enrolled(firm: Daemon, login: str, box: BoxRun, *words: str) -> None:
    """Somebody enrols, and the operator approves."""
    firm.forget_penalties()
    firm.run("recipient", "add", login, "--account", "U1234567", *words)
    with box.going("enrol", invite(firm, login), *AGREED) as enrolling:
        sent = enrolling.until("sent")
        enrolling.until("waiting")
        firm.run("key", "approve", login, sent["fingerprint"], "--allow", "127.0.0.1")
        for row in firm.listed("pgp-key", "list", login):
            firm.run("pgp-key", "approve", login, row["fingerprint"])
        enrolling.until("done")


def sync(box: BoxRun, *words: str, status: int = 0) -> list[dict[str, Any]]:
    """The events of one sync."""
    done = box.run("sync", "--json", *words, status=status)
    return [json.loads(line) for line in done.stdout.splitlines()]


def landed(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What landed."""
    return [one for one in events if one["event"] == "landed"]


@pytest.mark.req("SFTP-1", "SFTP-2")
def test_statements_land_are_re_issued_and_are_acknowledged(firm: Daemon, tmp_path: Path) -> None:
    box = BoxRun(tmp_path / "user")
    enrolled(firm, "clear-fund", box)
    firm.deliver("clear-fund", DAY_ONE)
    [first] = landed(sync(box))
    assert Path(first["path"]).read_bytes() == DAY_ONE[first["name"]]
    assert (first["verdict"], first["is_manifest_verified"]) == ("clear", True)
    [name] = DAY_ONE
    firm.drop(name, b"ClientAccountID,Amount\nU1234567,9\n")
    firm.deliver("clear-fund", DAY_TWO)
    second = landed(sync(box))
    assert [one["revision"] for one in second if one["is_reissue"]] == [2]
    assert len(second) == 2
    assert (Path(first["path"]).parent / "_REPLACED").exists()
    told = json.loads(box.run("ack", "--json").stdout)
    assert told == {"recorded": 3, "unknown": []}
    assert json.loads(box.run("ack", "--json").stdout)["recorded"] == 0
    receipts = firm.listed("receipts", "--recipient", "clear-fund")
    assert "processed" in json.dumps(receipts)
    assert json.loads(box.run("ack", name, "--json").stdout)["recorded"] == 0
    assert "ACK-UNKNOWN" in box.run("ack", "nonsuch", status=66).stderr


def test_a_watch_acknowledges_what_it_handed_over(firm: Daemon, tmp_path: Path) -> None:
    box = BoxRun(tmp_path / "user")
    enrolled(firm, "watching-fund", box)
    firm.deliver("watching-fund", {"U1234567_Activity_20261117.csv": b"a,b\n3,4\n"})
    with box.going("watch", "--json", "--every", "1", "--ack") as watching:
        watching.until("landed")
        firm.deliver("watching-fund", {"U1234567_Activity_20261118.csv": b"a,b\n1,2\n"})
        watching.until("landed")

        def is_told() -> bool:
            return "processed" in json.dumps(
                firm.listed("receipts", "--recipient", "watching-fund")
            )

        wait_for(is_told, "the firm knows that it was processed")


@pytest.mark.req("KEY-14")
def test_encrypted_statements_land_opened_and_verified(firm: Daemon, tmp_path: Path) -> None:
    box = BoxRun(tmp_path / "user")
    enrolled(firm, "pgp-fund", box, "--pgp", "required")
    sealed = {f"{name}.pgp": content for name, content in DAY_THREE.items()}
    for name, content in DAY_THREE.items():
        firm.drop(name, content)
    wait_until_listed(firm, "pgp-fund", set(sealed))
    rows = {one["name"]: one for one in landed(sync(box))}
    for name, content in sealed.items():
        path = Path(rows[name]["path"])
        assert (path.name, path.read_bytes()) == (name.removesuffix(".pgp"), content)
        assert rows[name]["verdict"] == "verified"


def wait_until_listed(firm: Daemon, login: str, names: set[str]) -> None:
    """Until copies are published and on a manifest."""

    def is_there() -> bool:
        copies = firm.copies(login)
        return all(name in copies and copies[name]["manifest_id"] for name in names)

    wait_for(is_there, f"{names} published to {login}")
