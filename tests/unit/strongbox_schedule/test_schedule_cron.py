"""Lines in a crontab: ours come and go, everything else stays byte for byte."""

import os
import shlex
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from strongbox.refusal import Refused
from strongbox.schedule.cron import Cron

from tests.unit.strongbox_schedule.conftest import NOW, STRONGBOX, Stub, at, program, task

LIKE_CRON = """
case "$1" in
-l) if [ -e "{tab}" ]; then cat "{tab}"; else echo "no crontab for you" >&2; exit 1; fi ;;
-r) rm "{tab}" ;;
-) cat > "{tab}.new" && mv "{tab}.new" "{tab}" ;;
esac
"""
OTHERS = b"MAILTO=me@example.com\n0 5 * * 1 tar -zcf /var/b.tgz /home/ # caf\xe9\n"


@pytest.fixture
def tab(tmp_path: Path, stub: Stub) -> Path:
    path = tmp_path / "tab"
    stub("crontab", LIKE_CRON.format(tab=path))
    return path


def ours(tab: Path) -> list[str]:
    lines = tab.read_text(errors="replace").splitlines()
    return [line for line in lines if "strongbox" in line and not line.startswith("#")]


def test_a_first_line_makes_a_crontab_and_the_last_one_ends_it(tab: Path, stub: Stub) -> None:
    assert not Cron().is_there("acme")
    Cron().install(task(), NOW)
    assert Cron().is_there("acme")
    assert len(ours(tab)) == 1
    assert Cron().remove("acme")
    assert not tab.exists()
    assert not Cron().remove("acme")


@pytest.mark.parametrize("before", [OTHERS, OTHERS.rstrip(b"\n"), b"\n\n# only a remark\n"])
def test_other_lines_stay_as_they_are(tab: Path, before: bytes) -> None:
    tab.write_bytes(before)
    Cron().install(task(), NOW)
    assert tab.read_bytes().startswith(before)
    Cron().install(task(daily=at("22:30")), NOW)
    Cron().install(task(name="other"), NOW)
    assert len(ours(tab)) == 2
    assert Cron().remove("acme")
    assert len(ours(tab)) == 1
    assert Cron().remove("other")
    assert tab.read_bytes().rstrip(b"\n") == before.rstrip(b"\n")


def test_the_command_is_read_by_the_shell_as_it_was_meant(tab: Path) -> None:
    given = task()
    Cron().install(given, NOW)
    [line] = ours(tab)
    words = shlex.split(line.split(" ", 5)[5].replace("\\%", "%"))
    assert words == [
        "/usr/bin/env", *(f"{name}={value}" for name, value in given.environment.items()),
        *given.words, ">/dev/null",
    ]  # fmt: skip
    assert "%" not in line.replace("\\%", "")


def test_cron_has_a_second_try_three_hours_later(
    tab: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for text, fields in (("07:05", "5 7,10 * * *"), ("22:30", "30 1,22 * * *")):
        Cron().install(task(daily=at(text)), NOW)
        assert ours(tab)[0].startswith(fields + " ")


def test_a_time_of_the_firm_becomes_one_of_this_machine(tab: Path) -> None:
    daily = at("09:05", "Asia/Tokyo")
    Cron().install(task(daily=daily), NOW)
    here = datetime(2026, 11, 24, 0, 5, tzinfo=UTC).astimezone()
    assert ours(tab)[0].startswith(f"{here.minute} ")
    assert str(here.hour) in ours(tab)[0].split()[1].split(",")


@pytest.mark.parametrize("keep", [slice(0, 1), slice(2, 3), slice(2, None, -1), slice(0, 2)])
def test_marks_that_somebody_broke_are_refused_and_nothing_is_changed(
    tab: Path, keep: slice
) -> None:
    Cron().install(task(), NOW)
    lines = tab.read_text().splitlines(keepends=True)
    tab.write_text("".join(lines[keep]))
    before = tab.read_bytes()
    for attempt in (lambda: Cron().install(task(), NOW), lambda: Cron().remove("acme")):
        with pytest.raises(Refused) as caught:
            attempt()
        assert caught.value.code == "SCHEDULE-CRONTAB"
        assert tab.read_bytes() == before


def test_a_crontab_that_cannot_be_read_is_not_taken_for_an_empty_one(tab: Path, stub: Stub) -> None:
    stub("crontab", 'echo "you (me) are not allowed to use this program" >&2; exit 1')
    with pytest.raises(Refused) as caught:
        Cron().install(task(), NOW)
    assert caught.value.code == "SCHEDULE-TOOL"
    assert "not allowed" in str(caught.value)
    assert len(stub.calls) == 1


def test_a_crontab_that_changes_all_the_time_is_refused(tab: Path, stub: Stub) -> None:
    counting = 'date +%N; [ "$1" = -l ]'
    stub("crontab", counting)
    with pytest.raises(Refused) as caught:
        Cron().install(task(), NOW)
    assert caught.value.code == "SCHEDULE-CRONTAB"
    assert not any(call.endswith(" -") for call in stub.calls)


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(before=st.binary(max_size=200).filter(lambda text: b"\0" not in text and b"\r" not in text))
@example(b"\x1c")
@example(b"a\x1c# BEGIN\x85b")
def test_whatever_stood_there_before_stands_there_after(tab: Path, before: bytes) -> None:
    tab.write_bytes(before)
    Cron().install(task(), NOW)
    Cron().remove("acme")
    after = tab.read_bytes() if tab.exists() else b""
    assert after.rstrip(b"\n") == before.rstrip(b"\n") or not before.strip()


def test_the_real_crontab_takes_the_lines_and_gives_them_back(tmp_path: Path) -> None:
    """In a mount name space of its own, so that this machine's crontab stays as it is."""
    program("crontab")
    if os.geteuid():
        pytest.skip("a private spool of cron takes root")
    script = f"""
set -e
mount -t tmpfs none /var/spool/cron
mkdir -m 1730 /var/spool/cron/crontabs && chgrp crontab /var/spool/cron/crontabs
echo "0 5 * * 1 true" | crontab -
export HOME={tmp_path} STRONGBOX_HOME={tmp_path}/box
mkdir -p {tmp_path}/box/profiles
cat > {tmp_path}/box/profiles/acme.toml <<'EOF'
host = "127.0.0.1"
port = 22
login = "acme"
host_keys = []
landing = "{tmp_path}/statements"
[keys]
ssh = "{tmp_path}/id"
EOF
ssh-keygen -q -t ed25519 -N "" -f {tmp_path}/id
{STRONGBOX} schedule install --kind cron --at 06:10
crontab -l
{STRONGBOX} schedule show --json
{STRONGBOX} schedule remove
echo AFTER; crontab -l
"""
    words = [program("unshare"), "-m", "sh", "-c", script]
    done = subprocess.run(words, capture_output=True, text=True, timeout=120, check=False)
    if "unshare" in done.stderr or "mount" in done.stderr:
        pytest.skip("no name spaces here")
    assert done.returncode == 0, done.stderr
    during, after = done.stdout.split("AFTER\n")
    assert "10 6,9 * * * /usr/bin/env PATH=" in during
    assert '"installed": true' in during
    assert after == "0 5 * * 1 true\n"
