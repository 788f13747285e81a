"""Receipts: only a whole read with a clean close makes one, and it makes exactly one."""

import subprocess
import threading
import uuid
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from shutil import which
from typing import TYPE_CHECKING

import pytest
from django.db import connections
from strongroom.audit.models import Event
from strongroom.rules.ranges import ByteRanges
from strongroom.rules.refusals import Refused
from strongroom.statements import fetch, repositories
from strongroom.statements.models import Copy, Receipt
from strongroom_formats.receipt import NAMESPACE
from strongroom_formats.receipt import Receipt as ReceiptDocument

from tests.unit.statements.firm import NAME, Firm

if TYPE_CHECKING:
    from strongroom.runtime.home import Home

pytestmark = pytest.mark.django_db

SIZE = 1000
KEY = "SHA256:" + "A" * 43


def _ranges(*pairs: tuple[int, int]) -> ByteRanges:
    ranges = ByteRanges()
    for start, end in pairs:
        ranges.add(start, end)
    return ranges


def _note(
    firm: Firm,
    *pairs: tuple[int, int],
    is_clean: bool = True,
    key: str = KEY,
    client: str = "c",
    opened_at: datetime | None = None,
) -> bool:
    firm.clock.advance(seconds=1)
    read = fetch.Fetch(
        copy_id=Copy.objects.get().pk,
        visit=str(uuid.uuid4()),
        gateway="sftp",
        address="198.51.100.7",
        key_fingerprint=key,
        client=client,
        opened_at=opened_at or firm.clock.now(),
        sent=_ranges(*pairs),
        is_clean=is_clean,
    )
    return fetch.note_fetch(firm.pipeline, read, firm.act("recipient:fund"))


@pytest.fixture
def published(firm: Firm) -> Firm:
    firm.recipient()
    firm.publish(content=b"x" * SIZE)
    return firm


def test_a_whole_read_makes_a_receipt_that_says_what_was_read(published: Firm) -> None:
    assert _note(published, (0, SIZE))
    copy, row = Copy.objects.get(), Receipt.objects.get()
    receipt = ReceiptDocument.from_bytes(bytes(row.body))
    assert (receipt.name, receipt.size, receipt.sha256) == (NAME, SIZE, copy.sha256)
    assert (receipt.recipient, receipt.key_fingerprint) == ("fund", KEY)
    assert copy.first_fetched_at == published.clock.now()
    assert Event.objects.filter(verb="copy.fetched").count() == 1


@pytest.mark.req("ATK-72")
@pytest.mark.parametrize(
    "pairs",
    [
        [],
        [(SIZE - 1, SIZE)],
        [(1, SIZE)],
        [(0, SIZE - 1)],
        [(0, 400), (401, SIZE)],
        [(0, 999), (SIZE, SIZE + 50)],
        [(0, 10), (SIZE - 10, SIZE + 32768)],
    ],
)
def test_a_read_with_anything_missing_makes_none(
    published: Firm, pairs: Iterable[tuple[int, int]]
) -> None:
    assert not _note(published, *pairs)
    assert Receipt.objects.count() == 0
    assert Copy.objects.get().fetch_count == 0


@pytest.mark.req("ATK-72")
def test_a_read_that_was_broken_off_makes_none_even_when_all_bytes_went_out(
    published: Firm,
) -> None:
    assert not _note(published, (0, SIZE), is_clean=False)
    assert Receipt.objects.count() == 0


@pytest.mark.req("ATK-72")
def test_read_ahead_past_the_end_harms_no_receipt(published: Firm) -> None:
    assert _note(published, (0, SIZE + 32768))


@pytest.mark.req("ATK-72")
def test_a_resumed_read_counts_with_its_beginning_by_the_same_key_only(published: Firm) -> None:
    assert not _note(published, (0, 600), is_clean=False)
    assert not _note(published, (600, SIZE), key="SHA256:" + "B" * 43)
    assert _note(published, (600, SIZE))
    assert Receipt.objects.get().key_fingerprint == KEY


@pytest.mark.req("ATK-72")
def test_a_read_from_the_start_forgets_the_pieces_of_earlier_ones(published: Firm) -> None:
    assert not _note(published, (500, SIZE), is_clean=False)
    assert not _note(published, (0, 400))
    assert not _note(published, (500, SIZE))
    assert not _note(published, (0, 500), is_clean=False)
    assert _note(published, (500, SIZE))


@pytest.mark.req("ATK-72")
def test_two_streams_of_one_client_count_together_in_whatever_order_they_close(
    published: Firm,
) -> None:
    opened_at = published.clock.now()
    assert not _note(published, (500, SIZE), opened_at=opened_at)
    assert _note(published, (0, 500), opened_at=opened_at)


def test_later_reads_are_counted_and_each_key_has_its_receipt(published: Firm) -> None:
    for _ in range(3):
        assert _note(published, (0, SIZE))
    assert _note(published, (0, SIZE), key="SHA256:" + "B" * 43)
    assert Copy.objects.get().fetch_count == 4
    assert Receipt.objects.count() == 2


@pytest.mark.req("ATK-72")
@pytest.mark.django_db(transaction=True)
def test_eight_whole_reads_at_once_make_one_receipt(published: Firm) -> None:
    together, answers = threading.Barrier(8), []

    def read() -> None:
        together.wait(10)
        try:
            answers.append(_note(published, (0, SIZE)))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=read) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [True] * 8
    assert Copy.objects.get().fetch_count == 8
    assert Receipt.objects.count() == 1
    assert Event.objects.filter(verb="copy.fetched").count() == 1


def test_a_receipt_verifies_with_the_real_ssh_keygen(
    published: Firm, home: "Home", tmp_path: Path
) -> None:
    if which("ssh-keygen") is None:
        pytest.skip("ssh-keygen is not installed")
    from strongroom.runtime.secret_keys import evidence_public_line

    _note(published, (0, SIZE))
    row = Receipt.objects.get()
    signers, signature = tmp_path / "signers", tmp_path / "sig"
    signers.write_text(f'firm namespaces="{NAMESPACE}" {evidence_public_line(home)}\n')
    signature.write_bytes(bytes(row.signature))
    command = ["ssh-keygen", "-Y", "verify", "-f", str(signers), "-I", "firm", "-n", NAMESPACE]
    done = subprocess.run(
        [*command, "-s", str(signature)], input=bytes(row.body), capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.req("DEL-12")
def test_a_removed_statement_is_hidden_and_on_record_and_its_file_stays(published: Firm) -> None:
    copy = Copy.objects.get()
    fetch.hide(copy.recipient_id, NAME, act=published.act("recipient:fund"))
    assert repositories.list_copies(copy.recipient_id) == []
    assert published.pipeline.storage.open(copy.storage_key).size == SIZE
    assert Event.objects.filter(verb="copy.hidden").count() == 1
    with pytest.raises(Refused) as no:
        fetch.hide(copy.recipient_id, NAME, act=published.act("recipient:fund"))
    assert no.value.code == "REPO-NOT-FOUND"


def test_nobody_hides_anothers_statement(published: Firm) -> None:
    other = published.recipient("other", "U7777777")
    with pytest.raises(Refused):
        fetch.hide(other.pk, NAME, act=published.act("recipient:other"))
    assert Copy.objects.get().state == "published"
