"""The pages in docs/formats and their vectors agree with the code and with other programs."""

import dataclasses
import json
import re
import shutil
import subprocess
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from strongroom_formats import audit_record, manifest, receipt, sshsig
from strongroom_formats.audit_record import (
    AuditBroken,
    AuditFault,
    AuditHead,
    AuditRecord,
    verify_export,
)
from strongroom_formats.document_fields import DocumentInvalid
from strongroom_formats.manifest import Manifest, ManifestEntry, check_entry, file_name
from strongroom_formats.manifest_chain import ChainBroken, ChainFault, verify_chain
from strongroom_formats.one_line import clean_text
from strongroom_formats.receipt import Receipt
from strongroom_formats.sshsig import SignatureInvalid

PAGES = Path(__file__).parents[3] / "docs" / "formats"


def vectors(name: str) -> dict:
    return json.loads((PAGES / "vectors" / name).read_text(encoding="utf-8"))


SIGNATURES, MANIFEST, RECEIPT, AUDIT = (
    vectors(f"{name}.json") for name in ("signatures", "manifest", "receipt", "audit")
)
KEY = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(SIGNATURES["seed"]))
TRUSTED = [sshsig.public_blob(KEY.public_key())]
CHAIN = [link["document"].encode() for link in MANIFEST["chain"]]


def what(case: dict) -> str:
    return case["what"]


def test_the_key_of_the_vectors_is_the_seed_that_the_page_gives() -> None:
    assert SIGNATURES["seed"] == bytes(range(32)).hex()
    assert SIGNATURES["public_key"] == sshsig.public_key_line(KEY.public_key())
    namespaces = [manifest.NAMESPACE, receipt.NAMESPACE, audit_record.NAMESPACE]
    line = sshsig.allowed_signers_line(SIGNATURES["principal"], KEY.public_key(), namespaces)
    assert SIGNATURES["allowed_signers"] == line


@pytest.mark.parametrize("case", SIGNATURES["valid"])
def test_a_valid_signature_is_made_and_accepted(case: dict) -> None:
    message, armoured = case["message"].encode(), case["signature"].encode()
    assert sshsig.sign(message, KEY, case["namespace"]) == armoured
    sshsig.verify(message, armoured, namespace=case["namespace"], trusted=TRUSTED)


@pytest.mark.parametrize("case", SIGNATURES["refused"], ids=what)
def test_a_bad_signature_is_refused(case: dict) -> None:
    message, armoured = case["message"].encode(), case["signature"].encode()
    with pytest.raises(SignatureInvalid):
        sshsig.verify(message, armoured, namespace=case["namespace"], trusted=TRUSTED)


@pytest.mark.parametrize("link", MANIFEST["chain"])
def test_a_manifest_of_the_vectors_is_made_again_to_the_byte(link: dict) -> None:
    data, armoured = link["document"].encode(), link["signature"].encode()
    read = Manifest.from_bytes(data)
    assert read.to_bytes() == data
    assert file_name(read.date, read.edition) == link["file_name"]
    assert sha256(data).hexdigest() == link["sha256"]
    assert sshsig.sign(data, KEY, manifest.NAMESPACE) == armoured


def test_the_files_of_the_vectors_are_those_of_their_entries() -> None:
    known = {entry.name: entry for data in CHAIN for entry in Manifest.from_bytes(data).entries}
    assert MANIFEST["files"]
    for name, text in MANIFEST["files"].items():
        content = text.encode()
        check_entry(known[name], len(content), sha256(content).hexdigest())


@pytest.mark.parametrize("case", MANIFEST["refused"], ids=what)
def test_a_bad_manifest_is_refused_by_its_field(case: dict) -> None:
    with pytest.raises(DocumentInvalid) as caught:
        Manifest.from_bytes(case["document"].encode())
    assert caught.value.field == case["field"]


@pytest.mark.parametrize("case", MANIFEST["broken_chains"], ids=what)
def test_a_broken_chain_is_found_where_the_vector_says(case: dict) -> None:
    documents = [CHAIN[it] if isinstance(it, int) else it.encode() for it in case["documents"]]
    assert len(verify_chain(CHAIN)) == len(CHAIN)
    with pytest.raises(ChainBroken) as caught:
        verify_chain(documents)
    assert (caught.value.number, caught.value.what.value) == (case["number"], case["fault"])


def test_the_receipt_of_the_vectors_is_made_again_to_the_byte() -> None:
    data = RECEIPT["document"].encode()
    read = Receipt.from_bytes(data)
    assert read.to_bytes() == data
    assert sha256(data).hexdigest() == RECEIPT["sha256"]
    assert sshsig.sign(data, KEY, receipt.NAMESPACE) == RECEIPT["signature"].encode()
    assert sha256(RECEIPT["file"]["content"].encode()).hexdigest() == read.sha256


@pytest.mark.parametrize("case", RECEIPT["refused"], ids=what)
def test_a_bad_receipt_is_refused_by_its_field(case: dict) -> None:
    with pytest.raises(DocumentInvalid) as caught:
        Receipt.from_bytes(case["document"].encode())
    assert caught.value.field == case["field"]


def lines(texts: list[str]) -> list[bytes]:
    return [text.encode() for text in texts]


@pytest.mark.req("ATK-68")
@pytest.mark.parametrize("case", AUDIT["broken"], ids=what)
def test_a_tampered_export_is_found_where_the_vector_says(case: dict) -> None:
    head = AuditHead(**AUDIT["head"])
    assert verify_export(lines(AUDIT["lines"]), expected_head=head) == head
    with pytest.raises(AuditBroken) as caught:
        verify_export(lines(case["lines"]), expected_head=head)
    assert (caught.value.seq, caught.value.what.value) == (case["seq"], case["fault"])


@pytest.mark.req("ATK-69")
@pytest.mark.parametrize("case", AUDIT["cleaned"])
def test_a_text_is_cleaned_as_the_vector_says(case: dict) -> None:
    assert clean_text(case["text"]) == case["cleaned"]


def section(page: str, title: str) -> str:
    text = (PAGES / page).read_text(encoding="utf-8")
    return text.split(f"## {title}\n", 1)[1].split("\n## ", 1)[0]


def named_in_table(page: str, title: str) -> list[str]:
    return re.findall(r"^\| `([^`]+)` \|", section(page, title), re.MULTILINE)


@pytest.mark.parametrize(
    ("page", "title", "described"),
    [
        ("manifest.md", "Fields of the manifest", Manifest),
        ("manifest.md", "Fields of an entry", ManifestEntry),
        ("manifest.md", "Fields of the audit head", AuditHead),
        ("receipt.md", "Fields of the receipt", Receipt),
        ("audit.md", "Fields of a record", AuditRecord),
    ],
)
def test_the_page_has_every_field_in_its_table(page: str, title: str, described: type) -> None:
    fields = [field.name for field in dataclasses.fields(described)]
    assert [name for name in named_in_table(page, title) if name != "schema"] == fields


def test_the_pages_name_every_fault_purpose_and_schema() -> None:
    faults = named_in_table("manifest.md", "What `verify_chain` finds")
    assert faults == [fault.value for fault in ChainFault]
    faults = named_in_table("audit.md", "What `verify` finds")
    assert sorted(faults) == sorted(fault.value for fault in AuditFault)
    purposes = named_in_table("signatures.md", "Purposes")
    assert purposes == [manifest.NAMESPACE, receipt.NAMESPACE, audit_record.NAMESPACE]
    assert manifest.SCHEMA in section("manifest.md", "Fields of the manifest")
    assert receipt.SCHEMA in section("receipt.md", "Fields of the receipt")


def test_the_pages_state_the_bounds_that_the_code_has() -> None:
    text = section("audit.md", "Fields of a record")
    for bound in ("ACTOR_MOST", "SUBJECT_MOST", "TEXT_MOST", "ITEM_MOST", "ITEMS_MOST"):
        assert re.search(rf"\b{getattr(audit_record, bound)}\b", text), bound
    assert f"{manifest.MOST_ENTRIES:,}" in section("manifest.md", "Fields of the manifest")
    assert f"{sshsig.LIMIT} bytes" in section("signatures.md", "The bytes")


def test_every_link_of_the_pages_leads_somewhere() -> None:
    for page in PAGES.glob("*.md"):
        for target in re.findall(r"\]\(([^)#]+)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"


def commands(page: str) -> str:
    text = (PAGES / page).read_text(encoding="utf-8")
    return "\n".join(re.findall(r"^```sh\n(.*?)^```$", text, re.MULTILINE | re.DOTALL))


def lay_out(folder: Path) -> None:
    """All files of the vectors, as a recipient or an auditor has them."""
    files = {"allowed_signers": SIGNATURES["allowed_signers"] + "\n", **MANIFEST["files"]}
    for link in MANIFEST["chain"]:
        files[link["file_name"]] = link["document"]
        files[f"{link['file_name']}.sig"] = link["signature"]
    files["receipt.json"], files["receipt.json.sig"] = RECEIPT["document"], RECEIPT["signature"]
    files["audit.jsonl"] = "".join(AUDIT["lines"])
    for name, text in files.items():
        (folder / name).write_bytes(text.encode())


def run(page: str, folder: Path) -> subprocess.CompletedProcess[str]:
    for program in ("bash", "ssh-keygen", "sha256sum", "python3", "grep"):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed")
    command = ["bash", "-e", "-o", "pipefail", "-c", commands(page)]
    return subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=False, timeout=30
    )


@pytest.mark.parametrize(
    ("page", "answers"),
    [
        ("signatures.md", ['Good "manifest@strongroom" signature for evidence@example.com']),
        ("manifest.md", ["U1234567_Activity_20261121.csv: OK", "4 manifests form one chain"]),
        ("receipt.md", ['Good "receipt@strongroom"', "U1234567_Activity_20261121.csv: OK"]),
        ("audit.md", [f"5 {AUDIT['head']['hash']}", "the log still holds"]),
    ],
)
def test_the_commands_of_the_page_check_the_vectors(
    tmp_path: Path, page: str, answers: list[str]
) -> None:
    lay_out(tmp_path)
    answer = run(page, tmp_path)
    assert answer.returncode == 0, answer.stderr
    for expected in answers:
        assert expected in answer.stdout


def changed(old: bytes, new: bytes) -> Callable[[bytes], bytes]:
    return lambda content: content.replace(old, new)


@pytest.mark.parametrize(
    ("page", "file", "change"),
    [
        ("signatures.md", "MANIFEST-2026-11-22.json", changed(b"pinetree", b"oaktree")),
        ("signatures.md", "allowed_signers", changed(b"manifest@", b"other@")),
        ("manifest.md", "MANIFEST-2026-11-22.json.sig", changed(b"U1NI", b"U1NJ")),
        ("manifest.md", "U1234567_Activity_20261121.csv", changed(b"1000.00", b"9000.00")),
        ("manifest.md", "MANIFEST-2026-11-22.2.json", changed(b"pinetree", b"oaktree")),
        ("manifest.md", "MANIFEST-2026-11-23.json", changed(b'"number":3', b'"number":5')),
        ("receipt.md", "receipt.json", changed(b"sftp", b"ftps")),
        ("receipt.md", "U1234567_Activity_20261121.csv", changed(b"EOF", b"EOG")),
        ("audit.md", "audit.jsonl", changed(b"alice", b"bobby")),
        ("audit.md", "audit.jsonl", lambda content: b"".join(content.splitlines(True)[:-1])),
        ("audit.md", "audit.jsonl", lambda content: b"".join(content.splitlines(True)[1:])),
    ],
)
def test_the_commands_of_the_page_find_what_was_changed(
    tmp_path: Path, page: str, file: str, change: Callable[[bytes], bytes]
) -> None:
    lay_out(tmp_path)
    path = tmp_path / file
    content = path.read_bytes()
    path.write_bytes(change(content))
    assert path.read_bytes() != content
    assert run(page, tmp_path).returncode != 0
