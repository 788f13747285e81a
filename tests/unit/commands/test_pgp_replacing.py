"""`strongroom pgp-key approve` where there is a certificate already: it says which one ends."""

from pathlib import Path

import pytest

from tests.unit.commands.conftest import Say
from tests.unit.directory.keys import fresh_tsk


@pytest.fixture(autouse=True)
def _recipient(say: Say) -> None:
    say("account", "add", "U1234567", "--name", "A")
    say("recipient", "add", "fund", "--account", "U1234567", "--pgp", "required")


def certificate(folder: Path, name: str) -> Path:
    path = folder / name
    path.write_text(str(fresh_tsk().extract_certificate()))
    return path


@pytest.mark.req("KEY-16")
def test_approving_a_second_certificate_names_the_one_that_it_replaces(
    say: Say, tmp_path: Path
) -> None:
    [old] = say("pgp-key", "submit", "fund", certificate(tmp_path, "old"), "--json").rows
    first = say("pgp-key", "approve", "fund", old["fingerprint"]).out
    assert "replaces" not in first
    file = certificate(tmp_path, "new")
    submitted = say("pgp-key", "submit", "fund", file).out
    assert f"That replaces {old['fingerprint']}" in submitted
    new = next(line.split()[1] for line in submitted.splitlines() if line.startswith("finger"))
    said = say("pgp-key", "approve", "fund", new).out
    assert f"This replaces {old['fingerprint']}." in said
    assert "only the new key opens fund's statements" in said
    rows = say("pgp-key", "list", "fund", "--json").rows
    assert [(row["state"], row["replaces"]) for row in rows] == [
        ("replaced", None),
        ("active", old["fingerprint"]),
    ]


def test_a_renewal_of_the_same_key_replaces_no_key(say: Say, tmp_path: Path) -> None:
    file = certificate(tmp_path, "same")
    for words in ("held statements are tried again", "It renews the certificate of the same key"):
        submitted = say("pgp-key", "submit", "fund", file)
        assert "replaces -" in " ".join(submitted.out.split())
        fingerprint = submitted.out.split()[1]
        said = say("pgp-key", "approve", "fund", fingerprint).out
        assert words in said
        assert "This replaces" not in said


def test_a_replaced_certificate_may_come_back(say: Say, tmp_path: Path) -> None:
    old, new = certificate(tmp_path, "old"), certificate(tmp_path, "new")
    for file in (old, new, old):
        [row] = say("pgp-key", "submit", "fund", file, "--json").rows
        say("pgp-key", "approve", "fund", row["fingerprint"])
    rows = say("pgp-key", "list", "fund", "--json").rows
    assert [row["state"] for row in rows] == ["replaced", "replaced", "active"]
