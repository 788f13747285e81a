"""The signed manifests: signature, chain and head; whatever does not hold stops the run."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from strongbox.profiles.profile import Sender
from strongbox.sync.manifests import update_manifests
from strongroom_formats import manifest, sshsig

from tests.unit.strongbox_sync.memory_firm import NOON, TODAY, MemoryFirm, MemorySession, Recipient

Make = Callable[..., Recipient]
FIRST, SECOND = date(2026, 11, 18), date(2026, 11, 19)


def refused(who: Recipient) -> tuple[str, int]:
    """The code and the exit status of a run that is refused."""
    said = who.refused()
    return said.code, said.kind.exit


def test_a_manifest_by_a_stranger_is_refused(firm: MemoryFirm, recipient: Make) -> None:
    who = recipient(firm)
    firm.key = Ed25519PrivateKey.generate()
    firm.publish("a.csv", b"x")
    assert refused(who) == ("MANIFEST-SIGNATURE", 65)
    assert who.landed() == {}
    assert who.records() == []


def test_a_changed_manifest_is_refused(firm: MemoryFirm, recipient: Make) -> None:
    firm.publish("a.csv", b"x")
    path = "/manifests/MANIFEST-2026-11-20.json"
    firm.files[path] = firm.files[path].replace(b"U1000001", b"U1000002")
    assert refused(recipient(firm)) == ("MANIFEST-SIGNATURE", 65)


def test_a_signature_of_another_purpose_is_refused(firm: MemoryFirm, recipient: Make) -> None:
    firm.publish("a.csv", b"x")
    path = "/manifests/MANIFEST-2026-11-20.json"
    firm.files[f"{path}.sig"] = sshsig.sign(firm.files[path], firm.key, "receipt@strongroom")
    assert refused(recipient(firm)) == ("MANIFEST-SIGNATURE", 65)


def test_a_manifest_without_a_signature_is_refused(firm: MemoryFirm, recipient: Make) -> None:
    firm.publish("a.csv", b"x")
    del firm.files["/manifests/MANIFEST-2026-11-20.json.sig"]
    assert refused(recipient(firm)) == ("MANIFEST-UNSIGNED", 65)


def test_a_hidden_manifest_breaks_the_chain(firm: MemoryFirm, recipient: Make) -> None:
    firm.publish("a.csv", b"x", on=FIRST)
    firm.publish("b.csv", b"y", on=SECOND)
    firm.publish("c.csv", b"z", on=TODAY)
    for end in ("", ".sig"):
        del firm.files[f"/manifests/MANIFEST-2026-11-19.json{end}"]
    assert refused(recipient(firm)) == ("MANIFEST-CHAIN", 65)


def test_a_chain_goes_on_from_the_head_of_the_run_before(firm: MemoryFirm, recipient: Make) -> None:
    who = recipient(firm)
    firm.publish("a.csv", b"x", on=FIRST)
    assert who.sync().landed == 1
    firm.publish("b.csv", b"y", on=SECOND)
    firm.reads.clear()
    assert who.sync().landed == 1
    firm.publish("c.csv", b"z", on=TODAY, account="U1000002")
    for end in ("", ".sig"):
        del firm.files[f"/manifests/MANIFEST-2026-11-18.json{end}"]
    assert who.sync().landed == 1, "an old manifest that is gone is no gap"


def test_a_second_history_is_refused_after_the_first_was_seen(
    firm: MemoryFirm, recipient: Make
) -> None:
    who = recipient(firm)
    firm.publish("a.csv", b"x", on=FIRST)
    who.sync()
    other = MemoryFirm(key=firm.key)
    other.publish("b.csv", b"y", on=SECOND)
    firm.files = other.files
    assert refused(who) == ("MANIFEST-CHAIN", 65)


def test_the_newest_manifest_cannot_be_replaced(firm: MemoryFirm, recipient: Make) -> None:
    who = recipient(firm)
    firm.publish("a.csv", b"x")
    who.sync()
    assert firm.last is not None
    firm.sign(replace(firm.last, firm="B Firm"))  # as long as before
    assert refused(who) == ("MANIFEST-REPLACED", 65)


def test_an_old_manifest_cannot_change_its_length(firm: MemoryFirm, recipient: Make) -> None:
    who = recipient(firm)
    firm.publish("a.csv", b"x", on=FIRST)
    firm.publish("b.csv", b"y", on=SECOND)
    who.sync()
    firm.files["/manifests/MANIFEST-2026-11-18.json"] += b" "
    assert refused(who) == ("MANIFEST-REPLACED", 65)


def test_a_manifest_for_another_login_is_refused(firm: MemoryFirm, recipient: Make) -> None:
    firm.login = "someone"
    firm.publish("a.csv", b"x")
    assert refused(recipient(firm)) == ("MANIFEST-LOGIN", 65)


def test_a_manifest_under_the_name_of_another_day_is_refused(
    firm: MemoryFirm, recipient: Make
) -> None:
    firm.publish("a.csv", b"x")
    for end in ("", ".sig"):
        body = firm.files.pop(f"/manifests/MANIFEST-2026-11-20.json{end}")
        firm.files[f"/manifests/MANIFEST-2026-11-21.json{end}"] = body
    assert refused(recipient(firm)) == ("MANIFEST-BROKEN", 65)


def test_a_signed_file_that_is_no_manifest_is_refused(firm: MemoryFirm, recipient: Make) -> None:
    path = "/manifests/MANIFEST-2026-11-20.json"
    firm.files[path] = b"{}"
    firm.files[f"{path}.sig"] = sshsig.sign(b"{}", firm.key, manifest.NAMESPACE)
    assert refused(recipient(firm)) == ("MANIFEST-BROKEN", 65)


@pytest.mark.parametrize("signers", [(), ("ssh-ed25519 ???",), ("nonsense",)])
def test_without_the_firms_key_nothing_is_believed(
    firm: MemoryFirm, recipient: Make, signers: tuple[str, ...]
) -> None:
    firm.publish("a.csv", b"x")
    who = recipient(firm, sender=Sender(signers=signers))
    assert refused(who) == ("MANIFEST-SIGNERS", 78)


def test_other_files_beside_the_manifests_are_no_manifests(
    firm: MemoryFirm, recipient: Make
) -> None:
    firm.publish("a.csv", b"x")
    firm.files["/manifests/allowed_signers"] = b"evil"
    firm.files["/manifests/MANIFEST-2026-99-99.json"] = b"evil"
    assert recipient(firm).sync().landed == 1


def test_two_processes_that_learn_the_same_manifests_keep_the_newest_head(
    firm: MemoryFirm, recipient: Make
) -> None:
    who = recipient(firm)
    firm.publish("a.csv", b"x", on=FIRST)
    who.sync()
    firm.publish("b.csv", b"y", on=SECOND)
    firm.publish("c.csv", b"z", on=TODAY)
    who.sync()
    with who.ledger() as ledger:
        known = ledger.manifests("acme")
        ledger.add_manifests("acme", known[:2], (), who.now)
        assert ledger.manifests("acme") == known
    assert [one.body is not None for one in known] == [False, False, True]


@pytest.mark.req("ATK-23")
def test_a_manifest_is_read_as_far_as_its_size_was_said(firm: MemoryFirm, recipient: Make) -> None:
    firm.publish("a.csv", b"x", on=FIRST)
    path = "/manifests/MANIFEST-2026-11-18.json"
    said = len(firm.files[path])
    asked: dict[str, int] = {}

    class Counting(MemorySession):
        async def read(self, path: str, *, most: int) -> bytes:
            asked[path] = most
            return await super().read(path, most=most)

    who = recipient(firm)
    with who.ledger() as ledger:
        session = Counting(firm)
        assert asyncio.run(update_manifests(session, who.profile, ledger, now=NOON)) == 1
    assert asked[path] == said
