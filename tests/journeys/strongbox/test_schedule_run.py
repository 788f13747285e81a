"""The command that `schedule install` sets up, run as a scheduler runs it, against a Strongroom."""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from strongbox.keys.openpgp_making import NewPgpKind, make_pgp_key
from strongbox.profiles import files
from strongbox.profiles.box import Box
from strongbox.profiles.profile import OwnKeys, Profile, Sender

from tests.journeys.daemon import Daemon, public_line, wait_for
from tests.journeys.enrolling import Enrol, Enrolled, openssh_pair

STRONGBOX = Path(sys.executable).with_name("strongbox")
PASSPHRASE = "nobody types this"
LIKE_CRON = """#!/bin/sh
case "$1" in
-l) if [ -e "{tab}" ]; then cat "{tab}"; else echo "no crontab for you" >&2; exit 1; fi ;;
-r) rm "{tab}" ;;
-) cat > "{tab}" ;;
esac
"""


@pytest.fixture
def enrolled(server: Daemon, enrol: Enrol, tmp_path: Path) -> Enrolled:
    """A recipient with OpenPGP, whose keys are both locked."""
    key = openssh_pair(tmp_path / "pair", "-t", "ed25519")
    found = enrol("early-bird", "--pgp", "required", key=key)
    words = ["ssh-keygen", "-q", "-p", "-P", "", "-N", PASSPHRASE, "-f", str(key.openssh)]
    subprocess.run(words, check=True, timeout=30)
    made = make_pgp_key(
        "Early <e@example.com>",
        PASSPHRASE.encode(),
        at=datetime.now(UTC),
        kind=NewPgpKind.CURVE25519,
    )
    (tmp_path / "pgp.asc").write_bytes(made.secret)
    (tmp_path / "public.asc").write_bytes(made.certificate)
    [shown] = server.listed("pgp-key", "submit", "early-bird", tmp_path / "public.asc")
    server.run("pgp-key", "approve", "early-bird", shown["fingerprint"])
    return found


def profile_of(enrolled: Enrolled, folder: Path, secret: str) -> Profile:
    keys = enrolled.server.home / "keys"
    return Profile(
        name="acme",
        host="127.0.0.1",
        port=enrolled.server.port,
        login=enrolled.login,
        host_keys=tuple(enrolled.server.public_host_keys()),
        keys=OwnKeys(ssh=enrolled.site.key.openssh, pgp=(folder / "pgp.asc",), secret=secret),
        landing=folder / "statements",
        sender=Sender(
            signers=(public_line(next(keys.glob("evidence*"))),), certificate=keys / "firm_pgp.asc"
        ),
    )


def ran(
    words: list[str], environment: dict[str, str], folder: Path
) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        words,
        env=environment,
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def scheduled(box: Box, tab: Path, home: Path) -> "subprocess.CompletedProcess[str]":
    """Run the line of the crontab as cron does: by sh, in the home, with no environment."""
    [line] = [line for line in tab.read_text().splitlines() if not line.startswith("#")]
    words = ["/bin/sh", "-c", line.split(" ", 5)[5].replace("\\%", "%")]
    return ran(words, {"HOME": str(home)}, home)


@pytest.mark.req("KEY-20")
def test_a_scheduled_run_fetches_opens_and_verifies_without_anybody_there(
    server: Daemon, enrolled: Enrolled, tmp_path: Path
) -> None:
    box, tab, bin_ = Box(tmp_path / "box"), tmp_path / "tab", tmp_path / "bin"
    bin_.mkdir()
    (bin_ / "crontab").write_text(LIKE_CRON.format(tab=tab))
    (bin_ / "crontab").chmod(0o755)
    environment = {**os.environ, "PATH": f"{bin_}:{os.environ['PATH']}", "STRONGBOX_LANG": "en"}

    def strongbox(*words: str) -> "subprocess.CompletedProcess[str]":
        line = [str(STRONGBOX), "--box", str(box.root), *words]
        return ran(line, environment, tmp_path)

    files.save(box, profile_of(enrolled, tmp_path, "ask"))
    done = strongbox("schedule", "install", "--kind", "cron")
    assert (done.returncode, tab.exists()) == (78, False)
    assert "SCHEDULE-ASKS" in done.stderr

    secret = tmp_path / "passphrase"
    secret.write_text(PASSPHRASE + "\n")
    secret.chmod(0o600)
    files.save(box, profile_of(enrolled, tmp_path, f"file:{secret}"))
    assert strongbox("schedule", "install", "--kind", "cron", "--at", "06:30").returncode == 0
    name = f"{enrolled.account}_Activity_20261120.csv"
    server.drop(name, b"Account,Amount\r\n" + enrolled.account.encode() + b",1\r\n")
    wait_for(lambda: server.copies(enrolled.login).get(f"{name}.pgp", {}).get("manifest_id"), name)

    morning = scheduled(box, tab, tmp_path)
    assert (morning.returncode, morning.stdout) == (0, ""), morning.stderr
    [landed] = [path for path in (tmp_path / "statements").rglob(name) if path.is_file()]
    assert landed.read_bytes().endswith(b",1\r\n")
    shown = json.loads(strongbox("schedule", "show", "--json").stdout)
    assert (shown["installed"], shown["last_state"], shown["last_exit"]) == (True, "done", 0)
    assert strongbox("schedule", "remove").returncode == 0
    assert not tab.exists()
